from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import pipelines.reprints
from pipelines.changes import settle, text_digest
from pipelines.reprints import catch_up, count_waiting
from storage.catalogue import Catalogue
from storage.catalogue_readings import Reading, put_readings
from storage.model import Article, Outcome, Thresholds
from tests.pipelines.reprinted import ARTICLE, OTHER, reports
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome

SENTENCES = [sentence + "。" for sentence in ARTICLE.replace("\n", "").split("。") if sentence]
CUT = "".join(SENTENCES[:3] + SENTENCES[5:])
EXCERPT = "".join(SENTENCES[2:5])


def said(body: str, published: str | None = None, **fields: Any) -> Article:
    """Return an article with a stated date: `2026-11-20` or `2026-11-20T08:00`, in UTC."""
    if published is None:
        return make_article(body, **fields)
    precision = "day" if len(published) == 10 else "minute"
    utc = f"{published}T00:00:00Z" if precision == "day" else f"{published}:00Z"
    return make_article(body, published=published, published_precision=precision, published_utc=utc, **fields)


def seen(name: str, article: Article, at_s: float = 0, **fields: Any) -> Outcome:
    return make_outcome(f"{HOME}a/{name}.html", after(at_s), article=article, **fields)


def opened(folder: Path) -> Catalogue:
    catalogue = Catalogue.open(folder / "catalogue.sqlite", settle=settle)
    catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
    return catalogue


