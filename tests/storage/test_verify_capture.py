"""What the catalogue says of a capture is held against its records as a rebuild reads them, and against no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.model import Capture, Tls
from storage.record_ledger import RecordLedger
from storage.scan_file import FileScan
from storage.scan_records import Scanned
from storage.verify_capture import Beside, Difference, of_its_record
from storage.warc_members import open_warc
from tests.storage.exchanges import ATTEMPT, EXCHANGE, exchange, files, revisit, writer


def scanned(folder: Path) -> list[Scanned]:
    (path,) = files(folder)
    with open_warc(path) as file, RecordLedger() as ledger:
        return list(FileScan(file, path, path.name, ledger))


def differences(capture: Capture, records: list[Scanned]) -> list[Difference]:
    at = next(index for index, record in enumerate(records) if record.id == capture.id)
    beside = Beside(capture, records[at])
    found = list(of_its_record(capture, records[at]))
    for record in records[at + 1 :]:
        found += beside.take(record)
    return found


@pytest.fixture
def made(tmp_path: Path) -> tuple[list[Capture], list[Scanned]]:
    """A response over TLS, a cut one, one that is no HTTP, and a revisit, with what was read of them again."""
    archive = writer(tmp_path)
    first = archive.append(exchange(1, tls=Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", False, "expired")), ATTEMPT)
    cut = archive.append(exchange(2, response=EXCHANGE.response[:-3], truncated="time"), ATTEMPT)
    strange = archive.append(exchange(3, response=b"SSH-2.0-OpenSSH_9.2\r\n"), ATTEMPT)
    assert first is not None and cut is not None and strange is not None
    again = archive.append(exchange(4, response=EXCHANGE.response), ATTEMPT, revisit=revisit(first))
    assert again is not None and again.kind == "revisit"
    archive.close()
    return [first, cut, strange, again], scanned(tmp_path)


def test_what_was_catalogued_is_what_the_records_say(made: tuple[list[Capture], list[Scanned]]) -> None:
    captures, records = made
    for capture in captures:
        assert differences(capture, records) == []


def test_each_column_is_held_against_the_attempt_it_belongs_to(made: tuple[list[Capture], list[Scanned]]) -> None:
    captures, records = made
    for capture in captures:
        for name, value in (
            ("status", 299),
            ("mime", "a/b"),
            ("source", "x"),
            ("tls_verified", True),
            ("method", "PUT"),
        ):
            (found,) = differences(replace(capture, **{name: value}), records)  # type: ignore[arg-type]
            assert (found.what, found.listed) == (name.replace("_", " "), value)
            assert found.there == getattr(capture, name)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record.block.kept.__setitem__(slice(None), b"no: fields of ours\r\n"),
        lambda record: record.block.kept.clear(),
        lambda record: setattr(record.block, "kept", None),
    ],
)
def test_what_the_scan_tells_of_is_told_once(
    made: tuple[list[Capture], list[Scanned]], spoil: Callable[[Scanned], object]
) -> None:
    captures, records = made
    for record in records:
        if record.header.type == "metadata":
            spoil(record)
    assert differences(replace(captures[0], status=299), records) == []
