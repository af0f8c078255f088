"""That contestants meet fairly, and that one who left out work is told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.compared import FIGURES, expected, holds, measured
from bench.contestants import CONTESTANTS, Contestant, Launch, Task
from bench.measure import Cost, Process
from bench.rounds import Ring, Run, Spread, Stage
from bench.server import Counts, Running, running
from bench.site import build
from bench.table import markdown, plain
from bench.warc_sizes import WarcSizes

ARTICLES = 24
BY_NAME = {contestant.name: contestant for contestant in CONTESTANTS}


@pytest.fixture(scope="module")
def site() -> Iterator[Running]:
    """A newspaper of 24 articles."""
    with running(ARTICLES) as served:
        yield served


def ring(tmp_path: Path, told: list[str], *, ends_s: float = 60) -> Ring:
    """Two cores, or as many as there are."""
    return Ring(tmp_path / "work", sorted(os.sched_getaffinity(0))[:2], 60, time.monotonic() + ends_s, told.append)


def idle(name: str) -> Contestant:
    """Fetches nothing."""
    return Contestant(name, name, lambda task: Launch((sys.executable, "-c", "pass"), task.folder))


def fetching(name: str, then: str = "", *, times: int = 1) -> Contestant:
    """Fetches every page so many times, then does what the Python code says with its folder as `sys.argv[1]`."""
    paths = [page.path for page in build(ARTICLES)]

    def launch(task: Task) -> Launch:
        fetch = f"for path in {paths * times!r}: urllib.request.urlopen({task.url!r} + path).read()"
        code = f"import urllib.request\n{fetch}\n{then}"
        return Launch((sys.executable, "-c", code, str(task.folder)), task.folder)

    return Contestant(name, name, launch)


def run(contestant: str, number: int, cpu_s: float, **changed: object) -> Run:
    """A made-up crawl of a thousand pages in ten seconds."""
    workers = (Process("-m scrapy crawl bench", cpu_s, 140_000_000), Process("-m pipelines.worker 5", 1.0, 45_000_000))
    cost = Cost(0, 10.0, cpu_s, 0.0, 190_000_000, workers if contestant.startswith("ours") else ())
    counts, warc = Counts(1000, 1000, 990, 0, 8, 1, 0.1), WarcSizes(105, 1000, 100)
    made = Run("light", contestant, number, 990, cost, counts, warc, 1, None)
    return replace(made, **changed)  # type: ignore[arg-type]


def peak(coordinator_mb: int) -> Cost:
    """The cost of a crawl whose coordinator took so much."""
    process = Process("-m scrapy crawl bench", 1.0, coordinator_mb * 1_000_000)
    return Cost(0, 10.0, 1.0, 0.0, process.peak_bytes, (process,))


def test_each_round_is_begun_by_another(site: Running, tmp_path: Path) -> None:
    """Nobody is always first, or always after the same one at the end."""
    told: list[str] = []
    contestants = [idle("a"), idle("b"), idle("c")]
    runs = ring(tmp_path, told).rounds(contestants, [Stage("light", site, ARTICLES)], 3)
    assert "".join(run.contestant for run in runs) == "abcbcacab"


def test_no_round_begins_that_would_end_too_late(site: Running, tmp_path: Path) -> None:
    """At least one is run, and it is told."""
    told: list[str] = []
    runs = ring(tmp_path, told, ends_s=0).rounds([idle("a")], [Stage("light", site, ARTICLES)], 3)
    assert len(runs) == 1 and "no time for more than 1 of 3 rounds" in told[-1]


def test_whoever_fetches_nothing_is_told(site: Running, tmp_path: Path) -> None:
    """Its figures would be the best."""
    told: list[str] = []
    assert ring(tmp_path, told).run(idle("a"), Stage("light", site, ARTICLES), 0).problem == "fetched 0 of 24 articles"


def test_whoever_asks_for_pages_twice_is_told(site: Running, tmp_path: Path) -> None:
    """A page would cost it half, at twice the pace."""
    stage, ours = Stage("light", site, ARTICLES), ring(tmp_path, [])
    once, twice = ours.run(fetching("once"), stage, 0), ours.run(fetching("twice", times=2), stage, 0)
    assert once.problem is None and once.counts.requests == once.counts.pages == len(list(build(ARTICLES)))
    assert twice.problem == f"asked {2 * once.counts.pages} times for {once.counts.pages} pages"


@pytest.mark.parametrize(("paths", "passes"), [(["/robots.txt", "/"], True), (["/robots.txt", "/", "/"], False)])
def test_two_pages_may_be_asked_for_again(site: Running, tmp_path: Path, paths: list[str], passes: bool) -> None:
    """No more, on a site of any size."""
    again = f"for path in {paths!r}: urllib.request.urlopen({site.url!r} + path).read()"
    found = ring(tmp_path, []).run(fetching("again", again), Stage("light", site, ARTICLES), 0)
    assert (found.problem is None) == passes


def test_a_torn_warc_is_told(site: Running, tmp_path: Path) -> None:
    """It fetched every article and left exit code 0; the rounds go on."""
    told: list[str] = []
    tears = "import sys; open(sys.argv[1] + '/a.warc.gz', 'wb').write(__import__('gzip').compress(b'x' * 99)[:-4])"
    torn = fetching("torn", tears)
    found = ring(tmp_path, told).rounds([torn, idle("b")], [Stage("light", site, ARTICLES)], 1)
    assert found[0].problem == "left WARC files that cannot be read: a.warc.gz: its last member is torn"
    assert [run.contestant for run in found] == ["torn", "b"]


@pytest.mark.parametrize("name", ["bare", "naive", "ours", "ours-rules"])
def test_contestants_do_their_work(site: Running, tmp_path: Path, name: str) -> None:
    """On a site of 24 articles, with all that is looked at afterwards."""
    told: list[str] = []
    found = ring(tmp_path, told).run(BY_NAME[name], Stage("light", site, ARTICLES), 0)
    assert found.problem is None, told
    assert found.counts.articles == ARTICLES and found.cost.cpu_s > 0.1
    if BY_NAME[name].archives:
        assert found.warc.captures >= found.counts.requests and found.warc.over_best is not None
    if name.startswith("ours"):
        assert found.peak_bytes("coordinator") > 20_000_000


@pytest.mark.parametrize("name", ["naive", "ours", "ours-rules"])
def test_an_empty_folder_lacks_articles(tmp_path: Path, name: str) -> None:
    """Whatever the server counted."""
    task_folder = tmp_path / "empty"
    task_folder.mkdir()
    assert BY_NAME[name].lacks(task_folder, 6) is not None


def test_rules_and_index_are_asked_of_whom_they_are_told(tmp_path: Path) -> None:
    """The row with rules has them and makes no search; the other has none and does."""
    commands, sources = {}, {}
    for name in ("ours", "ours-rules"):
        folder = tmp_path / name
        folder.mkdir()
        commands[name] = " ".join(BY_NAME[name].launch(Task("http://127.0.0.1:1", 6, folder)).command)
        sources[name] = (folder / "sources" / "bench.toml").read_text("utf-8")
    assert "scrapy search" in commands["ours"] and "scrapy search" not in commands["ours-rules"]
    assert "[articles.extract]" in sources["ours-rules"] and "[articles.extract]" not in sources["ours"]


def test_ratios_are_taken_within_a_round() -> None:
    """A slow minute hits both: 2.0 in each round, though the sums differ by ten."""
    runs = [run("wget", 0, 1.0), run("ours", 0, 2.0), run("wget", 1, 10.0), run("ours", 1, 20.0), run("ours", 2, 9.0)]
    figure = measured(runs)["light: CPU / wget"]
    assert (figure["median"], figure["least"], figure["most"], figure["holds"]) == (2.0, 2.0, 2.0, True)


def test_failed_runs_count_for_nothing() -> None:
    """Neither ours nor a peer's."""
    runs = [run("wget", 0, 1.0, problem="died"), run("ours", 0, 2.0), run("wget", 1, 1.0), run("ours", 1, 1.0)]
    assert measured(runs)["light: CPU / wget"]["median"] == 1.0


