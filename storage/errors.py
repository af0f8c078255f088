"""Owns every error that Shilu raises on purpose.

    ArchiveError                    exit 4   base: one line that a person can act on
    ├── UsageError                  exit 2   the command line or a setting is wrong
    │   └── SourceError             exit 2   a source file is wrong: file, key, what, what would be right
    ├── LockedError                 exit 3   somebody else holds what is needed
    ├── StorageError                exit 4   the disk or a file on it failed us
    │   ├── WarcError               exit 4   a WARC file is not what it must be
    │   │   └── TornRecord          exit 4   a record ends before its end
    │   ├── SealError               exit 4   the chain of seals is broken
    │   └── CatalogueError          exit 4   the catalogue cannot be used
    │       └── NewerCatalogue      exit 4   made by a later version of Shilu
    └── FetchError                  (a row)  an exchange failed; `stage` and `reason` go to `failure`
        ├── RobotsDenied            stage robots
        ├── GuardDenied             stage guard
        ├── DnsFailed               stage dns
        ├── ConnectFailed           stage connect
        ├── TlsFailed               stage tls
        └── HttpFailed              stage http

Nothing here is caught broadly: a traceback that reaches a user is a bug.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ArchiveError",
    "CatalogueError",
    "ConnectFailed",
    "DnsFailed",
    "FetchError",
    "GuardDenied",
    "HttpFailed",
    "LockedError",
    "NewerCatalogue",
    "RobotsDenied",
    "SealError",
    "SourceError",
    "StorageError",
    "TlsFailed",
    "TornRecord",
    "UsageError",
    "WarcError",
]


class ArchiveError(Exception):
    """Base of all: `str(error)` is one line for a person, `exit_code` is for the shell."""

    exit_code: ClassVar[int] = 4


class UsageError(ArchiveError):
    """The command line or a setting cannot be used as given."""

    exit_code = 2


class SourceError(UsageError):
    """A source file is missing or wrong; names the file, the key, what is wrong and what would be right."""


class LockedError(ArchiveError):
    """Another process holds the lock."""

    exit_code = 3


class StorageError(ArchiveError):
    """Writing or reading the archive failed."""


class WarcError(StorageError):
    """A WARC file breaks its format; names the file and the offset."""


class TornRecord(WarcError):
    """A record ends before its declared end."""


class SealError(StorageError):
    """`seals.jsonl` does not agree with itself or with the files."""


class CatalogueError(StorageError):
    """The catalogue is no SQLite file, or not one of ours."""


class NewerCatalogue(CatalogueError):
    """The catalogue was made by a later version of Shilu."""


class FetchError(ArchiveError):
    """An exchange failed; becomes a `failure` row, never a traceback."""

    stage: ClassVar[str] = "http"


class RobotsDenied(FetchError):
    """robots.txt does not let us (RFC 9309)."""

    stage = "robots"


class GuardDenied(FetchError):
    """The resolved address may not be connected to."""

    stage = "guard"


class DnsFailed(FetchError):
    """The host name has no address."""

    stage = "dns"


class ConnectFailed(FetchError):
    """No connection, or it was cut before the first byte."""

    stage = "connect"


class TlsFailed(FetchError):
    """The TLS handshake failed (an unverified certificate alone is no failure)."""

    stage = "tls"


class HttpFailed(FetchError):
    """What came back is not HTTP."""

    stage = "http"
