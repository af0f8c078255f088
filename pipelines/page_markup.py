"""Owns a page's bytes decoded and parsed once, for everybody who reads it."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.charset import Decoded, decode
from pipelines.tree import Node, parse

__all__ = ["PageMarkup", "read_markup"]

_MOST_UNDECODABLE = 0.05
"""Bytes for each character: random bytes give .10-.12, the worst of 400 saved pages .00004."""


@dataclass(frozen=True, slots=True)
class PageMarkup:
    """A page as text and as a tree."""

    decoded: Decoded
    root: Node | None
    """None when there is nothing in it, or when it is no text. Extraction may change it: what else is to be read in
    it is read before.
    """

    @property
    def is_text(self) -> bool:
        """Whether so much of it decodes that it is text at all."""
        return self.decoded.undecodable <= _MOST_UNDECODABLE * len(self.decoded.text)


def read_markup(body: bytes, content_type: str | None) -> PageMarkup:
    """Decode and parse a page; `body` is content-decoded, `content_type` the header's value. Never raises."""
    decoded = decode(body, content_type)
    markup = PageMarkup(decoded, None)
    return PageMarkup(decoded, parse(decoded.text, body if decoded.is_utf8 else None)) if markup.is_text else markup
