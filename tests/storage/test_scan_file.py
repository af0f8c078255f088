from __future__ import annotations

import io
from pathlib import Path

from storage.finding import Finding
from storage.record_ledger import RecordLedger
from storage.scan_file import FileScan, own_print
from tests.mutation import good_records, packed, put


def scan(name: str, content: bytes, ledger: RecordLedger) -> tuple[list[str], list[Finding]]:
    scanned = FileScan(io.BytesIO(content), Path(name), name, ledger)
    types = [record.header.type for record in scanned]
    return types, scanned.findings()


def test_records_come_in_order_and_only_what_is_far_goes_to_the_ledger(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    with RecordLedger() as ledger:
        types, findings = scan(name, packed(plain), ledger)
        assert types[:5] == ["warcinfo", "resource", "response", "request", "metadata"]
        assert len(types) == len(plain)
        assert findings == []
        assert list(ledger.findings()) == []
        assert len(ledger._entries) == len(plain) + 1  # the second revisit's original is too far back


def test_what_is_near_is_judged_at_once(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    spoilt = put("response", "WARC-Date", b"2026-11-22T13:45:09Z")(plain)
    with RecordLedger() as ledger:
        kinds = [finding.kind for finding in scan(name, spoilt, ledger)[1]]
        assert kinds == ["wrong-reference"] * 3  # by request, metadata and revisit


def test_what_lies_in_another_file_is_found_there(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    at = next(number for number, record in enumerate(plain) if b"WARC-Type: revisit" in record)
    with RecordLedger() as ledger:
        scan("later", packed([plain[0], *plain[at:]]), ledger)
        assert {finding.kind for finding in ledger.findings()} == {"dangling"}
        scan(name, packed(plain[1:at]), ledger)
        assert list(ledger.findings()) == []


def test_a_file_that_is_read_on_need_not_begin_with_its_warcinfo(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    content = packed(plain)
    offset = len(packed(plain[:2]))
    for start, kinds in ((offset, []), (0, ["warcinfo"])):
        with RecordLedger() as ledger:
            scanned = FileScan(io.BytesIO(content[offset:]), Path(name), name, ledger, offset=start)
            assert len(list(scanned)) == len(plain) - 2
            assert [finding.kind for finding in scanned.findings() if finding.kind == "warcinfo"] == kinds


def test_the_print_of_a_record(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path)
    with RecordLedger() as ledger:
        prints = [own_print(record) for record in FileScan(io.BytesIO(packed(plain)), Path(name), name, ledger)]
    assert [found.type for found in prints if found.truncated] == ["revisit", "response"]
    assert all(found.date for found in prints)
    assert prints[2].payload != prints[3].payload == bytes(8)


def test_a_file_joined_of_two_keeps_both_warcinfos(tmp_path: Path) -> None:
    name, plain = good_records(tmp_path / "a")
    _, others = good_records(tmp_path / "b")
    with RecordLedger() as ledger:
        _, findings = scan(name, packed([*plain, *others]), ledger)
        assert findings == []
        assert list(ledger.findings()) == []
    with RecordLedger() as ledger:
        _, findings = scan("renamed", packed(plain), ledger)
        assert [finding.kind for finding in findings] == ["warcinfo"]
