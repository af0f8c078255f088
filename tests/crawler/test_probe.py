"""crawler.probe: a few pages asked for under robots.txt, delay and guard, whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from crawler.probe import Answer, Probe
from storage.model import Link
from tests.crawling import asked
from tests.in_process import options_of
from tests.server import End, Page, Server, Site

T = TypeVar("T")


def probing(folder: Path, work: Callable[[Probe], Awaitable[T]], delay_s: float = 0.0) -> T:
    """Do `work` with a probe and end it."""

    async def run() -> T:
        probe = Probe(options_of(folder), delay_s=delay_s)
        try:
            return await work(probe)
        finally:
            await probe.close()

    return asyncio.run(run())


def got(folder: Path, url: str, role: str = "page") -> Answer:
    return probing(folder, lambda probe: probe.get(Link(url, role)))


def moved(target: str) -> Page:
    return Page(b"", status="302 Found", headers=(("Location", target),))


def test_redirects_are_followed_and_the_last_address_is_told(tmp_path: Path) -> None:
    with Server(Site({"/": moved("/a"), "/a": moved("/b"), "/b": Page("粮".encode())})) as server:
        answer = got(tmp_path, server.url("/"))
        assert (answer.url, answer.status, answer.refused) == (server.url("/b"), 200, None)
        assert answer.decoded().text == "粮" and asked(server)["/robots.txt"] == 1


def test_a_redirect_without_end_and_one_into_what_robots_forbid(tmp_path: Path) -> None:
    site = Site({"/": moved("/"), "/in": moved("/no/1"), "/robots.txt": Page(b"User-agent: *\nDisallow: /no/\n")})
    with Server(site) as server:
        assert got(tmp_path, server.url("/")).refused == "more than 5 redirects in a row"
        refused = got(tmp_path, server.url("/in")).refused
        assert refused and refused.startswith("robots.txt: ") and asked(server)["/no/1"] == 0


def test_a_host_that_cannot_say_what_it_allows_is_left_alone(tmp_path: Path) -> None:
    with Server({"/robots.txt": [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"]}) as server:
        assert got(tmp_path, server.url("/")).refused == "robots.txt: robots.txt answered 503"
        assert asked(server) == {"/robots.txt": 1}
    with Server({"/robots.txt": [End.RESET]}) as server:
        refused = got(tmp_path, server.url("/")).refused
        assert refused and "could not be fetched" in refused


def test_what_goes_wrong_is_told_in_words(tmp_path: Path) -> None:
    with Server({"/robots.txt": [b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"], "/x": [End.RESET]}) as server:
        assert str(got(tmp_path, server.url("/x")).refused).startswith("connect: ")
    assert "not a public address" in str(got(tmp_path, "http://10.0.0.1/").refused)


def test_a_delay_that_nobody_waits_for_ends_the_questions(tmp_path: Path) -> None:
    with Server(Site({"/robots.txt": Page(b"User-agent: *\nCrawl-delay: 600\n"), "/": Page(b"x")})) as server:
        assert got(tmp_path, server.url("/")).refused == "robots.txt asks for 600 s between requests"
        assert asked(server) == {"/robots.txt": 1}
