"""Owns the exchanges that tests of the archive write, and what it takes to write and read them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from storage.archived import Archived
from storage.model import Attempt, Capture, Exchange, Failure, Original, Revisit, Source, Thresholds, Tls
from storage.reader import walk
from storage.source_json import source_digest
from storage.warc import WarcWriter

SOURCE = Source(name="demo", title="示例报", home="http://www.example.cn/")
CRAWL = "0f0e0d0c-1111-4222-8333-444444444444"
AT = datetime(2026, 11, 22, 13, 45, 0, 123456, tzinfo=UTC)
ATTEMPT = Attempt(source="demo", crawl_id=CRAWL, role="article:0", rules_digest=source_digest(SOURCE))
BODY = "<html><body><p>一条消息。</p></body></html>".encode("gb18030")
EXCHANGE = Exchange(
    url="http://www.example.cn/2026/11/22/c_1.html",
    method="GET",
    request=b"GET /2026/11/22/c_1.html HTTP/1.1\r\nHost: www.example.cn\r\n\r\n",
    response=b"HTTP/1.1 200 OK\r\nConTENT-type: Text/HTML;charset=gbk\r\nX: \xc4\xe3\r\nContent-Length: %d\r\n\r\n%s"
    % (len(BODY), BODY),
    started=AT,
    duration_s=0.125,
    ip="192.0.2.7",
)


def exchange(number: int = 1, **changes: Any) -> Exchange:
    """Return the `number`th of a series of exchanges, a second apart, each with a page of its own."""
    body = BODY + b"<!-- %d -->" % number
    response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    made = replace(
        EXCHANGE,
        url=f"http://www.example.cn/{number}.html",
        response=response,
        started=AT + timedelta(seconds=number),
    )
    return replace(made, **changes)


def revisit(capture: Capture, by: str = "bytes") -> Revisit:
    """Return that what is received next is the payload of `capture`."""
    original = Original(
        capture.id,
        capture.url,
        capture.captured,
        capture.payload_digest,
        capture.warc_file,
        capture.warc_offset,
        capture.warc_length,
    )
    return Revisit(original, by)


def counted_ids() -> Callable[[], str]:
    """Return a source of record ids that counts."""
    numbers = itertools.count(1)
    return lambda: f"urn:uuid:{UUID(int=next(numbers))}"


def writer(directory: Path, **changes: Any) -> WarcWriter:
    """Open a writer on `directory`."""
    options: dict[str, Any] = {
        "source": SOURCE,
        "crawl_id": CRAWL,
        "software": "shilu/0",
        "operator": "示例 <archive@example.org>",
        "user_agent": "shilu",
        "robots_policy": "obey",
        "thresholds": Thresholds(2, 3600),
        "started": AT,
        "max_bytes": 1 << 30,
        "max_age_s": 3600.0,
    }
    return WarcWriter(directory, **(options | changes))


def files(directory: Path) -> list[Path]:
    """Return the WARC files of an archive in order of name."""
    return sorted((directory / "warc").iterdir())


def attempts(path: Path) -> list[Archived]:
    """Return the attempts in a WARC file."""
    return [entry for entry in walk(path) if isinstance(entry, Archived)]


def texts() -> st.SearchStrategy[str]:
    """Any text at all: line ends, surrogates, nothing."""
    hostile = st.sampled_from(
        ["", " ", "a\r\nrole: page", "\\", "\\n", "\u2028", "\udcff", "新闻", "\r\n\r\n", "note: x"]
    )
    return hostile | st.text(st.characters(), max_size=20)


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def exchanges() -> st.SearchStrategy[Exchange]:
    """Any exchange at all."""
    blocks = st.binary(max_size=60) | st.sampled_from(
        [
            b"",
            EXCHANGE.response,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            b"\r\n\r\n",
            b"<html>",
        ]
    )
    tls = st.builds(
        Tls, texts(), texts(), st.booleans(), reason=_optional(texts()), chain_sha256=_optional(st.just("ab" * 32))
    )
    return st.builds(
        Exchange,
        url=st.just(EXCHANGE.url) | texts(),
        method=st.sampled_from(["GET", "HEAD", "POST", "get"]),
        request=blocks,
        response=blocks,
        started=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        duration_s=st.floats(0, 1e6),
        interim=st.binary(max_size=40) | st.just(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"),
        surplus=st.binary(max_size=40) | st.just(b"\r\n\r\nrole: page\r\n"),
        ip=_optional(st.ip_addresses().map(str) | texts()),
        proxy=_optional(texts()),
        tls=_optional(tls),
        truncated=_optional(st.sampled_from(["length", "time", "disconnect"]) | texts()),
        failure=_optional(st.builds(Failure, texts(), texts())),
        notes=st.lists(texts(), max_size=3).map(tuple),
    )


def attempts_made() -> st.SearchStrategy[Attempt]:
    """Any attempt at all."""
    return st.builds(
        Attempt,
        source=texts(),
        crawl_id=texts(),
        role=texts(),
        via=_optional(texts()),
        relation=texts(),
        hops=st.integers(0, 100),
        number=st.integers(0, 100),
        rules_digest=texts(),
    )
