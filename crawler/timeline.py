"""Owns what each line of a page's history says in words, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from crawler.event_words import Behind, event_text
from storage.catalogue import History

__all__ = ["condensed", "proof_of", "said_of", "timeline"]

_ORDER: Final = {"outage": 0, "capture": 1, "failure": 2, "version": 3, "event": 4}
_TITLE_CHARS: Final = 120
_LOOKS_SHOWN: Final = 2
"""Of looks that say the same one after another: the first, and the last with the number between."""


def timeline(history: History) -> list[dict[str, Any]]:
    """Return captures, versions, events and failures of one page in the order of their times, each with its `what`."""
    rows: list[dict[str, Any]] = []
    for what, key, group in (
        ("capture", "captured", history.captures),
        ("version", "captured", history.versions),
        ("event", "observed", history.events),
        ("failure", "attempted", history.failures),
        ("outage", "started", history.outages),
    ):
        rows += [{"what": what, "at": row[key], **row} for row in group]
    return sorted(rows, key=lambda row: (row["at"], _ORDER[row["what"]]))


def condensed(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows, of more than three captures in a row that say the same only the first and the last.

    What failed at looks that one after another failed in the same way is said once.
    """
    run: list[Mapping[str, Any]] = []
    told, looked = "", ""
    for row in rows:
        if row["what"] == "failure":
            if (said := said_of(row)) == told and row["at"] == looked:
                continue
            told = said
        elif row["what"] == "capture":
            looked = row["at"]
        if run and (row["what"] != "capture" or said_of(row) != said_of(run[0])):
            yield from _shortened(run)
            run = []
        if row["what"] == "capture":
            run.append(row)
        else:
            yield row
    yield from _shortened(run)


def _shortened(run: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    if len(run) <= _LOOKS_SHOWN + 1:
        yield from run
        return
    yield run[0]
    yield {**run[-1], "before": len(run) - _LOOKS_SHOWN}


def said_of(row: Mapping[str, Any]) -> str:
    """Return what a row of the timeline says, in words."""
    what = row["what"]
    if what == "capture":
        more = f" (and {row['before']} before it)" if row.get("before") else ""
        return f"{row['method']} {row['status']} {row['kind']}{_found(row)}{more}"
    if what == "version":
        return f"number {row['number']}: {(row['title'] or 'without title')[:_TITLE_CHARS]}"
    if what == "failure":
        return f"{row['stage']}: {row['reason']}"
    if what == "outage":
        return _outage(row["outage"])
    head, *lines = event_text(row, Behind({})).plain.split("\n")
    return "; ".join([f"{head}, after {row['after'] or 'never'}", *lines])


def proof_of(row: Mapping[str, Any]) -> str:
    """Return where what a row says can be looked up."""
    if row["what"] == "capture":
        return f"{row['warc_file']}@{row['warc_offset']}"
    return str(
        row[{"version": "version_id", "event": "capture_after", "failure": "crawl_id", "outage": "id"}[row["what"]]]
        or ""
    )


def _outage(outage: Mapping[str, Any]) -> str:
    grades = ", ".join(f"{grade} {times}" for grade, times in outage["grades"].items())
    pages = f"{outage['pages_failed']} of {outage['pages_failed'] + outage['pages_answered']} pages"
    lists = f"{outage['lists_failed']} lists and " if outage["lists_failed"] else ""
    return f"the whole site was out: {lists}{pages} failed ({grades}); this run is held against no page"


def _found(row: Mapping[str, Any]) -> str:
    if row["finding"]:
        return f", {row['finding']}" + (f" ({row['grade']})" if row["finding"] == "unchanged" else "")
    return f", {row['verdict']} ({row['grade']})" if row["verdict"] else ""