def test_memory_is_that_of_the_greediest_stage() -> None:
    """A small and a light site would hide ten times as much on the heavy one."""
    mb = {"small": 60, "light": 90, "heavy": 170}
    runs = [run("ours", number, 1.0, stage=stage, cost=peak(size)) for number in range(3) for stage, size in mb.items()]
    figure = measured(runs)["MB: coordinator"]
    assert (figure["median"], figure["most"], figure["holds"], figure["by_most"]) == (170, 170, True, True)
    figure = measured([*runs, run("ours", 2, 1.0, stage="heavy", cost=peak(1700))])["MB: coordinator"]
    assert (figure["median"], figure["most"], figure["holds"]) == (170, 1700, False)


def test_every_memory_is_held_by_its_greatest() -> None:
    """That of the search too, though nothing must hold of it."""
    held = {figure.name for figure in FIGURES if figure.by_most}
    assert held == {"MB: coordinator", "MB: worker", "MB: search"}


def test_figures_are_expected_of_whom_they_compare() -> None:
    """Both must take part, on one of its sites."""
    alone = {"light: WARC / gzip 9", "MB: coordinator", "MB: worker", "MB: search"}
    assert set(expected(["ours"], ["light"])) == alone
    assert set(expected(["ours", "wget"], ["light"])) == {*alone, "light: CPU / wget"}
    assert not expected(["wget", "bare"], ["light", "heavy"])
    names = {contestant.name for contestant in CONTESTANTS}
    assert expected(names, ["small", "light", "heavy"]) == [figure.name for figure in FIGURES]


def test_what_must_hold() -> None:
    """Costs at most, paces at least; memory by its worst run."""
    by_name = {figure.name: figure for figure in FIGURES}
    assert holds(by_name["light: CPU / wget"], Spread(2.0, 1.0, 9.0))
    assert not holds(by_name["light: CPU / wget"], Spread(2.1, 1.0, 9.0))
    assert holds(by_name["heavy: pace / naive"], Spread(5.1, 1.0, 9.0))
    assert not holds(by_name["heavy: pace / naive"], Spread(4.9, 1.0, 9.0))
    assert not holds(by_name["MB: worker"], Spread(50, 50, 201))
    assert holds(by_name["light: CPU / bare-tuned"], Spread(9, 9, 9)) is None


def test_markdown_has_a_row_for_each(tmp_path: Path) -> None:
    """Contestants, processes, what was asked for, and who is not installed."""
    runs = [run("wget", 0, 1.0), run("ours", 0, 2.5)]
    text = markdown(plain(runs, [Contestant("x", "a peer", BY_NAME["wget"].launch, needs="no-such-program")]))
    assert "| wget --mirror --warc-file | 1000 | 1.00 |" in text
    assert "| its worker |  | 1.00 |" in text
    assert "| light: CPU a page over wget's | 2.50 | ≤ 2 | ≤ 1 | DOES NOT HOLD |" in text
    assert "| a peer | no-such-program is not installed |" in text