def put(catalogue: Catalogue, outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        catalogue.commit([outcome], now=after(9999))


def reprints(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """Return copy -> (earliest, basis), by the names of the pages."""
    catch_up(catalogue.store)

    def name(url: str) -> str:
        return url.rpartition("/")[2].removesuffix(".html")

    return {name(row["url"]): (name(row["earliest_url"]), row["basis"]) for row in catalogue.view("reprint")}


def found(folder: Path, outcomes: Sequence[Outcome]) -> dict[str, tuple[str, str]]:
    with opened(folder) as catalogue:
        put(catalogue, outcomes)
        return reprints(catalogue)


PRESS = [
    seen("original", said(ARTICLE, "2026-11-20T08:00"), 10),
    seen("copy", said(ARTICLE.replace("渡口", "度口"), "2026-11-20T09:30"), 5),
    seen("day", said(CUT, "2026-11-20"), 1),
    seen("excerpt", said(EXCERPT, "2026-11-21"), 2),
    seen("longer", said(ARTICLE + OTHER, "2026-11-22"), 3),
    seen("other", said(OTHER, "2026-11-19"), 4),
    *(seen(f"report{n}", said(text, "2026-11-18"), 20 + n) for n, text in enumerate(reports(marked=True))),
    seen("short", said("本页无法显示。", "2026-11-18"), 30),
    seen("short-too", said("本页无法显示。", "2026-11-18"), 31),
]
TRUE = {
    "copy": ("original", "whole"),
    "day": ("original", "whole"),
    "excerpt": ("original", "excerpt"),
    "longer": ("other", "extended"),
}
"""The longer one holds both; the earliest of the two is told."""


def test_copies_are_told_with_the_earliest(tmp_path: Path) -> None:
    assert found(tmp_path, PRESS) == TRUE


def test_the_order_in_which_they_come_in_changes_nothing(tmp_path: Path) -> None:
    rng = random.Random(1)
    for number in range(6):
        shuffled = rng.sample(PRESS, len(PRESS))
        folder = tmp_path / str(number)
        folder.mkdir()
        with opened(folder) as catalogue:
            for outcomes in (shuffled[:5], shuffled[5:]):
                put(catalogue, outcomes)
                now = reprints(catalogue)
            assert now == TRUE
            if number == 0:
                first = sorted(map(repr, catalogue.view("reprint")))
            assert sorted(map(repr, catalogue.view("reprint"))) == first


@pytest.mark.parametrize(
    ("one", "other", "earliest"),
    [
        ("2026-11-20T08:00", "2026-11-20T08:01", "one"),
        ("2026-11-20T08:00", "2026-11-20", "one"),  # of a day only its end is certain
        ("2026-11-20T08:00", "2026-11-19", "other"),
        ("2026-11-20", "2026-11-20", "one"),  # undecided: who was seen first
        (None, "2026-11-22T09:00", "one"),  # seen at 08:00:00, before the other says it was there
        (None, "2026-11-22T07:00", "other"),
        ("2027-01-01", "2026-11-22T07:00", "other"),  # a date in the future was not that of the first capture
        ("2027-01-01", None, "one"),
    ],
)
def test_who_was_out_first(tmp_path: Path, one: str | None, other: str | None, earliest: str) -> None:
    outcomes = [seen("one", said(ARTICLE, one)), seen("other", said(CUT, other), 60)]
    ((copy, (original, _)),) = found(tmp_path, outcomes).items()
    assert (original, copy) == (("one", "other") if earliest == "one" else ("other", "one"))


def test_a_copy_of_a_former_version_is_one(tmp_path: Path) -> None:
    first, second = said(ARTICLE, "2026-11-20T08:00"), said(OTHER, "2026-11-20T08:00")
    outcomes = [
        seen("page", first),
        seen("page", second, 100),
        seen("copy", said(CUT, "2026-11-21")),
        seen("late", said(OTHER, "2026-11-22")),
    ]
    assert found(tmp_path, outcomes) == {"copy": ("page", "whole"), "late": ("page", "whole")}


def test_of_several_versions_the_two_most_alike_are_told(tmp_path: Path) -> None:
    outcomes = [
        seen("page", said(ARTICLE, "2026-11-20T08:00")),
        seen("copy", said(CUT, "2026-11-21"), 5),
        seen("page", said(CUT, "2026-11-20T08:00"), 100),
    ]
    for number, order in enumerate(itertools.permutations(outcomes)):
        if order.index(outcomes[0]) > order.index(outcomes[2]):
            continue  # versions of a page are seen in their order
        (tmp_path / str(number)).mkdir()
        with opened(tmp_path / str(number)) as catalogue:
            put(catalogue, order)
            assert reprints(catalogue) == {"copy": ("page", "whole")}
            (row,) = catalogue.view("reprint")
            assert row["similarity"] == 1.0


def test_two_sources_that_share_an_address_do_not_copy_each_other(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        catalogue.start_crawl(crawl_id(2), replace(SOURCE, name="mirror"), START, Thresholds())
        put(
            catalogue, [seen("same", said(ARTICLE)), seen("same", said(ARTICLE), 9, source="mirror", crawl=crawl_id(2))]
        )
        assert reprints(catalogue) == {}


def test_catching_up_again_does_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        put(catalogue, PRESS)
        told: list[int] = []
        assert count_waiting(catalogue.store) == catch_up(catalogue.store, told.append) == sum(told) == len(PRESS)
        assert count_waiting(catalogue.store) == catch_up(catalogue.store) == 0


def test_what_is_read_anew_is_compared_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as catalogue:
        put(catalogue, PRESS)
        assert reprints(catalogue) == TRUE
        page = catalogue.article(f"{HOME}a/original.html")
        assert page is not None
        again = said(OTHER + EXCERPT[:20], "2026-11-20T08:00")
        put_readings(catalogue.store, [Reading(page["capture_id"], again, "", text_digest(again))])
        assert reprints(catalogue) == {
            "day": ("copy", "whole"),
            "excerpt": ("copy", "excerpt"),
            "longer": ("other", "extended"),
            "original": ("other", "whole"),
        }


def test_an_index_of_another_method_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as catalogue:
        put(catalogue, PRESS)
        assert reprints(catalogue) == TRUE
        monkeypatch.setattr(pipelines.reprints, "method", lambda: "other/1")
        assert catch_up(catalogue.store) == len(PRESS)
        assert reprints(catalogue) == TRUE
