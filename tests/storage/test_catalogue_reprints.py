from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines.changes import settle
from pipelines.reprints import catch_up
from storage.catalogue import Catalogue
from storage.catalogue_pages import page_id_of
from storage.catalogue_reprints import Side, count_reprints, family, reprints
from storage.model import Thresholds
from tests.pipelines.reprinted import ARTICLE, OTHER
from tests.storage.outcomes import HOME, SOURCE, START, after, crawl_id, make_article, make_outcome

MIRROR = replace(SOURCE, name="mirror")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """An article, a copy that adds a second article, an excerpt of what was added, and a page of the mirror."""
    with Catalogue.open(tmp_path_factory.mktemp("reprints") / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id(), SOURCE, START, Thresholds())
        catalogue.start_crawl(crawl_id(2), MIRROR, START, Thresholds())
        dated = {"published": "2026-11-20", "published_precision": "day", "published_utc": "2026-11-19T16:00:00Z"}
        first = make_article(ARTICLE, "渡口", origin="河口晨报", **dated)
        catalogue.commit(
            [
                make_outcome(f"{HOME}a/first", article=first),
                make_outcome(f"{HOME}a/both", after(60), body=f"{ARTICLE}\n{OTHER}"),
                make_outcome(f"{HOME}a/part", after(120), body=OTHER[: len(OTHER) * 2 // 3]),
                make_outcome(f"{HOME}m/copy", after(180), body=ARTICLE, source="mirror", crawl=crawl_id(2)),
                make_outcome(f"{HOME}a/stranger", after(240), body="又一篇不相干的文章。" * 12),
            ],
            now=after(300),
        )
        catch_up(catalogue.store)
        yield catalogue


def name(side: Side) -> str:
    return side.url.rpartition("/")[2]


def test_a_family_is_one_from_whatever_page_it_is_asked_for(catalogue: Catalogue) -> None:
    for page, source in (("a/first", "paper"), ("a/both", "paper"), ("a/part", "paper"), ("m/copy", "mirror")):
        found = [*family(catalogue.store, page_id_of(source, HOME + page))]
        assert [(name(one.copy), name(one.earliest)) for one in found] == [
            ("both", "first"),
            ("part", "both"),
            ("copy", "first"),
        ]
    assert [*family(catalogue.store, page_id_of("paper", f"{HOME}a/stranger"))] == []
    assert len([*family(catalogue.store, page_id_of("paper", f"{HOME}a/first"), limit=1)]) == 1


def test_reprints_come_latest_first_and_by_source(catalogue: Catalogue) -> None:
    assert [name(one.copy) for one in reprints(catalogue.store)] == ["copy", "part", "both"]
    assert [name(one.copy) for one in reprints(catalogue.store, "mirror")] == ["copy"]
    assert [name(one.copy) for one in reprints(catalogue.store, "paper", 2)] == ["copy", "part"]
    assert [count_reprints(catalogue.store, source) for source in (None, "paper", "mirror", "nobody")] == [3, 3, 1, 0]


def test_both_sides_say_what_they_are(catalogue: Catalogue) -> None:
    (one,) = reprints(catalogue.store, "mirror")
    assert (one.similarity, one.basis) == (1.0, "whole")
    assert (one.earliest.title, one.earliest.origin, one.earliest.text) == ("渡口", "河口晨报", ARTICLE)
    # The day that it states ends 24 hours after it begins.
    assert (one.earliest.out_by, one.earliest.dated) == ("2026-11-20T16:00:00.000000Z", "published")
    assert (one.copy.out_by, one.copy.dated) == ("2026-11-22T08:03:00.000000Z", "captured")
    assert (one.copy.source, one.copy.published) == ("mirror", None)
