"""Owns running a command of ours inside the test's own process: a run costs milliseconds instead of a second."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from crawler.command import ArchiveCommand

__all__ = ["Said", "said_by"]


@dataclass(frozen=True)
class Said:
    """What a run said, and its exit code."""

    code: int
    out: str
    err: str

    def rows(self) -> list[dict[str, Any]]:
        """Return its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def said_by(command: ArchiveCommand, archive_dir: Path, capture: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """Run `command` on the archive as `scrapy` would, with standard output and error captured."""
    command.settings = Settings({"ARCHIVE_DIR": str(archive_dir)})
    command.settings.setdict(command.default_settings, priority="command")
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    opts, args = parser.parse_known_args(list(arguments))
    capture.readouterr()
    command.run(args, opts)
    printed = capture.readouterr()
    return Said(command.exitcode, printed.out, printed.err)
