from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.changes import settle
from storage.archive_files import OPEN_SUFFIX
from storage.catalogue import Catalogue
from storage.digest import sha256_of
from storage.errors import StorageError
from storage.model import Capture, Original, Outcome, Thresholds
from storage.originals import Originals, response_of
from storage.warc import WarcWriter
from tests.storage.exchanges import AT, ATTEMPT, BODY, CRAWL, EXCHANGE, SOURCE, exchange, files, revisit, writer

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Trial:
    """An archive and its catalogue, in step."""

    def __init__(self, folder: Path) -> None:
        """Begin a crawl below `folder`."""
        self.folder = folder
        self.writer: WarcWriter = writer(folder)
        self.catalogue = Catalogue.open(folder / "catalogue.sqlite", settle=settle)
        self.catalogue.start_crawl(CRAWL, SOURCE, AT, Thresholds())

    def originals(self) -> Originals:
        return Originals(self.catalogue.store, self.folder, SOURCE.name)

    def add(self, number: int, response: bytes = EXCHANGE.response, **changes: object) -> Capture:
        made = exchange(number, response=response, **changes)
        capture = self.writer.append(made, ATTEMPT)
        assert capture is not None
        self.commit(capture)
        return capture

    def commit(self, capture: Capture) -> None:
        self.catalogue.commit([Outcome(ATTEMPT, capture.url, capture.captured, capture, None)], now=NOW, frontier=False)


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path)
    yield made
    made.catalogue.close()


DIGEST = sha256_of(BODY)


def test_the_earliest_response_with_the_payload_is_found_wherever_its_file_lies(trial: Trial, tmp_path: Path) -> None:
    second, first = trial.add(2), trial.add(1)
    found = trial.originals().find(DIGEST, "")
    assert found is not None
    assert found == revisit(first).original
    assert found.captured < second.captured
    assert files(tmp_path)[0].name.endswith(OPEN_SUFFIX)
    assert response_of(tmp_path, found) == EXCHANGE.response
    trial.writer.close()
    assert trial.originals().find(DIGEST, "") == found
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "warc", moved / "warc")
    assert Originals(trial.catalogue.store, moved, SOURCE.name).response(found) == EXCHANGE.response


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"truncated": "length"},
        {"response": EXCHANGE.response[:-1]},
        {"response": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    ],
)
def test_what_is_cut_no_answer_to_get_or_empty_is_never_referred_to(trial: Trial, changes: dict[str, object]) -> None:
    capture = trial.add(1, **changes)  # type: ignore[arg-type]
    assert trial.originals().find(capture.payload_digest, "") is None
    assert trial.originals().by_id(capture.id) is None


def test_a_revisit_is_never_referred_to(trial: Trial, tmp_path: Path) -> None:
    first = trial.add(1)
    second = trial.writer.append(exchange(2, response=EXCHANGE.response), ATTEMPT, revisit=revisit(first))
    assert second is not None and second.kind == "revisit"
    trial.commit(second)
    assert [found.id for found in (trial.originals().find(DIGEST, ""),) if found] == [first.id]
    assert trial.originals().by_id(second.id) is None
    (tmp_path / "warc" / files(tmp_path)[0].name).unlink()
    assert trial.originals().find(DIGEST, "") is None


def chunked(name: str, pieces: int = 1) -> bytes:
    """Return the article in chunks, said to be coded as `name`."""
    size = -(-len(BODY) // pieces)
    parts = [BODY[at : at + size] for at in range(0, len(BODY), size)]
    head = f"HTTP/1.1 200 OK\r\nX-Long: {'x' * 9000}\r\nTransfer-Encoding: Chunked\r\nContent-Encoding: {name}\r\n\r\n"
    return head.encode() + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_only_what_is_wrapped_alike_is_referred_to(trial: Trial) -> None:
    plain, cut, coded = trial.add(1), trial.add(2, chunked("identity")), trial.add(3, chunked("GZIP", 2))
    found = trial.originals()
    for wrapping, capture in (("", plain), ("chunked", cut), ("chunked gzip", coded)):
        assert found.find(DIGEST, wrapping) == revisit(capture).original
    assert found.find(DIGEST, "gzip") is None


def test_another_source_has_its_own(trial: Trial, tmp_path: Path) -> None:
    trial.add(1)
    assert Originals(trial.catalogue.store, tmp_path, "other").find(DIGEST, "") is None


def test_what_the_archive_lost_is_passed_over(trial: Trial, tmp_path: Path) -> None:
    first = trial.add(1)
    trial.writer.close()
    trial.writer = writer(tmp_path)
    second = trial.add(2)
    lost = next(path for path in files(tmp_path) if path.name == first.warc_file)
    kept = lost.rename(tmp_path / "aside")
    found = trial.originals().find(DIGEST, "")
    assert found is not None and found.id == second.id
    kept.rename(lost)
    found = trial.originals().find(DIGEST, "")
    assert found is not None and found.id == first.id


def _other_record(path: Path, capture: Capture) -> None:
    path.write_bytes(b"\0" * capture.warc_offset + path.read_bytes()[: capture.warc_length])


def _cut(path: Path, capture: Capture) -> None:
    path.write_bytes(path.read_bytes()[: capture.warc_offset + capture.warc_length - 1])


def _garbage(path: Path, capture: Capture) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize("spoil", [_other_record, _cut, _garbage])
def test_a_file_that_is_no_longer_what_was_catalogued_is_not_trusted(
    trial: Trial, tmp_path: Path, spoil: object
) -> None:
    capture = trial.add(1)
    assert callable(spoil)
    spoil(files(tmp_path)[0], capture)
    assert trial.originals().find(DIGEST, "") is None


@pytest.mark.parametrize("changes", [{"id": "urn:uuid:other"}, {"payload_digest": sha256_of(b"")}])
def test_the_record_itself_is_asked(trial: Trial, tmp_path: Path, changes: dict[str, str]) -> None:
    original: Original = revisit(trial.add(1)).original
    assert trial.originals().holds(original)
    assert not trial.originals().holds(replace(original, **changes))


def test_the_archive_is_asked_once_for_each_original(trial: Trial, tmp_path: Path) -> None:
    original = revisit(trial.add(1)).original
    originals = trial.originals()
    assert originals.holds(original)
    files(tmp_path)[0].unlink()
    assert originals.holds(original)
    with pytest.raises(StorageError, match="cannot be read"):
        originals.response(original)


def test_another_record_is_not_taken_for_the_original(trial: Trial, tmp_path: Path) -> None:
    original = revisit(trial.add(1)).original
    with pytest.raises(StorageError, match="not urn:uuid:other"):
        response_of(tmp_path, replace(original, id="urn:uuid:other"))
