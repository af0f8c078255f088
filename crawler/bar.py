"""Owns the bar that shows how far a long command is: where standard error is a terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

__all__ = ["Bar"]


class Bar:
    """What was done of a total, drawn while the block lasts."""

    def __init__(self, title: str, total: int, *, in_bytes: bool, printing: bool) -> None:
        """Draw nothing yet; `printing` says that rows go to standard output meanwhile, which may be the terminal."""
        self.done = 0
        size: list[ProgressColumn] = [DownloadColumn(), TransferSpeedColumn()] if in_bytes else [MofNCompleteColumn()]
        out = Console(stderr=True)
        # Standard output may be a pipe: what is printed there must not be drawn above the bar.
        self._bar = Progress(
            TextColumn(title),
            BarColumn(),
            *size,
            TimeRemainingColumn(),
            console=out,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=(printing and sys.stdout.isatty()) or not out.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Bar:
        """Begin to draw."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._bar.stop()

    def advance(self, count: int) -> None:
        """Count so many more."""
        self.done += count
        if not self._bar.disable:
            self._bar.advance(self._task, count)
