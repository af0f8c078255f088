"""Owns what a response says: bytes in, links, articles, versions and events out; nothing here knows the network."""
