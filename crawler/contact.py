"""Owns the rule that nobody's site is asked for pages by someone who does not say who asks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from crawler.guard import Guard
from crawler.options import Options
from storage.errors import UsageError
from storage.model import Source

__all__ = ["require_contact"]

_RIGHT: Final = "set it to a URL or mail address at which a site can reach you, or to `none`"


def require_contact(options: Options, source: Source) -> None:
    """Refuse a source outside ARCHIVE_ALLOW_NETWORKS while ARCHIVE_CONTACT is unset; a name without an address is
    left to the run.

    Raises:
        UsageError: nothing is exempt, or a host of the source resolves to an address that is not.
    """
    if options.contact is not None:
        return
    if not options.allow_networks:
        raise UsageError(f"ARCHIVE_CONTACT: is not set, so nothing may be fetched; {_RIGHT}")
    guard = Guard(exempt=options.allow_networks, allow_public=False)
    for host, address in _addresses(source):
        if guard.refusal(address) is not None:
            raise UsageError(
                f"ARCHIVE_CONTACT: is not set, so only ARCHIVE_ALLOW_NETWORKS may be fetched, and {host} ({address}) "
                f"is not in it; {_RIGHT}"
            )


def _addresses(source: Source) -> Iterator[tuple[str, str]]:
    for host in source.crawl.hosts:
        name = urlsplit(f"//{host}").hostname
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            continue
        yield from ((host, str(entry[4][0])) for entry in found)
