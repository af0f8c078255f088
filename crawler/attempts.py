"""Owns the way from a frontier row to an attempt in the WARC file: asked over the wire, or refused without asking."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from crawler.guard import Guard
from crawler.options import Options
from crawler.scope import verdict
from crawler.user_agent import user_agent
from crawler.wire import Client, WireRequest
from storage.model import Attempt, Capture, Exchange, Failure, FrontierEntry, Source
from storage.source_json import source_digest
from storage.warc import WarcWriter

__all__ = ["Attempts", "Fetched"]

ACCEPT: Final = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""As browsers send it: some servers answer 406 to `*/*` alone."""

WRITTEN: Final = ("seed", "given", "next")
"""Relations of what a person wrote, in the source file or on the command line. All other addresses are the site's, and
may be traps: a run sifts the links of the pages that it reads, but a redirect is kept as it is, and so are the links of
pages that a recovery or a rebuild has read.
"""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One attempt, already appended to the WARC file, with what asked for it."""

    entry: FrontierEntry
    attempt: Attempt
    exchange: Exchange
    capture: Capture | None


class Attempts:
    """The attempts of one run; nothing passes on the wire here without becoming records."""

    def __init__(self, options: Options, source: Source, crawl_id: str, writer: WarcWriter) -> None:
        """Ask with the client of a running event loop and write through `writer`."""
        self._options = options
        self._source = source
        self._crawl_id = crawl_id
        self._writer = writer
        self._rules_digest = source_digest(source)
        self._user_agent = user_agent(options.contact).encode("ascii", "replace")
        self._appending = asyncio.Lock()
        self._client = Client(
            Guard(exempt=options.allow_networks, allow_public=options.contact is not None),
            proxy=options.proxy,
            spool_dir=options.archive_dir,
        )

    async def ask(self, entry: FrontierEntry, *, max_bytes: int | None = None) -> list[Fetched]:
        """Return what became of `entry`, its own attempt last; before it, tries on kept connections that had died.

        `max_bytes` of body at most, where the setting's limit is too much.

        Raises:
            StorageError: the WARC file could not be written, or what is to go there.
        """
        reason = None
        # A robots.txt is followed across hosts (RFC 9309 2.3.1.2), five times at most.
        if entry.relation not in WRITTEN and entry.role != "robots":
            reason = verdict(self._source, entry.url, entry.role, number=entry.number)
        if reason is not None:
            return [await self.refuse(entry, Failure("trap", reason))]
        stale: list[Exchange] = []
        exchange = await self._client.fetch(self._wire_request(entry, max_bytes), stale=stale)
        lost = [await self._record(replace(entry, id=0), attempt) for attempt in stale]
        return [*lost, await self._record(entry, exchange)]

    async def refuse(self, entry: FrontierEntry, failure: Failure) -> Fetched:
        """Record that `entry` was not asked for, and why.

        Raises:
            StorageError: the WARC file could not be written.
        """
        return await self._record(
            entry, Exchange(entry.url, entry.method, b"", b"", datetime.now(UTC), failure=failure)
        )

    async def close(self) -> None:
        """Cut every connection."""
        await self._client.close()

    async def _record(self, entry: FrontierEntry, exchange: Exchange) -> Fetched:
        attempt = Attempt(
            source=self._source.name,
            crawl_id=self._crawl_id,
            role=entry.role,
            via=entry.via,
            relation=entry.relation,
            hops=entry.hops,
            number=entry.number,
            rules_digest=self._rules_digest,
        )
        async with self._appending:
            if isinstance(exchange.response, bytes):
                capture = self._writer.append(exchange, attempt)
            else:  # a film takes seconds to compress: the loop goes on, only what is to be appended waits
                capture = await asyncio.to_thread(self._writer.append, exchange, attempt)
        return Fetched(entry, attempt, exchange, capture)

    def _wire_request(self, entry: FrontierEntry, max_bytes: int | None) -> WireRequest:
        own = [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in entry.headers]
        named = {name.lower() for name, _ in own}
        ours = ((b"User-Agent", self._user_agent), (b"Accept", ACCEPT))
        if entry.role.startswith("requisite:"):
            max_bytes = min(self._source.requisites.max_bytes, self._options.max_response_bytes)
        return WireRequest(
            url=entry.url,
            method=entry.method,
            headers=(*(header for header in ours if header[0].lower() not in named), *own),
            body=(entry.body or "").encode("utf-8"),
            timeout_s=self._options.timeout_s,
            max_bytes=max_bytes or self._options.max_response_bytes,
        )
