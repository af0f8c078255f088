"""Owns the running count of one crawl: what the live line and the log lines show while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from storage.catalogue import Committed

__all__ = ["Tally"]


@dataclass(slots=True)
class Tally:
    """Counts since the run began; durable ones only, so that the line never claims what a kill could take back."""

    source: str
    began: float = field(default_factory=time.monotonic)
    fetched: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    discovered: int = 0
    recovered: int = 0
    """Captures of an earlier run that was cut off, catalogued before this one began."""

    @property
    def elapsed_s(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self.began

    @property
    def pages_per_s(self) -> float:
        """Return the durable pages a second over the whole run."""
        return self.fetched / self.elapsed_s if self.elapsed_s > 0 else 0.0

    def add(self, done: Committed) -> None:
        """Count what one commit did."""
        self.fetched += done.fetched
        self.new += done.new
        self.changed += done.changed
        self.unchanged += done.unchanged
        self.failed += done.failed
        self.discovered += done.discovered

    def line(self, queue: int) -> str:
        """Return the one-line state, `queue` being the rows still to fetch."""
        minutes, seconds = divmod(int(self.elapsed_s), 60)
        return (
            f"{self.source}: {self.fetched} pages, {self.pages_per_s:.1f}/s, {self.new} new and {self.changed} changed "
            f"articles, queue {queue}, failures {self.failed}, {minutes}:{seconds:02d}"
        )
