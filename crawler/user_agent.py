"""Owns how the crawler names itself and whom to reach about it."""

from __future__ import annotations

import re

from storage import __version__
from storage.errors import UsageError

__all__ = ["PRODUCT_TOKEN", "contact_of", "user_agent"]

PRODUCT_TOKEN = "shilu"
"""What a robots.txt names us by (RFC 9309 2.2.1)."""

_URL = re.compile(r"https?://[!-'*-:<-~]+")
_MAILBOX = re.compile(r"(?:mailto:)?[!#-'*+/-9=?A-Z^-~.-]+@[A-Za-z0-9.-]+")


def contact_of(text: str | None) -> str | None:
    """Read ARCHIVE_CONTACT: None when unset, else `none`, a URL or `mailto:…`.

    Raises: UsageError when it is neither a URL, a mail address nor the word none.
    """
    value = (text or "").strip()
    if not value:
        return None
    if value.lower() == "none":
        return "none"
    if _URL.fullmatch(value):
        return value
    if _MAILBOX.fullmatch(value):
        return value if value.startswith("mailto:") else f"mailto:{value}"
    raise UsageError(f"ARCHIVE_CONTACT: {value!r} is neither an http(s) URL nor a mail address nor the word none")


def user_agent(contact: str | None) -> str:
    """Give the User-Agent value for a contact as `contact_of` gives it: who asks and where to complain."""
    return f"{PRODUCT_TOKEN}/{__version__}" + (f" (+{contact})" if contact and contact != "none" else "")
