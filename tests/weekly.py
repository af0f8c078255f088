"""Owns a small newspaper for trials of what is kept when nothing changes: pages as long as real ones, validators that
are true, absent or lies, copies, and edits.
"""

from __future__ import annotations

import gzip
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from tests.server import Asked, End, Step, response

__all__ = ["Sent", "Weekly"]

_HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]


@dataclass(frozen=True)
class Sent:
    """One answer: the address, whether the request was conditional, the bytes."""

    target: str
    conditional: bool
    answer: bytes


class Weekly:
    """Answers `/list.html` and `/a/c_N.html`; how it answers depends on the number.

    0 modulo 4: Content-Length and an ETag; 1: chunked, gzip, Last-Modified; 2: chunked, no validators; 3: ended by the
    close, none.
    """

    def __init__(self, articles: int, *, characters: int = 300) -> None:
        """Make `articles` articles of so many characters each."""
        self.numbers = list(range(articles))
        self.copies: dict[str, int] = {}
        """Further addresses -> number of the article served there."""
        self.edits: dict[int, str] = {}
        self.gone: set[int] = set()
        self.liar = False
        """Whether every conditional request is answered by 304."""
        self.characters = characters
        self.sent: dict[str, list[Sent]] = defaultdict(list)

    def toml(self, base_url: str) -> str:
        """Return the source file."""
        return f"""schema = 1
title = "周报"
home = "{base_url}/"
kind = "news"

[crawl]
delay_s = 0
concurrency = 1

[[lists]]
url = "{base_url}/list.html"

[[articles]]
match = ['/a/[a-z]+_\\d+\\.html$']
"""

    def conditional(self, target: str) -> list[bool]:
        """Return for each request of `target` whether it was conditional."""
        return [one.conditional for one in self.sent[target]]

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        known = asked.header("If-None-Match"), asked.header("If-Modified-Since")
        answer = self._answer(asked.target, known)
        self.sent[asked.target].append(Sent(asked.target, known != (None, None), answer))
        return [answer, End.CLOSE] if b"\r\nConnection: close\r\n" in answer else [answer]

    def _answer(self, target: str, known: tuple[str | None, str | None]) -> bytes:
        if target == "/robots.txt":
            return response(b"User-agent: *\nDisallow: /secret/\n", ("Content-Type", "text/plain"))
        if target == "/list.html":
            return self._said(self._list(), 0, known)
        number = self.copies.get(target, int(target.rpartition("_")[2].partition(".")[0] or -1))
        if number in self.gone or number not in self.numbers:
            return response(b"no such page", ("Content-Type", "text/plain"), status="404 Not Found")
        return self._said(self._article(number), number, known)

    def _said(self, body: bytes, number: int, known: tuple[str | None, str | None]) -> bytes:
        head = [("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", f"visit={random.random()}")]
        tag = f'"{sha256(body).hexdigest()[:20]}"'
        date = f"Sun, 22 Nov 2026 01:02:{len(body) % 60:02} GMT"
        if known != (None, None) and (self.liar or known in ((tag, None), (None, date))):
            return b'HTTP/1.1 304 Not Modified\r\nETag: "any"\r\n\r\n'
        if number % 4 == 0:
            return response(body, ("ETag", tag), *head)
        if number % 4 == 3:
            return _head([*head, ("Connection", "close")]) + body
        if number % 4 == 1:
            body = gzip.compress(body, mtime=0)
            head += [("Content-Encoding", "gzip"), ("Last-Modified", date)]
        pieces = [body[at : at + 4000] for at in range(0, len(body), 4000)]
        chunks = b"".join(b"%x;n=%d\r\n%b\r\n" % (len(piece), at, piece) for at, piece in enumerate(pieces))
        return _head([*head, ("Transfer-Encoding", "chunked")]) + chunks + b"0\r\nX-Sum: 1\r\n\r\n"

    def _list(self) -> bytes:
        paths = [f"/a/c_{number}.html" for number in self.numbers] + list(self.copies)
        items = "".join(f'<li><a href="{path}">{path}</a></li>' for path in paths)
        return f"<html><head><title>目录</title></head><body><ul>{items}</ul></body></html>".encode()

    def _article(self, number: int) -> bytes:
        letters = random.Random(number)
        left, paragraphs = self.characters, []
        while left > 0:
            size = min(left, letters.randint(40, 160))
            paragraphs.append("".join(letters.choices(_HAN, k=size)) + "。")
            left -= size
        text = "".join(f"<p>　　{paragraph}</p>" for paragraph in [*paragraphs, self.edits.get(number, "原样。")])
        return (
            f"<html><head><meta charset=utf-8><title>第{number}号稿件</title></head><body><h1>第{number}号稿件</h1>"
            f"<div>2026-01-{1 + number % 28:02} 08:00 来源：周报</div><div class=content>{text}</div>"
            "<div>责任编辑：林书白</div></body></html>"
        ).encode()


def _head(lines: list[tuple[str, str]]) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in lines) + b"\r\n"
