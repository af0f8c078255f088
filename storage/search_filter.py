"""Owns the filters of a search: which articles count at all, as a condition on the rows of pages and versions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from storage.catalogue_store import Store
from storage.errors import UsageError
from storage.fold import fold

__all__ = ["EVERYTHING", "Filter", "condition", "learn_fold", "parameters", "partial_day"]

_DAY: Final = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is None does not restrict. Names are compared as search compares texts: script, width and case are one."""

    sources: tuple[str, ...] | None = None
    """Names of sources of which one must fit."""
    origin: str | None = None
    """Part of the 来源."""
    author: str | None = None
    """Part of the name of an author."""
    since: str | None = None
    """First day of publication, `2026`, `2026-11` or `2026-11-03`, as the page states it; without a date: never."""
    until: str | None = None
    """Last day of publication, likewise."""
    state: str | None = None
    """live, suspect, removed or unobserved: the page's state now."""
    script: str | None = None
    """Hans or Hant."""
    all_versions: bool = False
    """Former versions count too, not only the latest of each page."""


EVERYTHING: Final = Filter()


def partial_day(option: str, text: str) -> str:
    """Return `text` if it is a year, a month or a day.

    Raises:
        UsageError: it is not; `option` is named.
    """
    if not _DAY.fullmatch(text):
        raise UsageError(f"{option} {text}: must be a day, a month or a year such as 2026-11-22, 2026-11 or 2026")
    return text


def condition(filter: Filter) -> str:
    """Return the SQL condition on `p` (t_page) and `v` (t_version), to be run where `learn_fold` was."""
    given = [sql for name, sql in _CONDITIONS.items() if getattr(filter, name) is not None]
    return " AND ".join([*given, "1" if filter.all_versions else "p.latest_version = v.version_id"])


def parameters(filter: Filter) -> dict[str, Any]:
    """Return what `condition` takes."""
    values = {name: getattr(filter, name) for name in _CONDITIONS if getattr(filter, name) is not None}
    for name in ("origin", "author"):
        if name in values:
            values[name] = fold(values[name])
    if filter.sources is not None:
        values["sources"] = json.dumps(filter.sources)
    return values


def learn_fold(store: Store) -> None:
    """Let the connection of `store` fold texts in SQL."""
    learn = store.connection.create_function
    learn("fold", 1, lambda text: fold(text) if isinstance(text, str) else None, deterministic=True)


# A page that states only its month is neither before nor after a day of that month, so it counts.
_STATED: Final = "substr(v.published, 1, 10)"
_CONDITIONS: Final = {
    "sources": "p.source IN (SELECT value FROM json_each(:sources))",
    "origin": "instr(fold(v.origin), :origin)",
    "author": "EXISTS (SELECT 1 FROM json_each(v.authors) a WHERE instr(fold(a.value), :author))",
    "since": f"{_STATED} >= substr(:since, 1, length({_STATED}))",
    "until": f"substr({_STATED}, 1, length(:until)) <= :until",
    "state": "p.state = :state",
    "script": "v.script = :script",
}
