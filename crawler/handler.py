"""Owns the way from a request to its archived response: fetch, record, then hand Scrapy a response that is already on
its way to disk.

Whatever went over the wire is recorded here, before anybody looks at it, so redirects, errors and refusals are
archived like pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.core.scraper import Slot
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from storage.block import Block
from storage.errors import ArchiveError
from storage.http_message import body_of, parse_head

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.archivist import Archivist

__all__ = ["ArchiveHandler", "ArchivedResponse", "PageSlot", "response_of"]


class ArchiveHandler(BaseDownloadHandler):
    """Download handler for http and https."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        """Belong to one crawler, whose archivist is already open."""
        super().__init__(crawler)
        self._archivist: Archivist = crawler.archivist  # type: ignore[attr-defined]
        scraper = crawler.engine.scraper
        assert scraper.slot is not None, "a handler is made for the first request, when the spider is open"
        if not isinstance(scraper.slot, PageSlot) and scraper.slot.is_idle():  # there is one handler a scheme
            scraper.slot = PageSlot(scraper.slot.max_active_size)

    async def download_request(self, request: Request) -> Response:
        """Return the archived response.

        Raises:
            IgnoreRequest: nothing came back, and the failure is already settled as a row with its reason; or the
                archive could not be written, and the run is ending.
        """
        try:
            archived = await self._archivist.fetch(request.meta["entry"])
            if archived.capture is None:
                await self._archivist.settle(self._archivist.outcome(archived, None))
        except ArchiveError as error:
            raise IgnoreRequest(str(error)) from error
        if archived.capture is None:
            raise IgnoreRequest(str(archived.exchange.failure))
        request.meta["archived"] = archived
        return response_of(request, archived.exchange.response, self._archivist.options.max_body_bytes)

    async def close(self) -> None:
        """Do nothing: the archivist closes the client when the last page is committed."""


class ArchivedResponse(HtmlResponse):
    """A response as Scrapy knows it, whose body is decoded when it is first asked for: Shilu itself never asks, and
    decoding took 77 µs a page.
    """

    def __init__(
        self,
        *arguments: Any,
        received_bytes: int | None = None,
        decode: Callable[[], bytes] | None = None,
        **named: Any,
    ) -> None:
        """Be an HtmlResponse; if `decode` is given, with the body that it returns, of so many bytes as received."""
        super().__init__(*arguments, **named)
        self._received_bytes = received_bytes
        self._decode = decode

    @property
    def body(self) -> bytes:
        """The body without its codings."""
        if self._decode is not None:
            self._body = self._decode()
            self._decode = None
        return self._body

    @property
    def weight_bytes(self) -> int:
        """What it holds in memory, whether its body was asked for or not."""
        return len(self.body) if self._received_bytes is None else self._received_bytes


class PageSlot(Slot):
    """Scrapy's account of the pages that are being worked on. Its own would have every body decoded to know its size;
    here a page weighs what was received.
    """

    def add_response_request(self, result: Response | Failure, request: Request) -> Deferred[None]:
        """Take a page, or why there is none, and return what fires when it was worked on."""
        deferred: Deferred[None] = Deferred()
        self.queue.append((result, request, deferred))
        self.active_size += self._weight_bytes(result)
        return deferred

    def finish_response(self, result: Response | Failure, request: Request) -> None:
        """Let go of a page."""
        self.active.remove(request)
        self.active_size -= self._weight_bytes(result)

    def _weight_bytes(self, result: Response | Failure) -> int:
        if isinstance(result, ArchivedResponse):
            return max(result.weight_bytes, self.MIN_RESPONSE_SIZE)
        return max(len(result.body), self.MIN_RESPONSE_SIZE) if isinstance(result, Response) else self.MIN_RESPONSE_SIZE


def response_of(request: Request, message: Block, max_body_bytes: int) -> Response:
    """Return what Scrapy sees; a body too long for memory is left where it is."""
    head = parse_head(message)
    headers: dict[bytes, list[bytes]] = {}
    for name, value in head.headers:
        headers.setdefault(name, []).append(value)

    def decode() -> bytes:
        return body_of(message, request.method, max_body_bytes).body if isinstance(message, bytes) else b""

    return ArchivedResponse(
        request.url,
        status=head.status or 200,
        headers=headers,
        request=request,
        received_bytes=len(message) if isinstance(message, bytes) else 0,
        decode=decode,
    )
