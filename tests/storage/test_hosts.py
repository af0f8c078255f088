from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from storage.catalogue_open import open_store
from storage.hosts import ROBOTS_LIMIT_BYTES, Grant, Hosts, Robots
from storage.stamps import moment
from tests.storage.outcomes import START, after

ROOT = Path(__file__).resolve().parents[2]
HOST = "paper.test"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an empty catalogue lies."""
    open_store(tmp_path / "catalogue.sqlite").close()
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def hosts(path: Path) -> Iterator[Hosts]:
    """Its hosts."""
    with Hosts.open(path) as hosts:
        yield hosts


def ask(
    hosts: Hosts,
    at: float = 0,
    want: int = 1,
    delay_s: float = 0,
    concurrency: int = 2,
    holder: str = "one",
    host: str = HOST,
) -> Grant:
    return hosts.grant(host, want, delay_s, concurrency, holder, after(at), 100)


def near(at: datetime | None, seconds: float) -> bool:
    """Tell whether `at` is so many seconds after START, give or take what a call costs."""
    return at is not None and abs((at - after(seconds)).total_seconds()) < 0.1


# --- how many at once --------------------------------------------------------------------------


def test_no_more_than_the_host_bears_at_once(hosts: Hosts) -> None:
    assert ask(hosts, want=1) == Grant(1, None)
    assert ask(hosts, want=5, holder="two").count == 1
    denied = ask(hosts, want=1)
    assert denied.count == 0 and near(denied.retry_at, 0.25)
    assert ask(hosts, want=1, host="other.test").count == 1


def test_a_slot_given_back_is_free_again(hosts: Hosts) -> None:
    ask(hosts, want=2)
    assert hosts.release_slots(HOST, "two") == 0
    assert hosts.release_slots(HOST, "one") == 1
    assert ask(hosts, want=2).count == 1
    assert hosts.release_slots(HOST, "one", 9) == 2


def test_a_holder_gives_back_everything_when_it_ends(hosts: Hosts) -> None:
    ask(hosts, want=2)
    ask(hosts, want=1, host="other.test")
    assert hosts.release_holder("one") == 3


def test_the_slots_of_a_dead_holder_run_out(hosts: Hosts) -> None:
    ask(hosts, want=2, holder="dead")
    assert near(ask(hosts, 99.9).retry_at, 100)
    assert ask(hosts, 99.9).count == 0
    assert ask(hosts, 100.5, want=2).count == 2


def test_a_host_that_bears_more_for_one_source_bears_less_for_another(hosts: Hosts) -> None:
    ask(hosts, want=4, concurrency=4)
    assert ask(hosts, concurrency=2).count == 0


# --- how often ---------------------------------------------------------------------------------


def test_with_a_delay_one_is_granted_at_a_time(hosts: Hosts) -> None:
    first = ask(hosts, 0, want=5, delay_s=10, concurrency=8)
    assert first.count == 1 and near(first.retry_at, 10)
    assert ask(hosts, 9.5, delay_s=10).count == 0
    assert ask(hosts, 10.5, delay_s=10).count == 1


def test_the_longest_delay_wins(hosts: Hosts) -> None:
    hosts.set_crawl_delay(HOST, 5)
    ask(hosts, 0, delay_s=1, concurrency=9)
    assert near(ask(hosts, 1, delay_s=1).retry_at, 5)
    assert ask(hosts, 6, delay_s=20, concurrency=9).count == 0
    assert ask(hosts, 21, delay_s=20, concurrency=9).count == 1
    assert ask(hosts, 31, delay_s=1, concurrency=9).count == 0, "the grant before asked for 20 s after it"
    hosts.set_crawl_delay(HOST, None)
    assert ask(hosts, 42, want=3, delay_s=0, concurrency=9).count == 3


def test_a_back_off_holds_for_all_until_the_later_time(hosts: Hosts) -> None:
    hosts.set_backoff(HOST, after(50))
    hosts.set_backoff(HOST, after(20))
    refused = ask(hosts, 49)
    assert refused == Grant(0, after(50))
    assert ask(hosts, 50.5).count == 1


def test_a_clock_set_back_does_not_stop_the_host(hosts: Hosts) -> None:
    ask(hosts, 10**6, delay_s=10)
    hosts.release_holder("one")
    refused = ask(hosts, 0, delay_s=10)
    assert refused.count == 0 and near(refused.retry_at, 10)
    assert ask(hosts, 10.5, delay_s=10).count == 1


def test_hostile_names_are_names(hosts: Hosts) -> None:
    name = "'; DROP TABLE t_host; --\0粮食"
    assert ask(hosts, host=name).count == 1
    assert hosts.release_slots(name, "one") == 1


# --- across processes --------------------------------------------------------------------------

WORKER = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path
from storage.hosts import Hosts

path, holder, seconds, delay_s, concurrency, hold = sys.argv[1:]
with Hosts.open(Path(path)) as hosts:
    print("ready", flush=True)
    sys.stdin.readline()
    end, held = time.time() + float(seconds), []
    while time.time() < end:
        grant = hosts.grant("paper.test", 2, float(delay_s), int(concurrency), holder, datetime.now(UTC), 1000)
        began = time.monotonic_ns()
        if hold == "keep":
            continue
        time.sleep(0.002)
        for _ in range(grant.count):
            held.append((began, time.monotonic_ns()))
            hosts.release_slots("paper.test", holder)
print(json.dumps(held))
"""


