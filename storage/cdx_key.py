"""Owns the key under which replay tools look a URL up: the SURT of the CDX world, as pywb and the Wayback Machine
compute it.

It is wider than `storage.urlkey.urlkey` and never identifies a page here: `www.`, letter case, empty and trailing
slashes, the order of a query and session ids are folded away. The rules are those published with the Wayback Machine's
canonicalizer; what comes out was compared with pywb's own keys on canonical URLs of every kind.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from storage.urlkey import canonical

__all__ = ["cdx_key"]

_DEFAULT_PORT: Final = {"http": "80", "https": "443"}
_AUTHORITY: Final = re.compile(r"(https?)://(\[[^\]]*\]|[^:/?]*)(?::(\d+))?([^?]*)(?:\?(.*))?", re.S)
_WWW: Final = re.compile(r"\Awww\d*\.")
_PATH_SESSIONS: Final = (
    re.compile(r"(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)", re.I),
    re.compile(r"(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)", re.I),
)
_QUERY_SESSIONS: Final = tuple(
    re.compile(f"(.*)(?:{session})(?:&(.*))?", re.I)
    for session in (
        "jsessionid=[0-9a-z]{32}",
        "phpsessid=[0-9a-z]{32}",
        "sid=[0-9a-z]{32}",
        "aspsessionid[a-z]{8}=[a-z]{24}",
        "cfid=[^&]+&cftoken=[^&]+",
    )
)
_PLAIN: Final = frozenset(range(0x21, 0x7F)) - frozenset(b"#%")


def cdx_key(url: str) -> str:
    """Return the lookup key of `url`: `cn,news)/politics?a=1&b=2`; what is no http(s) URL is its own key."""
    plain = canonical(url)
    parts = _AUTHORITY.fullmatch(plain) if plain is not None else None
    if parts is None:
        return url
    scheme, host, port, path, query = parts.groups(default="")
    labels = ",".join(reversed(_WWW.sub("", host.strip("[]")).split(".")))
    suffix = f":{port}" if port not in ("", _DEFAULT_PORT[scheme]) else ""
    folded = _query(query)
    return f"{labels}{suffix}){_path(path)}" + (f"?{folded}" if folded else "")


def _path(path: str) -> str:
    tidy = _without(_unescaped(path), _PATH_SESSIONS)
    segments: list[str] = []
    for segment in tidy.split("/")[1:]:
        if segment == ".." and segments and segments[-1] != "..":
            segments.pop()
        elif segment != ".":
            segments.append(segment)
    return "/" + "/".join(filter(None, segments)).lower()


def _query(query: str) -> str:
    tidy = _without(_unescaped(query), _QUERY_SESSIONS).lower()
    return "&".join(sorted(tidy.split("&"), key=lambda pair: pair.split("=", 1)))


def _unescaped(text: str) -> str:
    """Undo escapes until none is left, then escape what cannot stand in a key."""
    content = text.encode("ascii")
    while (undone := unquote_to_bytes(content)) != content:
        content = undone
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in content)


def _without(text: str, sessions: tuple[re.Pattern[str], ...]) -> str:
    for session in sessions:
        if found := session.fullmatch(text):
            text = found[1] + (found[2] or "")
    return text
