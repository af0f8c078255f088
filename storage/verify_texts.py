"""Owns the audit of texts: each version in the catalogue against what its archived capture gives when it is read again.

Only what the same extractor read can be held against it: the text of another is not wrong, only read otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from storage.catalogue_readings import Answer, Place, Reading, differing, missing, places_read_by, strays
from storage.catalogue_store import Store
from storage.finding import Finding

__all__ = ["TextAudit"]


class TextAudit:
    """All versions of a catalogue, of which those that today's extractor read can be read again."""

    def __init__(self, store: Store, extractor: str) -> None:
        """Ask the catalogue which versions `extractor`, named without the rules for a kind of page, has read.

        Raises:
            CatalogueError: SQLite failed.
        """
        self._store = store
        self.places, self.others = places_read_by(store, extractor)
        """What can be read again; how many versions another extractor read."""

    def findings(self, read: Callable[[list[Place]], Iterable[list[Answer]]]) -> Iterator[Finding]:
        """Yield each version that is not what its capture gives by `read`, or is not there.

        Raises:
            CatalogueError: SQLite failed.
        """
        what = "is not of the time and payload of its capture"
        for version_id, url, warc_file, offset in strays(self._store):
            file = warc_file or self._store.path.name
            yield Finding("text", file, offset, f"version {version_id} ({str(url)[:200]}) {what}")
        for version_id, url, file, offset in missing(self._store):
            yield Finding("text", file, offset, f"version {version_id} ({url[:200]}) is not in the catalogue")
        for answers in read(self.places):
            yield from self._judge(answers)

    def _judge(self, answers: list[Answer]) -> Iterator[Finding]:
        differs = {one.version_id: one.fields for one in differing(self._store, _given(answers))}
        for place, answer in answers:
            if isinstance(answer, str):
                yield _finding(place, f"gives no article when it is read again: {answer[:500]}")
            elif place.version_id in differs:
                yield _finding(place, f"reads otherwise in {', '.join(differs[place.version_id])}")


def _given(answers: list[Answer]) -> list[Reading]:
    return [answer for _, answer in answers if isinstance(answer, Reading)]


def _finding(place: Place, what: str) -> Finding:
    detail = f"the capture of version {place.version_id} ({place.url[:200]}) {what}"
    return Finding("text", place.warc_file, place.warc_offset, detail)
