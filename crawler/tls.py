"""Owns the verdict on a TLS connection: a certificate that does not verify is recorded with its reason, never refused.

A host is first met with verification on. If that fails, it is met again without, and remembered together with the
chain it showed, so that a bad host costs one more handshake in a process, not in a fetch; another chain is judged
anew. Servers that know only what OpenSSL 3 forbids by default (TLS 1.0 and 1.1, weak keys, unsafe renegotiation:
government sites still do) are met with the older parameters, and the attempt is marked: what is archived is public,
and the record says how well its transport was protected.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from storage.errors import TlsFailed
from storage.model import Tls

__all__ = ["Handshake", "TlsVerifier"]

_MAX_REMEMBERED = 10_000
_OP_LEGACY_SERVER_CONNECT = 0x4  # named only since Python 3.12


@dataclass(frozen=True, slots=True)
class Handshake:
    """How to meet one host next."""

    verify: bool = True
    legacy: bool = False
    reason: str | None = None
    """Why verification failed, once it has."""
    chain_sha256: str | None = None
    """Chain that `reason` was said of; None until one was seen."""


class TlsVerifier:
    """Hands out contexts and remembers, per host and port, which one works."""

    def __init__(self, cafile: str | None = None) -> None:
        """Trust the system's authorities, and those of the PEM file `cafile` besides."""
        self._cafile = cafile
        self._contexts: dict[tuple[bool, bool], ssl.SSLContext] = {}
        self._known: dict[tuple[str, int], Handshake] = {}

    def handshake(self, host: str, port: int) -> Handshake:
        """Return how `host` is to be met, as far as is known."""
        return self._known.get((host, port), Handshake())

    def context(self, handshake: Handshake) -> ssl.SSLContext:
        """Return the context for `handshake`, made once (reading the authorities costs tens of milliseconds)."""
        key = (handshake.verify, handshake.legacy)
        if key not in self._contexts:
            self._contexts[key] = _context(handshake, self._cafile)
        return self._contexts[key]

    def after_error(self, handshake: Handshake, error: Exception) -> Handshake:
        """Return how to try again after `error` in the handshake.

        Raises: TlsFailed when there is no other way.
        """
        if handshake.verify and isinstance(error, ssl.SSLCertVerificationError):
            return replace(handshake, verify=False, reason=error.verify_message)
        if not handshake.legacy and not isinstance(error, TimeoutError):
            return replace(handshake, legacy=True)
        raise TlsFailed(_said(error)) from error

    def settle(self, host: str, port: int, handshake: Handshake, socket: ssl.SSLObject) -> Tls | None:
        """Judge an established connection; None when its chain is not the one that failed: meet the host anew."""
        chain = chain_sha256(socket)
        if handshake.chain_sha256 not in (None, chain):
            self._known.pop((host, port), None)
            return None
        if handshake != Handshake():
            self._remember((host, port), replace(handshake, chain_sha256=None if handshake.verify else chain))
        cipher = socket.cipher()
        return Tls(
            version=socket.version() or "unknown",
            cipher=cipher[0] if cipher else "unknown",
            verified=handshake.verify,
            reason=handshake.reason,
            chain_sha256=chain,
        )

    def _remember(self, origin: tuple[str, int], handshake: Handshake) -> None:
        if origin not in self._known and len(self._known) >= _MAX_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[origin] = handshake


def chain_sha256(socket: ssl.SSLObject) -> str | None:
    """Return the digest of the certificates received, in lower-case hex: their DER, leaf first, concatenated."""
    chain = b"".join(_received_chain(socket))
    return hashlib.sha256(chain).hexdigest() if chain else None


def _received_chain(socket: ssl.SSLObject) -> Iterable[bytes]:
    # Public from Python 3.13 on; before, only the object underneath has it.
    inner: Any = socket if hasattr(socket, "get_unverified_chain") else getattr(socket, "_sslobj", None)
    if inner is None or not hasattr(inner, "get_unverified_chain"):
        return (socket.getpeercert(binary_form=True) or b"",)
    chain = inner.get_unverified_chain() or ()
    return [one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in chain]


def _context(handshake: Handshake, cafile: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if cafile is not None:
        context.load_verify_locations(cafile)
    context.set_alpn_protocols(["http/1.1"])
    if handshake.legacy:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:!aNULL:!eNULL:@SECLEVEL=0")
        context.options |= _OP_LEGACY_SERVER_CONNECT
    if not handshake.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _said(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str(error) or type(error).__name__
