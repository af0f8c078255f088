"""Owns the group commit: outcomes in order, each settled against what is known, all rows written together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import insert as upsert

from storage.catalogue_due import Retry
from storage.catalogue_links import FrontierBook
from storage.catalogue_observe import NOT_ARTICLES, is_article, observe, redirect_target
from storage.catalogue_pages import (
    PageCard,
    address_of,
    page_id_of,
    page_of,
    page_row,
    plain_article,
    reader_of,
    version_row,
)
from storage.catalogue_rows import capture_row, event_row, failure_row, storable
from storage.catalogue_store import Store
from storage.errors import CatalogueError
from storage.model import Event, Failure, Observation, Outcome, PageState, Settlement, Source, Thresholds
from storage.stamps import stamp
from storage.tables import t_capture, t_event, t_failure, t_page, t_redirect, t_text, t_version, t_version_capture

__all__ = ["Committed", "Settle", "commit_group"]

Settle: TypeAlias = Callable[[PageState | None, str, str, Observation, Thresholds], Settlement]
"""pipelines.changes.settle, handed in because storage knows nothing above it."""

_Row: TypeAlias = dict[str, Any]


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


def commit_group(
    store: Store,
    outcomes: Sequence[Outcome],
    *,
    settle: Settle,
    sources: Mapping[str, Source],
    retry: Retry,
    now: datetime,
    frontier: bool,
) -> Committed:
    """Write `outcomes` in one transaction; `sources` maps a crawl's id to the source as it was then.

    Raises:
        CatalogueError: an outcome's crawl was not started, or SQLite failed.
    """
    for outcome in outcomes:
        if outcome.attempt.crawl_id not in sources:
            raise CatalogueError(f"{store.path}: crawl {outcome.attempt.crawl_id} of {outcome.url} was never started")
    with store.write():
        group = _Group(store, settle, sources)
        fresh = group.load(outcomes)
        books = _books(store, fresh, sources, retry, now) if frontier else {}
        discovered = 0
        for outcome in fresh:
            card = group.take(outcome)
            if frontier:
                discovered += books[outcome.attempt.source].take(outcome, card)
        group.write()
        for book in books.values():
            book.write()
    return group.committed(discovered)


def _books(
    store: Store, outcomes: Sequence[Outcome], sources: Mapping[str, Source], retry: Retry, now: datetime
) -> dict[str, FrontierBook]:
    by_source: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_source.setdefault(outcome.attempt.source, []).append(outcome)
    books = {}
    for name, own in by_source.items():
        books[name] = FrontierBook(store, sources[own[-1].attempt.crawl_id], retry, now)
        books[name].load(own)
    return books


class _Group:
    """The rows of one commit, gathered outcome by outcome."""

    def __init__(self, store: Store, settle: Settle, sources: Mapping[str, Source]) -> None:
        self._store = store
        self._settle = settle
        self._sources = sources
        self._cards: dict[str, PageCard] = {}
        self._captures: list[_Row] = []
        self._failures: dict[tuple[str, ...], _Row] = {}
        self._versions: list[_Row] = []
        self._redirects: set[tuple[str, str, str]] = set()
        self._events: list[Event] = []

    def load(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Return the outcomes that are not in yet, each once, having read the pages they look at."""
        fresh = list(_unknown(self._store, outcomes))
        ids = {page_id_of(outcome.attempt.source, outcome.url) for outcome in fresh if _may_look(outcome)}
        for row in self._store.rows(_PAGES, {"ids": json.dumps([*ids])}):
            self._cards[row.page_id] = page_of(row)
        return fresh

    def take(self, outcome: Outcome) -> PageCard | None:
        """Settle one outcome; return the page it is a look at, None if there is none."""
        row = None if outcome.capture is None else capture_row(outcome, outcome.capture)
        look, card = self._look(outcome, row)
        for failure in _failures(outcome, look):
            entry = failure_row(outcome, failure)
            self._failures.setdefault(_failure_key(entry), entry)
        target = redirect_target(outcome)
        if target is not None and target != outcome.url and (look is None or look.verdict != "gone"):
            self._redirects.add((storable(outcome.url), outcome.attempt.source, storable(target)))
        if row is not None:
            self._captures.append(row)
        return card

    def _look(self, outcome: Outcome, row: _Row | None) -> tuple[Observation | None, PageCard | None]:
        if not _may_look(outcome):
            return None, None
        page_id = page_id_of(outcome.attempt.source, outcome.url)
        card = self._cards.get(page_id)
        if card is None and not is_article(outcome):
            return None, None
        state = None if card is None else card.state
        look = observe(outcome, self._sources[outcome.attempt.crawl_id], state)
        if look.article is not None:
            look = replace(look, article=plain_article(look.article))
        if row is not None:
            row.update(verdict=look.verdict, grade=look.grade)
        # A page begins with its first text: what was never seen cannot be missed.
        if card is not None or look.article is not None:
            card = self._settled(page_id, card, outcome, look, row)
        return look, card

    def _settled(
        self, page_id: str, card: PageCard | None, outcome: Outcome, look: Observation, row: _Row | None
    ) -> PageCard:
        url = card.url if card is not None else address_of(outcome.url)
        settlement = self._settle(None if card is None else card.state, page_id, url, look, outcome.thresholds)
        if card is None:
            card = self._cards[page_id] = PageCard(url, outcome.attempt.source, settlement.state, look.at)
        card.state, card.touched = settlement.state, True
        if look.article is not None:
            card.read_by = reader_of(look.article, outcome.attempt.rules_digest)
        if settlement.version is not None:
            self._versions.append(version_row(settlement.version))
        self._events.extend(settlement.events)
        if row is not None:
            row["page_id"] = page_id
            seen = look.verdict == "present" and card.state.last_present == look.at
            if seen and card.state.latest is not None:
                row.update(version_id=card.state.latest.version_id, finding=_finding(settlement))
        return card

    def write(self) -> None:
        """Write all rows, each after what it refers to."""
        many = self._store.many
        many(_CAPTURE, self._captures)
        many(_FAILURE, list(self._failures.values()))
        many(_PAGE, [page_row(card) for card in self._cards.values() if card.touched])
        many(_VERSION, self._versions)
        parts = [
            {"version_id": row["version_id"], "part": 1, "capture_id": row["capture_id"]} for row in self._versions
        ]
        many(_VERSION_CAPTURE, parts)
        many(_TEXT, [{"version_id": row["version_id"]} for row in self._versions])
        many(_REDIRECT, [{"url": url, "source": source, "target": to} for url, source, to in sorted(self._redirects)])
        many(_EVENT, [event_row(event) for event in self._events])

    def committed(self, discovered: int) -> Committed:
        """Return what was done."""
        found = [row["finding"] for row in self._captures]
        return Committed(
            fetched=len(self._captures),
            new=found.count("new"),
            changed=found.count("changed"),
            unchanged=found.count("unchanged"),
            failed=len(self._failures),
            discovered=discovered,
            events=tuple(self._events),
        )


