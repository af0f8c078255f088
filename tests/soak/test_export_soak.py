"""Two hundred thousand articles are exported in flat memory."""

from __future__ import annotations

import csv
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.chronicle import chronicle
from tests.crawler.test_memory import peak_mb
from tests.run import Archive

pytestmark = pytest.mark.soak

SOME, ALL = 100_000, 200_000
"""Half of them fill SQLite's page cache of 32 MiB, so twice as many must not cost more."""
MOST_GROWTH_MB = 8
MADE = {
    "id": "'c' || n", "capture_id": "'c' || n", "version_id": "'c' || n", "latest_version": "'c' || n",
    "page_id": "'p' || n", "url": "url || '?' || n", "number": "1", "versions": "1",
    "body": "body || char(10) || body || char(10) || body || n",
}  # fmt: skip
"""Column -> what makes it one of many."""


def copies(archive: Archive, first: int, last: int) -> None:
    """Put pages of these numbers into the catalogue, each with the longest text there is and a capture of it."""
    with closing(sqlite3.connect(archive.path / "catalogue.sqlite")) as catalogue, catalogue:
        for table in ("t_capture", "t_version", "t_page"):
            columns = [row[1] for row in catalogue.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(MADE.get(column, column) for column in columns)
            catalogue.execute(
                f"WITH RECURSIVE counted(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM counted WHERE n < {last}) "
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM counted, "
                f"(SELECT * FROM {table} WHERE page_id IS NOT NULL AND page_id NOT LIKE 'p%' ORDER BY 1 LIMIT 1)"
            )


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_two_hundred_thousand_articles_in_flat_memory(
    tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = Archive(tmp_path)
    archive.path.mkdir()
    chronicle(archive.path)
    copies(archive, 1, SOME)
    few, code = peak_mb(archive, "export", "articles", "-o", str(tmp_path / f"some.{form}"))
    assert code == 0
    copies(archive, SOME + 1, ALL)
    began = time.monotonic()
    out = tmp_path / f"all.{form}"
    many, code = peak_mb(archive, "export", "articles", "-o", str(out))
    took_s = time.monotonic() - began
    with capsys.disabled():
        size_mb = out.stat().st_size / 1e6
        print(f"\n{form}: {size_mb:.0f} MB in {took_s:.0f} s; {few:.0f} MB for {SOME}, {many:.0f} MB for {ALL}")
    assert code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in (csv.reader(file) if form == "csv" else file))
    assert rows == ALL + 10 + (form == "csv")
    assert many - few < MOST_GROWTH_MB
