"""Owns which outcomes are catalogued already, and the failures that each leaves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from storage.catalogue_observe import NOT_ARTICLES
from storage.catalogue_rows import failure_row, storable
from storage.catalogue_store import Store
from storage.model import Failure, Observation, Outcome
from storage.stamps import stamp

__all__ = ["failure_key", "failures_of", "unknown"]


def failures_of(outcome: Outcome, look: Observation | None) -> Iterable[Failure]:
    """Return every reason why something did not come to be; an article's page that gave none always has one."""
    read = outcome.read.failure if outcome.read is not None else None
    given = [failure for failure in (outcome.failure, read) if failure is not None]
    if outcome.capture is None and not given:
        given.append(Failure("http", "no response"))
    if look is not None and look.verdict == "unreachable" and not given:
        stage = "extract" if look.grade in NOT_ARTICLES else "http"
        given.append(Failure(stage, look.grade))
    return given


def unknown(store: Store, outcomes: Sequence[Outcome]) -> Iterable[Outcome]:
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
    failure = next(iter(failures_of(outcome, None)))
    return failure_key(failure_row(outcome, failure))


def failure_key(row: dict[str, Any]) -> tuple[str, ...]:
    """Return what tells failures apart."""
    return row["url"], row["attempted"], row["source"], row["crawl_id"], row["stage"]


_KNOWN_CAPTURES: Final = "SELECT id FROM t_capture WHERE id IN (SELECT value FROM json_each(:ids))"
_KNOWN_FAILURES: Final = (
    "SELECT url, attempted, source, crawl_id, stage FROM t_failure WHERE (url, attempted) IN "
    "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:keys))"
)
