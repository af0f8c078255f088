from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from storage.catalogue_observe import is_article, observe, redirect_target
from storage.model import Failure, Link, Outcome, PageState, Version
from tests.storage.outcomes import HOME, SOURCE, START, make_article, make_outcome, redirect

URL = f"{HOME}a/1.html"


def verdict(outcome: Outcome) -> tuple[str, str]:
    look = observe(outcome, SOURCE)
    assert look.article is None or look.verdict == "present"
    return look.verdict, look.grade


def test_a_page_with_an_article_is_present() -> None:
    outcome = make_outcome(URL, body="正文")
    look = observe(outcome, SOURCE)
    assert (look.verdict, look.grade, look.at) == ("present", "article", START)
    assert outcome.capture is not None
    assert (look.capture_id, look.payload_digest) == (outcome.capture.id, outcome.capture.payload_digest)


@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_what_the_server_calls_gone(status: int) -> None:
    assert verdict(make_outcome(URL, status=status)) == ("gone", f"http-{status}")


@pytest.mark.parametrize("status", [400, 401, 403, 408, 418, 429, 451, 500, 502, 503, 521])
def test_other_errors_say_nothing_about_the_page(status: int) -> None:
    assert verdict(make_outcome(URL, status=status)) == ("unreachable", f"http-{status}")


@pytest.mark.parametrize(
    ("stage", "grade"),
    [("robots", "robots"), ("guard", "guard"), ("dns", "network"), ("connect", "network"), ("tls", "network")],
)
def test_no_answer_says_nothing(stage: str, grade: str) -> None:
    assert verdict(make_outcome(URL, status=None, failure=Failure(stage, "x"))) == ("unreachable", grade)


def test_a_status_line_that_cannot_be_read_says_nothing() -> None:
    outcome = make_outcome(URL, capture={"status": None}, failure=Failure("http", "no HTTP status line"))
    assert verdict(outcome) == ("unreachable", "network")


@pytest.mark.parametrize("status", [200, 404])
def test_what_was_cut_says_nothing(status: int) -> None:
    outcome = make_outcome(URL, status=status, body="half", capture={"truncated": "disconnect"})
    assert verdict(outcome) == ("unreachable", "truncated")


def test_a_revisit_record_that_keeps_headers_only_is_not_cut() -> None:
    outcome = make_outcome(URL, body="正文", capture={"truncated": "length", "kind": "revisit"})
    assert verdict(outcome) == ("present", "article")


def test_a_304_to_our_condition_is_presence_on_the_servers_word() -> None:
    assert verdict(make_outcome(URL, status=304, capture={"kind": "revisit"})) == ("present", "server")


def test_a_304_that_nobody_asked_for_says_nothing() -> None:
    assert verdict(make_outcome(URL, status=304)) == ("unreachable", "http-304")


@pytest.mark.parametrize("latest", ["sha256:1", "sha256:2"])
@pytest.mark.parametrize("read", [{}, {"body": "正文"}, {"read_failure": Failure("extract", "took too long")}])
def test_the_payload_that_the_page_had_is_present_whether_read_or_not(latest: str, read: dict[str, Any]) -> None:
    version = Version("v", "p", 1, START, "v", latest, make_article())
    page = PageState("p", latest=version, last_payload_digest="sha256:1")
    again = make_outcome(URL, capture={"kind": "revisit", "payload_digest": latest}, **read)
    look = observe(again, SOURCE, page)
    assert (look.verdict, look.grade) == ("present", "bytes")
    other = replace(page, latest=replace(version, payload_digest="x"), last_payload_digest="x")
    assert observe(again, SOURCE, other).grade != "bytes"
    gone = make_outcome(URL, status=404, capture={"kind": "revisit", "payload_digest": latest})
    assert observe(gone, SOURCE, page).verdict == "gone"


@pytest.mark.parametrize(
    ("reason", "grade"), [("no article: nothing found", "no-article"), ("challenge: script", "challenge")]
)
def test_a_page_without_text_says_nothing(reason: str, grade: str) -> None:
    assert verdict(make_outcome(URL, read_failure=Failure("extract", reason))) == ("unreachable", grade)


