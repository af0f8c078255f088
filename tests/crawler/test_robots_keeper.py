"""crawler.robots_keeper: asked once a day for all, followed, judged, and never asked when its host rests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.archivist import Archivist
from crawler.host_slots import HostSlots
from crawler.robots import RobotsRules
from crawler.robots_keeper import MAX_REDIRECTS, RobotsKeeper, origin_of
from storage.hosts import Robots
from tests.crawling import asked
from tests.in_process import begun, options_of, source_of
from tests.server import End, Script, Server, response

RULES = [response(b"User-agent: *\nDisallow: /no\nCrawl-delay: 0.01\n")]


@dataclass
class Learnt:
    """What the keeper made of one site."""

    rules: RobotsRules | None
    rests: bool
    requests: dict[str, int]
    kept: Robots | None


def learn(
    folder: Path,
    routes: dict[str, Script],
    *,
    crawl: str = "delay_s = 0",
    before: Callable[[Archivist, str], None] = lambda archivist, origin: None,
    times: int = 1,
) -> Learnt:
    """Have a keeper learn the rules of a site."""

    async def run(server: Server) -> Learnt:
        source = source_of(folder, server.origin, crawl=crawl)
        async with begun(options_of(folder), source, end="shutdown") as driven:
            archivist = driven.archivist
            await archivist.dispatch.stop()  # it has a keeper of its own
            await archivist.room.call(before, archivist, server.origin)
            spawned: list[asyncio.Task[None]] = []

            def spawn(work: Coroutine[Any, Any, None]) -> None:
                spawned.append(asyncio.ensure_future(work))

            slots = HostSlots(archivist.room, source.crawl, timeout_s=60, patience_s=60)
            keeper = RobotsKeeper(
                archivist.room, source, slots, ask=archivist.ask, spawn=spawn, learnt=driven.woken.set
            )
            for _ in range(times):
                keeper.rules(server.origin)
            async with asyncio.timeout(20):
                await asyncio.gather(*spawned)
            assert driven.woken.is_set()
            kept = await archivist.room.call(archivist.room.hosts.robots, server.origin)
            rules = keeper.rules(server.origin)
        return Learnt(rules, keeper.rests(server.origin), dict(asked(server)), kept)

    with Server(routes) as server:
        return asyncio.run(run(server))


def keep(verdict: str, hours: float) -> Callable[[Archivist, str], None]:
    """Return what puts a verdict of so many hours ago into the catalogue."""

    def put(archivist: Archivist, origin: str) -> None:
        fetched = datetime.now(UTC) - timedelta(hours=hours)
        archivist.room.hosts.put_robots(Robots(origin, fetched, verdict, "as it was\nDisallow: /old"))

    return put


def allows(learnt: Learnt, path: str) -> bool:
    assert learnt.rules is not None
    return learnt.rules.allowed(f"http://127.0.0.1:9{path}")


def test_it_is_asked_for_once_and_obeyed_and_kept(tmp_path: Path) -> None:
    learnt = learn(tmp_path, {"/robots.txt": RULES}, times=5)
    assert learnt.requests == {"/robots.txt": 1}
    assert allows(learnt, "/yes") and not allows(learnt, "/no/1")
    assert learnt.kept is not None and learnt.kept.verdict == "rules" and learnt.kept.crawl_delay_s == 0.01
    assert learnt.kept.capture_id is not None


@pytest.mark.parametrize(
    ("verdict", "hours", "asks"),
    [
        ("rules", 23.9, False),
        ("rules", 24.1, True),
        ("allow", 23.9, False),
        ("disallow", 0.9, False),
        ("disallow", 1.1, True),
    ],
)
def test_what_is_known_holds_for_a_day_and_what_could_not_be_had_for_an_hour(
    tmp_path: Path, verdict: str, hours: float, asks: bool
) -> None:
    learnt = learn(tmp_path, {"/robots.txt": RULES}, before=keep(verdict, hours))
    assert bool(learnt.requests) is asks
    assert learnt.rules is not None and learnt.rules.verdict == ("rules" if asks else verdict)


def test_a_source_with_a_reason_does_not_ask(tmp_path: Path) -> None:
    learnt = learn(tmp_path, {"/robots.txt": RULES}, crawl='delay_s = 0\nrobots = "by agreement in writing"')
    assert learnt.requests == {} and allows(learnt, "/no/1")


def test_redirects_are_followed_to_other_hosts_too(tmp_path: Path) -> None:
    with Server({"/r.txt": RULES}) as other:
        learnt = learn(tmp_path, {"/robots.txt": [response(b"", ("Location", other.url("/r.txt")), status="301 M")]})
    assert not allows(learnt, "/no/1") and allows(learnt, "/yes")


def test_five_redirects_are_followed_and_no_more(tmp_path: Path) -> None:
    def chain(length: int) -> dict[str, Script]:
        hops = [*("/robots.txt" if n == 0 else f"/{n}" for n in range(length)), "/end"]
        moved: dict[str, Script] = {
            here: [response(b"", ("Location", there), status="302 Found")] for here, there in pairwise(hops)
        }
        return {**moved, "/end": RULES}

    (tmp_path / "within").mkdir()
    (tmp_path / "beyond").mkdir()
    assert not allows(learn(tmp_path / "within", chain(MAX_REDIRECTS)), "/no/1")
    beyond = learn(tmp_path / "beyond", chain(MAX_REDIRECTS + 1))
    assert "/end" not in beyond.requests and allows(beyond, "/no/1")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([response(b"", status="500 Oh")], "answered 500"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser-agent: *\nAllow: /", End.CLOSE], "cut (disconnect)"),
        ([b"220 mail.example ESMTP\r\n", End.CLOSE], "could not be fetched: http: "),
        ([End.CLOSE], "could not be fetched: connect: "),
    ],
)
def test_what_is_no_whole_answer_forbids_everything_and_says_why(tmp_path: Path, script: Script, says: str) -> None:
    learnt = learn(tmp_path, {"/robots.txt": script})
    assert learnt.rules is not None and not allows(learnt, "/yes") and says in learnt.rules.reason


def test_a_host_that_rests_is_not_asked_and_asked_for_no_more(tmp_path: Path) -> None:
    def rest(archivist: Archivist, origin: str) -> None:
        host = origin.partition("://")[2]
        archivist.room.hosts.set_backoff(host, datetime.now(UTC) + timedelta(hours=1))

    learnt = learn(tmp_path, {"/robots.txt": RULES}, before=rest)
    assert learnt.rests and learnt.rules is None and learnt.requests == {}


def test_one_robots_speaks_for_scheme_host_and_port() -> None:
    assert origin_of("http://a.cn/x?y") == "http://a.cn"
    assert origin_of("https://a.cn:8443/") == "https://a.cn:8443"
