"""Owns opening a catalogue in which every text has been compared with the others."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from crawler.bar import Bar
from pipelines.reprints import catch_up, count_waiting
from storage.catalogue import Catalogue

__all__ = ["caught_up"]


def caught_up(path: Path) -> Catalogue:
    """Open the catalogue with every text compared; where it cannot be written, say what is not.

    Raises:
        CatalogueError: there is none, or SQLite failed.
        LockedError: another process keeps it locked.
    """
    if path.exists() and not os.access(path, os.W_OK):
        catalogue = Catalogue.open(path, read_only=True)
        waiting = count_waiting(catalogue.store)
        if waiting:
            print(f"scrapy: {path} cannot be written: {waiting} texts are not compared yet", file=sys.stderr)
        return catalogue
    catalogue = Catalogue.open(path, create=False)
    try:
        with Bar("comparing texts", count_waiting(catalogue.store), in_bytes=False, printing=False) as bar:
            catch_up(catalogue.store, bar.advance)
    except BaseException:
        catalogue.close()
        raise
    return catalogue
