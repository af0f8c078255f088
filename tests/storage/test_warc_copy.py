from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from pipelines.rebuild import rebuild
from storage.archive_files import warc_path
from storage.catalogue import Catalogue
from storage.catalogue_selection import Chosen, Selection, Text, chosen, text_of
from storage.digest import sha256_of
from storage.errors import WarcError
from storage.reader import records
from storage.scanner import scan
from storage.seals import open_seals
from storage.warc import member_of
from storage.warc_copy import ReadText, WarcCopy, copy_range
from storage.warc_members import WarcRecord
from storage.warc_records import conversion_record
from tests.storage.exchanges import AT, counted_ids
from tests.storage.holdings import NEXT_DAY, Holdings


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    made = Holdings.make(tmp_path)
    yield made
    made.catalogue.close()


def copied(
    holdings: Holdings, out: Path, selection: Selection | None = None, read_text: ReadText | None = None
) -> dict[str, int]:
    """Copy what is chosen to `out` and return where each capture now lies."""
    note = (("software", "test"), ("description", "一个选择"))
    with out.open("wb") as file:
        copy = WarcCopy(
            holdings.folder, file, name=out.name, note=note, made=AT, new_id=counted_ids(), read_text=read_text
        )
        items = chosen(holdings.catalogue.store, selection or Selection())
        places = {item.capture.id: copy.add(item) for item in items}
        copy.close()
    assert copy.size == out.stat().st_size
    return places


def members(path: Path) -> list[tuple[WarcRecord, bytes]]:
    """Return the records of a file with the bytes of their members."""
    content = path.read_bytes()
    return [(record, content[record.offset : record.offset + record.length]) for record in records(path)]


def test_members_are_those_of_the_archive_and_stand_under_what_they_came_from(holdings: Holdings) -> None:
    out = holdings.folder / "copy.warc.gz"
    places = copied(holdings, out, Selection(since=NEXT_DAY))
    theirs = {member for name in ("one", "copy") for _, member in members(_file(holdings, name))}
    own, *rest = members(out)
    assert {member for _, member in rest} <= theirs
    kinds = [record.type for record, _ in rest]
    attempt = ["request", "metadata"]
    assert kinds == [
        *["warcinfo", "resource", "response", *attempt, "response", *attempt],
        *["warcinfo", "resource", "revisit", *attempt, "revisit", *attempt, "revisit", *attempt],
    ]
    assert own[0].type == "warcinfo"
    assert own[0].field("WARC-Filename") == "copy.warc.gz"
    assert own[0].block[:].decode() == "software: test\r\ndescription: 一个选择\r\n"
    for record, _ in rest:
        if record.type in ("response", "revisit"):
            assert places[record.record_id] == record.offset


def _file(holdings: Holdings, name: str) -> Path:
    return warc_path(holdings.folder, holdings[name].warc_file)


@pytest.mark.parametrize("selection", [Selection(), Selection(since=NEXT_DAY), Selection(until=NEXT_DAY)])
@pytest.mark.parametrize("text", [None, Text("题", "文")])
def test_a_copy_leaves_nothing_that_it_names_behind(
    holdings: Holdings, tmp_path: Path, selection: Selection, text: Text | None
) -> None:
    out = tmp_path / "copy.warc.gz"
    assert copied(holdings, out, selection, lambda item: text)
    assert list(scan([out])) == []


def test_others_read_the_copy(holdings: Holdings) -> None:
    out = holdings.folder / "copy.warc.gz"
    copied(holdings, out, read_text=lambda item: Text("题", "文"))
    with out.open("rb") as file:
        read = [record.verify_block_digest() for record in ArchiveIterator(file, parse_http=False)]
    assert len(read) == len(members(out)) and all(read)


