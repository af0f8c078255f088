"""Owns the copies that depart from their original, told as events are."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict
from typing import Any, Final

from pipelines.deviations import deviations
from storage.catalogue_events import EventChoice
from storage.catalogue_reprints import Reprint, reprints_seen
from storage.catalogue_store import Store

__all__ = ["TAMPERED", "tampered_copies"]

TAMPERED: Final = "reprint"
"""The kind that such a row has."""


def tampered_copies(store: Store, choice: EventChoice) -> Generator[dict[str, Any], None, None]:
    """Yield the copies that cut, added or altered something, keyed as `events` are, newest capture first.

    `observed` is when the copy was captured; `capture_before` is the original's, `capture_after` the copy's capture.

    Raises:
        CatalogueError: SQLite failed.
    """
    for seen, reprint in reprints_seen(store, choice.source, choice.since, choice.until):
        places = deviations(reprint.copy.text, reprint.earliest.text)
        if places:
            yield _row(seen, reprint, [asdict(place) for place in places])


def _row(seen: str, reprint: Reprint, places: list[dict[str, str]]) -> dict[str, Any]:
    copy, earliest = reprint.copy, reprint.earliest
    return {
        "page_id": copy.page_id,
        "url": copy.url,
        "kind": TAMPERED,
        "grade": "+".join(dict.fromkeys(place["kind"] for place in places)),
        "after": None,
        "observed": seen,
        "capture_before": earliest.version_id,
        "capture_after": copy.version_id,
        "detail": {
            "earliest_url": earliest.url,
            "earliest_title": earliest.title,
            "similarity": round(reprint.similarity, 4),
            "basis": reprint.basis,
            "origin": copy.origin,
            "deviations": places,
        },
        "source": copy.source,
        "title": copy.title,
    }
