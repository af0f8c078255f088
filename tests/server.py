"""Owns the loopback server that tests talk to: scripted bytes in scripted pieces, and a log of all that passed.

    with Server({"/": [b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n", 0.1, b"ok"]}) as server:
        ... fetch(server.url("/")) ...
    server.served[0].request, server.served[0].sent

A script is a sequence of steps, or a callable that gets the `Asked` and gives one: bytes are sent, a float is a pause
in seconds, `End.CLOSE` closes in order, `End.RESET` resets. After the last step the connection waits for another
request. `Site` is such a callable: pages that can be changed between two crawls, and when each was asked for.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

__all__ = ["Asked", "End", "Page", "Script", "Served", "Server", "Site", "Step", "response"]


class End(Enum):
    """How a script ends its connection."""

    CLOSE = "close"
    """FIN after the bytes; over TLS close_notify first."""
    RESET = "reset"
    """RST; what was sent just before may be lost."""
    DROP = "drop"
    """FIN without TLS's close_notify."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    raw: bytes
    """Head and body."""
    method: str
    target: str
    """Path and query, or whatever stood in the request line."""
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int
    """Which connection of the server's life this is, from 1."""
    ordinal: int
    """Which request on that connection, from 1."""
    at: float
    """`time.monotonic()` when its head was whole."""

    def header(self, name: str) -> str | None:
        """Return the first value of `name`."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Step = bytes | float | End
Script = Iterable[Step] | Callable[[Asked], Iterable[Step]]


@dataclass
class Served:
    """One request and every byte sent for it."""

    asked: Asked
    sent: bytearray = field(default_factory=bytearray)

    @property
    def request(self) -> bytes:
        """Return the request as received."""
        return self.asked.raw


def response(body: bytes = b"", *headers: tuple[str, str], status: str = "200 OK", head_only: bool = False) -> bytes:
    """Write a plain response with Content-Length and keep-alive."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if head_only else body)


@dataclass(frozen=True)
class Page:
    """What a Site answers with."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    status: str = "200 OK"


class Site:
    """Pages by path; whatever is not there is a 404. Change `pages` between crawls."""

    def __init__(self, pages: Mapping[str, Page] | None = None) -> None:
        """Serve `pages`, keyed by path and query as requested."""
        self.pages: dict[str, Page] = dict(pages or {})
        self.times: dict[str, list[float]] = defaultdict(list)
        """Path -> `time.monotonic()` of each request."""

    @property
    def requests(self) -> dict[str, int]:
        """Return how often each path was asked for."""
        return {path: len(times) for path, times in self.times.items()}

    def put(self, path: str, body: str | bytes, *, content_type: str = "text/html; charset=utf-8") -> None:
        """Add or change a page."""
        self.pages[path] = Page(body.encode() if isinstance(body, str) else body, content_type)

    def remove(self, path: str) -> None:
        """Take a page away."""
        del self.pages[path]

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Answer one request."""
        self.times[asked.target].append(asked.at)
        page = self.pages.get(asked.target) or Page(b"not here", status="404 Not Found")
        headers = (("Content-Type", page.content_type), *page.headers)
        return [response(page.body, *headers, status=page.status, head_only=asked.method == "HEAD")]


class Server:
    """A threaded server on an ephemeral loopback port; use it as a context manager."""

    def __init__(
        self, routes: Mapping[str, Script] | Callable[[Asked], Iterable[Step]], *, tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1", keep_sent: bool = True,
    ) -> None:  # fmt: skip
        """Serve a script for each path and query, or one callable for all; over TLS if a context is given.

        Without `keep_sent` what was sent is not remembered.
        """
        self._keep_sent = keep_sent
        self.routes = routes
        self.served: list[Served] = []
        """In the order in which the requests came."""
        self.connections = 0
        self.handshakes_failed = 0
        self.received: dict[int, bytearray] = defaultdict(bytearray)
        """Connection -> every byte it received (after TLS)."""
        self._tls = tls
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=256
        )
        self.host, self.port = self._listener.getsockname()[:2]

    @property
    def origin(self) -> str:
        """Return `scheme://host:port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """Return the address of `path`, under another name for the same server if `host` is given."""
        return (self.origin if host is None else f"{self.origin.split(':')[0]}://{host}:{self.port}") + path

    def __enter__(self) -> Self:
        """Start."""
        self._spawn(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, cutting what is still open."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    # --- threads -------------------------------------------------------------------------------

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._spawn(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        with self._lock:
            self._open.add(sock)
        stream = sock
        try:
            if self._tls is not None:
                stream = self._tls.wrap_socket(sock, server_side=True, suppress_ragged_eofs=True)
                with self._lock:
                    self._open = (self._open - {sock}) | {stream}
            self._converse(stream, number)
        except ssl.SSLError:
            self.handshakes_failed += 1
        except OSError:
            pass
        finally:
            with self._lock:
                self._open -= {sock, stream}
            stream.close()
            sock.close()

    def _converse(self, stream: socket.socket, number: int) -> None:
        waiting, ordinal = bytearray(), 0
        while (asked := self._read(stream, waiting, number, ordinal + 1)) is not None:
            ordinal += 1
            served = Served(asked)
            with self._lock:
                self.served.append(served)
            if not self._play(self._script(asked), stream, served):
                return

    def _read(self, stream: socket.socket, waiting: bytearray, connection: int, ordinal: int) -> Asked | None:
        """Read one request; `waiting` holds what was read beyond the one before."""
        while (end := waiting.find(b"\r\n\r\n")) < 0:
            if not self._more(stream, waiting, connection):
                return None
        first, *lines = waiting[:end].decode("latin-1").split("\r\n")
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        stop = end + 4 + length
        while len(waiting) < stop:
            if not self._more(stream, waiting, connection):
                return None
        raw = bytes(waiting[:stop])
        del waiting[:stop]
        method, target, *_ = [*first.split(" "), "", ""]
        return Asked(raw, method, target, headers, raw[end + 4 :], connection, ordinal, time.monotonic())

    def _more(self, stream: socket.socket, waiting: bytearray, connection: int) -> bool:
        received = stream.recv(65536)
        waiting += received
        self.received[connection] += received
        return bool(received)

    def _script(self, asked: Asked) -> Iterable[Step]:
        script = self.routes if callable(self.routes) else self.routes.get(asked.target)
        if script is None:
            return [response(b"no such script", status="404 Not Found")]
        return script(asked) if callable(script) else script

    def _play(self, script: Iterable[Step], stream: socket.socket, served: Served) -> bool:
        """Carry out `script`; say whether the connection goes on."""
        for step in script:
            if isinstance(step, End):
                _finish(stream, step)
                return False
            if isinstance(step, bytes):
                stream.sendall(step)
                if self._keep_sent:
                    served.sent += step
            elif self._stopping.wait(step):
                return False
        return True


def _finish(stream: socket.socket, end: End) -> None:
    if end is End.RESET:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif end is End.CLOSE and isinstance(stream, ssl.SSLSocket):
        stream.unwrap()
    elif end is End.CLOSE:
        stream.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):  # let the client read to the end before the socket goes
            stream.settimeout(1)
            while stream.recv(65536):
                pass
