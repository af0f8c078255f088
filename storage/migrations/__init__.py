"""Owns how catalogues of earlier versions become those of this one: Alembic's environment and one file a revision."""