def test_conversions_follow_their_attempt_and_name_the_response(holdings: Holdings) -> None:
    out = holdings.folder / "copy.warc.gz"
    store = holdings.catalogue.store

    def read_text(item: Chosen) -> Text | None:
        return None if item.version_id is None else text_of(store, item.version_id)

    copied(holdings, out, read_text=read_text)
    found = [record for record, _ in members(out)]
    conversions = [record for record in found if record.type == "conversion"]
    assert [record.field("WARC-Refers-To") for record in conversions] == [
        f"<{holdings[name].id}>" for name in ("one", "two")
    ], "of responses alone: a revisit's text stands with what it refers to"
    for record, said in zip(conversions, ("标题\n甲。\n", "标题\n乙。\n"), strict=True):
        assert record.field("Content-Type") == "text/plain; charset=utf-8"
        assert record.block[:].decode() == said
        assert record.field("WARC-Block-Digest") == record.field("WARC-Payload-Digest") == sha256_of(said.encode())
        before = found[found.index(record) - 1]
        assert before.type == "metadata"
        assert str(record.field("WARC-Refers-To"))[1:-1] in before.concurrent_to


def test_an_archive_that_holds_conversions_means_the_same(holdings: Holdings, tmp_path: Path) -> None:
    """Whoever puts them between our records changes neither the catalogue nor what the audit finds."""
    plain, mixed = tmp_path / "plain", tmp_path / "mixed"
    for folder in (plain, mixed):
        (folder / "warc").mkdir(parents=True)
        for path in sorted((holdings.folder / "warc").iterdir()):
            content = path.read_bytes() if folder is plain else _with_conversions(holdings, path)
            (folder / "warc" / path.name).write_bytes(content)
            with open_seals(folder) as seals:
                seals.append(path.name, len(content), sha256_of(content).removeprefix("sha256:"), AT)
        assert rebuild(folder, max_body_bytes=1 << 20, tell=lambda line: None).findings == ()
    assert _truth(mixed) == _truth(plain)
    assert len(_truth(plain)["capture"]) == 7


def _with_conversions(holdings: Holdings, path: Path) -> bytes:
    by_id = {capture.id: capture for capture in holdings.captures.values()}
    new_id, content, warcinfo_id = counted_ids(), b"", ""
    for record, member in members(path):
        content += member
        warcinfo_id = record.record_id if record.type == "warcinfo" else warcinfo_id
        for capture in (by_id[name] for name in record.concurrent_to if record.type == "metadata" and name in by_id):
            if capture.kind == "response":
                made = conversion_record(capture.url, "题\n文\n", new_id(), capture.id, AT, warcinfo_id)
                content += member_of(made)
    return content


def _truth(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with Catalogue.open(folder / "catalogue.sqlite", read_only=True) as catalogue:
        where = {"warc_offset", "warc_length", "size_bytes", "sha256"}
        return {
            view: sorted(
                [tuple((k, str(v)) for k, v in row.items() if k not in where) for row in catalogue.view(view)], key=repr
            )
            for view in ("capture", "article", "version", "failure", "event", "crawl", "warc")
        }


def test_a_capture_that_is_not_where_the_catalogue_says_is_refused(holdings: Holdings) -> None:
    copy = WarcCopy(holdings.folder, BytesIO(), name="x.warc.gz", note=(), made=AT, new_id=counted_ids())
    for wrong, complaint in (
        (replace(holdings["one"], id="urn:uuid:other"), "is not urn:uuid:other, as the catalogue says"),
        (replace(holdings["one"], warc_offset=5), "record at 5"),
        (replace(holdings["one"], warc_file="none.warc.gz"), "none.warc.gz: cannot be read"),
    ):
        with pytest.raises(Exception, match=complaint):
            copy.add(Chosen(wrong, True, None))
    copy.close()


def test_a_record_beyond_the_end_is_refused(holdings: Holdings) -> None:
    path = _file(holdings, "one")
    with path.open("rb") as file, pytest.raises(WarcError, match="ends before"):
        list(copy_range(file, path, path.stat().st_size - 5, 10))


def test_a_file_that_is_still_written_gives_what_is_whole(holdings: Holdings) -> None:
    path = _file(holdings, "copy")
    content = path.read_bytes()
    last = members(path)[-1][0]
    assert last.type == "metadata"
    path.rename(path.with_name(path.name + ".open"))
    path.with_name(path.name + ".open").write_bytes(content[: last.offset + 9])
    out = holdings.folder / "copy.warc.gz"
    copied(holdings, out, Selection(urls=(holdings["copy"].url,)))
    assert [record.type for record, _ in members(out)][-2:] == ["revisit", "request"]
    gzip.decompress(out.read_bytes())
