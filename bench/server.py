"""Owns serving the newspaper from memory, in a process of its own, and counting who asked for what.

    python -m bench.server 3000 [heavy]    # prints its port, serves until its standard input is closed

Half the pages go out gzipped to whoever accepts that, one in twelve is chunked. `/-/reset` begins a count, `/-/counts`
gives it as JSON; no page links there.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.site import ARTICLE, Page, build

__all__ = ["Counts", "Running", "running"]

_ROOT = Path(__file__).resolve().parent.parent
_CHUNK_BYTES = 8192
_GZIP_LEVEL = 6
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nnot here"


@dataclass(frozen=True, slots=True)
class Counts:
    """What was asked for since the last reset."""

    requests: int
    """Answered with a page."""
    pages: int
    """Different pages among them."""
    articles: int
    """Different articles among them."""
    missing: int
    """Answered with 404."""
    connections: int
    sent_bytes: int
    server_cpu_s: float


@dataclass(frozen=True, slots=True)
class Running:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    """Scheme, host and port."""

    def reset(self) -> None:
        """Begin a new count."""
        self._ask("reset")

    def hold(self, cores: Iterable[int]) -> None:
        """Keep the server on these cores."""
        os.sched_setaffinity(self.process.pid, cores)

    def counts(self) -> Counts:
        """Return what was asked for since the last reset."""
        return Counts(**json.loads(self._ask("counts")))

    def _ask(self, what: str) -> bytes:
        with urllib.request.urlopen(f"{self.url}/-/{what}", timeout=60) as answer:
            return bytes(answer.read())


@contextmanager
def running(articles: int, site: str = "light") -> Iterator[Running]:
    """Serve a newspaper of so many articles until the end of the block; `site` is a key of SITES."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.server", str(articles), site],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise RuntimeError(f"the server did not start; its exit code is {process.wait()}")
        yield Running(process, f"http://127.0.0.1:{port}")
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


# --- in the server's process ---------------------------------------------------------------------


class _Shelf:
    """Every answer, framed beforehand, and the count of those given."""

    def __init__(self, pages: Iterator[Page]) -> None:
        self.plain: dict[bytes, bytes] = {}
        self.zipped: dict[bytes, bytes] = {}
        for page in pages:
            path = page.path.encode()
            self.plain[path] = _answer(page, page.body)
            if page.content_type.startswith("text/html") and zlib.crc32(path) % 2:
                body = gzip.compress(page.body, _GZIP_LEVEL, mtime=0)
                self.zipped[path] = _answer(page, body, b"Content-Encoding: gzip\r\n")
        self.reset()

    def reset(self) -> None:
        self.requests = self.missing = self.connections = self.sent_bytes = 0
        self.pages: set[bytes] = set()
        self.articles: set[bytes] = set()
        self._began_s = time.process_time()

    def counts(self) -> Counts:
        return Counts(
            self.requests,
            len(self.pages),
            len(self.articles),
            self.missing,
            self.connections,
            self.sent_bytes,
            time.process_time() - self._began_s,
        )

    def answer(self, path: bytes, zipped: bool) -> bytes:
        found = (self.zipped.get(path) if zipped else None) or self.plain.get(path)
        if found is None:
            return self._control(path)
        self.requests += 1
        self.sent_bytes += len(found)
        self.pages.add(path)
        if _ARTICLE_PATH.search(path):
            self.articles.add(path)
        return found

    def _control(self, path: bytes) -> bytes:
        if path == b"/-/reset":
            self.reset()
        elif path != b"/-/counts":
            self.missing += 1
            return _MISSING
        counts = self.counts()
        body = json.dumps({name: getattr(counts, name) for name in Counts.__slots__}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


_ARTICLE_PATH = re.compile(ARTICLE.encode())


def _answer(page: Page, body: bytes, coding: bytes = b"") -> bytes:
    head = (
        f"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 08:00:00 GMT\r\n"
        f"Content-Type: {page.content_type}\r\nLast-Modified: Sat, 21 Nov 2026 08:00:00 GMT\r\n"
        f'ETag: "{zlib.crc32(body):08x}"\r\nCache-Control: max-age=60\r\nX-Cache: HIT from cache-3\r\n'
        "Vary: Accept-Encoding\r\n"
    ).encode() + coding
    if not page.chunked:
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    pieces = (body[at : at + _CHUNK_BYTES] for at in range(0, len(body), _CHUNK_BYTES))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


class _Connection(asyncio.Protocol):
    """Answers GET and HEAD, kept alive unless asked to close."""

    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self._waiting = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._shelf.connections += 1

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head, self._waiting = self._waiting[:end].lower(), self._waiting[end + 4 :]
            method, path, version = head.partition(b"\r\n")[0].split(b" ")
            encodings = head.partition(b"\r\naccept-encoding:")[2].partition(b"\r\n")[0]
            answer = self._shelf.answer(path.partition(b"?")[0], b"gzip" in encodings)
            self._transport.write(answer[: answer.index(b"\r\n\r\n") + 4] if method == b"head" else answer)
            if b"\r\nconnection: close" in head or version == b"http/1.0":
                self._transport.close()


async def _serve(articles: int, site: str) -> None:
    loop = asyncio.get_running_loop()
    shelf = _Shelf(build(articles, site))
    server = await loop.create_server(lambda: _Connection(shelf), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # ends when the parent closes it, or dies
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), *(sys.argv[2:] or ["light"])))
