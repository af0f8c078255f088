"""Owns what is read out of archived bytes: text, articles, links, changes. Pure, but for the files that say otherwise."""
