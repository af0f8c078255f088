"""Owns a small site for replay trials: GBK in gzip in chunks, a redirect, sheets that import sheets, pictures, and a
page that means harm.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable

from tests.server import Asked, End, Step, response

__all__ = ["ARTICLE", "HARMFUL", "MOVED", "Gazette", "dot"]

ARTICLE = "/a/c_1.html"
MOVED = "/a/c_2.html"
"""Leads to ARTICLE."""
HARMFUL = "/a/c_3.html"

_BODY = "".join(
    f"<p>　　第{n}段：镇里的老粮站改成了农具陈列室，犁耙、风车和算盘都擦得发亮，"
    "讲解员是从前的保管员，说起过秤的规矩头头是道。</p>"
    for n in range(1, 5)
)


def dot(red: int, green: int, blue: int, size: int = 48) -> bytes:
    """Return a square of one colour, PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = b"\0" + bytes((red, green, blue)) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * size)) + chunk(b"IEND", b"")
    )


class Gazette:
    """Answers requests; `elsewhere` is the address of a server that nothing of a replay may reach."""

    def __init__(self, elsewhere: str) -> None:
        """Let the harmful page try to reach `elsewhere`."""
        self.elsewhere = elsewhere

    def toml(self, base_url: str) -> str:
        """Return the source file."""
        return f"""schema = 1
title = "镇报"
home = "{base_url}/"
kind = "news"

[crawl]
delay_s = 0
concurrency = 4

[[lists]]
url = "{base_url}/list.html"

[[articles]]
match = ['/a/c_\\d+\\.html$']

[requisites]
fetch = true
"""

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        if asked.target == MOVED:
            return [response(b"", ("Location", ARTICLE), status="301 Moved Permanently")]
        if asked.target in (ARTICLE, HARMFUL):
            return _chunked_gzip(self._page(asked.target).encode("gb18030"))
        content, content_type = self._others().get(asked.target, (b"", ""))
        if not content_type:
            return [response(b"nothing", ("Content-Type", "text/plain"), status="404 Not Found")]
        return [response(content, ("Content-Type", content_type))]

    def _others(self) -> dict[str, tuple[bytes, str]]:
        listed = "".join(f'<li><a href="{path}">稿件</a></li>' for path in (ARTICLE, MOVED, HARMFUL))
        return {
            "/list.html": (f"<html><body><ul>{listed}</ul></body></html>".encode(), "text/html; charset=utf-8"),
            "/s/main.css": (b"@import 'more.css'; h1 { color: rgb(160, 0, 0); } p { margin: 6px 40px; }", "text/css"),
            "/s/more.css": (b"body { background: url(../i/ground.png); } h1 { letter-spacing: 3px; }", "text/css"),
            "/i/ground.png": (dot(238, 232, 213), "image/png"),
            "/i/barn.png": (dot(32, 96, 64, 120), "image/png"),
            "/i/lazy.png": (dot(20, 20, 160, 60), "image/png"),
        }

    def _page(self, path: str) -> str:
        title = "老粮站改成农具陈列室" if path == ARTICLE else "县里修路的消息"
        return (
            f"<html><head><meta charset=gb2312><title>{title}</title>"
            '<link rel="stylesheet" href="/s/main.css"></head><body>'
            f"<h1>{title}</h1><div>2026-11-03 08:00 来源：镇报</div>"
            f'<div id="content"><img src="/i/barn.png" width="120" height="120">{_BODY}'
            '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-original="/i/lazy.png" id="lazy">'
            f"</div><div>责任编辑：林书白</div>{self._script() if path == HARMFUL else _LAZY}</body></html>"
        )

    def _script(self) -> str:
        return _HARM.replace("ELSEWHERE", self.elsewhere)


_LAZY = "<script>var l = document.getElementById('lazy'); l.src = l.getAttribute('data-original');</script>"
_HARM = """<style>#content { background: \\75 rl(ELSEWHERE/css-escape); }</style>
<link rel="prefetch" href="ELSEWHERE/prefetch"><img src="ELSEWHERE/img.png"><iframe src="ELSEWHERE/frame.html"></iframe>
<script>
var tries = [
    function () { var s = new CSSStyleSheet(); s.replaceSync("body { background: url(ELSEWHERE/adopted) }");
        document.adoptedStyleSheets = [s]; },
    function () { return new EventSource("ELSEWHERE/events"); },
    function () { return new SharedWorker("ELSEWHERE/worker.js"); },
    function () { return fetch("ELSEWHERE/fetch", { mode: "no-cors" }); },
    function () { return new WebSocket("ELSEWHERE/socket".replace("http", "ws")); },
    function () { return navigator.sendBeacon("ELSEWHERE/beacon"); },
    function () { var s = document.createElement("script"); s.src = "ELSEWHERE/script.js";
        document.body.appendChild(s); }
];
tries.forEach(function (attempt) {
    try { var p = attempt(); if (p && p.catch) p.catch(function () {}); } catch (e) {}
});
setTimeout(function () { window.tried = true; }, 500);
</script>"""
"""A player rewrites what it knows; the escaped style and the adopted sheet it does not: only a policy can stop them."""


def _chunked_gzip(body: bytes) -> Iterable[Step]:
    packed = gzip.compress(body, mtime=0)
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
    yield b"Connection: close\r\n\r\n"
    for at in range(0, len(packed), 500):
        piece = packed[at : at + 500]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
    yield End.CLOSE
