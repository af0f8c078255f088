"""Owns what one request brought: the bytes received, why reading ended, and what that means for the record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage.block import Block
from storage.http_framing import ResponseFramer
from storage.model import Failure
from storage.spool import Spool

__all__ = ["End", "Reply"]


class End(StrEnum):
    """Why reading a response ended."""

    COMPLETE = "complete"
    LENGTH = "length"
    TIME = "time"
    CLOSED = "closed"
    """The server closed in order, before the response was whole."""
    LOST = "lost"
    """Reset, or broken by TLS."""
    BROKEN = "broken"
    """The framer cannot find the end."""


# WARC-Truncated (WARC 1.1 5.13) for each end that leaves a response less than whole. After BROKEN it is we who leave.
_TRUNCATED = {
    End.LENGTH: "length",
    End.TIME: "time",
    End.CLOSED: "disconnect",
    End.LOST: "disconnect",
    End.BROKEN: "disconnect",
}

_WITHOUT_A_BYTE = {
    End.TIME: "no answer within the time limit",
    End.CLOSED: "closed before the first byte",
    End.LOST: "lost before the first byte",
}
_WITHOUT_A_HEAD = {
    End.TIME: "the head did not end within the time limit",
    End.CLOSED: "closed before the head ended",
    End.LOST: "lost before the head ended",
    End.LENGTH: "interim responses without end",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request brought."""

    received: Spool
    framer: ResponseFramer
    end: End
    max_bytes: int
    """Bytes of body kept at most."""
    sent: bool = True
    """False when the connection was gone before the request went out."""
    error: str | None = None
    """What the system said when the connection was lost."""

    @property
    def interim(self) -> bytes:
        """Return the 1xx responses before the final one."""
        return self.received[: self.framer.start] if self.framer.start else b""

    @property
    def response(self) -> Block:
        """Return the final response as received, or as much of it as came and may be kept; a long one stays on disk."""
        stop = len(self.received) if self.framer.body_end is None else self.framer.body_end
        if self.end is End.LENGTH and self.framer.body_start is not None:
            stop = min(stop, self.framer.body_start + self.max_bytes)
        return self.received.cut(self.framer.start, stop)

    @property
    def surplus(self) -> bytes:
        """Return the bytes after the framed end; none when the response itself was cut to size."""
        if self.framer.body_end in (None, self.framer.fed) or self.end is End.LENGTH:
            return b""
        return self.received[self.framer.body_end :]

    @property
    def truncated(self) -> str | None:
        """Return why the response is not whole, as WARC-Truncated says it; None when it is, or none came."""
        if self.end is End.COMPLETE or len(self.received) == self.framer.start:
            return None
        if self.end is End.BROKEN and self.framer.body_start is None:
            return "length"  # the only thing that breaks a head is its size
        return _TRUNCATED[self.end]

    @property
    def failure(self) -> Failure | None:
        """Return why no final head came; a response that was cut later is no failure, it is truncated."""
        if not self.received:
            said = _WITHOUT_A_BYTE.get(self.end, self.end.value)
            return Failure("connect", f"{said}: {self.error}" if self.error else said)
        if self.framer.body_start is None:
            said = self.framer.problem or _WITHOUT_A_HEAD.get(self.end, self.end.value)
            return Failure("http", f"{said}: {self.error}" if self.error else said)
        if self.framer.head is None or self.framer.head.status is None:
            return Failure("http", "what came back is not HTTP")
        return None

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a reader of the record must know of the framing."""
        broken = self.framer.problem if self.framer.body_start is not None else None
        return tuple(f"framing: {said}" for said in (self.framer.oddity, broken) if said)
