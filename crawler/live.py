"""Owns what a person sees while a crawl runs: one live line on a terminal, a plain log line every ten seconds
elsewhere.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

from scrapy import signals
from scrapy.utils.asyncio import AsyncioLoopingCall

if TYPE_CHECKING:
    from rich.status import Status
    from scrapy.crawler import Crawler

    from crawler.archivist import Archivist

__all__ = ["LiveLine"]

_TERMINAL_INTERVAL_S = 0.25
_LOG_INTERVAL_S = 10.0

logger = logging.getLogger(__name__)


class LiveLine:
    """Scrapy extension: shows the tally of the crawler's archivist."""

    def __init__(self, crawler: Crawler) -> None:
        """Follow one crawler's signals."""
        self._crawler = crawler
        self._status: Status | None = None
        self._handlers: list[logging.StreamHandler[TextIO]] = []
        self._loop: AsyncioLoopingCall | None = None
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LiveLine:
        """Return the extension of `crawler`."""
        return cls(crawler)

    def _opened(self, spider: Any) -> None:
        terminal = sys.stderr.isatty()
        if terminal:
            self._begin()
        self._loop = AsyncioLoopingCall(self._show)
        self._loop.start(_TERMINAL_INTERVAL_S if terminal else _LOG_INTERVAL_S, now=False)

    def _begin(self) -> None:
        """Show the line, and have the log speak above it instead of into it."""
        from rich.console import Console

        said_to = sys.stderr
        self._status = Console(stderr=True).status("")
        self._status.start()
        self._status.console.show_cursor(True)  # or a run that ends at once leaves the terminal without one
        handlers = [handler for handler in logging.root.handlers if isinstance(handler, logging.StreamHandler)]
        self._handlers = [handler for handler in handlers if handler.stream is said_to]
        self._speak_to(sys.stderr)  # which rich has replaced for as long as the line stands

    def _speak_to(self, stream: TextIO) -> None:
        for handler in self._handlers:
            handler.setStream(stream)

    def _show(self) -> None:
        archivist: Archivist = self._crawler.archivist  # type: ignore[attr-defined]
        line = archivist.tally.line(archivist.dispatch.queue)
        if self._status is not None:
            self._status.update(line)
        else:
            logger.info("%s", line)

    def _closed(self, spider: Any, reason: str) -> None:
        if self._loop is not None and self._loop.running:
            self._loop.stop()
        if self._status is not None:
            self._status.stop()
            self._speak_to(sys.stderr)
