"""Owns what the records of one attempt say of each other: which of them is missing, and which framing has its reason.

A response without body to a HEAD is whole, which only its request tells. A server that declared chunks and sent none is
archived as it was; then the metadata record says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from storage.archived import Place
from storage.errors import SourceError
from storage.scan_header import Problem
from storage.scan_http import FRAMING_NOTE
from storage.scan_records import Scanned, bare
from storage.source_json import source_from_json
from storage.warc_fields import Described, FieldError
from storage.warc_metadata import is_attempt, is_crawl_end, read_abridged, read_attempt, read_crawl_end, read_opening

__all__ = ["Attempts", "Tell"]

Tell = Callable[[str, str, int], None]
"""Takes the kind, detail and offset of a finding."""

_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_OF_A_CRAWL: Final = ("crawl", "source", "started", "robots")
_NOWHERE: Final = Place("", 0, 0, "")


class Attempts:
    """The attempts of one file, in its order."""

    def __init__(self, tell: Tell) -> None:
        """Begin before the first record."""
        self._tell = tell
        self._open: list[Scanned] = []
        """Response and request of an attempt of ours whose metadata record is still to come."""
        self._doubtful: tuple[Scanned, list[Problem]] | None = None
        """The last response, if its framing is wrong unless its request or metadata explains it."""
        self._requests: deque[Scanned] = deque(maxlen=4)

    def take(self, record: Scanned, *, ours: bool) -> None:
        """Take the next record of the file; `ours` says that our program wrote it."""
        kind = record.header.type
        if kind in ("response", "revisit"):
            self._take_response(record)
        elif kind == "request":
            self._take_request(record)
        if not ours:
            return
        if kind in ("response", "revisit", "request"):
            self._gather(record)
            if record.block.response is not None and record.block.response.begins_interim:
                what = "another response, or an empty line, comes before the final one; readers take that for it"
                self._tell("interim", f"{record.id}: {what}", record.offset)
        elif record.block.kept is not None and record.whole:
            self._understand(record)

    def end(self) -> None:
        """Take the end of the file; an attempt of which the end is missing is what a crash left, mended and stated."""
        self._settle()

    def _take_response(self, record: Scanned) -> None:
        self._settle()
        problems = record.block.framing_problems() if record.whole else []
        if problems and not any(self._answers_head(record, request) for request in self._requests):
            self._doubtful = record, problems

    def _take_request(self, record: Scanned) -> None:
        self._requests.append(record)
        for kind, detail in record.block.framing_problems() if record.whole else []:
            self._tell(kind, f"{record.id}: {detail}", record.offset)
        if self._doubtful is not None and self._answers_head(self._doubtful[0], record):
            self._doubtful = None

    def _answers_head(self, response: Scanned, request: Scanned) -> bool:
        block, asked = response.block.response, request.block.request
        if block is None or asked is None or asked.method != "HEAD" or not block.is_bodiless:
            return False
        return response.id in _named(request) or request.id in _named(response)

    def _settle(self) -> None:
        """Tell what was doubtful and has not been explained."""
        if self._doubtful is not None:
            record, problems = self._doubtful
            for kind, detail in problems:
                self._tell(kind, f"{record.id}: {detail}", record.offset)
        self._doubtful = None

    def _gather(self, record: Scanned) -> None:
        kind = record.header.type
        is_next = kind == "request" and len(self._open) == 1 and self._open[0].header.type != "request"
        if self._open and not (is_next and self._open[0].id in _named(record)):
            self._tell_gap()
        self._open.append(record)

    def _tell_gap(self) -> None:
        lost, self._open = self._open, []
        self._tell("gap", f"{lost[0].id}: the metadata record of its attempt is missing", lost[0].offset)

    def _understand(self, record: Scanned) -> None:
        block = bytes(record.block.kept or b"")
        try:
            if record.header.type == "resource":
                source_from_json(block)
            elif record.header.type == "warcinfo":
                self._take_opening(block)
            else:
                self._take_metadata(record, Described(block))
        except (FieldError, SourceError) as error:
            self._tell("unreadable", f"{record.id}: {error}", record.offset)

    def _take_opening(self, block: bytes) -> None:
        said = Described(block)
        if any(name in said for name in _OF_A_CRAWL):  # an export's has none of them
            read_opening(block, place=_NOWHERE, name="", opened=_SOME_TIME)

    def _take_metadata(self, record: Scanned, said: Described) -> None:
        if is_crawl_end(said):
            read_crawl_end(said)
        elif is_attempt(said):
            named, there = _named(record), {each.id for each in self._open}
            if not there <= named:
                self._tell_gap()
            elif there != named:
                missing = ", ".join(sorted(named - there))
                self._tell("gap", f"{record.id}: not beside the metadata record: {missing}", record.offset)
            self._open = []
            if self._doubtful is not None and self._doubtful[0].id in named:
                self._explain(said.notes)
            read_attempt(said, started=_SOME_TIME, request=b"", response=b"")
            read_abridged(said, b"")

    def _explain(self, notes: tuple[str, ...]) -> None:
        assert self._doubtful is not None
        record, problems = self._doubtful
        if any(FRAMING_NOTE in note for note in notes):
            problems = [problem for problem in problems if problem[0] != "transfer-coding"]
        self._doubtful = (record, problems) if problems else None


def _named(record: Scanned) -> set[str]:
    return {bare(value) for value in record.header.concurrent_to}
