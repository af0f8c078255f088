"""crawler.host_slots: what this process holds of a host, when it uses it again, when it gives it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler import host_slots
from crawler.host_slots import HostSlots
from crawler.store_room import StoreRoom
from storage.model import SourceCrawl
from tests.in_process import room_of, source_of

URL = "http://127.0.0.1:9/a/1.html"
HOST = "127.0.0.1:9"


@pytest.fixture
def room(tmp_path: Path) -> StoreRoom:
    """An open store room; its thread ends with the test's process if the test does not close it."""
    return room_of(tmp_path, source_of(tmp_path, "http://127.0.0.1:9"))


def with_slots(
    room: StoreRoom,
    trial: Callable[[HostSlots], Awaitable[None]],
    *,
    delay_s: float = 0,
    concurrency: int = 2,
    patience_s: float = 60,
) -> None:
    slots = HostSlots(room, SourceCrawl((HOST,), delay_s, concurrency), timeout_s=60, patience_s=patience_s)

    async def run() -> None:
        await trial(slots)

    try:
        asyncio.run(run())
    finally:
        room.close()


async def held(room: StoreRoom) -> int:
    """Return how many slots of the host are taken, as every process sees it."""
    found = await room.call(room.catalogue.store.rows, "SELECT count(*) AS held FROM t_host_slot")
    return int(found[0].held)


def test_no_more_than_the_source_says(room: StoreRoom) -> None:
    async def trial(slots: HostSlots) -> None:
        assert await slots.grant(URL, 5, None) == (2, None)
        assert (await slots.grant(URL, 1, None))[0] == 0
        slots.free(URL)
        assert await slots.grant(URL, 5, None) == (1, None)
        assert await held(room) == 2

    with_slots(room, trial)


def test_a_free_slot_of_a_host_without_delay_is_used_again_without_asking(room: StoreRoom) -> None:
    async def trial(slots: HostSlots) -> None:
        await slots.grant(URL, 2, None)
        slots.free(URL)
        await room.call(room.hosts.set_backoff, HOST, datetime.now(UTC) + timedelta(hours=1))
        assert await slots.grant(URL, 1, None) == (1, None), "asking would have been in vain"

    with_slots(room, trial)


def test_a_free_slot_is_asked_for_again_after_a_back_off(room: StoreRoom) -> None:
    async def trial(slots: HostSlots) -> None:
        await slots.grant(URL, 2, None)
        slots.free(URL)
        slots.back_off(URL)
        await slots.give_back([URL])
        await room.call(room.hosts.set_backoff, HOST, datetime.now(UTC) + timedelta(seconds=30))
        count, retry_at = await slots.grant(URL, 1, None)
        assert count == 0 and retry_at is not None
        assert 25 < (retry_at - datetime.now(UTC)).total_seconds() <= 30

    with_slots(room, trial)


@pytest.mark.parametrize(("delay_s", "crawl_delay_s"), [(5.0, None), (0.0, 5.0), (1.0, 5.0), (5.0, 1.0)])
def test_under_a_delay_slots_are_given_back_at_once_and_the_longer_one_holds(
    room: StoreRoom, delay_s: float, crawl_delay_s: float | None
) -> None:
    async def trial(slots: HostSlots) -> None:
        count, retry_at = await slots.grant(URL, 2, crawl_delay_s)
        assert count == 1 and retry_at is not None
        assert 4.5 < (retry_at - datetime.now(UTC)).total_seconds() <= 5
        slots.free(URL)
        await slots.give_back([URL])
        assert await held(room) == 0
        assert (await slots.grant(URL, 1, crawl_delay_s))[0] == 0

    with_slots(room, trial, delay_s=delay_s)


def test_slots_that_no_row_waits_for_are_given_back(room: StoreRoom) -> None:
    async def trial(slots: HostSlots) -> None:
        await slots.grant(URL, 2, None)
        slots.free(URL)
        await slots.give_back([URL])
        assert await held(room) == 2
        await slots.give_back(["http://other.example/"])
        assert await held(room) == 1, "the other one is in use"

    with_slots(room, trial)


def test_after_its_time_a_slot_is_left_to_another_process(room: StoreRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_slots, "REUSE_S", 0.1)

    async def trial(slots: HostSlots) -> None:
        await slots.grant(URL, 2, None)
        slots.free(URL)
        await asyncio.sleep(0.15)
        await slots.give_back([URL])
        assert await held(room) == 1, "the other one is in use"
        count, retry_at = await slots.grant(URL, 1, None)
        assert count == 0 and retry_at is not None, "it would be taken before anyone else has looked"
        other = await room.call(room.hosts.grant, HOST, 1, 0, 2, "another source", datetime.now(UTC), 60)
        assert other.count == 1
        await asyncio.sleep(host_slots.TURN_S)
        assert (await slots.grant(URL, 1, None))[0] == 0, "it is the other's turn"
        await room.call(room.hosts.release_holder, "another source")
        await asyncio.sleep(0.3)
        assert (await slots.grant(URL, 1, None))[0] == 1

    with_slots(room, trial)


def test_a_host_rests_when_it_is_to_be_left_alone_for_longer_than_a_run_waits(room: StoreRoom) -> None:
    async def trial(slots: HostSlots) -> None:
        assert not slots.rests(URL)
        await room.call(room.hosts.set_backoff, HOST, datetime.now(UTC) + timedelta(seconds=20))
        await slots.grant(URL, 1, None)
        assert slots.rests(URL)

    with_slots(room, trial, patience_s=10)


def test_a_host_does_not_rest_within_patience_or_its_own_delay(room: StoreRoom) -> None:
    async def trial(slots: HostSlots) -> None:
        await room.call(room.hosts.set_backoff, HOST, datetime.now(UTC) + timedelta(seconds=5))
        await slots.grant(URL, 1, None)
        assert not slots.rests(URL)
        await room.call(room.hosts.set_backoff, HOST, datetime.now(UTC) + timedelta(seconds=20))
        await slots.grant(URL, 1, 30.0)
        assert not slots.rests(URL)

    with_slots(room, trial, patience_s=10)
