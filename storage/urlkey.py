"""Owns the form of URLs: what a link means as browsers read it, one spelling an address, the key it is found by."""

from __future__ import annotations

import codecs
import ipaddress
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import idna

from storage.errors import UsageError

__all__ = ["canonical", "host_of", "join", "urlkey"]

_DEFAULT_PORT = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_EDGE = "".join(map(chr, range(0x21)))
_TAB_OR_NEWLINE = {ord(c): None for c in "\t\n\r"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[A-Za-z0-9\-._~/&=+,;:@!$()*]*")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_AS_IT_STANDS = re.compile(
    rf"(https?)://((?:[a-z0-9_-]{{1,63}}\.)*[a-z][a-z0-9_-]{{0,62}}|{_OCTET}(?:\.{_OCTET}){{3}})(?::([1-9][0-9]{{0,4}}))?"
    rf"/{_PLAIN.pattern}(?:\?{_PLAIN.pattern})?"
)

# What is percent-encoded in a path and in a query: WHATWG URL, "percent-encoded bytes".
_OUTSIDE_ASCII = frozenset(range(0x21)) | frozenset(range(0x7F, 0x100))
_PATH_SET = _OUTSIDE_ASCII | frozenset(b'"#<>?^`{}')
_QUERY_SET = _OUTSIDE_ASCII | frozenset(b"\"#<>'")

# A name longer than DNS allows even after its escapes and wide characters are folded; bounds the work that IDNA does.
_MAX_RAW_HOST = 1_000
_MAX_HOST = 253

# Encodings in which browsers write a query (WHATWG Encoding, "get an output encoding"), by Python's codec name. What is
# not here (UTF-16, UTF-7, unknown labels) is written as UTF-8.
_QUERY_CODECS = {
    "gb2312": "gbk", "gbk": "gbk", "gb18030": "gb18030", "big5": "big5hkscs", "big5hkscs": "big5hkscs",
    "cp950": "big5hkscs", "euc_jp": "euc_jp", "shift_jis": "cp932", "cp932": "cp932", "euc_kr": "cp949",
    "cp949": "cp949", "cp1250": "cp1250", "cp1251": "cp1251", "cp1252": "cp1252", "iso8859-1": "cp1252",
    "ascii": "cp1252", "koi8-r": "koi8-r",
}  # fmt: skip


def canonical(url: str) -> str | None:
    """Give the one spelling of an absolute http or https URL, or None for anything else; idempotent.

    Parsed as the WHATWG URL standard does (backslashes are slashes, tabs and newlines vanish, IPv4 in any base becomes
    dotted decimal). Beyond it: the fragment and a trailing dot of the host are dropped, escapes get upper-case hex and
    those of unreserved characters are undone (RFC 3986 6.2.2), user information is refused.
    """
    return url if _as_it_stands(url) else _absolute(_trim(url), "utf-8")


def join(base: str, href: str, charset: str | None = None) -> str | None:
    """Resolve `href` as found on page `base` and give its canonical URL, or None if that is no http or https URL.

    `charset` is that of the page: browsers write a query in it, and a path always in UTF-8. Never raises.
    """
    if _as_it_stands(href):
        return href
    text, codec = _trim(href), _query_codec(charset)
    scheme = _SCHEME.match(text)
    home = _home(base)
    if scheme:
        rest = text[scheme.end() :]
        same = home is not None and home.startswith(scheme[1].lower() + "://")
        if not same or _slashes(rest[:2]) == "//":
            return _absolute(text, codec)
        text = rest  # `http:a.html` on an http page is `a.html`
    found = None if home is None else _resolve(home, text)
    return found if found is None or _as_it_stands(found) else _absolute(found, codec)


@lru_cache(maxsize=64)
def _home(base: str) -> str | None:
    return canonical(base)


