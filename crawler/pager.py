"""Owns the pager: on a terminal, what a command prints goes through `less`, or whatever PAGER names."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

__all__ = ["paged"]

_LESS: Final = "FRX"
"""Quit if it fits one screen, let colours through and nothing else, leave the screen as it was."""


@contextlib.contextmanager
def paged() -> Iterator[None]:
    """Send standard output through the pager while the block runs; leave it alone where there is no terminal or pager.

    PAGER is split as a shell would and run without one; empty or `cat` means none. Leaving the pager early is no error.
    """
    command = _pager() if sys.stdout.isatty() else []
    if not command:
        yield
        return
    sys.stdout.flush()
    environment = {"LESS": _LESS, "LESSCHARSET": "utf-8", **os.environ}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        screen = _Screen(process.stdin, encoding="utf-8", errors="backslashreplace", write_through=True)
        try:
            with contextlib.redirect_stdout(screen):
                yield
        finally:
            _finish(screen, process)


class _Screen(io.TextIOWrapper):
    """What is written to the pager, which stands for the terminal: tables take its width, and colours."""

    def isatty(self) -> bool:
        return True


def _pager() -> list[str]:
    try:
        command = shlex.split(os.environ.get("PAGER", "less"))
    except ValueError:
        return []
    return command if command and command != ["cat"] and shutil.which(command[0]) else []


def _finish(screen: _Screen, process: subprocess.Popen[bytes]) -> None:
    """Wait until the reader has seen enough; Ctrl-C is the pager's own business meanwhile."""
    with contextlib.suppress(BrokenPipeError):
        screen.close()
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
