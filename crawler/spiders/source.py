"""Owns the one spider, driven by a Source: each archived response is read in a worker and yields one item."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.http import Response

from storage.model import Outcome, Source

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.archivist import Archivist

__all__ = ["SourceSpider"]


class SourceSpider(scrapy.Spider):
    """The spider of one publication; the loader sets `name` and `source`."""

    source: Source
    archivist: Archivist

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider, with the crawler's archivist opened if the command has not done it.

        Raises:
            ArchiveError: the archive cannot be used.
        """
        from crawler.archivist import Archivist
        from crawler.options import read_options

        if getattr(crawler, "archivist", None) is None:
            crawler.archivist = Archivist.open(  # type: ignore[attr-defined]
                read_options(crawler.settings), cls.source, revisit=kwargs.get("revisit"), url=kwargs.get("url")
            )
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.archivist = crawler.archivist  # type: ignore[attr-defined]
        spider.archivist.exports = bool(crawler.settings.getdict("FEEDS"))
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield nothing: the frontier knows where to begin."""
        nothing: tuple[Any, ...] = ()
        for entry in nothing:
            yield entry

    async def parse(self, response: Response) -> AsyncIterator[Outcome]:
        """Yield the one item of this page: its capture, links and article."""
        archived = response.meta["archived"]
        read = await self.archivist.read(archived)
        yield self.archivist.outcome(archived, read)
