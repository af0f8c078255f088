"""Owns asking a site for a few pages without archiving them: as politely as a crawl, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from crawler.attempts import ACCEPT
from crawler.guard import Guard
from crawler.options import Options
from crawler.robots import ALLOW_ALL, MAX_ROBOTS_BYTES, RobotsRules, rules_from
from crawler.robots_keeper import origin_of
from crawler.user_agent import user_agent
from crawler.wire import Client, WireRequest
from crawler.workers import Workers
from pipelines.charset import Decoded, decode
from storage.http_message import body_of, header, parse_head
from storage.model import Exchange, Link, Source
from storage.urlkey import host_of, join

__all__ = ["Answer", "Probe", "asking"]

MAX_REDIRECTS: Final = 5
LONGEST_DELAY_S: Final = 60.0
"""A robots.txt that asks for more is not waited for with a person at the terminal; nothing more is fetched there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one address."""

    url: str
    """Where it came from in the end, after redirects."""
    response: bytes = b""
    """The block as received, cut to what a page may have."""
    body: bytes = b""
    """Content-decoded."""
    content_type: str | None = None
    status: int | None = None
    refused: str | None = None
    """Why there is no page: robots.txt, the address guard, the network, the status; None when there is one."""

    def decoded(self) -> Decoded:
        """Return the body as text."""
        return decode(self.body, self.content_type)


class Probe:
    """A client that keeps robots.txt, delay and guard, and remembers nothing but that. Use within one event loop."""

    def __init__(self, options: Options, *, delay_s: float, robots: str = "obey") -> None:
        """Wait `delay_s` between two requests to one host, or longer where its robots.txt says so."""
        self.asked = 0
        """Requests sent so far."""
        self._options = options
        self._delay_s = delay_s
        self._obeys = robots == "obey"
        self._user_agent = user_agent(options.contact).encode("ascii", "replace")
        self._rules: dict[str, RobotsRules] = {}
        self._last: dict[str, float] = {}
        """Host -> when its last answer was there."""
        self._client = Client(
            Guard(exempt=options.allow_networks, allow_public=options.contact is not None), proxy=options.proxy
        )

    async def close(self) -> None:
        """Cut every connection."""
        await self._client.close()

    async def rules(self, url: str) -> RobotsRules:
        """Return what the robots.txt that speaks for `url` says; asked for once."""
        origin = origin_of(url)
        if not self._obeys:
            return ALLOW_ALL
        if origin not in self._rules:
            self._rules[origin] = ALLOW_ALL  # for the request itself
            answer = await self._follow(Link(f"{origin}/robots.txt", "robots"), MAX_ROBOTS_BYTES, judged=False)
            failure = answer.refused if answer.status is None else None
            self._rules[origin] = rules_from(answer.status, answer.body, failure)
        return self._rules[origin]

    async def get(self, link: Link) -> Answer:
        """Return what `link` brings; never raises for what a server does."""
        return await self._follow(link, self._options.max_body_bytes, judged=True)

    async def _follow(self, link: Link, max_bytes: int, *, judged: bool) -> Answer:
        url = link.url
        for _ in range(MAX_REDIRECTS + 1):
            if judged and (refused := await self._forbidden(url)) is not None:
                return Answer(url, refused=refused)
            exchange = await self._send(link, url, max_bytes)
            target = _location(exchange)
            if target is None:
                return _answer(exchange, link.method, max_bytes)
            url = target
        return Answer(url, refused=f"more than {MAX_REDIRECTS} redirects in a row")

    async def _forbidden(self, url: str) -> str | None:
        rules = await self.rules(url)
        if not rules.allowed(url):
            return f"robots.txt: {rules.reason}"
        if (rules.crawl_delay_s or 0) > LONGEST_DELAY_S:
            return f"robots.txt asks for {rules.crawl_delay_s:g} s between requests"
        return None

    async def _send(self, link: Link, url: str, max_bytes: int) -> Exchange:
        host, loop = host_of(url), asyncio.get_running_loop()
        rules = self._rules.get(origin_of(url), ALLOW_ALL)
        if host in self._last:
            delay_s = max(self._delay_s, rules.crawl_delay_s or 0.0)
            await asyncio.sleep(max(0.0, self._last[host] + delay_s - loop.time()))
        own = tuple((name.encode("latin-1"), value.encode("utf-8")) for name, value in link.headers)
        self.asked += 1
        exchange = await self._client.fetch(
            WireRequest(
                url=url,
                method=link.method,
                headers=((b"User-Agent", self._user_agent), (b"Accept", ACCEPT), *own),
                body=(link.body or "").encode("utf-8"),
                timeout_s=self._options.timeout_s,
                max_bytes=min(max_bytes, self._options.max_response_bytes),
            )
        )
        self._last[host] = loop.time()
        return exchange


@asynccontextmanager
async def asking(options: Options, source: Source, delay_s: float) -> AsyncIterator[tuple[Probe, Workers]]:
    """Give a probe, and a worker that reads its answers as pages of `source`; end both."""
    workers = Workers(
        source,
        count=1,
        timeout_s=options.extract_timeout_s,
        memory_bytes=options.worker_memory_bytes,
        max_body_bytes=options.max_body_bytes,
    )
    probe = Probe(options, delay_s=delay_s, robots=source.crawl.robots)
    try:
        yield probe, workers
    finally:
        workers.close()
        await probe.close()


def _location(exchange: Exchange) -> str | None:
    if exchange.failure is not None or not exchange.response:
        return None
    head = parse_head(exchange.response)
    location = header(head.headers, b"location")
    if head.status not in (301, 302, 303, 307, 308) or location is None:
        return None
    return join(exchange.url, location.decode("utf-8", "replace"))


def _answer(exchange: Exchange, method: str, max_bytes: int) -> Answer:
    if exchange.failure is not None:
        return Answer(exchange.url, refused=f"{exchange.failure.stage}: {exchange.failure.reason}")
    response = exchange.response[:max_bytes]
    message = body_of(response, method, max_bytes)
    status = message.head.status
    kind = header(message.head.headers, b"content-type")
    refused = None if status is not None and 200 <= status < 300 else f"answered {status}"
    content_type = None if kind is None else kind.decode("latin-1")
    return Answer(exchange.url, response, message.body, content_type, status, refused)
