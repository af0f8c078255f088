"""A version that is not what its capture gives is found, whichever field was touched; another extractor's is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import readings
from pipelines.extract import EXTRACTOR
from pipelines.recover import catch_up
from storage.catalogue import Catalogue
from storage.catalogue_readings import Answer, Place
from storage.finding import Finding
from storage.verify_texts import TextAudit
from tests.pipelines.crawled import BODY_BYTES, Crawl, open_catalogue, story

TOUCHED = {
    "title": "'另一个标题'",
    "published": "'2020-01-01'",
    "origin": "'别家'",
    "authors": "'[\"某某\"]'",
    "editors": "'no JSON'",
    "body": "replace(body, '塌了', '修通')",
    "body_sha256": "'" + "0" * 64 + "'",
    "details": "'{\"views\":7}'",
    "extractor": f"'{EXTRACTOR}+00000000'",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions of two pages, one of them known by a revisit."""
    archive_dir = tmp_path_factory.mktemp("texts")
    first = Crawl(archive_dir, 1)
    capture = first.article(1)
    first.list(1)
    first.end()
    second = Crawl(archive_dir, 2)
    second.made("/a/1.html", story(1, "闸口村的水渠又塌了一段，村民说秧苗要等水。"))
    second.again("/a/2.html", capture, story(1))
    second.end()
    with open_catalogue(archive_dir) as catalogue:
        catch_up(archive_dir, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
    return archive_dir


@pytest.fixture
def archive_dir(made: Path) -> Iterator[Path]:
    """The same, put back after each test."""
    catalogue = made / "catalogue.sqlite"
    before = catalogue.read_bytes()
    yield made
    for suffix in ("-wal", "-shm"):
        catalogue.with_name(catalogue.name + suffix).unlink(missing_ok=True)
    catalogue.write_bytes(before)


def touch(archive_dir: Path, statement: str) -> None:
    connection = sqlite3.connect(archive_dir / "catalogue.sqlite")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(statement)
    connection.commit()
    connection.close()


def audit(archive_dir: Path) -> tuple[list[Finding], int, int]:
    def read(places: list[Place]) -> Iterator[list[Answer]]:
        told = readings._read(str(archive_dir), places, BODY_BYTES)
        yield [readings._answer(place, *one) for place, one in zip(places, told, strict=True)]

    with Catalogue.open(archive_dir / "catalogue.sqlite", read_only=True) as catalogue:
        texts = TextAudit(catalogue.store, EXTRACTOR)
        return list(texts.findings(read)), len(texts.places), texts.others


def test_what_was_read_is_read_again(archive_dir: Path) -> None:
    assert audit(archive_dir) == ([], 3, 0)


@pytest.mark.parametrize("field", TOUCHED)
def test_a_touched_field_is_found_and_named(archive_dir: Path, field: str) -> None:
    touch(archive_dir, f"UPDATE t_version SET {field} = {TOUCHED[field]} WHERE number = 2")
    ((finding,), compared, others) = audit(archive_dir)
    assert (finding.kind, compared, others) == ("text", 3, 0)
    assert finding.detail.endswith(f"(http://paper.test/a/1.html) reads otherwise in {field}")
    assert finding.offset is not None and (archive_dir / "warc" / finding.file).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE t_version SET captured = '2020-01-01T00:00:00.000000Z' WHERE number = 2",
        "UPDATE t_version SET payload_digest = 'sha256:00' WHERE number = 2",
        "UPDATE t_version SET capture_id = 'urn:uuid:0' WHERE number = 2",
    ],
)
def test_a_version_that_is_not_of_its_capture_is_found(archive_dir: Path, statement: str) -> None:
    touch(archive_dir, statement)
    findings, *_ = audit(archive_dir)
    assert [finding.kind for finding in findings] == ["text"]
    assert "is not of the time and payload of its capture" in findings[0].detail


def test_a_version_that_was_taken_out_is_found(archive_dir: Path) -> None:
    touch(archive_dir, "DELETE FROM t_version WHERE number = 2")
    findings, *_ = audit(archive_dir)
    assert [finding.kind for finding in findings] == ["text"]
    assert findings[0].detail.endswith("(http://paper.test/a/1.html) is not in the catalogue")


def test_what_another_extractor_read_is_counted_and_not_judged(archive_dir: Path) -> None:
    touch(archive_dir, "UPDATE t_version SET extractor = 'shilu/0', body = 'x' WHERE number = 2")
    touch(
        archive_dir, f"UPDATE t_version SET extractor = '{EXTRACTOR}0' WHERE number = 1 AND captured > '2026-11-22T10'"
    )
    assert audit(archive_dir) == ([], 1, 2)


def test_a_capture_that_gives_no_article_is_found(archive_dir: Path) -> None:
    touch(
        archive_dir,
        "UPDATE t_version SET capture_id = (SELECT id FROM t_capture WHERE url LIKE '%/list.html') WHERE number = 2",
    )
    findings, *_ = audit(archive_dir)
    assert any("gives no article when it is read again" in finding.detail for finding in findings)
