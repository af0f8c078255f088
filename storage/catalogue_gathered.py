"""Owns the rows that one commit gathers, and their writing, each after what it refers to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from storage.catalogue_known import failure_key
from storage.catalogue_pages import PageCard, article_row, page_row, version_row
from storage.catalogue_rows import event_row, failure_row, storable
from storage.catalogue_store import Store
from storage.model import Event, Failure, Outcome, Version

__all__ = ["CaptureRow", "Committed", "Gathered"]

CaptureRow: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit did; an outcome that was in already counts nowhere."""

    fetched: int
    new: int
    changed: int
    unchanged: int
    failed: int
    """Failure rows."""
    discovered: int
    """Links not known before."""
    events: tuple[Event, ...] = ()


class Gathered:
    """The rows of one commit."""

    def __init__(self, store: Store) -> None:
        """Hold none yet."""
        self._store = store
        self._captures: list[CaptureRow] = []
        self._failures: dict[tuple[str, ...], dict[str, Any]] = {}
        self._versions: list[dict[str, Any]] = []
        self._amended: list[dict[str, Any]] = []
        self._parts: dict[str, list[tuple[int, str]]] = {}
        self._redirects: set[tuple[str, str, str]] = set()
        self._addresses: list[dict[str, str]] = []
        self._shown: list[dict[str, str]] = []
        self._events: list[Event] = []

    def capture(self, row: CaptureRow) -> None:
        """Take a capture, which may still be changed."""
        self._captures.append(row)

    def failure(self, outcome: Outcome, failure: Failure) -> None:
        """Take a failure."""
        row = failure_row(outcome, failure)
        self._failures.setdefault(failure_key(row), row)

    def redirect(self, url: str, source: str, target: str) -> None:
        """Take a redirect."""
        self._redirects.add((storable(url), source, storable(target)))

    def version(self, version: Version, captures: list[tuple[int, str]]) -> None:
        """Take a new version and, for each page of it that shows, its number and capture."""
        self._versions.append(version_row(version))
        self._parts[version.version_id] = captures

    def amended(self, version: Version, captures: list[tuple[int, str]]) -> None:
        """Take a version that is known with what it had lacked."""
        self._amended.append({**article_row(version.article), "version_id": version.version_id})
        self._parts[version.version_id] = captures

    def addresses(self, rows: list[dict[str, str]]) -> None:
        """Take further addresses of pages."""
        self._addresses += rows

    def shown(self, capture_id: str, version_id: str, finding: str) -> None:
        """Take which version a capture showed that was taken before, in this commit or an earlier one."""
        self._shown.append({"id": capture_id, "version_id": version_id, "finding": finding})

    def events(self, events: Iterable[Event]) -> None:
        """Take events, in order."""
        self._events.extend(events)

    def write(self, cards: Iterable[PageCard]) -> None:
        """Write captures, failures, the pages of `cards` that were touched, their versions and events."""
        put = self._store.put
        put("t_capture", self._captures)
        self._store.many(_SHOWN, self._shown)
        put("t_failure", [*self._failures.values()], conflict="DO NOTHING")
        put("t_page", [page_row(card) for card in cards if card.touched], replacing=("page_id",))
        put("t_version", self._versions)
        self._amend()
        put("t_version_capture", [_part(version, *part) for version, parts in self._parts.items() for part in parts])
        put("t_text", [{"version_id": row["version_id"]} for row in (*self._versions, *self._amended)])
        redirects = [{"url": url, "source": source, "target": to} for url, source, to in sorted(self._redirects)]
        put("t_redirect", redirects, conflict="DO NOTHING")
        put("t_address", self._addresses, conflict=_SURER_ADDRESS)
        put("t_event", [event_row(event) for event in self._events])

    def _amend(self) -> None:
        for row in self._amended:
            values = ", ".join(f"{name} = :{name}" for name in row if name != "version_id")
            self._store.run(f"UPDATE t_version SET {values} WHERE version_id = :version_id", row)
            self._store.run("DELETE FROM t_version_capture WHERE version_id = :version_id", row)

    def committed(self, discovered: int) -> Committed:
        """Return what was done."""
        found = [row["finding"] for row in (*self._captures, *self._shown)]
        return Committed(
            fetched=len(self._captures),
            new=found.count("new"),
            changed=found.count("changed"),
            unchanged=found.count("unchanged"),
            failed=len(self._failures),
            discovered=discovered,
            events=tuple(self._events),
        )


def _part(version_id: str, number: int, capture_id: str) -> dict[str, Any]:
    return {"version_id": version_id, "part": number, "capture_id": capture_id}


_SHOWN: Final = "UPDATE t_capture SET version_id = :version_id, finding = :finding WHERE id = :id"
_SURER_ADDRESS: Final = "(page_id, url) DO UPDATE SET relation = min(relation, excluded.relation)"
"""`alias`, an address that was looked at, before `canonical`, one that was only named."""
