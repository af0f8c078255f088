"""Owns an HTTP proxy on loopback, as plain as can be."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

__all__ = ["Tunnel", "tunnel"]


class Tunnel:
    """A proxy that answers CONNECT with `answer`, then joins both ends; a plain request it hands on as it came."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n") -> None:
        """Listen on an ephemeral loopback port."""
        self.heads: list[bytes] = []
        """Of the first request on each connection."""
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Join until stopped."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _join(self, client: socket.socket) -> None:
        head = b""
        with client, contextlib.suppress(OSError):
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.heads.append(head)
            method, target, _ = head.decode("latin-1").split(" ", 2)
            if method == "CONNECT":
                client.sendall(self._answer)
                if b" 200 " not in self._answer:
                    return
            host, _, port = (target if method == "CONNECT" else urlsplit(target).netloc).rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                server.sendall(b"" if method == "CONNECT" else head)
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server)
                back.join(2)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := source.recv(65536):
            sink.sendall(received)
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def tunnel(answer: bytes | None = None) -> Iterator[Tunnel]:
    """Give a tunnel that runs."""
    one = Tunnel() if answer is None else Tunnel(answer)
    thread = threading.Thread(target=one.serve, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.stop()
        thread.join(2)
