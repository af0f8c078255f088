"""Owns the one spider; every source file becomes a class of it through `crawler.loader`."""
