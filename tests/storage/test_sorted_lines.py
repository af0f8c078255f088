from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import StorageError
from storage.sorted_lines import sorted_lines


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"") + b"\n")), st.integers(1, 60))
def test_lines_come_in_the_order_of_their_bytes(lines: list[bytes], run_bytes: int) -> None:
    assert list(sorted_lines(lines, run_bytes=run_bytes)) == sorted(lines)


def test_lines_longer_than_a_read_are_put_together_again() -> None:
    lines = [bytes([65 + n % 26]) * (50_000 + 7919 * n % 60_000) + b"\n" for n in range(40)]
    assert list(sorted_lines(lines, run_bytes=200_000)) == sorted(lines)


def test_most_lines_are_not_in_memory() -> None:
    count = 60_000
    tracemalloc.start()
    before = b""
    for line in sorted_lines((b"%09d %080d\n" % (n * 7919 % count, n) for n in range(count)), run_bytes=1 << 19):
        assert before <= line
        before = line
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < count * 91 / 2, "half of the lines' own bytes"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="temporary file: cannot be written"):
        list(sorted_lines([b"a\n"] * 10, run_bytes=1, folder=tmp_path / "missing"))
