"""Locks across processes: exclusive, shared, freed by a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.errors import LockedError, StorageError
from storage.locks import archive_lock, source_lock

HOLDER = """
import sys, time, pathlib
from storage.locks import source_lock
source_lock(pathlib.Path(sys.argv[1]), "demo").acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_crawl_of_a_source_is_refused_by_name_and_process(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=rf"demo: another crawl .* \(process {holder.pid}\)"):
            source_lock(tmp_path, "demo").acquire()
        source_lock(tmp_path, "other").acquire().release()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    source_lock(tmp_path, "demo").acquire().release()


def test_crawls_share_the_archive_and_a_rebuild_has_it_alone(tmp_path: Path) -> None:
    shared = (archive_lock(tmp_path).acquire(shared=True), archive_lock(tmp_path).acquire(shared=True))
    with pytest.raises(LockedError):
        archive_lock(tmp_path).acquire()
    for lock in shared:
        lock.release()
    with archive_lock(tmp_path).acquire(), pytest.raises(LockedError):
        archive_lock(tmp_path).acquire(shared=True)


def test_a_folder_that_cannot_be_made_is_a_storage_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"locks/demo\.source: cannot be made"):
        source_lock(tmp_path, "demo").acquire()
