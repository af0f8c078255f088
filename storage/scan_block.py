"""Owns the block of a record as an audit takes it: piece by piece past its digests and, if it is HTTP, its framing."""

from __future__ import annotations

from typing import Final

from storage.http_message import MAX_HEAD_BYTES
from storage.scan_digest import DigestCheck, Feed
from storage.scan_forms import media_type
from storage.scan_header import Problem, RecordHeader
from storage.scan_http import RequestBlock, ResponseBlock

__all__ = ["Block"]

SOURCE_URI: Final = "urn:shilu:source:"
_KEPT_BYTES: Final = 64 << 20
"""Of a block that says something of other records; what is longer is checked, but not understood."""
_WITH_PAYLOAD: Final = frozenset({"response", "resource", "revisit"})


class Block:
    """The block of one record."""

    def __init__(self, header: RecordHeader, *, ours: bool) -> None:
        """Take what `header` declares of it; `ours` says that our program wrote it."""
        fields, kind = header.fields, header.type
        block = DigestCheck("block-digest", fields.get("warc-block-digest"), ours=ours, wanted=ours)
        payload = DigestCheck(
            "payload-digest", fields.get("warc-payload-digest"), ours=ours, wanted=ours and kind in _WITH_PAYLOAD
        )
        self.response: ResponseBlock | None = None
        self.request: RequestBlock | None = None
        self.start: bytearray = bytearray()
        """Of a response or revisit: at least its HTTP head, as far as that is read."""
        self.kept: bytearray | None = None
        """All of it, if it says something of other records and is not too long for that."""
        self._block, self._payload = block, payload
        self._feeds: list[Feed] = [block.update]
        self._has_head = kind in ("response", "revisit")
        is_segment = kind == "continuation" or "warc-segment-number" in fields
        self._is_payload_here = False
        self._is_judged = "warc-truncated" not in fields and not is_segment
        if media_type(fields.get("content-type", "")) == "application/http" and kind in ("response", "request"):
            self._expect_http(kind, ours)
            self._is_payload_here = not is_segment
        elif kind in ("warcinfo", "metadata") or fields.get("warc-target-uri", "").startswith(SOURCE_URI):
            self.kept = bytearray()
        if kind in ("resource", "conversion") or (kind == "response" and self.response is None):
            self._feeds.append(payload.update)
            self._is_payload_here = not is_segment

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        for feed in self._feeds:
            feed(piece)
        if self._has_head and len(self.start) < MAX_HEAD_BYTES:
            self.start += piece
        if self.kept is not None:
            self.kept += piece
            if len(self.kept) > _KEPT_BYTES:
                self.kept = None

    def finish(self) -> list[Problem]:
        """Take the end and return what is wrong with the digests."""
        if self.response is not None:
            self.response.finish()
        return self._block.finish() + (self._payload.finish() if self._is_payload_here else self._payload.problems)

    def framing_problems(self) -> list[Problem]:
        """Return what is wrong with the HTTP message, unless the record says that it is not whole."""
        message = self.response or self.request
        return list(message.problems()) if message is not None and self._is_judged else []

    def _expect_http(self, kind: str, ours: bool) -> None:
        if kind == "request":
            self.request = RequestBlock(self._payload.update)
            self._feeds.append(self.request.feed)
            return
        # Others digest the body with its chunk framing (webrecorder/warcio issue 74): theirs may match either way.
        self.response = ResponseBlock(self._payload.update, None if ours else self._payload.other_reading())
        self._feeds.append(self.response.feed)
