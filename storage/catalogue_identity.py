"""Owns which page an outcome is a look at: by its address, by the addresses of the source that are the same, by those
noted before, and for a new page by the canonical link that it carries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from storage.addresses import addresses_of, main_address
from storage.catalogue_pages import PageCard, address_of, page_id_of
from storage.catalogue_rows import storable
from storage.catalogue_store import Store
from storage.model import Observation, Outcome, Source

__all__ = ["Identities", "is_part", "looked_at"]


def is_part(outcome: Outcome) -> bool:
    """Return whether an outcome is a look at a further page of an article."""
    return outcome.attempt.role.startswith("part")


def looked_at(outcome: Outcome) -> str | None:
    """Return the address of the page that an outcome is a look at, of a further page that of the first; else None."""
    attempt, failure = outcome.attempt, outcome.failure
    if is_part(outcome):
        return attempt.via
    if failure is not None and failure.stage == "trap":
        return None  # nothing was asked
    return outcome.url if attempt.role == "page" or attempt.role.startswith("article") else None


class Identities:
    """The pages of one commit by their addresses."""

    def __init__(self, store: Store, sources: Mapping[str, Source]) -> None:
        """Belong to one commit; `sources` maps a crawl's id to the source as it was then."""
        self._store = store
        self._sources = sources
        self._noted: dict[tuple[str, str], str] = {}
        """(source, address) -> page."""
        self._rows: dict[tuple[str, str], str] = {}
        """(page, address) -> relation."""

    def load(self, outcomes: Sequence[Outcome]) -> set[str]:
        """Return the ids of all pages that `outcomes` may be looks at."""
        urls = {storable(address_of(url)) for outcome in outcomes if (url := looked_at(outcome)) is not None}
        for row in self._store.rows(_NOTED, {"urls": json.dumps([*urls])}):
            self._noted.setdefault((row.source, row.url), row.page_id)
        found = set(self._noted.values())
        for outcome in outcomes:
            found |= {*self._ids(outcome, looked_at(outcome) or outcome.url), *self._claimed(outcome)}
        return found

    def page_id(self, outcome: Outcome, cards: Mapping[str, PageCard]) -> str | None:
        """Return the page of `outcome`, known (in `cards`) or to be; None if it is no look at one.

        A canonical link counts for a page that is not known by its address, and where the page that it names says
        the same.
        """
        url = looked_at(outcome)
        if url is None:
            return None
        own = self._ids(outcome, url)
        noted = self._noted.get((outcome.attempt.source, storable(address_of(url))))
        known = next((each for each in (*own, noted) if each in cards), None)
        if known is not None:
            return known
        claimed = self._claimed(outcome)
        other = next((each for each in claimed if each in cards), None)
        if other is None:
            return claimed[0] if claimed else own[0]
        return other if _says(cards[other], outcome) else own[0]

    def is_main(self, outcome: Outcome, page_id: str) -> bool:
        """Return whether `outcome` looked at the address under which its page is to be fetched."""
        main = main_address(self._sources[outcome.attempt.crawl_id].aliases, address_of(outcome.url))
        return main == address_of(outcome.url) and page_id_of(outcome.attempt.source, main) == page_id

    def note(self, outcome: Outcome, card: PageCard, look: Observation) -> None:
        """Note the addresses that a look found the page at."""
        page_id, source = card.state.page_id, outcome.attempt.source
        self._noted[source, storable(address_of(outcome.url))] = page_id
        if look.verdict != "present":
            return
        self._add(page_id, card, address_of(outcome.url), "alias")
        claimed = outcome.read.canonical if outcome.read is not None else None
        if claimed is not None and page_id in self._claimed(outcome):
            self._add(page_id, card, claimed, "canonical")

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of t_address."""
        return [{"page_id": page, "url": url, "relation": relation} for (page, url), relation in self._rows.items()]

    def _add(self, page_id: str, card: PageCard, url: str, relation: str) -> None:
        if url != card.url and self._rows.get((page_id, storable(url))) != "alias":
            self._rows[page_id, storable(url)] = relation

    def _claimed(self, outcome: Outcome) -> tuple[str, ...]:
        claimed = None if outcome.read is None or is_part(outcome) else outcome.read.canonical
        return () if claimed is None else self._ids(outcome, claimed)

    def _ids(self, outcome: Outcome, url: str) -> tuple[str, ...]:
        addresses: Iterable[str] = addresses_of(self._sources[outcome.attempt.crawl_id].aliases, address_of(url))
        return tuple(page_id_of(outcome.attempt.source, address) for address in addresses)


def _says(card: PageCard, outcome: Outcome) -> bool:
    latest, read = card.state.latest, outcome.read
    article = None if read is None else read.article
    return latest is not None and article is not None and latest.article.body_sha256 == article.body_sha256


_NOTED: Final = """
    SELECT source, url, page_id FROM t_page WHERE url IN (SELECT value FROM json_each(:urls))
    UNION ALL
    SELECT p.source, a.url, a.page_id FROM t_address a JOIN t_page p USING (page_id)
    WHERE a.url IN (SELECT value FROM json_each(:urls))"""
