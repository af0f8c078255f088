"""When a group is committed, and that no outcome is acknowledged before its commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from crawler.group_commit import GroupCommit
from storage.errors import StorageError
from storage.model import Attempt, Outcome


def outcome(number: int = 0) -> Outcome:
    attempt = Attempt(source="demo", crawl_id="c", role="article:0")
    return Outcome(attempt, f"http://a.example/{number}", datetime.now(UTC), None, None)


class Ledger:
    def __init__(self, fails: bool = False) -> None:
        self.groups: list[int] = []
        self.fails = fails
        self.under_way = 0
        self.most = 0

    async def commit(self, outcomes: Sequence[Outcome]) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.01)
        self.under_way -= 1
        if self.fails:
            raise StorageError("the disk is full")
        self.groups.append(len(outcomes))


def group(ledger: Ledger, outstanding: Callable[[], int], captures: int = 5, interval_s: float = 30.0) -> GroupCommit:
    return GroupCommit(ledger.commit, captures=captures, interval_s=interval_s, outstanding=outstanding)


def test_a_full_group_is_committed_without_waiting_for_the_interval() -> None:
    async def run() -> list[int]:
        ledger = Ledger()
        commits = group(ledger, lambda: 99)
        await asyncio.gather(*(commits.add(outcome(number)) for number in range(5)))
        return ledger.groups

    assert asyncio.run(run()) == [5]


def test_a_lone_outcome_is_committed_when_nothing_else_is_under_way() -> None:
    async def run() -> list[int]:
        ledger = Ledger()
        await asyncio.wait_for(group(ledger, lambda: 0).add(outcome()), 1)
        return ledger.groups

    assert asyncio.run(run()) == [1]


def test_a_group_waits_for_what_is_under_way() -> None:
    async def run() -> list[int]:
        ledger, left = Ledger(), 3
        commits = group(ledger, lambda: left)
        futures = []
        for number in range(4):
            left = 3 - number
            futures.append(commits.add(outcome(number)))
            await asyncio.sleep(0.02)
        await asyncio.wait_for(asyncio.gather(*futures), 1)
        return ledger.groups

    assert asyncio.run(run()) == [4]


def test_a_lone_outcome_waits_no_longer_than_the_interval() -> None:
    async def run() -> list[int]:
        ledger = Ledger()
        await asyncio.wait_for(group(ledger, lambda: 3, interval_s=0.05).add(outcome()), 1)
        return ledger.groups

    assert asyncio.run(run()) == [1]


def test_an_outcome_is_not_acknowledged_before_its_commit() -> None:
    async def run() -> bool:
        ledger = Ledger()
        future = group(ledger, lambda: 3).add(outcome())
        await asyncio.sleep(0.05)
        return future.done()

    assert asyncio.run(run()) is False


def test_commits_never_overlap_and_none_is_lost() -> None:
    async def run() -> Ledger:
        ledger = Ledger()
        commits = group(ledger, lambda: 1, captures=3, interval_s=0.001)
        futures = []
        for number in range(50):
            futures.append(commits.add(outcome(number)))
            await asyncio.sleep(0.001)
        await commits.drain()
        assert all(future.done() for future in futures)
        return ledger

    ledger = asyncio.run(run())
    assert sum(ledger.groups) == 50
    assert ledger.most == 1


def test_a_failed_commit_fails_every_outcome_now_and_later() -> None:
    async def run() -> None:
        commits = group(Ledger(fails=True), lambda: 0)
        with pytest.raises(StorageError, match="disk is full"):
            await commits.add(outcome())
        with pytest.raises(StorageError, match="disk is full"):
            await commits.add(outcome())
        with pytest.raises(StorageError, match="disk is full"):
            await commits.drain()

    asyncio.run(run())
