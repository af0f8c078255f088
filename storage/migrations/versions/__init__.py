"""Owns the revisions of the catalogue, one file each, never changed once released."""
