"""Owns the bundled site: five small publications, made for this project, and what their pages truly say."""
