"""Owns the question what happened: events by time, kind and source, and what stands behind one of them."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from storage.catalogue_reads import plain
from storage.catalogue_rows import optional_stamp
from storage.catalogue_store import Store
from storage.catalogue_views import VIEW_COLUMNS

__all__ = [
    "EVENT_ASKED",
    "EVENT_KINDS",
    "EventChoice",
    "count_events",
    "edited_fields",
    "event_parameters",
    "events",
]

EVENT_KINDS: Final = ("edited", "suspected", "cleared", "removed", "restored", "moved", "injected")
"""As the view `event` names them."""


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Which events are asked for; what is None or empty does not restrict."""

    source: str | None = None
    since: datetime | None = None
    """Observed at this moment or later."""
    until: datetime | None = None
    """Observed before this moment."""
    kinds: tuple[str, ...] = ()


def events(store: Store, choice: EventChoice) -> Generator[dict[str, Any], None, None]:
    """Yield rows of `event`, each with `source` and `title` of its page, newest observation first.

    Raises:
        CatalogueError: SQLite failed.
    """
    statement = f"SELECT {_COLUMNS} {_CHOSEN} ORDER BY e.observed DESC, e.id DESC"
    yield from map(plain, store.stream(statement, event_parameters(choice)))


def count_events(store: Store, choice: EventChoice) -> int:
    """Return how many events are chosen."""
    return int(store.rows(f"SELECT count(*) AS n {_CHOSEN}", event_parameters(choice))[0].n)


def edited_fields(store: Store, page_id: str, number: int) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which version `number` of a page differs from the one before: (before, after)."""
    rows = [plain(row) for row in store.rows(_VERSIONS, {"page_id": page_id, "number": number})]
    if len(rows) != 2:
        return {}
    return {name: (before, after) for name, before in rows[0].items() if (after := rows[1][name]) != before}


def event_parameters(choice: EventChoice) -> dict[str, Any]:
    """Return what `EVENT_ASKED`, and a condition on the source, take for parameters."""
    return {
        "source": choice.source,
        "observed_since": optional_stamp(choice.since),
        "observed_until": optional_stamp(choice.until),
        "event_kinds": json.dumps(choice.kinds) if choice.kinds else None,
    }


_COLUMNS: Final = ", ".join(f"e.{name}" for name in VIEW_COLUMNS["event"]) + ", p.source, v.title"
EVENT_ASKED: Final = """(:observed_since IS NULL OR e.observed >= :observed_since)
    AND (:observed_until IS NULL OR e.observed < :observed_until)
    AND (:event_kinds IS NULL OR e.kind IN (SELECT value FROM json_each(:event_kinds)))"""
"""Condition on a row `e` of t_event; a choice's source is the page's."""
_CHOSEN: Final = f"""FROM t_event e CROSS JOIN t_page p USING (page_id)
    LEFT JOIN t_version v ON v.version_id = p.latest_version
    WHERE (:source IS NULL OR p.source = :source) AND {EVENT_ASKED}"""
_VERSIONS: Final = (
    "SELECT title, authors, editors, origin, published, body FROM t_version "
    "WHERE page_id = :page_id AND number IN (:number - 1, :number) ORDER BY number"
)
