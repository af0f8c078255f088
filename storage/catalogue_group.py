"""Owns a group of outcomes on their way into the catalogue: each settled against what is known of its page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from storage.addresses import is_elsewhere, takes_over
from storage.catalogue_gathered import CaptureRow, Committed, Gathered
from storage.catalogue_identity import Identities, is_part, looked_at
from storage.catalogue_known import failures_of, unknown
from storage.catalogue_observe import is_article, observe, redirect_target
from storage.catalogue_pages import PageCard, address_of, page_of, plain_article, reader_of
from storage.catalogue_parts import Part, Round, Rounds
from storage.catalogue_rows import capture_row, storable
from storage.catalogue_store import Store
from storage.model import Event, Observation, Outcome, PageState, Settlement, Source, Thresholds
from storage.parts import joined

__all__ = ["Group", "Settle"]

Settle: TypeAlias = Callable[[PageState | None, str, str, Observation, Thresholds], Settlement]
"""pipelines.changes.settle, handed in because storage knows nothing above it."""


class Group:
    """The outcomes of one commit, taken one after another."""

    def __init__(self, store: Store, settle: Settle, sources: Mapping[str, Source]) -> None:
        """Belong to one transaction of `store`; `sources` maps a crawl's id to the source as it was then."""
        self._store = store
        self._settle = settle
        self._sources = sources
        self._cards: dict[str, PageCard] = {}
        self._identities = Identities(store, sources)
        self._rounds = Rounds(store)
        self._gathered = Gathered(store)

    def load(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Return the outcomes that are not in yet, each once, having read the pages they look at."""
        fresh = list(unknown(self._store, outcomes))
        ids = self._identities.load([outcome for outcome in fresh if looked_at(outcome) is not None])
        for row in self._store.rows(_PAGES, {"ids": json.dumps([*ids])}):
            self._cards[row.page_id] = page_of(row)
        self._rounds.load(ids)
        return fresh

    def addresses(self) -> set[str]:
        """Return the addresses of further pages that what was loaded may lead to."""
        return self._rounds.addresses()

    def take(self, outcome: Outcome) -> PageCard | None:
        """Settle one outcome; return the page it is a look at, None if there is none."""
        row = None if outcome.capture is None else capture_row(outcome, outcome.capture)
        look, card = self._look(outcome, row) if not is_part(outcome) else self._look_at_part(outcome, row)
        for failure in failures_of(outcome, look):
            self._gathered.failure(outcome, failure)
        target = redirect_target(outcome)
        if target is not None and target != outcome.url and (look is None or look.verdict != "gone"):
            self._gathered.redirect(outcome.url, outcome.attempt.source, target)
        if row is not None:
            self._gathered.capture(row)
        return card

    def write(self) -> None:
        """Write all rows."""
        self._gathered.addresses(self._identities.rows())
        self._gathered.write(self._cards.values())
        self._rounds.write()

    def committed(self, discovered: int) -> Committed:
        """Return what was done."""
        return self._gathered.committed(discovered)

    # --- a look at a page --------------------------------------------------------------------------

    def _look(self, outcome: Outcome, row: CaptureRow | None) -> tuple[Observation | None, PageCard | None]:
        page_id = self._identities.page_id(outcome, self._cards)
        card = None if page_id is None else self._cards.get(page_id)
        if page_id is None or (card is None and not is_article(outcome)):
            return None, None
        look = _with_plain_article(
            observe(
                outcome,
                self._sources[outcome.attempt.crawl_id],
                None if card is None else card.state,
                address=storable(address_of(outcome.url)),
                is_main=self._identities.is_main(outcome, page_id),
            )
        )
        if row is not None:
            row.update(verdict=look.verdict, grade=look.grade)
        if card is not None and is_elsewhere(card.state, look) and not takes_over(card.state, look):
            self._identities.note(outcome, card, look)
            if row is not None:
                row["page_id"] = page_id
            return look, None
        # A page begins with its first text: what was never seen cannot be missed.
        if card is not None or look.article is not None:
            card = self._looked(page_id, card, outcome, look, row)
        return look, card

    def _looked(
        self, page_id: str, card: PageCard | None, outcome: Outcome, look: Observation, row: CaptureRow | None
    ) -> PageCard:
        before, url = self._rounds.get(page_id), address_of(outcome.url)
        if card is not None and before is not None and not before.settled:
            self._close(card, before)  # overtaken: what its last pages say will not be known
        if row is not None:
            row["page_id"] = page_id
        read_by = None if look.article is None else reader_of(look.article, outcome.attempt.rules_digest)
        begun = None
        if look.verdict == "present" and outcome.attempt.role.startswith("article"):
            begun = self._rounds.begin(page_id, url, look, read_by)
        if begun is None or card is None:
            if look.article is not None and look.article.page_links:
                look = replace(look, article=joined(url, {url: look.article}))
            card, settlement = self._settled(page_id, card, outcome, look, read_by)
            if begun is not None:
                begun.settled = True
                begun.parts[url].settled_digest = begun.payload_digest
            seen = look.verdict == "present" and card.state.last_present == look.at
            if row is not None and seen and card.state.latest is not None:
                row.update(version_id=card.state.latest.version_id, finding=_finding(settlement))
        else:
            card.state, card.touched = replace(card.state, address=look.address), True
        self._identities.note(outcome, card, look)
        card.ahead = None if begun is None else begun.ahead
        return card

    def _settled(
        self, page_id: str, card: PageCard | None, outcome: Outcome, look: Observation, read_by: str | None
    ) -> tuple[PageCard, Settlement]:
        url = card.url if card is not None else address_of(outcome.url)
        settlement = self._settle(None if card is None else card.state, page_id, url, look, outcome.thresholds)
        if card is None:
            card = self._cards[page_id] = PageCard(url, outcome.attempt.source, settlement.state, look.at)
        self._note(card, settlement, settlement.events, read_by, [(1, look.capture_id or "")])
        return card, settlement

    def _note(
        self,
        card: PageCard,
        settlement: Settlement,
        events: Sequence[Event],
        read_by: str | None,
        captures: list[tuple[int, str]],
    ) -> None:
        card.state, card.touched = settlement.state, True
        card.read_by = read_by or card.read_by
        if settlement.version is not None:
            self._gathered.version(settlement.version, captures)
        if settlement.amended is not None:
            self._gathered.amended(settlement.amended, captures)
        self._gathered.events(events)

    # --- an article over several pages -------------------------------------------------------------

    def _look_at_part(self, outcome: Outcome, row: CaptureRow | None) -> tuple[Observation | None, PageCard | None]:
        page_id = self._identities.page_id(outcome, self._cards)
        card = None if page_id is None else self._cards.get(page_id)
        begun = None if page_id is None else self._rounds.get(page_id)
        look = _with_plain_article(observe(outcome, self._sources[outcome.attempt.crawl_id]))
        if row is not None:
            row.update(verdict=look.verdict, grade=look.grade)
        if card is None or begun is None:
            return look, None
        if row is not None:
            row["page_id"] = page_id
        url = address_of(outcome.url)
        part = begun.parts.setdefault(url, Part(url))
        part.looked_for = begun.capture_id
        # What is in the article already is looked at once a round: the next one will see that it has changed.
        if look.article is not None and not (begun.settled and part.settled_digest):
            part.take(look)
        card.ahead, card.round_at = begun.ahead, begun.at
        if card.ahead is None:
            self._close(card, begun)
        return look, card

    def _close(self, card: PageCard, begun: Round) -> None:
        """Settle a round all of whose pages were looked at, or in which a page showed that had been missing."""
        latest, parts = card.state.latest, begun.showing()
        assert latest is not None
        is_same = begun.settled or begun.payload_digest in (latest.payload_digest, card.state.last_payload_digest)
        changed = [] if begun.settled else [part for part in parts if part.has_changed]
        new = [part for part in parts if part.is_new]
        if begun.settled and (not new or card.state.state != "live" or card.state.last_present != begun.at):
            return
        others = "same" if not changed and not new else "filled" if is_same and not changed else "changed"
        was_read = begun.read_by is not None and not begun.settled
        look = Observation(
            at=begun.at,
            verdict="present",
            grade=begun.grade,
            capture_id=begun.capture_id,
            payload_digest=begun.payload_digest,
            article=begun.article() if was_read or others != "same" else None,
            others=others,
        )
        settlement = self._settle(card.state, begun.page_id, card.url, look, Thresholds())
        events = [_witnessed(event, changed) if is_same else event for event in settlement.events]
        self._note(card, settlement, events, begun.read_by, begun.captures())
        if not begun.settled and card.state.latest is not None and card.state.last_present == begun.at:
            self._gathered.shown(begun.capture_id, card.state.latest.version_id, _finding(settlement))
        begun.settle()


def _with_plain_article(look: Observation) -> Observation:
    if look.article is None:
        return look
    article = plain_article(look.article)
    return look if article is look.article else replace(look, article=article)


def _witnessed(event: Event, changed: Sequence[Part]) -> Event:
    """Return an edit of pages after the first with the looks at the first of them for its interval and captures."""
    if event.kind != "edited" or not changed:
        return event
    part = changed[0]
    times = [at for at in (part.before_at, event.after) if at is not None]
    pages = [[one.url, one.before_capture, one.capture_id] for one in changed]
    return replace(
        event,
        after=min(times, default=None),
        observed=part.seen_at or event.observed,
        capture_before=part.before_capture,
        capture_after=part.capture_id,
        detail={**event.detail, "pages": pages},
    )


def _finding(settlement: Settlement) -> str:
    if settlement.version is None:
        return "unchanged"
    return "new" if settlement.version.number == 1 else "changed"


_PAGES: Final = (
    "SELECT p.url, p.source, p.state, p.texts, p.first_captured, p.last_present, p.last_present_capture, "
    "p.last_payload_digest, p.last_checked, p.gone_since, p.gone_count, p.last_gone, p.last_gone_capture, p.absences, "
    "p.unreachable_since, p.unreachable_count, p.moved_to, p.address, p.read_by, p.injected, p.last_bytes, "
    "p.last_bytes_capture, v.* FROM t_page p "
    "JOIN t_version v ON v.version_id = p.latest_version WHERE p.page_id IN (SELECT value FROM json_each(:ids))"
)