def urlkey(url: str) -> str:
    """Give the key of `url` as one address: SURT (`cn,news,www)/politics/?a=1`), scheme and empty query left out.

    Case and order of path and query are kept, and so is `www`: a key that is too wide would lose a page.

    Raises: UsageError when it is no http or https URL.
    """
    scheme, host, port, path, query = _parts(url)
    labels = host if host.startswith("[") or _is_ipv4(host) else ",".join(reversed(host.split(".")))
    return f"{labels}{_port_suffix(scheme, port)}){path}" + (f"?{query}" if query else "")


def host_of(url: str) -> str:
    """Give `host`, or `host:port` when the port is not the scheme's own.

    Raises: UsageError when it is no http or https URL.
    """
    plain = _as_it_stands(url)
    if plain is not None:
        return f"{plain[2]}:{plain[3]}" if plain[3] else plain[2]
    scheme, host, port, _, _ = _parts(url)
    return host + _port_suffix(scheme, port)


def _as_it_stands(url: str) -> re.Match[str] | None:
    """Match a URL whose canonical form is itself, as it is of nearly all, at a tenth of what the form costs."""
    match = _AS_IT_STANDS.fullmatch(url)
    if match is None or "/." in url or len(match[2]) > _MAX_HOST:
        return None
    return match if match[3] is None or _DEFAULT_PORT[match[1]] != int(match[3]) <= 65535 else None


def _parts(url: str) -> tuple[str, str, int, str, str]:
    plain = canonical(url)
    if plain is None:
        raise UsageError(f"{url[:200]!r} is no http or https URL")
    scheme, _, rest = plain.partition("://")
    authority, slash, tail = rest.partition("/")
    split = _split_port(authority)
    assert split is not None, "a canonical URL has a well-formed authority"
    path, _, query = (slash + tail).partition("?")
    return scheme, split[0], split[1] or _DEFAULT_PORT[scheme], path, query


def _port_suffix(scheme: str, port: int) -> str:
    return "" if port == _DEFAULT_PORT[scheme] else f":{port}"


def _trim(url: str) -> str:
    return _SURROGATE.sub("\ufffd", url.strip(_EDGE).translate(_TAB_OR_NEWLINE))


def _slashes(text: str) -> str:
    return text.replace("\\", "/")


def _absolute(text: str, codec: str) -> str | None:
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() not in _DEFAULT_PORT:
        return None
    before_fragment = text[scheme.end() :].partition("#")[0]
    front, mark, query = before_fragment.partition("?")
    authority, slash, path = _slashes(front).lstrip("/").partition("/")
    split = _split_port(authority)
    host = None if split is None else _host(split[0])
    if split is None or host is None:
        return None
    name = scheme[1].lower()
    port = split[1] or _DEFAULT_PORT[name]
    return f"{name}://{host}{_port_suffix(name, port)}{_path(slash + path)}{mark}{_escape(query, codec, _QUERY_SET)}"


def _resolve(home: str, text: str) -> str:
    """Put reference `text`, that has no scheme, onto canonical `home` (RFC 3986 5.3, backslashes read as slashes)."""
    front, mark, query = text.partition("#")[0].partition("?")
    front = _slashes(front)
    scheme, _, rest = home.partition("://")
    if front.startswith("//"):
        return f"{scheme}:{front}{mark}{query}"
    bare, home_mark, home_query = rest.partition("?")
    if not front:
        return f"{scheme}://{bare}" + (mark + query if mark else home_mark + home_query)
    authority, _, path = bare.partition("/")
    folder = "" if front.startswith("/") else "/" + path.rpartition("/")[0] + "/" if "/" in path else "/"
    return f"{scheme}://{authority}{folder}{front}{mark}{query}"


def _split_port(authority: str) -> tuple[str, int | None] | None:
    """Split `host:port`; None when there is user information or the port is no port."""
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    if "@" in authority or not host or (port and not (port.isascii() and port.isdigit())):
        return None
    digits = port.lstrip("0")
    if len(digits) > 5 or (port and not 0 < int(digits or "0") <= 65535):
        return None
    return host, int(digits) if digits else None


