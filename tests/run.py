"""Owns running the program as its users do: `scrapy <verb>` in a process of its own, on an archive in a temporary
folder.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "TRUE_VIEWS", "Archive"]

TRUE_VIEWS = ("article", "version", "version_capture", "address", "capture", "failure", "event", "crawl", "warc")
"""What comes from the WARC files alone; the frontier does not."""

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Archive:
    """One ARCHIVE_DIR with its source files."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Return ARCHIVE_DIR."""
        return self.folder / "archive"

    def add_source(self, name: str, toml: str) -> None:
        """Write a source file."""
        (self.folder / "sources").mkdir(parents=True, exist_ok=True)
        (self.folder / "sources" / f"{name}.toml").write_text(toml, "utf-8")

    def environment(self, **settings: str) -> dict[str, str]:
        """Return the environment of a run: this archive, loopback exempt."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVE_")}
        return {
            **own,
            "ARCHIVE_DIR": str(self.path),
            "ARCHIVE_SOURCES": str(self.folder / "sources"),
            "ARCHIVE_ALLOW_NETWORKS": "127.0.0.0/8",
            "PYTHONFAULTHANDLER": "1",
            "COLUMNS": "160",
            **self.settings,
            **settings,
        }

    def scrapy(self, *arguments: str, timeout_s: float = 120, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `scrapy` and return its exit code and output."""
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=ROOT,
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
        )

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start `scrapy` and return the process; its output goes to a file beside the archive."""
        with (self.folder / "run.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "scrapy", *arguments],
                cwd=ROOT,
                env=self.environment(**settings),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
            )

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the catalogue as the plain sqlite3 shell would."""
        with sqlite3.connect(f"file:{self.path / 'catalogue.sqlite'}?mode=ro", uri=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def view(self, name: str) -> list[tuple[Any, ...]]:
        """Return the rows of a view, sorted by all their columns."""
        return sorted(self.rows(f"SELECT * FROM {name}"), key=repr)

    def truth(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every view that a rebuild must give again."""
        return {name: self.view(name) for name in TRUE_VIEWS}
