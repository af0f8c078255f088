"""Owns the time of day in tests: moved on at will for all of the program, never waited for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from types import ModuleType
from unittest.mock import patch

__all__ = ["Clock", "moved_clock"]

_PACKAGES = ("crawler.", "pipelines.", "storage.")


class Clock:
    """How far the program's time is ahead of the machine's."""

    ahead = timedelta()

    def advance(self, **by: float) -> None:
        """Move it on, by keywords of `timedelta`."""
        self.ahead += timedelta(**by)


@contextmanager
def moved_clock() -> Iterator[Clock]:
    """Have every module of the program that is imported by now tell the clock's time."""
    clock = Clock()

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + clock.ahead

    patches = [patch.object(module, "datetime", Moved) for module in _telling()]
    for each in patches:
        each.start()
    try:
        yield clock
    finally:
        for each in patches:
            each.stop()


def _telling() -> list[ModuleType]:
    ours = (module for name, module in list(sys.modules.items()) if name.startswith(_PACKAGES))
    return [module for module in ours if getattr(module, "datetime", None) is datetime]
