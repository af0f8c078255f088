from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.catalogue_originals import SERVER_CLAIMS
from storage.frontier import Frontier
from storage.frontier_conditions import with_conditions
from storage.model import Conditions, FrontierEntry, Outcome, Thresholds
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome, redirect

URL, LIST = f"{HOME}a/1.html", f"{HOME}news/"
TAG = '"v1"'
WHOLE = {"etag": TAG, "payload_bytes": 9}


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue in which one crawl has begun."""
    with Catalogue.open(tmp_path / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        yield catalogue


def commit(catalogue: Catalogue, *outcomes: Outcome) -> tuple[Outcome, ...]:
    catalogue.commit(outcomes, now=after(1000))
    return outcomes


def seen(at: float, *, url: str = URL, **fields: Any) -> Outcome:
    """Return a look at a page with validators, its text there."""
    fields = {"body": "正文", "attempt": {"rules_digest": "sha256:r"}, **fields}
    return make_outcome(url, after(at), **{**fields, "capture": {**WHOLE, **fields.get("capture", {})}})


def claim(at: float, original: Outcome, *, url: str = URL, role: str = "article:0") -> Outcome:
    assert original.capture is not None
    said = {"kind": "revisit", "refers_to": original.capture.id, "payload_digest": original.capture.payload_digest}
    return make_outcome(url, after(at), role=role, status=304, capture=said)


def entry(url: str = URL, role: str = "article:0", **fields: Any) -> FrontierEntry:
    made = FrontierEntry(1, url, SOURCE.name, role, None, "link", 0, 1, "GET", (), None, 0)
    return replace(made, **fields)


def asked(catalogue: Catalogue, row: FrontierEntry | None = None) -> FrontierEntry:
    (found,) = with_conditions(catalogue.store, SOURCE.name, [row or entry()])
    return found


def test_a_live_page_is_asked_for_on_condition_of_its_last_validators(catalogue: Catalogue) -> None:
    first, last = commit(catalogue, seen(0), seen(10, body="二", capture={"last_modified": "gestern"}))
    found = asked(catalogue)
    assert last.capture is not None and first.capture is not None and found.conditions is not None
    assert (found.conditions.etag, found.conditions.last_modified) == (TAG, "gestern")
    original = found.conditions.original
    assert (original.id, original.url, original.captured) == (last.capture.id, URL, after(10))
    assert (original.warc_file, original.warc_offset, original.warc_length) == ("one.warc.gz", 10, 20)
    assert found.page is not None and found.page.read_by == "test/1 sha256:r"
    assert found.page.payload_digests == (last.capture.payload_digest,)


def test_who_read_a_page_last_is_known_whatever_its_version_says(catalogue: Catalogue) -> None:
    article = make_article("正文", extractor="test/2+0123abcd")
    again = seen(20, body=None, article=article, attempt={"rules_digest": "sha256:s"})
    unread = seen(30, body=None, payload="正文", attempt={"rules_digest": "sha256:t"})
    commit(catalogue, seen(0), again, unread)
    page = asked(catalogue).page
    assert page is not None and page.read_by == "test/2 sha256:s"
    assert [row["versions"] for row in catalogue.view("article")] == [1]


def test_a_revisit_passes_its_validators_on_to_the_response_that_holds_its_payload(catalogue: Catalogue) -> None:
    first = seen(0)
    assert first.capture is not None
    again = {"kind": "revisit", "refers_to": first.capture.id, "etag": '"v2"', "payload_bytes": None}
    commit(catalogue, first, seen(10, payload="正文", capture=again))
    conditions = asked(catalogue).conditions
    assert conditions is not None and (conditions.etag, conditions.original.id) == ('"v2"', first.capture.id)


def test_every_fourth_fetch_in_a_row_is_unconditional(catalogue: Catalogue) -> None:
    (first,) = commit(catalogue, seen(0))
    for number in range(SERVER_CLAIMS):
        assert asked(catalogue).conditions is not None
        commit(catalogue, claim(10 + number, first))
    assert SERVER_CLAIMS == 3
    assert asked(catalogue).conditions is None
    assert asked(catalogue).page is not None
    commit(catalogue, seen(50))
    assert asked(catalogue).conditions is not None


@pytest.mark.parametrize(
    ("role", "fields"),
    [
        ("list:0", {}),
        ("feed:0", {}),
        ("sitemap:0", {}),
        ("listdata:0", {}),
    ],
)
def test_what_leads_to_articles_is_asked_for_on_condition_too(
    catalogue: Catalogue, role: str, fields: dict[str, Any]
) -> None:
    commit(catalogue, seen(0, url=LIST, role=role, body=None, **fields))
    found = asked(catalogue, entry(LIST, role))
    assert isinstance(found.conditions, Conditions) and found.page is None


@pytest.mark.parametrize(
    "row",
    [
        entry(role="robots"),
        entry(method="POST", body="a=1"),
        entry(headers=(("If-None-Match", "*"),)),
        entry(headers=(("if-modified-since", "gestern"),)),
        entry(headers=(("Range", "bytes=0-9"),)),
        entry(url=f"{HOME}a/2.html"),
    ],
)
def test_who_is_asked_unconditionally(catalogue: Catalogue, row: FrontierEntry) -> None:
    commit(catalogue, seen(0))
    assert asked(catalogue, row).conditions is None


def test_what_a_person_gives_is_asked_unconditionally_and_read_again(catalogue: Catalogue) -> None:
    commit(catalogue, seen(0))
    frontier = Frontier(catalogue)
    frontier.seed(SOURCE, after(100), only_url=URL, only_role="article:0")
    (found,) = frontier.lease(SOURCE.name, "w", 9, after(100), after(200), [URL])
    assert (found.url, found.conditions, found.page) == (URL, None, None)
    frontier.release("w")
    by_itself = next(row for row in frontier.lease(SOURCE.name, "w", 9, after(100), after(200)) if row.url == URL)
    assert by_itself.conditions is not None


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_under_suspicion_is_asked_unconditionally(catalogue: Catalogue, status: int) -> None:
    first, _ = commit(catalogue, seen(0), make_outcome(URL, after(10), status=status))
    assert asked(catalogue).conditions is None
    commit(catalogue, seen(20, url=LIST, role="list:0", body=None))
    assert asked(catalogue, entry(LIST, "list:0")).conditions is not None
    commit(catalogue, claim(30, first))  # even if the server were to say so unasked
    assert asked(catalogue).conditions is None


@pytest.mark.parametrize(
    "last",
    [
        seen(10, capture={"etag": None}),
        seen(10, capture={"truncated": "length", "payload_bytes": None, "etag": None}),
        make_outcome(URL, after(10), status=503),
        make_outcome(URL, after(10), status=304),
        redirect(URL, f"{HOME}a/2.html", after(10)),
        seen(10, capture={"payload_bytes": None}),
    ],
)
def test_only_the_very_last_answer_counts(catalogue: Catalogue, last: Outcome) -> None:
    commit(catalogue, seen(0), last)
    assert asked(catalogue).conditions is None


def test_a_payload_that_was_first_seen_elsewhere_is_asked_for_unconditionally(catalogue: Catalogue) -> None:
    first = seen(0, url=f"{HOME}a/2.html")
    assert first.capture is not None
    copy = seen(10, capture={"kind": "revisit", "refers_to": first.capture.id, "payload_bytes": None})
    commit(catalogue, first, copy)
    assert asked(catalogue).conditions is None
    assert asked(catalogue, entry(f"{HOME}a/2.html")).conditions is not None


def test_a_page_without_a_text_is_asked_unconditionally(catalogue: Catalogue) -> None:
    commit(catalogue, seen(0, body=None))
    found = asked(catalogue)
    assert (found.conditions, found.page) == (None, None)


def test_another_source_knows_nothing(catalogue: Catalogue) -> None:
    commit(catalogue, seen(0))
    (found,) = with_conditions(catalogue.store, "other", [entry()])
    assert (found.conditions, found.page) == (None, None)
