"""Owns the way from a frontier row to an attempt in the WARC file: asked over the wire, or refused without asking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from crawler.guard import Guard
from crawler.holdings import Holdings
from crawler.options import Options
from crawler.scope import verdict
from crawler.user_agent import user_agent
from crawler.wire import Client, WireRequest
from storage.http_message import parse_head
from storage.model import Attempt, Capture, Conditions, Exchange, Failure, FrontierEntry, Revisit, Source
from storage.payload import Payload, payload_seen
from storage.source_json import source_digest
from storage.warc import WarcWriter

__all__ = ["Attempts", "Fetched"]

T = TypeVar("T")

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
    revisit: Revisit | None = None
    """What the capture, of kind revisit, refers to."""


class Attempts:
    """The attempts of one run; nothing passes on the wire here without becoming records."""

    def __init__(self, options: Options, source: Source, crawl_id: str, writer: WarcWriter, holdings: Holdings) -> None:
        """Ask with the client of a running event loop and write through `writer` what `holdings` has not."""
        self._options = options
        self._source = source
        self._crawl_id = crawl_id
        self._writer = writer
        self._holdings = holdings
        self._rules_digest = source_digest(source)
        self._user_agent = user_agent(options.contact).encode("ascii", "replace")
        self._appending = asyncio.Lock()
        # Not the loop's own: asyncio waits for that one, also when a second Ctrl-C has the run end at once.
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="long responses")
        self._client = Client(
            Guard(exempt=options.allow_networks, allow_public=options.contact is not None),
            proxy=options.proxy,
            spool_dir=options.archive_dir,
        )

    async def ask(self, entry: FrontierEntry, *, max_bytes: int | None = None) -> list[Fetched]:
        """Return what became of `entry`, its own attempt last; before it, tries on kept connections that had died.

        `max_bytes` of body at most, where the setting's limit is too much.

        Raises:
            StorageError: the WARC file could not be written, or what is to go there; the catalogue not be asked.
        """
        reason = None
        # A robots.txt is followed across hosts (RFC 9309 2.3.1.2), five times at most.
        if entry.relation not in WRITTEN and entry.role != "robots":
            reason = verdict(self._source, entry.url, entry.role, number=entry.number)
        if reason is not None:
            return [await self.refuse(entry, Failure("trap", reason))]
        stale: list[Exchange] = []
        conditions = await self._holdings.conditions(entry.conditions)
        exchange = await self._client.fetch(self._wire_request(entry, max_bytes, conditions), stale=stale)
        lost = [await self._record(replace(entry, id=0), attempt) for attempt in stale]
        return [*lost, await self._record(entry, exchange, conditions)]

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
        self._aside.shutdown(wait=False)

    async def _record(self, entry: FrontierEntry, exchange: Exchange, conditions: Conditions | None = None) -> Fetched:
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
        payload = await self._aside_if_long(exchange, payload_seen, exchange)
        claim = _claim(exchange, conditions)
        found = None if claim is not None else await self._holdings.find(payload, exchange.started)
        async with self._appending:
            # Once more: an equal answer may have been written while the catalogue was asked.
            found = found or self._holdings.recent(payload, exchange.started)
            revisit = claim or (None if found is None else Revisit(found, "bytes"))
            capture = await self._aside_if_long(exchange, self._append, exchange, attempt, payload, revisit)
            if capture is not None:
                self._holdings.keep(capture, payload)
        is_revisit = capture is not None and capture.kind == "revisit"
        return Fetched(entry, attempt, exchange, capture, revisit if is_revisit else None)

    async def _aside_if_long(self, exchange: Exchange, work: Callable[..., T], *args: object) -> T:
        """Do `work` at once, or in a thread if the response is long: a film takes seconds, and the loop goes on."""
        if isinstance(exchange.response, bytes):
            return work(*args)
        return await asyncio.get_running_loop().run_in_executor(self._aside, work, *args)

    def _append(
        self, exchange: Exchange, attempt: Attempt, payload: Payload, revisit: Revisit | None
    ) -> Capture | None:
        return self._writer.append(exchange, attempt, payload=payload, revisit=revisit)

    def _wire_request(self, entry: FrontierEntry, max_bytes: int | None, conditions: Conditions | None) -> WireRequest:
        own = [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in entry.headers]
        named = {name.lower() for name, _ in own}
        ours = ((b"User-Agent", self._user_agent), (b"Accept", ACCEPT))
        if entry.role.startswith("requisite:"):
            max_bytes = min(self._source.requisites.max_bytes, self._options.max_response_bytes)
        return WireRequest(
            url=entry.url,
            method=entry.method,
            headers=(
                *(header for header in ours if header[0].lower() not in named),
                *own,
                *_condition_headers(conditions),
            ),
            body=(entry.body or "").encode("utf-8"),
            timeout_s=self._options.timeout_s,
            max_bytes=max_bytes or self._options.max_response_bytes,
        )


def _condition_headers(conditions: Conditions | None) -> Iterator[tuple[bytes, bytes]]:
    """Give the validators back as they came (RFC 9110 section 13.1)."""
    if conditions is not None and conditions.etag is not None:
        yield b"If-None-Match", conditions.etag.encode("latin-1")
    if conditions is not None and conditions.last_modified is not None:
        yield b"If-Modified-Since", conditions.last_modified.encode("latin-1")


def _claim(exchange: Exchange, conditions: Conditions | None) -> Revisit | None:
    """Return what a 304 says to our conditions; None when it is none, is cut, or was not asked for."""
    if conditions is None or not exchange.response or exchange.truncated is not None or exchange.failure is not None:
        return None
    return Revisit(conditions.original, "server") if parse_head(exchange.response).status == 304 else None
