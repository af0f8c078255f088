"""Owns the package that one page is replayed from: its captures at all its addresses, and which of them is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from crawler.exports import SOFTWARE, export_note, new_record_id
from crawler.replay_pages import Moment
from crawler.replay_server import Performance
from pipelines.surroundings import surroundings
from storage.catalogue import Catalogue
from storage.catalogue_selection import Selection, chosen
from storage.cdx import cdx_timestamp
from storage.stamps import moment as moment_of
from storage.wacz import Label, write_wacz

__all__ = ["pack_page"]

_DIGITS: Final = 17
_NOT_MODIFIED: Final = 304
_TOKEN_LENGTH: Final = 32


def pack_page(
    catalogue: Catalogue, archive_dir: Path, url: str, at: datetime | None, path: Path, now: Callable[[], datetime]
) -> Performance | None:
    """Write the package of the page at `url` (canonical) to `path` and say what to show; None if nothing is known.

    Shown is the newest capture that is not after `at` (a later one might show what was not yet said), or the first.

    Raises:
        WarcError: the archive does not hold what the catalogue says.
        StorageError: a file cannot be read, or `path` cannot be written.
    """
    history = catalogue.history(url)
    rows = _shown_rows(history.captures, url) or _shown_rows(history.captures, (history.page or {}).get("url", ""))
    if not rows:
        return None
    before = [row for row in rows if at is None or moment_of(row["captured"]) <= at]
    shown = before[-1] if before else rows[0]
    selection = (
        Selection(pages=(history.page["page_id"],)) if history.page is not None else Selection(urls=(rows[0]["url"],))
    )
    items = chosen(catalogue.store, selection)
    selection = replace(selection, also=tuple(surroundings(catalogue.store, archive_dir, selection, items)))
    label = Label(
        title=str((history.page or {}).get("title") or shown["url"]),
        description=f"Captures of {shown['url']} and what they lean on.",
        software=SOFTWARE,
        created=now(),
        note=export_note(f"captures of {shown['url']}", None),
        main_url=shown["url"],
        main_date=moment_of(shown["captured"]),
    )
    with path.open("xb+") as out:
        write_wacz(out, archive_dir, catalogue.store, selection, label, new_id=new_record_id, scratch=path.parent)
        token = _token(out)
    moments = [_moment(row) for row in rows]
    return Performance(shown["url"], moments[rows.index(shown)], moments, path, token)


def _shown_rows(captures: Sequence[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    """Return the captures of one address that a player has something to show for."""
    return [row for row in captures if row["url"] == url and row["method"] == "GET" and row["status"] != _NOT_MODIFIED]


def _moment(row: dict[str, Any]) -> Moment:
    captured = moment_of(row["captured"])
    said = f"{captured:%Y-%m-%d %H:%M:%S} UTC"
    status = "" if row["status"] == 200 else f" ({row['status']})"
    return Moment(cdx_timestamp(captured, _DIGITS), said + status)


def _token(file: BinaryIO) -> str:
    hashed = sha256()
    file.seek(0)
    while piece := file.read(1 << 20):
        hashed.update(piece)
    return hashed.hexdigest()[:_TOKEN_LENGTH]
