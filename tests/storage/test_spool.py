from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import StorageError
from storage.spool import Spool


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(0, 60), st.integers(0, 200), st.integers(0, 200))
def test_what_came_is_there_in_memory_or_not(pieces: list[bytes], held: int, start: int, stop: int) -> None:
    spool = Spool(held_bytes=held)
    for piece in pieces:
        spool.append(piece)
    content = b"".join(pieces)
    assert (len(spool), spool[:], spool[start:stop]) == (len(content), content, content[start:stop])
    part = spool.cut(min(start, len(content)), min(stop, len(content)))
    assert part[:] == content[start:stop]
    assert isinstance(part, bytes) == (len(content) <= held)


def test_the_file_has_no_name_and_goes_with_the_last_part(tmp_path: Path) -> None:
    spool = Spool(tmp_path, held_bytes=10)
    spool.append(b"0123456789")
    gc.collect()  # what earlier tests left open
    before = len(os.listdir("/proc/self/fd"))
    spool.append(b"abc")
    assert len(os.listdir("/proc/self/fd")) == before + 1
    part = spool.cut(9, 12)
    del spool
    assert part[:] == b"9ab"
    assert list(tmp_path.iterdir()) == []
    del part
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """The kernel refuses the write past the limit on file size as it would on a full disk."""
    script = """
import resource, signal, sys
from pathlib import Path
from storage.errors import StorageError
from storage.spool import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
spool = Spool(Path(sys.argv[1]), held_bytes=100)
spool.append(b"a" * 4000)
try:
    spool.append(b"b" * 4000)
except StorageError as error:
    print(error, len(spool), spool[3999:])
"""
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "cannot be written (File too large) 4000 b'a'" in run.stdout


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"long response\): cannot be written \(No such file or directory\)"):
        Spool(tmp_path / "gone", held_bytes=0).append(b"x")
