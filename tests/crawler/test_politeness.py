"""What a site sees of a crawl: who asks, how often, how many at once, what it may forbid, when it wants to be left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from storage import __version__
from tests.crawling import article, at_once, links, source_toml
from tests.forked import ForkedArchive
from tests.server import Asked, End, Script, Served, Server, Step, response

QUICK = {"ARCHIVE_RETRY_DELAY_S": "0.2", "ARCHIVE_CONTACT": "https://archive.example.org/about"}


def page(title: str) -> list[Step]:
    return [response(article(title).encode(), ("Content-Type", "text/html; charset=utf-8"))]


def site(count: int, robots: Script | None = None, **pages: Script) -> dict[str, Script]:
    """Return a list `/` of articles `/a/0.html` …, those in `pages` (by number) instead, and a robots.txt."""
    routes: dict[str, Script] = {f"/a/{n}.html": page(f"第{n}篇") for n in range(count)}
    routes |= {f"/a/{name.removeprefix('n')}.html": script for name, script in pages.items()}
    routes["/"] = [response(links(*sorted(routes)).encode(), ("Content-Type", "text/html"))]
    return routes | ({} if robots is None else {"/robots.txt": robots})


def robots(*lines: str, status: str = "200 OK") -> list[Step]:
    return [response("\n".join(("User-agent: *", *lines)).encode(), ("Content-Type", "text/plain"), status=status)]


class Scripts:
    """Answers with one script after another, the last for ever."""

    def __init__(self, *scripts: Iterable[Step]) -> None:
        self._scripts = list(scripts)

    def __call__(self, asked: Asked) -> Iterable[Step]:
        return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]


def refusal(status: str, *headers: tuple[str, str]) -> list[Step]:
    return [response(b"not now", *headers, status=status)]


@dataclass
class Trial:
    """One site, crawled once or more."""

    routes: Mapping[str, Script]
    crawl: str = "delay_s = 0"
    settings: dict[str, str] = field(default_factory=dict)
    runs: int = 1
    archive: ForkedArchive = field(init=False)
    served: list[Served] = field(init=False)
    finished: list[CompletedProcess[str]] = field(default_factory=list)
    elapsed_s: list[float] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """How many requests had come when each run ended."""

    def go(self, folder: Path) -> None:
        """Crawl."""
        self.archive = ForkedArchive(folder, {**QUICK, **self.settings})
        with Server(self.routes) as server:
            self.archive.add_source("mine", source_toml(server.origin, crawl=self.crawl))
            for _ in range(self.runs):
                began = time.monotonic()
                self.finished.append(self.archive.scrapy("crawl", "mine"))
                self.elapsed_s.append(time.monotonic() - began)
                self.ends.append(len(server.served))
            self.served = server.served

    def times(self, path: str = "/") -> list[float]:
        """Return when addresses beginning with `path` were asked for, in order, seconds on the server's clock."""
        return [served.asked.at for served in self.served if served.asked.target.startswith(path)]

    def gaps(self, path: str = "/") -> list[float]:
        """Return the seconds between them."""
        return [later - earlier for earlier, later in pairwise(self.times(path))]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the catalogue."""
        return self.archive.rows(sql)


ONE_BY_ONE = "delay_s = 0\nconcurrency = 1"


def made_trials() -> dict[str, Trial]:
    """Return every trial, yet to be made."""
    busy_once = {
        status: Scripts(refusal(status, ("Retry-After", "2")), page("第0篇")) for status in ("429 Too Many", "503 Busy")
    }
    hour = ("Retry-After", "3600")
    cut: list[Step] = [b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n<p>", End.CLOSE]
    recovering = Scripts(refusal("500 Oh"), refusal("502 Oh"), page("第1篇"))
    failing = site(1, n1=recovering, n2=refusal("500 Oh"), n3=cut, n4=refusal("404 Not Found"))
    slow = {f"n{number}": [0.15, *page("慢")] for number in range(12)}
    robots_cut: list[Step] = [b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nUser-agent: *\nAllow: /\n", End.CLOSE]
    robots_moved = site(3, refusal("301 Moved", ("Location", "/real.txt"))) | {"/real.txt": robots("Disallow: /a/2")}
    for_us = [response(b"User-agent: *\nDisallow: /\n\nUser-agent: Shilu\nDisallow: /a/2\n")]
    return {
        "delayed": Trial(site(4), "delay_s = 0.4\nconcurrency = 3"),
        "crawl-delay": Trial(site(6, robots("Crawl-delay: 0.5")), "delay_s = 0\nconcurrency = 2"),
        "source-delay": Trial(site(3, robots("Crawl-delay: 0.1")), "delay_s = 0.5"),
        "three-at-once": Trial(site(0, **slow), "delay_s = 0\nconcurrency = 3"),
        "429": Trial(site(8, n0=busy_once["429 Too Many"]), ONE_BY_ONE),
        "503": Trial(site(8, n0=busy_once["503 Busy"]), ONE_BY_ONE),
        "rests": Trial(site(8, n0=refusal("429 Too Many Requests", hour)), ONE_BY_ONE, runs=2),
        "robots-rests": Trial(site(3, refusal("503 Busy", hour)), runs=2),
        "failing": Trial(failing),
        "no-retries": Trial(site(1, n1=refusal("500 Oh")), settings={"ARCHIVE_RETRIES": "0"}),
        "disallow": Trial(site(3, robots("Disallow: /a/1", "Allow: /a/1.html$", "Disallow: /a/2")), runs=2),
        "robots-500": Trial(site(2, refusal("500 Oh"))),
        "robots-403": Trial(site(2, refusal("403 Forbidden"))),
        "robots-cut": Trial(site(2, robots_cut)),
        "robots-moved": Trial(robots_moved),
        "robots-for-us": Trial(site(3, for_us)),
    }


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    made = made_trials()

    def going(name: str, trial: Trial) -> Callable[[], None]:
        folder = tmp_path_factory.mktemp(name)
        return lambda: trial.go(folder)

    at_once([going(name, trial) for name, trial in made.items()])
    return made


def pages_of(trial: Trial) -> set[str]:
    return {served.asked.target for served in trial.served} - {"/", "/robots.txt"}


# --- who asks ----------------------------------------------------------------------------------


def test_every_request_names_us_and_whom_to_reach(trials: dict[str, Trial]) -> None:
    agents = {served.asked.header("User-Agent") for served in trials["disallow"].served}
    assert agents == {f"shilu/{__version__} (+https://archive.example.org/about)"}


# --- how often, how many at once ---------------------------------------------------------------


def kept(gaps: list[float], delay_s: float) -> bool:
    """Whether the delay was kept; a busy machine lets single requests arrive late, and their followers seem early."""
    return min(gaps) > 0.6 * delay_s and sum(gaps) > len(gaps) * delay_s - 0.15


def test_the_delay_holds_between_any_two_requests(trials: dict[str, Trial]) -> None:
    gaps = trials["delayed"].gaps()
    assert len(gaps) == 5 and kept(gaps, 0.4)
    assert max(gaps) < 10


def test_a_longer_crawl_delay_wins_and_holds_up_nothing_else(trials: dict[str, Trial]) -> None:
    trial = trials["crawl-delay"]
    gaps = trial.gaps("/a/")
    assert len(gaps) == 5 and kept(gaps, 0.5)
    assert trial.gaps("/")[0] > 0.3, "between robots.txt and the list too"
    assert max(gaps) < 10


def test_a_longer_delay_of_the_source_wins(trials: dict[str, Trial]) -> None:
    assert kept(trials["source-delay"].gaps()[1:], 0.5)


def test_no_more_at_once_than_the_source_says_and_no_fewer(trials: dict[str, Trial]) -> None:
    begun = trials["three-at-once"].times("/a/")
    together = [sum(1 for other in begun if at - 0.14 < other <= at) for at in begun]
    assert len(begun) == 12 and 2 <= max(together) <= 3


# --- when a site wants to be left alone --------------------------------------------------------


@pytest.mark.parametrize("name", ["429", "503"])
def test_a_short_retry_after_is_waited_for_by_the_whole_host(trials: dict[str, Trial], name: str) -> None:
    trial = trials[name]
    assert trial.finished[0].returncode == 5
    first, second = trial.times("/a/0.html")
    assert second - first > 1.7
    assert not [at for at in trial.times() if first < at < first + 1.7]
    assert trial.rows("SELECT count(*) FROM article") == [(8,)]


def test_a_long_retry_after_is_left_to_a_later_run(trials: dict[str, Trial]) -> None:
    trial = trials["rests"]
    assert max(trial.elapsed_s) < 60
    (asked_at,) = trial.times("/a/0.html")
    assert not [at for at in trial.times() if at > asked_at]
    assert trial.ends[0] == trial.ends[1], "the second run leaves it alone too"
    outcomes = trial.rows("SELECT outcome, not_reached FROM crawl ORDER BY started")
    assert outcomes[0][0] == "finished"
    assert outcomes[0][1] == 8 - trial.rows("SELECT count(*) FROM article")[0][0] - 1


def test_failing_fetches_are_tried_again_with_growing_pauses(trials: dict[str, Trial]) -> None:
    trial = trials["failing"]
    assert len(trial.times("/a/1.html")) == 3
    for number in (2, 3):
        first, second, third = trial.times(f"/a/{number}.html")
        assert second - first > 0.1 and third - second > 0.4
    assert len(trial.times("/a/4.html")) == 1
    failures = trial.rows("SELECT reason, count(*) FROM failure WHERE stage = 'http' GROUP BY 1 ORDER BY 1")
    assert failures == [
        ("404 Not Found", 1),
        ("500 Oh", 4),
        ("502 Oh", 1),
        ("the connection ended before the response did", 3),
    ]
    titles = {title for (title,) in trial.rows("SELECT title FROM article")}
    assert titles == {"第0篇", "第1篇"}


def test_no_retries_if_none_are_wanted(trials: dict[str, Trial]) -> None:
    assert len(trials["no-retries"].times("/a/1.html")) == 1


# --- robots.txt --------------------------------------------------------------------------------


def test_what_robots_forbids_is_a_row_and_no_request(trials: dict[str, Trial]) -> None:
    trial = trials["disallow"]
    assert pages_of(trial) == {"/a/0.html", "/a/1.html"}
    rows = trial.rows("SELECT stage, reason FROM failure WHERE url LIKE '%/a/2.html'")
    assert len(rows) == 1 and rows[0][0] == "robots" and "forbidden by http://127.0.0.1" in rows[0][1]


def test_robots_is_asked_for_once_a_day_by_all_runs(trials: dict[str, Trial]) -> None:
    assert len(trials["disallow"].times("/robots.txt")) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [("robots-500", "robots.txt answered 500"), ("robots-cut", "robots.txt was cut"), ("robots-rests", "answered 503")],
)
def test_a_robots_that_cannot_be_had_forbids_everything(trials: dict[str, Trial], name: str, says: str) -> None:
    trial = trials[name]
    assert {served.asked.target for served in trial.served} == {"/robots.txt"}
    assert trial.finished[0].returncode == 5
    ((reason,),) = trial.rows("SELECT reason FROM failure WHERE stage = 'robots' AND url NOT LIKE '%robots.txt'")
    assert says in reason


def test_no_robots_allows_everything(trials: dict[str, Trial]) -> None:
    trial = trials["robots-403"]
    assert pages_of(trial) == {"/a/0.html", "/a/1.html"} and trial.finished[0].returncode == 0


def test_redirects_of_robots_are_followed_and_archived(trials: dict[str, Trial]) -> None:
    trial = trials["robots-moved"]
    assert pages_of(trial) == {"/real.txt", "/a/0.html", "/a/1.html"}
    captured = trial.rows("SELECT status FROM capture WHERE url LIKE '%.txt' ORDER BY captured")
    assert captured == [(301,), (200,)]


def test_a_group_that_names_us_is_ours(trials: dict[str, Trial]) -> None:
    assert pages_of(trials["robots-for-us"]) == {"/a/0.html", "/a/1.html"}


def test_nothing_was_a_traceback(trials: dict[str, Trial]) -> None:
    for name, trial in trials.items():
        for run in trial.finished:
            assert "Traceback" not in run.stderr and run.returncode in (0, 5), (name, run.stderr)
