"""Every exchange of a demo crawl is in the WARC byte for byte, and every catalogue row points at its record."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.site import DemoSite, demo_toml
from tests.run import Archive
from tests.warc_by_hand import Record, read_member, read_records


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DemoSite, Archive]]:
    archive = Archive(tmp_path_factory.mktemp("exact"))
    with DemoSite() as site:
        archive.add_source("demo", demo_toml(site.base_url))
        run = archive.scrapy("crawl", "demo")
        assert run.returncode == 5, run.stderr
        yield site, archive


def records(archive: Archive) -> list[Record]:
    return [record for path in sorted((archive.path / "warc").iterdir()) for record in read_records(path)]


def beside(found: list[Record], kind: str) -> dict[str, Record]:
    """Return the records of one kind by each record that they were concurrent to."""
    return {other: record for record in found if record.type == kind for other in record.concurrent_to}


def wire(record: Record, metadata: dict[str, Record]) -> bytes:
    """Return interim + response + surplus, the first and last from the attempt's metadata record."""
    block = metadata[record.id].block
    fields, _, rest = block.partition(b"\r\n\r\n")
    lengths = [0, 0]
    for line in fields.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name in (b"interim-length", b"surplus-length"):
            lengths[name == b"surplus-length"] = int(value)
    interim, surplus = (rest[: lengths[0]], rest[lengths[0] :]) if sum(lengths) else (b"", b"")
    return interim + record.block + surplus


def test_the_archive_holds_exactly_what_passed_on_the_wire(crawled: tuple[DemoSite, Archive]) -> None:
    site, archive = crawled
    found = records(archive)
    metadata, requests = beside(found, "metadata"), beside(found, "request")
    archived = Counter(
        (requests[record.id].block, wire(record, metadata)) for record in found if record.type == "response"
    )
    served = Counter((exchange.received, exchange.sent) for exchange in site.served)
    assert archived == served
    assert sum(served.values()) > 35


def test_one_changed_byte_would_be_seen(crawled: tuple[DemoSite, Archive]) -> None:
    """The control: the comparison above is not blind."""
    site, archive = crawled
    blocks = {record.block for record in records(archive) if record.type == "response"}
    exchange = next(exchange for exchange in site.served if exchange.sent in blocks)
    assert exchange.sent[:-1] + bytes([exchange.sent[-1] ^ 1]) not in blocks


def test_every_capture_row_gives_exactly_its_record(crawled: tuple[DemoSite, Archive]) -> None:
    _, archive = crawled
    rows = archive.rows("SELECT id, url, warc_file, warc_offset, warc_length, payload_digest, status FROM capture")
    assert len(rows) == sum(record.type == "response" for record in records(archive))
    for capture_id, url, name, offset, length, payload_digest, status in rows:
        record = read_member(archive.path / "warc" / name, offset, length)
        assert (record.id, record.target, record.type) == (capture_id, url, "response")
        assert record.fields["warc-payload-digest"] == payload_digest
        assert record.block.split(b" ")[1] == str(status).encode()


def test_every_article_says_what_its_page_says(crawled: tuple[DemoSite, Archive]) -> None:
    site, archive = crawled
    cards = {row[0]: row for row in archive.rows("SELECT url, title, published, origin, editors, body FROM article")}
    for url, expected in site.expected.items():
        _, title, published, origin, editors, body = cards[url]
        assert title == expected.title, url
        assert published == expected.published, url
        assert origin == expected.origin, url
        assert editors == _json(expected.editors), url
        for snippet in expected.paragraphs:
            assert snippet in body, (url, snippet)
        for snippet in expected.lacks:
            assert snippet not in body, (url, snippet)


def _json(names: tuple[str, ...]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def test_verify_agrees(crawled: tuple[DemoSite, Archive]) -> None:
    _, archive = crawled
    run = archive.scrapy("verify")
    assert run.returncode == 0, run.stdout


def test_files_lie_where_the_readme_says(crawled: tuple[DemoSite, Archive]) -> None:
    _, archive = crawled
    names = {path.name for path in archive.path.iterdir()}
    assert {"warc", "seals.jsonl", "catalogue.sqlite"} <= names
    assert not list(Path(archive.path / "warc").glob("*.open"))
