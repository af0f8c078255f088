"""crawler.attempts: nothing passes on the wire without becoming records, and traps are not asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.attempts import ACCEPT, Attempts, Fetched
from pipelines.revisits import original_of
from storage import __version__
from storage.model import Conditions, Failure
from tests.in_process import begun, entry_of, options_of, source_of
from tests.press import page
from tests.server import Asked, End, Server, Step, response

AGENT = f"shilu/{__version__} (+https://example.org/)"


def attempted(folder: Path, server: Server, work: Callable[[Attempts, str], Awaitable[None]]) -> None:
    """Have the attempts of a run at work on a site."""

    async def run() -> None:
        options = options_of(folder, ARCHIVE_CONTACT="https://example.org/")
        async with begun(options, source_of(folder, server.origin), end="shutdown") as driven:
            await driven.archivist.dispatch.stop()
            await work(driven.archivist.attempts, server.origin)

    asyncio.run(run())


def test_a_row_is_asked_for_as_it_says_and_in_our_name(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        headers = (("X-Requested-With", "XMLHttpRequest"), ("accept", "application/json"))
        entry = entry_of(f"{origin}/api", role="list:0", relation="seed", method="POST", headers=headers, body="栏=1")
        (fetched,) = await attempts.ask(entry)
        assert fetched.capture is not None and fetched.capture.method == "POST"
        assert fetched.attempt.role == "list:0" and fetched.entry is entry

    with Server({"/api": page("[]")}) as server:
        attempted(tmp_path, server, work)
        asked = server.served[-1].asked
    assert asked.header("User-Agent") == AGENT and asked.header("X-Requested-With") == "XMLHttpRequest"
    assert [value for name, value in asked.headers if name.lower() == "accept"] == ["application/json"]
    assert asked.body.decode() == "栏=1"


def test_without_a_wish_of_the_row_we_accept_what_browsers_do(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        await attempts.ask(entry_of(f"{origin}/a/1.html"))

    with Server({"/a/1.html": page("x")}) as server:
        attempted(tmp_path, server, work)
        assert server.served[-1].asked.header("Accept") == ACCEPT.decode()


@pytest.mark.parametrize(
    ("relation", "role", "goes_out"),
    [
        ("link", "article:0", False),
        ("redirect", "article:0", False),
        ("given", "page", True),
        ("next", "list:0", True),
        ("redirect", "robots", True),
    ],
)
def test_only_what_a_person_wrote_may_look_like_a_trap(
    tmp_path: Path, relation: str, role: str, goes_out: bool
) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        (fetched,) = await attempts.ask(entry_of(f"{origin}/a/x/x/x/1.html", relation=relation, role=role))
        failure = fetched.exchange.failure
        assert (failure is None) is goes_out
        assert goes_out or (failure is not None and failure.stage == "trap")

    with Server({"/a/x/x/x/1.html": page("x")}) as server:
        attempted(tmp_path, server, work)
        assert any(served.asked.target == "/a/x/x/x/1.html" for served in server.served) is goes_out


def test_a_try_on_a_connection_that_had_died_is_an_attempt_of_its_own(tmp_path: Path) -> None:
    def answer(asked: Asked) -> list[Step]:
        dies = asked.target == "/a/2.html" and asked.ordinal > 1
        return [End.CLOSE] if dies else [response(b"whole")]

    async def work(attempts: Attempts, origin: str) -> None:
        await attempts.ask(entry_of(f"{origin}/a/1.html", row=1))
        lost, fetched = await attempts.ask(entry_of(f"{origin}/a/2.html", row=2))
        assert lost.capture is None and lost.exchange.failure is not None
        assert lost.entry.id == 0, "the row is settled once"
        assert fetched.capture is not None and fetched.entry.id == 2

    with Server(answer) as server:
        attempted(tmp_path, server, work)


def test_what_is_not_asked_for_is_recorded_with_its_reason(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        fetched = await attempts.refuse(entry_of(f"{origin}/a/1.html"), Failure("robots", "forbidden"))
        assert fetched.capture is None and fetched.exchange.request == b""
        assert fetched.exchange.failure == Failure("robots", "forbidden")

    with Server({}) as server:
        attempted(tmp_path, server, work)
        assert not [served for served in server.served if served.asked.target == "/a/1.html"]


def test_a_response_is_cut_at_the_limit_asked_for(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        (fetched,) = await attempts.ask(entry_of(f"{origin}/a/1.html"), max_bytes=1000)
        assert fetched.exchange.truncated == "length"
        assert len(fetched.exchange.response[:].partition(b"\r\n\r\n")[2]) == 1000

    with Server({"/a/1.html": page("x" * 5000)}) as server:
        attempted(tmp_path, server, work)


# --- on condition, and nothing twice -----------------------------------------------------------


def conditions_on(fetched: Fetched, etag: str | None, last_modified: str | None) -> Conditions:
    assert fetched.capture is not None
    original = original_of(fetched.capture)
    assert original is not None
    return Conditions(etag, last_modified, original)


@pytest.mark.parametrize(
    ("etag", "last_modified", "lines"),
    [
        ('W/"ü \\ "', None, [b'If-None-Match: W/"\xfc \\ "']),
        (None, "gestern", [b"If-Modified-Since: gestern"]),
        ('"a"', "Sun, 22 Nov", [b'If-None-Match: "a"', b"If-Modified-Since: Sun, 22 Nov"]),
    ],
)
def test_validators_are_sent_back_as_they_came_and_a_304_to_them_is_a_revisit(
    tmp_path: Path, etag: str | None, last_modified: str | None, lines: list[bytes]
) -> None:
    def answer(asked: Asked) -> list[Step]:
        known = b"\r\nIf-" in asked.raw
        return [b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n' if known else response(b"whole")]

    async def work(attempts: Attempts, origin: str) -> None:
        (first,) = await attempts.ask(entry_of(f"{origin}/a/1.html"))
        assert first.revisit is None
        conditions = conditions_on(first, etag, last_modified)
        (again,) = await attempts.ask(entry_of(f"{origin}/a/1.html", conditions=conditions))
        assert again.revisit is not None and first.capture is not None and again.capture is not None
        assert (again.revisit.by, again.revisit.original.id) == ("server", first.capture.id)
        assert (again.capture.kind, again.capture.payload_digest) == ("revisit", first.capture.payload_digest)

    with Server(answer) as server:
        attempted(tmp_path, server, work)
        head = server.served[-1].asked.raw.split(b"\r\n")
    assert [line for line in head if line.startswith(b"If-")] == lines


def test_nothing_is_asked_on_condition_of_what_is_not_in_the_archive(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        (first,) = await attempts.ask(entry_of(f"{origin}/a/1.html"))
        conditions = conditions_on(first, '"a"', None)
        gone = replace(conditions, original=replace(conditions.original, id="urn:uuid:gone"))
        await attempts.ask(entry_of(f"{origin}/a/2.html", conditions=gone))

    with Server(lambda asked: [response(asked.target.encode())]) as server:
        attempted(tmp_path, server, work)
        assert server.served[-1].asked.header("If-None-Match") is None


def test_a_304_that_is_cut_or_unasked_is_a_response(tmp_path: Path) -> None:
    def answer(asked: Asked) -> list[Step]:
        if asked.target == "/a/cut.html" and asked.header("If-None-Match"):
            return [b"HTTP/1.1 304 Not Modified\r\nX: ", End.CLOSE]
        return [response(b"whole") if asked.target == "/a/cut.html" else b"HTTP/1.1 304 Not Modified\r\n\r\n"]

    async def work(attempts: Attempts, origin: str) -> None:
        (first,) = await attempts.ask(entry_of(f"{origin}/a/cut.html"))
        entry = entry_of(f"{origin}/a/cut.html", conditions=conditions_on(first, '"a"', None))
        for fetched in (*await attempts.ask(entry), *await attempts.ask(entry_of(f"{origin}/a/unasked.html"))):
            assert fetched.capture is not None and fetched.capture.kind == "response"

    with Server(answer) as server:
        attempted(tmp_path, server, work)


def test_equal_payloads_are_kept_once_whoever_asks(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        (first,) = await attempts.ask(entry_of(f"{origin}/a/1.html"))
        (second,) = await attempts.ask(entry_of(f"{origin}/a/2.html"))
        (robots,) = await attempts.ask(entry_of(f"{origin}/robots.txt", role="robots"))
        (posted,) = await attempts.ask(entry_of(f"{origin}/a/3.html", method="POST", body=""))
        assert first.capture is not None
        for fetched in (second, robots):
            assert fetched.revisit is not None and fetched.revisit.original.id == first.capture.id
            assert fetched.revisit.by == "bytes" and fetched.exchange.response[:].endswith(b"one and the same")
        assert posted.capture is not None and posted.capture.kind == "response"

    with Server(lambda asked: [response(b"one and the same")]) as server:
        attempted(tmp_path, server, work)


def test_a_payload_in_another_wrapping_is_kept_once_more_and_no_more(tmp_path: Path) -> None:
    """Players put a revisit's head before its original's body: a length before chunks would play as nothing."""
    framed = {
        "plain": response(b"same"),
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsame\r\n0\r\n\r\n",
    }

    async def work(attempts: Attempts, origin: str) -> None:
        first: dict[str, str] = {}
        for number in range(3):
            for name in framed:
                (fetched,) = await attempts.ask(entry_of(f"{origin}/a/{name}_{number}.html"))
                assert fetched.capture is not None and (fetched.capture.kind == "revisit") == (number > 0)
                assert fetched.capture.refers_to == first.get(name)
                first.setdefault(name, fetched.capture.id)

    with Server(lambda asked: [framed["chunked" if "chunked" in asked.target else "plain"]]) as server:
        attempted(tmp_path, server, work)


def test_of_equal_answers_under_way_together_none_refers_to_a_later_one(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        late = asyncio.ensure_future(attempts.ask(entry_of(f"{origin}/a/late.html")))
        await asyncio.sleep(0.1)
        (soon,) = await attempts.ask(entry_of(f"{origin}/a/soon.html"))
        (first,) = await late
        assert first.exchange.started < soon.exchange.started
        assert [one.capture.kind for one in (soon, first) if one.capture] == ["response", "response"]
        (third,) = await attempts.ask(entry_of(f"{origin}/a/third.html"))
        assert third.capture is not None and third.capture.kind == "revisit"

    def answer(asked: Asked) -> list[Step]:
        return [0.4 if asked.target == "/a/late.html" else 0.0, response(b"one and the same")]

    with Server(answer) as server:
        attempted(tmp_path, server, work)


def test_many_equal_answers_at_once_refer_to_the_first_of_them(tmp_path: Path) -> None:
    async def work(attempts: Attempts, origin: str) -> None:
        await attempts.ask(entry_of(f"{origin}/a/0.html"))
        found = await asyncio.gather(*(attempts.ask(entry_of(f"{origin}/a/{n}.html")) for n in range(1, 9)))
        assert {one.capture.kind for (one,) in found if one.capture} == {"revisit"}

    with Server(lambda asked: [response(b"one and the same")]) as server:
        attempted(tmp_path, server, work)
