"""Owns the kill trial: crawls killed with -9 at random moments, and all that must hold after a last run left in peace.

    with Trial(folder, {"mine": Newspaper(2000)}) as trial:
        trial.kill(3)
        trial.finish()
        assert not trial.complaints()

The moments are random, so a trial prints its seed; the same seed chooses the same moments, counted in pages.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from crawler.settings import ARCHIVE_DEFAULTS
from tests.forked import ForkedArchive
from tests.newspaper import Newspaper
from tests.run import ROOT
from tests.server import Server
from tests.waiting import MARK, STEP_S, survivors, until
from tests.warc_by_hand import read_member

__all__ = ["GROUP", "Complaint", "Trial"]

GROUP: Final = int(ARCHIVE_DEFAULTS["ARCHIVE_COMMIT_CAPTURES"])
"""The group-commit size: the most URLs that one kill may have fetched again."""
END_S: Final = 10.0
"""The workers of a killed crawl must have ended after this."""


@dataclass(frozen=True)
class Complaint:
    """One thing that does not hold after a trial."""

    kind: str
    """run, stray, unreadable, missing, refetched, verify or rebuild."""
    detail: str


@dataclass
class Publication:
    """One source of a trial."""

    paper: Newspaper
    server: Server
    kills: int = 0
    run: subprocess.Popen[str] | None = None
    mark: str = ""
    over: bool = False
    """Whether a run ended by itself."""

    @property
    def refetched(self) -> int:
        """Return how many requests asked for what had been asked for before."""
        return self.paper.asked.total() - len(self.paper.asked)


class Trial:
    """Newspapers on servers of their own, one source each in a process of its own, one archive for all."""

    def __init__(
        self,
        folder: Path,
        papers: Mapping[str, Newspaper],
        *,
        sabotage: str = "",
        seed: int | None = None,
        **settings: str,
    ) -> None:
        """Crawl `papers`, by source; `sabotage` names what `tests.sabotage` is to break."""
        self.archive = ForkedArchive(folder, settings)
        self.seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
        self._random = random.Random(self.seed)
        self._sabotage = sabotage
        self._servers = ExitStack()
        self._found: list[Complaint] = []
        self.publications: dict[str, Publication] = {}
        for name, paper in papers.items():
            self.publications[name] = Publication(paper, Server(paper))

    def __enter__(self) -> Self:
        """Start the servers and write the source files."""
        for name, publication in self.publications.items():
            self._servers.enter_context(publication.server)
            self.archive.add_source(name, publication.paper.toml(publication.server.origin))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Kill what still runs and stop the servers."""
        for publication in self.publications.values():
            if publication.run is not None:
                publication.run.kill()
                publication.run.wait()
        self._servers.close()

    def __getitem__(self, name: str) -> Publication:
        """Return the publication of one source."""
        return self.publications[name]

    # --- what is done to it --------------------------------------------------------------------

    def kill(self, times: int, *, victim: str | None = None) -> None:
        """Kill a crawl `times` times, of `victim` or of whichever source is ahead; the others go on meanwhile."""
        for left in range(times, 0, -1):
            self._start_all()
            running = [name for name, one in self.publications.items() if not one.over]
            assert running, f"every crawl was over before its kill: {self._found}"
            self._kill(victim or max(running, key=lambda name: len(self[name].paper.asked)), left)

    def _start_all(self) -> None:
        for name, one in self.publications.items():
            if one.run is not None and one.run.poll() is not None:
                self._ended(name)
            if one.run is None and not one.over:
                self.start(name)

    def fall(self, name: str, times: int) -> None:
        """Have the crawl of one source die by kill -9 `times` times at the worst moment, within a commit."""
        for _ in range(times):
            one, run = self[name], self.start(name, also="worst")
            assert run.wait(STEP_S) == -signal.SIGKILL, self.log()
            one.kills, one.run = one.kills + 1, None
            self._look_for_strays(name)

    def start(self, name: str, *, also: str = "") -> subprocess.Popen[str]:
        """Start a crawl of one source; `also` names further sabotage, for this run."""
        one = self.publications[name]
        one.mark = uuid.uuid4().hex
        sabotage = ",".join(filter(None, (self._sabotage, also)))
        how = ["-m", "tests.sabotage", sabotage] if sabotage else ["-m", "scrapy"]
        with (self.archive.folder / "run.log").open("a") as log:
            one.run = subprocess.Popen(
                [sys.executable, *how, "crawl", name],
                cwd=ROOT,
                env=self.archive.environment(**{MARK: one.mark}),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        return one.run

    def _kill(self, name: str, left: int) -> None:
        """Kill at a random page of those to come, and not exactly when one is asked for; one time in five sooner, while
        the run starts and recovers.
        """
        one = self.publications[name]
        run, begun = one.run, time.monotonic()
        assert run is not None
        to_come = one.paper.articles - len(one.paper.asked)
        page = len(one.paper.asked) + self._random.randint(1, max(1, int(1.4 * to_come / (left + 1))))
        early_s = self._random.uniform(0, 1.5) if self._random.random() < 0.2 else STEP_S
        after_s = self._random.uniform(0, 0.1)
        until(lambda: len(one.paper.asked) >= page or time.monotonic() > begun + early_s or run.poll() is not None)
        time.sleep(after_s)
        run.kill()
        if run.wait() != -9:
            self._ended(name)
            return
        one.kills, one.run = one.kills + 1, None
        self._look_for_strays(name)

    def interrupt(self, name: str, times: int) -> int:
        """Press Ctrl-C, which reaches the whole process group of the crawl, and return the exit code."""
        one = self.publications[name]
        assert one.run is not None
        for _ in range(times):
            os.killpg(one.run.pid, signal.SIGINT)
            time.sleep(0.1)
        code = one.run.wait(STEP_S)
        one.run = None
        self._look_for_strays(name)
        return code

    def _look_for_strays(self, name: str) -> None:
        one = self.publications[name]
        if not until(lambda: not survivors(one.mark), END_S):
            self._found.append(Complaint("stray", f"{name}: {survivors(one.mark)} outlived the crawl"))

    def finish(self) -> None:
        """Let every source's last run end in peace, side by side."""
        for name, one in self.publications.items():
            if one.run is None and not one.over:
                self.start(name)
        for name, one in self.publications.items():
            if one.run is not None:
                one.run.wait(STEP_S)
                self._ended(name)

    def _ended(self, name: str) -> None:
        one = self.publications[name]
        assert one.run is not None
        if one.run.returncode not in (0, 5):  # the page after the last list page is a 404, a failure honestly told
            self._found.append(Complaint("run", f"{name}: exit code {one.run.returncode}; {self.log()[-2000:]}"))
        one.run, one.over = None, True

    # --- what must hold ------------------------------------------------------------------------

    def log(self) -> str:
        """Return what all runs printed."""
        return (self.archive.folder / "run.log").read_text("utf-8", "replace")

    def complaints(self) -> list[Complaint]:
        """Return everything that does not hold, after printing the figures of the trial."""
        found = [*self._found, *self._unreadable(), *self._missing(), *self._refetched(), *self._audited()]
        recovered = sum(map(int, re.findall(r": (\d+) captures that were not catalogued", self.log())))
        figures = ", ".join(f"{name}: {one.kills} kills, {one.refetched} refetched" for name, one in self._each())
        print(f"seed {self.seed}; {figures}; {recovered} captures catalogued by recovery; {len(found)} complaints")
        return found

    def kinds(self) -> set[str]:
        """Return the kinds of the complaints, after printing an example of each."""
        examples = {one.kind: one.detail for one in reversed(self.complaints())}
        for kind, detail in sorted(examples.items()):
            print(f"  {kind}: {detail[:300]}")
        return set(examples)

    def _each(self) -> Iterator[tuple[str, Publication]]:
        yield from self.publications.items()

    def _unreadable(self) -> Iterator[Complaint]:
        for capture_id, url, name, offset, length in self.archive.rows(
            "SELECT id, url, warc_file, warc_offset, warc_length FROM capture"
        ):
            try:
                record = read_member(self.archive.path / "warc" / name, offset, length)
            except (OSError, EOFError, AssertionError) as error:
                yield Complaint("unreadable", f"{url}: {type(error).__name__} {error}")
                continue
            if (record.id, record.target) != (capture_id, url):
                yield Complaint("unreadable", f"{url}: {record.id} of {record.target} is there, not {capture_id}")

    def _missing(self) -> Iterator[Complaint]:
        for name, one in self._each():
            titles = dict(self.archive.rows("SELECT url, title FROM article WHERE source = ?", name))
            for number in range(one.paper.articles):
                url = f"{one.server.origin}/a/c_{number}.html"
                if titles.get(url) != one.paper.title(number):
                    yield Complaint("missing", f"{url}: {titles.get(url)}")

    def _refetched(self) -> Iterator[Complaint]:
        for name, one in self._each():
            if one.refetched > one.kills * GROUP:
                most = one.paper.asked.most_common(3)
                yield Complaint("refetched", f"{name}: {one.refetched} times, {one.kills} kills; most: {most}")

    def _audited(self) -> Iterator[Complaint]:
        audit = self.archive.scrapy("verify")
        if audit.returncode != 0:
            yield Complaint("verify", f"exit code {audit.returncode}: {audit.stdout[-2000:]}{audit.stderr[-500:]}")
        before = self.archive.truth()
        made_anew = self.archive.scrapy("rebuild")
        if made_anew.returncode != 0:
            detail = f"exit code {made_anew.returncode}: {made_anew.stdout[-2000:]}{made_anew.stderr[-500:]}"
            yield Complaint("rebuild", detail)
        after = self.archive.truth()
        for view, rows in before.items():
            if rows != after[view]:
                lost = [row for row in rows if row not in after[view]]
                won = [row for row in after[view] if row not in rows]
                yield Complaint("rebuild", f"{view}: lost {len(lost)} {lost[:1]}, won {len(won)} {won[:1]}")
