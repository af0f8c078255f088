"""Owns who had a text first: new versions compared with the few that share samples with them, one after another.

A page is a reprint of the earliest page that has its text, directly: of what copies a copy the earliest known original
is told, as long as both are still alike. The outcome depends on the texts and dates alone, not on the order in which
they come in, so that a rebuild finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from pipelines.similarity import LEAST_LETTERS, LEAST_SHARED, SHARE, Letters, compare, letters_of, method
from storage.catalogue_reprint_index import Holder, Kin, ReprintIndex, Text
from storage.catalogue_store import Store

__all__ = ["catch_up", "count_waiting"]

_AT_ONCE: Final = 128
"""Versions in one transaction: a crawl that commits meanwhile waits for some 0.2 s."""

_KEPT_TEXTS: Final = 512
"""Texts kept in memory; reports of one event are compared with each other again and again."""


def catch_up(store: Store, tell: Callable[[int], None] = lambda count: None) -> int:
    """Follow every version that came or changed and return how many; `tell` hears how many more are done.

    Raises:
        CatalogueError: SQLite failed; what was committed stays. LockedError when another process holds the catalogue.
    """
    index = ReprintIndex(store, method())
    if index.is_other():
        with store.write():
            index.clear()
    done = 0
    comparing = _Comparing(index)
    while True:
        with store.write():
            batch = index.waiting(_AT_ONCE)
            comparing.follow([entry.version_id for entry in batch])
            if batch:
                index.mark(batch[-1].number)
        if not batch:
            return done
        index.samples.settle()
        done += len(batch)
        tell(len(batch))


def count_waiting(store: Store) -> int:
    """Return how many texts `catch_up` would follow."""
    return ReprintIndex(store, method()).count_waiting()


class _Comparing:
    """Versions on their way into the index."""

    def __init__(self, index: ReprintIndex) -> None:
        self._index = index
        self._letters = lru_cache(_KEPT_TEXTS)(self._read)

    def follow(self, version_ids: Sequence[str]) -> None:
        """Put versions in that are new, and anew what has changed, with all that followed from it."""
        asked = list(dict.fromkeys(version_ids))
        now = {version.version_id: version for version in self._index.texts(asked)}
        for version_id in asked:
            version = now.get(version_id)
            if version is None:
                self._put_again(version_id)
                continue
            letters = letters_of(version.text)
            tells = len(letters.text) >= LEAST_LETTERS
            held = self._index.holds(version, letters.sha256 if tells else None)
            if held is None:
                self._add(version, letters if tells else None)
            elif not held:
                self._put_again(version_id)

    def _put_again(self, version_id: str) -> None:
        for version in self._index.texts(self._index.take_out(version_id)):
            letters = letters_of(version.text)
            self._add(version, letters if len(letters.text) >= LEAST_LETTERS else None)

    def _add(self, version: Text, letters: Letters | None) -> None:
        """Put one version in, and whatever follows from it for its page and for others."""
        if letters is None:
            self._index.add_version(version, None)
            return
        samples = letters.samples()
        text_id = self._index.add_text(letters.sha256, samples)
        self._index.add_version(version, text_id)
        near = {text_id, *self._index.samples.sharing(samples, LEAST_SHARED, SHARE)}
        own = Holder(text_id, version.version_id, version.page_id, version.out_by, version.captured)
        self._settle(own, self._index.earlier(own, [*near]))
        self._spread(own, self._index.later(own, [*near]))

    def _settle(self, own: Holder, earlier: Sequence[Holder]) -> None:
        """Find the earliest of the pages before, which come in order, and the versions that are most alike."""
        known = best = self._index.kin([own.page_id]).get(own.page_id) if earlier else None
        for other in earlier:
            if best is not None and other.rank > best.earliest.rank:
                break
            best = _better(best, self._pair(own, other))
        if best is not None and best != known:
            self._index.put_kin(best)

    def _spread(self, own: Holder, later: Sequence[Holder]) -> None:
        """See whether this version is an earlier original of pages that came after."""
        best = self._index.kin([other.page_id for other in later]) if later else {}
        for other in later:
            now = best.get(other.page_id)
            found = _better(now, self._pair(other, own))
            if found is not None and found != now:
                best[other.page_id] = found
                self._index.put_kin(found)

    def _pair(self, copy: Holder, original: Holder) -> Kin | None:
        ours, theirs = self._letters(copy.text_id), self._letters(original.text_id)
        likeness = compare(ours, theirs)
        if likeness is None:
            return None
        return Kin(copy.page_id, copy.version_id, original, likeness.similarity, likeness.basis)

    def _read(self, text_id: int) -> Letters:
        return letters_of(self._index.text(text_id) or "")


def _better(one: Kin | None, other: Kin | None) -> Kin | None:
    """Return the pair with the earlier original; of the same page, the versions that are more alike."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=_preference)


def _preference(kin: Kin) -> tuple[object, ...]:
    alike = (kin.basis != "whole", -kin.similarity)
    return *kin.earliest.rank, *alike, kin.version_id, kin.earliest.version_id
