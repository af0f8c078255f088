"""Thirty crawls of a site that follows a script: the events are the script's, no more and no fewer, a rebuild's too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.workers import Task, Workers
from pipelines.page import read_page
from pipelines.rebuild import rebuild
from storage.catalogue import Catalogue
from storage.model import PageRead, Source
from tests.clock import moved_clock
from tests.gazetteer import ARTICLES, CRAWLS, EXPECTED, OUTAGE, REVERTS, Gazetteer
from tests.in_process import begun, options_of, source_of
from tests.run import Archive
from tests.server import Server

TABLES = ('[[lists]]\nurl = "{origin}/list.html"', "[[articles]]\nmatch = ['/a/c_\\d+\\.html$']")
HOURS_APART = 12.1


class Lived:
    """The archive after the last crawl."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive(folder)
        self.runs: dict[str, int] = {}
        """Run -> its number in the script."""

    def catalogue(self) -> Catalogue:
        return Catalogue.open(self.archive.path / "catalogue.sqlite", read_only=True)

    def events(self) -> list[dict[str, Any]]:
        with self.catalogue() as catalogue:
            runs = {row["id"]: self.runs[row["id"]] for row in catalogue.view("crawl")}
            of_capture = {row["id"]: runs[row["crawl_id"]] for row in catalogue.view("capture")}
            return [
                {**row, "run": of_capture[row["capture_after"]], "number": int(row["url"].rpartition("_")[2][:-5])}
                for row in catalogue.view("event")
            ]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("script")
    lived, site = Lived(folder), Gazetteer()

    async def crawl(source: Source) -> None:
        options = options_of(folder)
        async with begun(options, source, revisit="all") as driven:
            await driven.run()
        assert driven.archivist.report is not None and driven.archivist.error is None
        lived.runs[driven.archivist.room.crawl_id] = site.crawl

    with Server(site) as server, moved_clock() as clock, pytest.MonkeyPatch.context() as patched:
        source = source_of(folder, server.origin, *TABLES)

        async def read(self: Workers, task: Task) -> PageRead:  # thirty processes would take half a minute to start
            args = (task.response, task.method, task.url, source, task.role, task.number)
            return read_page(*args, max_body_bytes=1 << 20)

        patched.setattr(Workers, "read", read)
        for site.crawl in range(1, CRAWLS + 1):
            asyncio.run(crawl(source))
            clock.advance(hours=HOURS_APART)
        yield lived


def test_the_events_are_those_of_the_script(lived: Lived) -> None:
    told = sorted((event["run"], event["number"], event["kind"], event["grade"]) for event in lived.events())
    assert told == EXPECTED
    kinds = [kind for _, _, kind, _ in EXPECTED]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "edited": 12 + 3,
        "suspected": 4 + 2,
        "removed": 4,
        "restored": 2,
        "cleared": 2,
    }


def test_every_event_says_between_which_looks_it_happened(lived: Lived) -> None:
    with lived.catalogue() as catalogue:
        started = {self_run: row["started"] for row in catalogue.view("crawl") if (self_run := lived.runs[row["id"]])}
    for event in lived.events():
        before = event["run"] - 1 - (event["run"] - 1 == OUTAGE)
        if event["kind"] == "removed":
            before -= 2
        assert started[before] < event["after"] < started[before + 1], event
        assert started[event["run"]] < event["observed"]


def test_reverts_name_the_version_that_they_go_back_to(lived: Lived) -> None:
    told = {
        (event["run"], event["number"]): event["detail"]["reverts_to"]
        for event in lived.events()
        if "reverts_to" in event["detail"]
    }
    assert told == {place: version for place, (_, version) in REVERTS.items()}


def test_removals_name_their_rule_and_the_looks_behind_them(lived: Lived) -> None:
    for event in lived.events():
        if event["kind"] == "removed":
            detail = event["detail"]
            assert len(detail["looks"]) == detail["observations"] == detail["removal_observations"] == 3
            assert detail["looks"][-1]["capture"] == event["capture_after"]


def test_the_texts_are_versions_and_the_rest_is_not(lived: Lived) -> None:
    edited = [event["number"] for event in lived.events() if event["kind"] == "edited"]
    with lived.catalogue() as catalogue:
        rows = list(catalogue.view("article"))
        assert len(rows) == ARTICLES
        for row in rows:
            assert row["versions"] == 1 + edited.count(int(row["url"].rpartition("_")[2][:-5])), row["url"]
        outages = [lived.runs[row["id"]] for row in catalogue.view("crawl") if row["outage"]]
        assert outages == [OUTAGE]


def test_a_rebuild_gives_the_same(lived: Lived) -> None:
    before = lived.archive.truth()
    rebuilt = rebuild(lived.archive.path, max_body_bytes=1 << 20, tell=lambda line: None)
    assert rebuilt.findings == ()
    after = lived.archive.truth()
    for view, rows in before.items():
        assert after[view] == rows, view
