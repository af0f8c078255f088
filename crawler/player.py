"""Owns getting ReplayWeb.page's player: one npm package, fetched once, kept in a cache folder of the user.

The player is under the AGPL and no part of this program: it is never shipped with it, nothing of it is changed, and
only `scrapy replay` serves it, to the user's own browser. Its version is pinned by hash, like every dependency.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final

from storage.errors import StorageError, UsageError

__all__ = ["PACKAGE", "Player", "cache_folder", "load_player"]

PACKAGE: Final = "replaywebpage@2.4.6"
_TARBALL: Final = "replaywebpage-2.4.6.tgz"
_SHA256: Final = "6faef5c261e94b6e83cd6ee975bd0378fd4bc948bb14d36d45c709ffecb261b8"
_FILES: Final = ("sw.js", "ui.js")
_MAX_FILE_BYTES: Final = 32 * 1024 * 1024
_TIMEOUT_S: Final = 300


@dataclass(frozen=True, slots=True)
class Player:
    """The files of the player that a browser needs, by name."""

    files: Mapping[str, bytes]


def cache_folder() -> Path:
    """Return where the package is kept: `shilu` in the user's cache folder (XDG_CACHE_HOME)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shilu"


def load_player(tell: Callable[[str], None], *, folder: Path | None = None) -> Player:
    """Return the player, fetched with npm into `folder` (default `cache_folder()`) if it is not there yet.

    Raises:
        UsageError: there is no npm, or it could not get the package; says what would do.
        StorageError: the folder cannot be written, or what lies there is not the package.
    """
    path = (folder or cache_folder()) / _TARBALL
    if not path.exists():
        _fetch(path, tell)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror})") from error
    if sha256(content).hexdigest() != _SHA256:
        raise StorageError(f"{path}: is not the package {PACKAGE}; remove it, the next replay fetches it again")
    return Player(_unpack(path, content))


def _fetch(path: Path, tell: Callable[[str], None]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            f"replay: needs npm once, to get the player ({PACKAGE}, AGPL-3.0, not part of Shilu); install npm, or run "
            f"`npm pack {PACKAGE}` elsewhere and put {path.name} into {path.parent}"
        )
    tell(f"getting the player once: npm pack {PACKAGE} (AGPL-3.0, not part of Shilu), into {path.parent}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            _pack(npm, Path(folder))
            os.replace(Path(folder) / _TARBALL, path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror})") from error


def _pack(npm: str, folder: Path) -> None:
    command = [npm, "pack", PACKAGE, "--silent", "--ignore-scripts", "--no-update-notifier"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"replay: `npm pack {PACKAGE}` did not end in {_TIMEOUT_S} s; try again") from error
    if done.returncode != 0 or not (folder / _TARBALL).exists():
        said = next((line for line in done.stderr.splitlines() if line.strip()), f"exit code {done.returncode}")
        raise UsageError(f"replay: `npm pack {PACKAGE}` failed: {said.strip()[:200]}")


def _unpack(path: Path, content: bytes) -> Mapping[str, bytes]:
    try:
        with tarfile.open(fileobj=BytesIO(content), mode="r:gz") as package:
            return {name: _member(package, f"package/{name}") for name in _FILES}
    except (tarfile.TarError, KeyError, OSError) as error:
        raise StorageError(f"{path}: cannot be unpacked ({error})") from error


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read(_MAX_FILE_BYTES)
