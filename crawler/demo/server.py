"""Owns a loopback HTTP server whose every byte is ours: framing, case and delay as told, all of it kept."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

__all__ = ["LoopbackServer", "Reply", "Served", "chunked"]

IDLE_S = 30.0
"""A kept connection is closed after this long without a request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One response as it goes on the wire. Without a Content-Length or chunks, `close` must end it."""

    head: bytes
    """Status line and headers, with the empty line."""
    body: bytes = b""
    """As framed: chunked or compressed already."""
    interim: bytes = b""
    """1xx responses sent before it."""
    close: bool = False
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """One request and what was sent for it."""

    connection: int
    target: str
    received: bytes
    sent: bytes


@dataclass(slots=True)
class LoopbackServer:
    """A server on 127.0.0.1 at a free port; `answer(method, target)` makes the reply. Use as a context manager."""

    answer: Callable[[str, str], Reply]
    served: list[Served] = field(default_factory=list)
    """Every exchange, in the order in which the answers were ready; one connection's are in its order."""
    _server: socketserver.ThreadingTCPServer | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _connections: int = 0

    @property
    def port(self) -> int:
        """The port listened on, once started."""
        assert self._server is not None
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Listen and serve in threads of its own."""
        outer = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                outer._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Connection)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True, name="demo site").start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections += 1
            number = self._connections
            self._open.add(connection)
        try:
            # The other end may vanish at any byte; there is nobody to tell.
            with suppress(OSError):
                connection.settimeout(IDLE_S)
                self._converse(connection, number)
        finally:
            with self._lock:
                self._open.discard(connection)

    def _converse(self, connection: socket.socket, number: int) -> None:
        pending = b""
        while True:
            request, pending = _read_request(connection, pending)
            if not request:
                return
            method, target, _ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            reply = self.answer(method, target)
            time.sleep(reply.delay_s)
            sent = reply.interim + reply.head + (b"" if method == "HEAD" else reply.body)
            with self._lock:
                self.served.append(Served(number, target, request, sent))
            connection.sendall(sent)
            if reply.close or b"\r\nconnection: close\r\n" in request.lower():
                return


def chunked(body: bytes, size: int) -> bytes:
    """Frame `body` in chunks of `size` bytes (RFC 9112, 7.1)."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _read_request(connection: socket.socket, pending: bytes) -> tuple[bytes, bytes]:
    """Return one whole request and what was read beyond it; empty at the end of the connection."""
    while (end := pending.find(b"\r\n\r\n")) < 0:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        pending += more
    length = end + 4 + _content_length(pending[: end + 2])
    while len(pending) < length:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        pending += more
    return pending[:length], pending[length:]


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
