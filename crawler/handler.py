"""Owns the way from a request to its archived response: fetch, record, then hand Scrapy a response that is already on
its way to disk.

Whatever went over the wire is recorded here, before anybody looks at it, so redirects, errors and refusals are
archived like pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response

from storage.block import Block
from storage.errors import ArchiveError
from storage.http_message import body_of, parse_head

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.archivist import Archivist

__all__ = ["ArchiveHandler"]


class ArchiveHandler(BaseDownloadHandler):
    """Download handler for http and https."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        """Belong to one crawler, whose archivist is already open."""
        super().__init__(crawler)
        self._archivist: Archivist = crawler.archivist  # type: ignore[attr-defined]

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
        return _response(request, archived.exchange.response, self._archivist.options.max_body_bytes)

    async def close(self) -> None:
        """Do nothing: the archivist closes the client when the last page is committed."""


def _response(request: Request, message: Block, max_body_bytes: int) -> Response:
    """Return what Scrapy sees; nobody here reads its body, so a long one is left where it is."""
    head = parse_head(message)
    headers: dict[bytes, list[bytes]] = {}
    for name, value in head.headers:
        headers.setdefault(name, []).append(value)
    return HtmlResponse(
        request.url,
        status=head.status or 200,
        headers=headers,
        body=body_of(message, request.method, max_body_bytes).body if isinstance(message, bytes) else b"",
        request=request,
    )
