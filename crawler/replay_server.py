"""Owns the two small servers of `scrapy replay`: loopback only, no other Host, fixed answers, ranges of one file."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

from crawler.player import Player
from crawler.replay_pages import (
    STAGE_INDEX,
    STAGE_WORKER,
    Moment,
    frame_page,
    frame_policy,
    stage_policy,
    stage_url,
)
from storage.errors import UsageError

__all__ = ["Performance", "ReplayServer"]

HOST: Final = "127.0.0.1"
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PIECE_BYTES: Final = 1 << 18
_TIMEOUT_S: Final = 30


@dataclass(frozen=True, slots=True)
class Performance:
    """What is shown."""

    url: str
    shown: Moment
    moments: Sequence[Moment]
    package: Path
    """A WACZ, or a WARC file, by its name's ending."""
    token: str
    """Of the package's content: part of every address of the stage, so that no browser mixes two packages up."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One fixed answer: bytes, or a file served in ranges."""

    content: bytes | Path
    content_type: str


Route = Callable[[str, Mapping[str, str]], _Answer | None]
"""Path and query -> the answer, None for nothing there."""


class ReplayServer:
    """Frame and stage of one performance; use as a context manager."""

    def __init__(self, performance: Performance, player: Player, port: int = 0) -> None:
        """Bind the frame to `port` of 127.0.0.1 (0: a free one) and the stage to a free one.

        Raises:
            UsageError: the port cannot be had.
        """
        self._performance = performance
        self._player = player
        self._frame = _bind(port)
        self._stage = _bind(0)
        self._frame.policy = frame_policy(_origin(self._stage))
        self._frame.route = self._frame_route
        self._stage.policy = stage_policy(_origin(self._frame))
        self._stage.route = self._stage_route()

    @property
    def url(self) -> str:
        """Where a browser begins."""
        return f"{_origin(self._frame)}/"

    @property
    def stage(self) -> str:
        """The address of the stage, ending in a slash."""
        return f"{_origin(self._stage)}/{self._performance.token}/"

    def __enter__(self) -> Self:
        """Serve, in threads of their own."""
        for server in (self._frame, self._stage):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop and let go of the ports."""
        for server in (self._frame, self._stage):
            server.shutdown()
            server.server_close()

    def _frame_route(self, path: str, query: Mapping[str, str]) -> _Answer | None:
        if path != "/":
            return None
        show = self._performance
        shown = next((moment for moment in show.moments if moment.timestamp == query.get("at")), show.shown)
        source = stage_url(self.stage, show.package.name, show.url, shown.timestamp)
        return _Answer(frame_page(show.url, shown, show.moments, source), "text/html; charset=utf-8")

    def _stage_route(self) -> Route:
        script = "text/javascript; charset=utf-8"
        worker = STAGE_WORKER.format(policy=json.dumps(self._stage.policy)).encode("utf-8")
        answers = {
            "": _Answer(STAGE_INDEX, "text/html; charset=utf-8"),
            "ui.js": _Answer(self._player.files["ui.js"], script),
            "sw.js": _Answer(worker, script),
            "player.js": _Answer(self._player.files["sw.js"], script),
            self._performance.package.name: _Answer(self._performance.package, "application/octet-stream"),
        }
        folder = f"/{self._performance.token}/"
        return lambda path, query: answers.get(path.removeprefix(folder)) if path.startswith(folder) else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    policy = ""
    route: Route

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT_S
    server_version = "shilu"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with a body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without one."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def _answer(self, *, with_body: bool) -> None:
        if self.headers.get_all("Host", []) != [f"{HOST}:{self.server.server_port}"]:
            # Another name for this address: a page elsewhere that had its own name point here (DNS rebinding).
            self._send(_plain(b"wrong Host"), HTTPStatus.MISDIRECTED_REQUEST, with_body)
            return
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        answer = self.server.route(asked.path, query)
        if answer is None:
            self._send(_plain(b"not here"), HTTPStatus.NOT_FOUND, with_body)
        else:
            self._send(answer, HTTPStatus.OK, with_body)

    def _send(self, answer: _Answer, status: HTTPStatus, with_body: bool) -> None:
        content = answer.content
        size = content.stat().st_size if isinstance(content, Path) else len(content)
        start, stop = 0, size
        if isinstance(content, Path) and (asked := self.headers.get("Range")) is not None:
            span = _span(asked, size)
            status = HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            start, stop = span or (0, 0)
        self.send_response(status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(stop - start))
        if status in (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
            there = f"{start}-{stop - 1}" if stop else "*"
            self.send_header("Content-Range", f"bytes {there}/{size}")
        for name, value in self._guards(isinstance(content, Path)):
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self._write(content, start, stop)

    def _guards(self, ranges: bool) -> list[tuple[str, str]]:
        return [
            ("Content-Security-Policy", self.server.policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
            *([("Accept-Ranges", "bytes")] if ranges else []),
        ]

    def _write(self, content: bytes | Path, start: int, stop: int) -> None:
        if isinstance(content, bytes):
            self.wfile.write(content[start:stop])
            return
        with content.open("rb") as file:
            file.seek(start)
            while start < stop and (piece := file.read(min(_PIECE_BYTES, stop - start))):
                self.wfile.write(piece)
                start += len(piece)


def _bind(port: int) -> _Server:
    try:
        return _Server((HOST, port), _Handler)
    except (OSError, OverflowError) as error:
        raise UsageError(f"replay: --port {port}: cannot be had ({error}); give another, or none") from error


def _origin(server: _Server) -> str:
    return f"http://{HOST}:{server.server_port}"


def _plain(text: bytes) -> _Answer:
    return _Answer(text, "text/plain; charset=utf-8")


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return first byte and end of a Range (RFC 9110 14.1.2), None when it cannot be had; several ranges cannot."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size) if length else None
    start, stop = int(match[1]), min(int(match[2]) + 1 if match[2] else size, size)
    return (start, stop) if start < stop else None
