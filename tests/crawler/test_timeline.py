"""Every row of a history says its piece, and a thousand equal looks are one line."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.timeline import condensed, proof_of, said_of, timeline
from storage.catalogue import History


def capture(at: int, **fields: Any) -> dict[str, Any]:
    plain = {"what": "capture", "at": f"{at:03}", "captured": f"{at:03}", "method": "GET", "status": 200}
    place = {"kind": "response", "warc_file": "w", "warc_offset": at}
    return {**plain, **place, "finding": "unchanged", "verdict": "present", "grade": "bytes", **fields}


def event(kind: str, **detail: Any) -> dict[str, Any]:
    row = {"what": "event", "kind": kind, "grade": "body", "after": "T", "detail": detail, "capture_after": "c"}
    return {**row, "observed": "002"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (capture(1), "GET 200 response, unchanged (bytes)"),
        (capture(1, finding="new"), "GET 200 response, new"),
        (
            capture(1, status=404, finding=None, verdict="gone", grade="http-404"),
            "GET 404 response, gone (http-404)",
        ),
        (capture(1, finding=None, verdict=None), "GET 200 response"),
        ({"what": "version", "number": 2, "title": None}, "number 2: without title"),
        ({"what": "failure", "stage": "dns", "reason": "no such host"}, "dns: no such host"),
        (
            event("edited", version=3, body_chars=[5, 4], changed=["body"], reverts_to=1),
            "edited (body), after T; body: 5 → 4 characters; back to version 1",
        ),
        (
            event("suspected", evidence="http-404", retention_s=86400),
            "suspected (body), after T; http-404, older than pages are kept for by the publication: 86400 s",
        ),
        (
            event("suspected", evidence="http-404", retention_inferred={"days": 30.5}),
            "suspected (body), after T; http-404, at the age at which its pages go: 30.5 days",
        ),
        (event("moved", to="http://x/"), "moved (body), after T; to http://x/"),
        (event("injected", links=[["http://x/", "t"]], count=7), "injected (body), after T; t http://x/; and 6 more"),
    ],
)
def test_what_a_row_says(row: dict[str, Any], said: str) -> None:
    assert said_of(row) == said


def test_a_title_of_ten_thousand_characters_is_one_line() -> None:
    assert len(said_of({"what": "version", "number": 2, "title": "题" * 10_000})) < 200


def test_proofs() -> None:
    assert proof_of(capture(7)) == "w@7"
    assert proof_of({"what": "version", "version_id": "v"}) == "v"
    assert proof_of({"what": "event", "capture_after": None}) == ""


def test_looks_that_say_the_same_are_the_first_and_the_last() -> None:
    many = [capture(at) for at in range(50)]
    first, last = condensed(many)
    assert (first["at"], last["at"]) == ("000", "049")
    assert said_of(last) == "GET 200 response, unchanged (bytes) (and 48 before it)"
    other = capture(60, finding="changed")
    assert [row["at"] for row in condensed([*many[:3], other, *many[:4]])] == ["000", "001", "002", "060", "000", "003"]


def test_what_failed_at_look_after_look_in_the_same_way_is_said_once() -> None:
    def gone(at: int, reason: str = "404 Not Found") -> list[dict[str, Any]]:
        look = capture(at, status=404, finding=None, verdict="gone", grade="http-404")
        return [look, {"what": "failure", "at": f"{at:03}", "stage": "http", "reason": reason}]

    rows = [row for at in range(9) for row in gone(at)]
    assert [(row["what"], row["at"]) for row in condensed(rows)] == [
        ("capture", "000"), ("failure", "000"), ("capture", "001"), ("capture", "008"),
    ]  # fmt: skip
    assert [row["what"] for row in condensed([*gone(1), *gone(2, "410 Gone")])] == ["capture", "failure"] * 2
    alone = {"what": "failure", "at": "005", "stage": "dns", "reason": "no such host"}
    assert len(list(condensed([alone, {**alone, "at": "006"}]))) == 2


def test_all_is_in_the_order_of_time_with_captures_before_what_they_led_to() -> None:
    version = {"number": 1, "captured": "002", "title": "t"}
    history = History(None, (), (capture(2), capture(1)), (version,), (event("edited"),), ())
    assert [row["what"] for row in timeline(history)] == ["capture", "capture", "version", "event"]