def _may_look(outcome: Outcome) -> bool:
    if outcome.failure is not None and outcome.failure.stage == "trap":
        return False  # nothing was asked
    return outcome.attempt.role == "page" or outcome.attempt.role.startswith("article")


def _finding(settlement: Settlement) -> str:
    if settlement.version is None:
        return "unchanged"
    return "new" if settlement.version.number == 1 else "changed"


def _failures(outcome: Outcome, look: Observation | None) -> Iterable[Failure]:
    """Return every reason why something did not come to be; an article's page that gave none always has one."""
    read = outcome.read.failure if outcome.read is not None else None
    given = [failure for failure in (outcome.failure, read) if failure is not None]
    if outcome.capture is None and not given:
        given.append(Failure("http", "no response"))
    if look is not None and look.verdict == "unreachable" and not given:
        stage = "extract" if look.grade in NOT_ARTICLES else "http"
        given.append(Failure(stage, look.grade))
    return given


def _unknown(store: Store, outcomes: Sequence[Outcome]) -> Iterable[Outcome]:
    """Yield the outcomes that are not catalogued: by capture, or by failure where there is none."""
    ids = [outcome.capture.id for outcome in outcomes if outcome.capture is not None]
    keys = [[storable(outcome.url), stamp(outcome.attempted)] for outcome in outcomes if outcome.capture is None]
    known: set[str | tuple[str, ...]] = {row.id for row in store.rows(_KNOWN_CAPTURES, {"ids": json.dumps(ids)})}
    if keys:
        known |= {tuple(row) for row in store.rows(_KNOWN_FAILURES, {"keys": json.dumps(keys)})}
    for outcome in outcomes:
        identity = outcome.capture.id if outcome.capture is not None else _failure_identity(outcome)
        if identity not in known:
            known.add(identity)
            yield outcome


def _failure_identity(outcome: Outcome) -> tuple[str, ...]:
    failure = next(iter(_failures(outcome, None)))
    return _failure_key(failure_row(outcome, failure))


def _failure_key(row: _Row) -> tuple[str, ...]:
    return row["url"], row["attempted"], row["source"], row["crawl_id"], row["stage"]


_CAPTURE: Final = insert(t_capture)
_FAILURE: Final = upsert(t_failure).on_conflict_do_nothing()
_VERSION: Final = insert(t_version)
_VERSION_CAPTURE: Final = insert(t_version_capture)
_TEXT: Final = insert(t_text)
_REDIRECT: Final = upsert(t_redirect).on_conflict_do_nothing()
_EVENT: Final = insert(t_event)
_INSERT_PAGE = upsert(t_page)
_PAGE: Final = _INSERT_PAGE.on_conflict_do_update(
    index_elements=[t_page.c.page_id],
    set_={column.name: _INSERT_PAGE.excluded[column.name] for column in t_page.c if column.name != "page_id"},
)
_KNOWN_CAPTURES: Final = "SELECT id FROM t_capture WHERE id IN (SELECT value FROM json_each(:ids))"
_KNOWN_FAILURES: Final = (
    "SELECT url, attempted, source, crawl_id, stage FROM t_failure WHERE (url, attempted) IN "
    "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:keys))"
)
_PAGES: Final = (
    "SELECT p.url, p.source, p.state, p.texts, p.first_captured, p.last_present, p.last_present_capture, "
    "p.last_payload_digest, p.last_checked, p.gone_since, p.gone_count, p.last_gone, p.last_gone_capture, p.absences, "
    "p.unreachable_since, p.unreachable_count, p.moved_to, p.read_by, p.injected, p.last_bytes, "
    "p.last_bytes_capture, v.* FROM t_page p "
    "JOIN t_version v ON v.version_id = p.latest_version WHERE p.page_id IN (SELECT value FROM json_each(:ids))"
)
