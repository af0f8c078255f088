"""Owns how an event is said in words: what changed, which links were hidden, which looks stand behind a verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.text import Text

from crawler.terminal import clean

__all__ = ["Behind", "event_text"]

_FIELDS: Final = {
    "title": "title", "authors": "authors", "editors": "责任编辑", "origin": "来源", "published": "time",
}  # fmt: skip
_LINKS_SHOWN: Final = 5
_LOOKS_SHOWN: Final = 6
_PLACES_SHOWN: Final = 4
_FIELD_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind an event and is not in its row."""

    fields: Mapping[str, tuple[Any, Any]]
    """As `edited_fields`."""
    body: Text | None = None
    """Of an edit: the changed lines of the body."""


def event_text(event: Mapping[str, Any], behind: Behind) -> Text:
    """Return an event, a row of the view, in a few lines: its kind, its grade, and what there is to know of it."""
    detail = event["detail"]
    shown = Text(clean(event["kind"]), style=_STYLES.get(event["kind"], "bold"))
    shown.append(f" ({clean(event['grade'])})", style="not bold")
    for line in _LINES.get(event["kind"], _plain)(detail, behind):
        shown.append(f"\n{clean(line)}", style="not bold default")
    if behind.body is not None:
        shown.append("\n").append_text(behind.body)
    return shown


def _edited(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    for name, said in _FIELDS.items():
        if name in behind.fields:
            before, after = behind.fields[name]
            yield f"{said}: {_short(before)} → {_short(after)}"
    if "body" in detail.get("changed", ()):
        chars = detail.get("body_chars", ("?", "?"))
        yield f"body: {chars[0]} → {chars[-1]} characters"
    if "reverts_to" in detail:
        yield f"back to version {detail['reverts_to']}"
    if "server_said_unchanged" in detail:
        yield f"the server said unchanged at {detail['server_said_unchanged']}"


def _injected(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    links = detail.get("links", [])
    for url, text in links[:_LINKS_SHOWN]:
        yield f"{_short(text) or '(no text)'} {url}"
    if (more := detail.get("count", len(links)) - len(links[:_LINKS_SHOWN])) > 0:
        yield f"and {more} more"


def _absent(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    if "observations" in detail:
        asked = f"at least {detail.get('removal_observations')} over {detail.get('removal_span_s')} s are asked for"
        yield f"{detail['observations']} looks since {detail.get('gone_since')}; {asked}"
    if "retention_s" in detail:
        yield f"{detail.get('evidence')}, older than pages are kept for by the publication: {detail['retention_s']} s"
    if "retention_inferred" in detail:
        yield f"{detail.get('evidence')}, at the age at which its pages go: {detail['retention_inferred']['days']} days"
    looks = detail.get("looks", [])
    if len(looks) > 1:
        for look in looks[:_LOOKS_SHOWN]:
            yield f"{look['at']} {look['grade']}"
        if len(looks) > _LOOKS_SHOWN:
            yield f"and {len(looks) - _LOOKS_SHOWN} more"


def _returned(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    if "gone_since" in detail:
        yield f"found absent {detail.get('gone_observations')} times since {detail['gone_since']}"


def _moved(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    yield f"to {detail.get('to')}"


def _reprint(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    yield f"of {detail.get('earliest_url')}, {detail.get('basis')} {detail.get('similarity')}"
    places = detail.get("deviations", [])
    for place in places[:_PLACES_SHOWN]:
        cut, added = _short(place["original"]), _short(place["copy"])
        marked = (f"[-{cut}-]" if cut else "") + (f"{{+{added}+}}" if added else "")
        yield f"{place['kind']}: {place['before']}{marked}{place['after']}"
    if len(places) > _PLACES_SHOWN:
        yield f"and {len(places) - _PLACES_SHOWN} more"


def _plain(detail: Mapping[str, Any], behind: Behind) -> Iterator[str]:
    if detail:
        yield json.dumps(detail, ensure_ascii=False)


def _short(value: Any) -> str:
    said = "、".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return said if len(said) <= _FIELD_CHARS else f"{said[:_FIELD_CHARS]}…"


_STYLES: Final = {"edited": "bold yellow", "removed": "bold red", "suspected": "bold magenta", "injected": "bold red"}
_LINES: Final = {
    "edited": _edited,
    "injected": _injected,
    "suspected": _absent,
    "removed": _absent,
    "cleared": _returned,
    "restored": _returned,
    "moved": _moved,
    "reprint": _reprint,
}
