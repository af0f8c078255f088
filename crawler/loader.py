"""Owns Scrapy's spider loader: every source file is a spider, and a broken one disables only itself."""

from __future__ import annotations

import builtins
import difflib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from crawler.settings import ARCHIVE_DEFAULTS
from crawler.sources import load, load_all
from pipelines.rules import in_scope
from storage.errors import UsageError
from storage.source_json import SOURCE_NAME
from storage.urlkey import canonical

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.settings import BaseSettings

__all__ = ["SourceLoader", "UnknownSource"]

_log = logging.getLogger(__name__)


class UnknownSource(UsageError, KeyError):
    """No source file has this name; Scrapy wants a KeyError."""

    __str__ = Exception.__str__  # KeyError's would put the line in quotes


class SourceLoader:
    """Finds spiders in the folder that ARCHIVE_SOURCES names."""

    _told: ClassVar[set[str]] = set()
    """Mistakes already warned of: Scrapy makes several loaders in one run."""

    def __init__(self, folder: Path) -> None:
        """Look in `folder`, when asked."""
        self._folder = folder

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Give the loader of the folder in the setting, or the environment variable, ARCHIVE_SOURCES."""
        value = settings.get("ARCHIVE_SOURCES") or os.environ.get("ARCHIVE_SOURCES")
        return cls(Path(str(value or ARCHIVE_DEFAULTS["ARCHIVE_SOURCES"])))

    def list(self) -> builtins.list[str]:
        """Give the names of all sources that can be used; warn of each other file in one line."""
        sources, errors = load_all(self._folder)
        for error in errors:
            self._warn(str(error))
        return sorted(sources)

    def load(self, spider_name: str) -> type[Spider]:
        """Give the spider class of one source, with `name` and `source` set.

        Raises: UnknownSource (a KeyError) when no file has the name, with near ones; SourceError when it is broken.
        """
        path = self._folder / f"{spider_name}.toml"
        if not SOURCE_NAME.fullmatch(spider_name) or not path.is_file():
            raise UnknownSource(self._unknown(spider_name))
        source = load(path)
        from crawler.spiders.source import SourceSpider  # Scrapy asks for names alone more often than for a spider

        members: dict[str, Any] = {"name": spider_name, "source": source, "__module__": __name__}
        return type(f"Source_{spider_name.replace('-', '_')}", (SourceSpider,), members)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """Give the names of the sources that a request is in scope of."""
        url = canonical(request.url)
        sources, _ = load_all(self._folder)
        return [name for name, source in sources.items() if url is not None and in_scope(source, url)]

    def _warn(self, lines: str) -> None:
        first, *others = lines.splitlines()
        if lines not in self._told:
            self._told.add(lines)
            mistakes = "mistake" if len(others) == 1 else "mistakes"
            more = f" (and {len(others)} more {mistakes}; `scrapy sources` shows all)" if others else ""
            _log.warning("source file left out: %s%s", first, more)

    def _unknown(self, name: str) -> str:
        if not self._folder.is_dir():
            return f"no source {name[:80]!r}: {self._folder} is no folder (setting ARCHIVE_SOURCES)"
        names = sorted(path.stem for path in self._folder.glob("*.toml"))
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        known = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(names[:20]) or 'none'}"
        return f"no source {name[:80]!r} in {self._folder}: {known}"
