"""The player is fetched once, by hash, and what is missing is said in one line."""

from __future__ import annotations

import io
import os
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from crawler import player
from crawler.player import PACKAGE, cache_folder, load_player
from storage.errors import StorageError, UsageError

NAME = "replaywebpage-2.4.6.tgz"


def package(**files: bytes) -> bytes:
    """Return an npm package that holds `files`."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name.replace('_', '.')}")
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def npm(folder: Path, script: str) -> dict[str, str]:
    """Put an `npm` in `folder` that runs `script`, alone on the path but for the shell's tools."""
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A package that passes for the real one."""
    made = package(sw_js=b"worker", ui_js=b"page", LICENSE=b"AGPL")
    monkeypatch.setattr(player, "_SHA256", sha256(made).hexdigest())
    return made


def test_the_package_is_fetched_once_and_kept(tmp_path: Path, small: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "served.tgz").write_bytes(small)
    script = f'echo "$@" >> {tmp_path}/calls; cp {tmp_path}/served.tgz {NAME}'
    monkeypatch.setenv("PATH", npm(tmp_path / "bin", script)["PATH"])
    said: list[str] = []
    for _ in range(2):
        loaded = load_player(said.append, folder=tmp_path / "cache" / "shilu")
        assert loaded.files == {"sw.js": b"worker", "ui.js": b"page"}
    assert len(said) == 1 and "AGPL-3.0, not part of Shilu" in said[0]
    assert (tmp_path / "calls").read_text().split()[:2] == ["pack", PACKAGE]
    assert os.listdir(tmp_path / "cache" / "shilu") == [NAME]


def test_without_npm_it_says_what_would_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=rf"needs npm once.*put {NAME} into {tmp_path}"):
        load_player(lambda line: None, folder=tmp_path)


def test_a_failing_npm_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", npm(tmp_path / "bin", "echo 'npm error network down' >&2; exit 1")["PATH"])
    with pytest.raises(UsageError, match=r"`npm pack replaywebpage@2\.4\.6` failed: npm error network down"):
        load_player(lambda line: None, folder=tmp_path / "cache")
    assert os.listdir(tmp_path / "cache") == []


def test_another_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(package(sw_js=b"evil", ui_js=b"evil"))
    with pytest.raises(StorageError, match=rf"{NAME}: is not the package replaywebpage@2\.4\.6; remove it"):
        load_player(lambda line: None, folder=tmp_path)


def test_a_package_without_its_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = package(sw_js=b"worker")
    monkeypatch.setattr(player, "_SHA256", sha256(content).hexdigest())
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(StorageError, match="cannot be unpacked"):
        load_player(lambda line: None, folder=tmp_path)


def test_a_cache_that_cannot_be_made_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", npm(tmp_path / "bin", "true")["PATH"])
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        load_player(lambda line: None, folder=tmp_path / "file" / "shilu")


def test_the_cache_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "shilu"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "shilu"