def _host(raw: str) -> str | None:
    if len(raw) > _MAX_RAW_HOST:
        return None
    if raw.startswith("["):
        return _ipv6(raw)
    text = unquote_to_bytes(raw).decode("utf-8", "replace")
    if not text.isascii():
        unicode_text = _to_ascii(text)
        if unicode_text is None:
            return None
        text = unicode_text
    name = text.lower().removesuffix(".")
    if len(name) > _MAX_HOST or not _DOMAIN.fullmatch(name):
        return None
    return _ipv4(name) if _NUMBER.fullmatch(name.rpartition(".")[2]) else name


def _to_ascii(name: str) -> str | None:
    try:
        labels = idna.uts46_remap(name, std3_rules=False, transitional=False).split(".")
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels)
    except idna.IDNAError:
        return None


def _ipv6(raw: str) -> str | None:
    if not raw.endswith("]") or "%" in raw:
        return None
    try:
        address = ipaddress.IPv6Address(raw[1:-1])
    except ValueError:
        return None
    mapped = address.ipv4_mapped
    # Python versions differ in how they write a mapped IPv4 address; WHATWG writes it in hex.
    return f"[::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}]" if mapped else f"[{address.compressed}]"


def _is_ipv4(host: str) -> bool:
    return host.rpartition(".")[2].isdigit()


def _ipv4(name: str) -> str | None:
    """Read an IPv4 address in any of the forms browsers take (`0x7f.1`, `2130706433`, `0177.0.0.1`)."""
    parts = name.split(".")
    numbers = [number for number in map(_ipv4_number, parts) if number is not None]
    if len(parts) > 4 or len(numbers) < len(parts):
        return None
    *high, low = numbers
    if any(n > 255 for n in high) or low >= 256 ** (5 - len(parts)):
        return None
    return str(ipaddress.IPv4Address(low + sum(n << (8 * (3 - at)) for at, n in enumerate(high))))


def _ipv4_number(part: str) -> int | None:
    if not _NUMBER.fullmatch(part):  # Python would also read -1 and 1_0
        return None
    base = 16 if part.startswith("0x") else 8 if part.startswith("0") and len(part) > 1 else 10
    try:
        return int(part[2:] or "0", 16) if base == 16 else int(part, base)
    except ValueError:
        return None


def _path(raw: str) -> str:
    segments: list[str] = []
    parts = _escape(raw, "utf-8", _PATH_SET).split("/")[1:] or [""]
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "..":
            del segments[-1:]
        elif part != ".":
            segments.append(part)
            continue
        if last:
            segments.append("")
    return "/" + "/".join(segments)


def _escape(text: str, codec: str, encode: frozenset[int]) -> str:
    """Percent-encode what is in `encode`; escapes that are there get upper-case hex, unreserved ones are undone."""
    if _PLAIN.fullmatch(text):
        return text
    return _ESCAPE.sub(_tidy, "".join(chr(b) if b not in encode else f"%{b:02X}" for b in _encode(text, codec)))


def _tidy(escape: re.Match[str]) -> str:
    byte = int(escape[1], 16)
    # A % just before belongs to no escape, and undoing this one would complete it: `%%34%31` must not become `%41`.
    after_stray = "%" in escape.string[max(0, escape.start() - 2) : escape.start()]
    return chr(byte) if byte in _UNRESERVED and not after_stray else f"%{byte:02X}"


def _encode(text: str, codec: str) -> bytes:
    if text.isascii():
        return text.encode("ascii")
    if codec == "utf-8":
        return text.encode("utf-8")
    # As browsers do for what the charset lacks: the character reference, itself percent-encoded.
    return b"".join(_encode_char(char, codec) for char in text)


def _encode_char(char: str, codec: str) -> bytes:
    try:
        return char.encode(codec)
    except UnicodeEncodeError:
        return b"%26%23" + str(ord(char)).encode("ascii") + b"%3B"


def _query_codec(charset: str | None) -> str:
    try:
        return _QUERY_CODECS.get(codecs.lookup((charset or "utf-8").strip(_EDGE)).name, "utf-8")
    except (LookupError, ValueError):
        return "utf-8"
