from __future__ import annotations

import os
import tempfile
import tracemalloc
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage.record_ledger
from storage.errors import StorageError
from storage.record_ledger import Link, RecordLedger, RecordPrint, judge_link, print_of

RESPONSE = print_of("response", target="http://a.cn/", date="2026", payload="sha256:" + "ab" * 32)


def urn(number: int) -> str:
    return f"urn:uuid:{UUID(int=number)}"


def kinds(ledger: RecordLedger) -> list[tuple[str, str, int | None]]:
    return sorted((finding.kind, finding.file, finding.offset) for finding in ledger.findings())


def test_duplicates_and_dangling_references_across_files() -> None:
    with RecordLedger() as ledger:
        ledger.open_file("a")
        ledger.add(urn(1), 0, Link.ITSELF, RESPONSE)
        ledger.add(urn(2), 10, Link.CONCURRENT, RecordPrint("request"))
        ledger.add("http://a.cn/id/1", 20, Link.ITSELF, RESPONSE)
        ledger.open_file("b")
        ledger.add(urn(1), 5, Link.ITSELF, RESPONSE)
        ledger.add(urn(2), 15, Link.ITSELF, print_of("request"))
        ledger.add("http://a.cn/id/1", 25, Link.REFERS, RecordPrint("conversion"))
        ledger.add("http://a.cn/id/2", 35, Link.REFERS, RecordPrint("conversion"))
        ledger.add(urn(3), 45, Link.WARCINFO, RecordPrint("response"))
        found = list(ledger.findings())
        assert kinds(ledger) == [("dangling", "b", 35), ("dangling", "b", 45), ("duplicate-id", "b", 5)]
        (duplicate,) = [str(finding) for finding in found if finding.kind == "duplicate-id"]
        assert urn(1) in duplicate and "a at 0" in duplicate
        assert any(urn(3) in str(finding) for finding in found)


@pytest.mark.parametrize(
    ("link", "said", "there", "problem"),
    [
        (Link.WARCINFO, RecordPrint("response"), print_of("warcinfo"), None),
        (Link.WARCINFO, RecordPrint("response"), print_of("metadata"), "names a metadata record"),
        (Link.CONCURRENT, RecordPrint("request"), RESPONSE, None),
        (Link.CONCURRENT, RecordPrint("request"), print_of("warcinfo"), "names a warcinfo record"),
        (Link.CONCURRENT, print_of("request", date="2027"), RESPONSE, "names a record of another date"),
        (Link.CONCURRENT, print_of("request", target="http://b.cn/"), RESPONSE, "names a record of another URI"),
        (Link.REVISITS, print_of("revisit", payload="sha256:" + "ab" * 32), RESPONSE, None),
        (Link.REVISITS, print_of("revisit", payload="sha1:" + "cd" * 20), RESPONSE, None),
        (
            Link.REVISITS,
            print_of("revisit", payload="sha256:" + "cd" * 32),
            RESPONSE,
            "names a record of another payload",
        ),
        (Link.REVISITS, RecordPrint("revisit"), print_of("revisit"), "names a revisit record"),
        (Link.REVISITS, RecordPrint("revisit"), print_of("request"), "names a request record"),
        (Link.REVISITS, RecordPrint("revisit"), print_of("response", truncated=True), "names a truncated record"),
        (Link.REFERS, RecordPrint("conversion"), print_of("revisit", truncated=True), None),
    ],
)
def test_what_may_be_named(link: Link, said: RecordPrint, there: RecordPrint, problem: str | None) -> None:
    assert judge_link(link, said, there) == problem
    with RecordLedger() as ledger:  # and the same from what it keeps
        ledger.open_file("a")
        ledger.add(urn(9), 0, link, said)
        ledger.add(urn(9), 1, Link.ITSELF, there)
        (finding,) = list(ledger.findings()) or [None]
        assert (finding is None) == (problem is None)
        assert finding is None or (problem is not None and problem in finding.detail)


Entries = list[tuple[int, bool]]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=60), st.integers(1, 9))
def test_runs_on_disk_change_nothing(entries: Entries, run: int) -> None:
    def found(size: int) -> list[tuple[str, str, int | None]]:
        storage.record_ledger._RUN_ENTRIES = size
        try:
            with RecordLedger() as ledger:
                ledger.open_file("a")
                for offset, (number, is_there) in enumerate(entries):
                    link = Link.ITSELF if is_there else Link.CONCURRENT
                    ledger.add(urn(number), offset, link, RecordPrint("request"))
                return kinds(ledger)
        finally:
            storage.record_ledger._RUN_ENTRIES = 50_000

    there = [number for number, is_there in entries if is_there]
    dangling = [offset for offset, (number, is_there) in enumerate(entries) if not is_there and number not in there]
    expected = found(1000)
    assert found(run) == expected
    assert [offset for kind, _, offset in expected if kind == "dangling"] == dangling
    assert sum(kind == "duplicate-id" for kind, _, _ in expected) == len(there) - len(set(there))


def test_memory_stays_flat_however_many_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.record_ledger, "_RUN_ENTRIES", 1000)
    peaks = []
    for records in (3_000, 12_000):
        tracemalloc.start()
        with RecordLedger() as ledger:
            ledger.open_file("a")
            for number in range(records):
                ledger.add(urn(number * 7919 % records), number, Link.ITSELF, RESPONSE)
            assert list(ledger.findings()) == []
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000


def test_no_room_for_the_temporary_file_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage.record_ledger, "_RUN_ENTRIES", 2)
    monkeypatch.setattr(tempfile, "tempdir", os.devnull)
    with RecordLedger() as ledger, pytest.raises(StorageError, match=r"no temporary file .* set TMPDIR"):
        ledger.open_file("a")
        for number in range(2):
            ledger.add(urn(number), 0, Link.ITSELF, RESPONSE)
