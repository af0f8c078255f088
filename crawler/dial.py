"""Owns making a connection: resolve, check, connect, through a proxy if one was given, and meet TLS until it holds."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from crawler.connection import Connection
from crawler.guard import Guard, Target, addresses
from crawler.proxy import Proxy, open_tunnel
from crawler.request_head import Origin
from crawler.tls import Handshake, TlsVerifier
from storage.errors import ConnectFailed, DnsFailed, TlsFailed

__all__ = ["Dialler"]

T = TypeVar("T")

MAX_ADDRESSES = 4
"""Addresses of one name tried before giving up."""
MAX_HANDSHAKES = 5
"""Verified, legacy, unverified, and once anew when the chain changed in between."""
LEGACY_NOTE = "tls: met with parameters that OpenSSL 3 forbids by default"


@dataclass(frozen=True, slots=True)
class Dialler:
    """Makes connections to origins; holds no connection itself."""

    guard: Guard
    tls: TlsVerifier
    proxy: Proxy | None
    connect_s: float
    """Seconds for the name, and again for each TCP connection and each TLS handshake."""

    async def connect(self, origin: Origin, deadline: float) -> Connection:
        """Give a connection to `origin`, made before the loop's clock shows `deadline`.

        Raises: FetchError, saying the stage that failed and why.
        """
        if origin.scheme == "http":
            loop = asyncio.get_running_loop()
            sock, ip = await self._reach(origin, deadline)
            _, connection = await loop.create_connection(Connection, sock=sock)
            connection.ip = ip
            return connection
        handshake = self.tls.handshake(origin.host, origin.port)
        for _ in range(MAX_HANDSHAKES):
            met, handshake = await self._meet(origin, handshake, deadline)
            if met is not None:
                return met
        raise TlsFailed(f"{origin.host}: no two handshakes showed the same certificates")

    async def _meet(self, origin: Origin, handshake: Handshake, deadline: float) -> tuple[Connection | None, Handshake]:
        """Try one handshake; give the connection, or none and how to try next."""
        loop = asyncio.get_running_loop()
        sock, ip = await self._reach(origin, deadline)
        until = min(deadline, loop.time() + self.connect_s)
        try:
            transport, connection = await loop.create_connection(
                Connection,
                sock=sock,
                ssl=self.tls.context(handshake),
                server_hostname=origin.host,
                ssl_handshake_timeout=max(until - loop.time(), 0.001),
                ssl_shutdown_timeout=1.0,
            )
        except OSError as error:  # ssl.SSLError is one
            if loop.time() >= until:
                raise TlsFailed(f"{origin.host}: no handshake within the time limit") from error
            return None, self.tls.after_error(handshake, error)
        tls = self.tls.settle(origin.host, origin.port, handshake, transport.get_extra_info("ssl_object"))
        if tls is None:
            connection.abort()
            return None, Handshake()
        connection.ip, connection.tls = ip, tls
        if handshake.legacy:
            connection.notes = (LEGACY_NOTE,)
        return connection, handshake

    async def _reach(self, origin: Origin, deadline: float) -> tuple[socket.socket, str]:
        """Open a TCP connection on which `origin` answers, and give the address it goes to."""
        if self.proxy is None:
            targets = await self._named(self.guard.resolve(origin.host, origin.port), origin.host, deadline)
            return await self._tcp(targets, deadline)
        await self._named(self.guard.judge_unresolved(origin.host, origin.port), origin.host, deadline)
        # The operator named the proxy, so its own address is not judged: it mostly is a private one.
        targets = await self._named(addresses(self.proxy.host, self.proxy.port), self.proxy.host, deadline)
        sock, ip = await self._tcp(targets, deadline)
        if origin.scheme == "https":
            await self._tunnel(sock, origin, self.proxy, deadline)
        return sock, ip

    async def _named(self, resolving: Coroutine[Any, Any, T], host: str, deadline: float) -> T:
        try:
            async with asyncio.timeout_at(self._until(deadline)):
                return await resolving
        except TimeoutError as error:
            raise DnsFailed(f"{host}: no answer from the name server within the time limit") from error

    async def _tcp(self, targets: tuple[Target, ...], deadline: float) -> tuple[socket.socket, str]:
        failed: list[str] = []
        tried = targets[:MAX_ADDRESSES]
        for left, target in zip(range(len(tried), 0, -1), tried, strict=True):
            try:
                return await self._tcp_to(target, left, deadline), target.address
            except TimeoutError:
                failed.append(f"{target.address}: no connection within the time limit")
            except OSError as error:
                # asyncio's own words for it name the address a second time.
                failed.append(f"{target.address}: {os.strerror(error.errno) if error.errno else error}")
        raise ConnectFailed("; ".join(failed))

    async def _tcp_to(self, target: Target, left: int, deadline: float) -> socket.socket:
        """Connect to one of `left` addresses; each may use its share of what is left of the time."""
        loop = asyncio.get_running_loop()
        until = self._until(deadline)
        sock = socket.socket(target.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            sock.setblocking(False)
            async with asyncio.timeout((until - loop.time()) / left):
                await loop.sock_connect(sock, target.sockaddr)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _tunnel(self, sock: socket.socket, origin: Origin, proxy: Proxy, deadline: float) -> None:
        try:
            async with asyncio.timeout_at(self._until(deadline)):
                await open_tunnel(sock, origin.endpoint, proxy)
        except TimeoutError as error:
            sock.close()
            raise ConnectFailed(f"proxy {proxy.address}: no tunnel within the time limit") from error
        except BaseException:
            sock.close()
            raise

    def _until(self, deadline: float) -> float:
        return min(deadline, asyncio.get_running_loop().time() + self.connect_s)