def race(path: Path, delay_s: float, concurrency: int, hold: str) -> list[list[tuple[int, int]]]:
    """Let two processes ask for a second; return when each held a slot."""
    arguments = ["1.0", str(delay_s), str(concurrency), hold]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path), holder, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for holder in ("one", "two")
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    return [json.loads(answer) for answer in answers]


def test_two_processes_together_never_hold_more_than_the_host_bears(path: Path) -> None:
    held = race(path, 0, 3, "release")
    assert all(len(spans) > 20 for spans in held), "both had their share"
    turns = sorted((at, change) for spans in held for span in spans for at, change in zip(span, (1, -1), strict=True))
    under_way = most = 0
    for _, change in turns:
        under_way += change
        most = max(most, under_way)
    assert most == 3
    with Hosts.open(path) as hosts:
        assert hosts.release_holder("one") == hosts.release_holder("two") == 0


def test_two_processes_together_keep_the_delay(path: Path) -> None:
    race(path, 0.05, 10**6, "keep")
    store = open_store(path)
    # A slot ends a fixed time after its grant, so these are the moments of all grants, shifted.
    ends = [
        (moment(row.until), row.holder) for row in store.rows("SELECT until, holder FROM t_host_slot ORDER BY until")
    ]
    store.close()
    gaps = [(other[0] - one[0]).total_seconds() for one, other in pairwise(ends)]
    assert len(gaps) >= 10 and {holder for _, holder in ends} == {"one", "two"}
    assert min(gaps) >= 0.05


# --- robots.txt --------------------------------------------------------------------------------


def test_what_a_robots_txt_said_is_kept_with_its_delay(hosts: Hosts) -> None:
    assert hosts.robots(HOST) is None
    ask(hosts)
    assert hosts.robots(HOST) is None
    said = Robots(HOST, START, "rules", "Disallow: /私/\n", "urn:uuid:1", 3.0)
    hosts.put_robots(said)
    assert hosts.robots(HOST) == said
    later = Robots(HOST, after(5), "allow", "")
    hosts.put_robots(later)
    assert hosts.robots(HOST) == later
    assert ask(hosts, delay_s=0, want=1).count == 1


def test_a_long_robots_txt_is_cut_between_characters(hosts: Hosts) -> None:
    hosts.put_robots(Robots(HOST, START, "rules", "私" * ROBOTS_LIMIT_BYTES + "\ud800"))
    kept = hosts.robots(HOST)
    assert kept is not None
    assert kept.text == "私" * (ROBOTS_LIMIT_BYTES // 3)
