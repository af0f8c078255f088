"""Owns which responses nobody looks for an article in: what is no text, or is too long."""

from __future__ import annotations

import re
from typing import Final

from storage.block import Block
from storage.http_message import mime_of, parse_head
from storage.model import Failure

__all__ = ["unread"]

_NO_TEXT: Final = re.compile(r"(?:image|video|audio|font)/.*|application/(?:pdf|zip|msword|vnd\..*(?<!xml))")


def unread(response: Block, role: str, max_body_bytes: int) -> Failure | None:
    """Say why nobody looks for an article in the body of a response: it is no text, or too long; None if it is read.

    Of lists, feeds and sitemaps the first `max_body_bytes` are read: half of their links are better than none.
    """
    if not role.startswith(("article", "page", "part")):
        return None
    head = parse_head(response)
    if head.status is None or not 200 <= head.status < 300:
        return None  # its head says it all
    mime = mime_of(head)
    if mime is not None and _NO_TEXT.fullmatch(mime):
        return Failure("extract", f"is no page but {mime[:80]}")
    if len(response) > max_body_bytes:
        return Failure("extract", f"larger than {max_body_bytes} bytes")
    return None