def test_a_torn_request_record_takes_nothing_from_the_response() -> None:
    assert verdict(make_outcome(URL, body="正文", failure=Failure("archive", "request torn"))) == ("present", "article")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (HOME, ("gone", "redirect-home")),
        ("https://paper.test/", ("gone", "redirect-home")),
        (f"{HOME}index.html", ("gone", "redirect-home")),
        ("http://www.paper.test/", ("gone", "redirect-home")),
        (f"{HOME}news/", ("gone", "redirect-list")),
        (f"{HOME}news/index.shtml", ("gone", "redirect-list")),
        (f"{HOME}e/202611/22/", ("gone", "redirect-list")),
        (f"{HOME}e/202611/21/", ("moved", "redirect")),
        (f"{HOME}a/2.html", ("moved", "redirect")),
        ("https://paper.test/a/1.html", ("moved", "redirect")),
        (f"{HOME}404.html", ("gone", "redirect-error")),
        (f"{HOME}common/error_404/", ("gone", "redirect-error")),
        (f"{HOME}page-not-found.htm?from=1", ("gone", "redirect-error")),
        (f"{HOME}a/2404.html", ("moved", "redirect")),
        (f"{HOME}404/a/2.html", ("moved", "redirect")),
        (URL, ("unreachable", "redirect-self")),
    ],
)
def test_where_a_redirect_leads_decides(target: str, expected: tuple[str, str]) -> None:
    outcome = redirect(URL, target)
    assert verdict(outcome) == expected
    assert observe(outcome, SOURCE).target == (target if expected[0] == "moved" else None)


def test_the_list_of_the_day_is_that_of_the_zone() -> None:
    late = datetime.fromisoformat("2026-11-22T23:30:00+00:00")
    assert verdict(redirect(URL, f"{HOME}e/202611/23/", late)) == ("gone", "redirect-list")


def test_a_redirect_out_of_scope_says_nothing() -> None:
    assert verdict(make_outcome(URL, status=302)) == ("unreachable", "redirect-away")


def test_a_page_that_only_refreshes_to_another_is_a_redirect() -> None:
    link = Link(f"{HOME}a/2.html", "article:0", "redirect")
    outcome = make_outcome(URL, links=(link,))
    assert (verdict(outcome), redirect_target(outcome)) == (("moved", "redirect"), link.url)
    with_text = make_outcome(URL, body="正文", links=(link,))
    assert (verdict(with_text), redirect_target(with_text)) == (("present", "article"), None)


def test_a_source_with_a_broken_date_still_has_its_home() -> None:
    broken = replace(SOURCE, lists=(replace(SOURCE.lists[0], url="http://paper.test/{date:%B}/"),))
    assert observe(redirect(URL, HOME), broken).grade == "redirect-home"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"role": "article:0", "status": 404}, True),
        ({"role": "page", "body": "正文"}, True),
        ({"role": "page", "status": 404}, False),
        ({"role": "list:0", "article": make_article()}, False),
        ({"role": "robots"}, False),
    ],
)
def test_which_outcomes_are_looks_at_an_article(fields: dict[str, Any], expected: bool) -> None:
    assert is_article(make_outcome(URL, **fields)) is expected


@pytest.mark.parametrize(
    ("published", "age_h", "role", "expected"),
    [
        ("2026-11-20T08:00:00Z", 0, "article:0", 86400),
        ("2026-11-21T20:00:00Z", 0, "article:0", None),
        ("2026-11-21T20:00:00Z", 12, "article:0", 86400),
        (None, 23, "article:0", None),
        (None, 24, "article:0", 86400),
        ("nonsense", 24, "article:0", 86400),
        ("2026-11-20T08:00:00Z", 0, "page", None),
        ("2026-11-20T08:00:00Z", 0, "article:7", None),
    ],
)
def test_a_page_older_than_its_publication_keeps_pages(
    published: str | None, age_h: int, role: str, expected: int | None
) -> None:
    kept = replace(SOURCE, articles=(replace(SOURCE.articles[0], retention_s=86400),))
    version = Version("v", "p", 1, START, "v", "x", make_article(published_utc=published))
    page = PageState("p", latest=version)
    outcome = make_outcome(URL, START + timedelta(hours=age_h), status=404, role=role)
    assert observe(outcome, kept, page).retention_s == expected
    assert observe(outcome, SOURCE, page).retention_s is None
    assert observe(replace(outcome, failure=None), kept, None).retention_s is None
