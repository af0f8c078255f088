from __future__ import annotations

import gzip
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from storage.archive_files import warc_path
from storage.catalogue_selection import Selection
from storage.digest import sha256_of
from storage.errors import StorageError
from storage.reader import read_record, records
from storage.wacz import Label, Packed, write_wacz
from storage.wacz_signature import SigningKey
from tests.storage.exchanges import AT, counted_ids, exchange, writer
from tests.storage.holdings import NEXT_DAY, SITE, Holdings

LABEL = Label("选择", "一个选择", "test/1", AT, (("software", "test/1"),), main_url=f"{SITE}/1.html", main_date=AT)


@pytest.fixture
def holdings(tmp_path: Path) -> Iterator[Holdings]:
    made = Holdings.make(tmp_path)
    yield made
    made.catalogue.close()


def package(
    holdings: Holdings, selection: Selection | None = None, key: SigningKey | None = None
) -> tuple[Packed, zipfile.ZipFile]:
    out = BytesIO()
    made = write_wacz(
        out,
        holdings.folder,
        holdings.catalogue.store,
        selection or Selection(),
        LABEL,
        new_id=counted_ids(),
        scratch=holdings.folder,
        key=key,
    )
    return made, zipfile.ZipFile(out)


def index(wacz: zipfile.ZipFile) -> list[tuple[str, str, dict[str, str]]]:
    lines = gzip.decompress(wacz.read("indexes/index.cdx.gz")).decode().splitlines()
    assert lines == sorted(lines)
    parts = [line.split(" ", 2) for line in lines]
    return [(key, timestamp, json.loads(fields)) for key, timestamp, fields in parts]


def pages(wacz: zipfile.ZipFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in wacz.read("pages/pages.jsonl").decode().splitlines()]


def digests(wacz: zipfile.ZipFile) -> None:
    """Check every hash, from the package's own down."""
    manifest = json.loads(wacz.read("datapackage.json"))
    named = {resource["path"]: resource for resource in manifest["resources"]}
    assert named.keys() | {"datapackage.json", "datapackage-digest.json"} == set(wacz.namelist())
    for path, resource in named.items():
        assert resource == {
            "name": path.rpartition("/")[2],
            "path": path,
            "hash": sha256_of(wacz.read(path)),
            "bytes": wacz.getinfo(path).file_size,
        }
    digest = json.loads(wacz.read("datapackage-digest.json"))
    assert digest["path"] == "datapackage.json"
    assert digest["hash"] == sha256_of(wacz.read("datapackage.json"))


def test_sealed_files_go_in_as_they_are(holdings: Holdings) -> None:
    made, wacz = package(holdings)
    assert made == Packed(captures=7, pages=4, files=2)
    digests(wacz)
    for name in {capture.warc_file for capture in holdings.captures.values()}:
        assert wacz.read(f"archive/{name}") == warc_path(holdings.folder, name).read_bytes()
    assert len([name for name in wacz.namelist() if name.startswith("archive/")]) == 2


def test_a_part_is_copied_into_one_file_with_what_its_revisits_refer_to(holdings: Holdings, tmp_path: Path) -> None:
    made, wacz = package(holdings, Selection(urls=(f"{SITE}/copy.html",)))
    assert made == Packed(captures=2, pages=2, files=0)
    digests(wacz)
    (name,) = (name for name in wacz.namelist() if name.startswith("archive/"))
    assert name == "archive/shilu-export-20261122134500123.warc.gz"
    (tmp_path / "copy.warc.gz").write_bytes(wacz.read(name))
    kinds = [record.type for record in records(tmp_path / "copy.warc.gz")]
    assert (kinds.count("response"), kinds.count("revisit")) == (1, 1)


@pytest.mark.parametrize("selection", [Selection(), Selection(since=NEXT_DAY), Selection(urls=(f"{SITE}/old.html",))])
def test_every_line_of_the_index_leads_to_its_record(holdings: Holdings, tmp_path: Path, selection: Selection) -> None:
    _, wacz = package(holdings, selection)
    wacz.extractall(tmp_path / "out")
    by_place = {}
    for key, timestamp, fields in index(wacz):
        path = tmp_path / "out" / "archive" / fields["filename"]
        record = read_record(path, int(fields["offset"]), int(fields["length"]))
        assert record.field("WARC-Target-URI") == fields["url"]
        assert record.field("WARC-Payload-Digest") == fields["digest"]
        assert (record.type == "revisit") is (fields["mime"] == "warc/revisit")
        date = (record.field("WARC-Date") or "").replace("-", "").replace(":", "").replace("T", "").replace(".", "")
        assert timestamp == date[:17]
        by_place[key, timestamp] = record.record_id
    revisits = [fields for _, _, fields in index(wacz) if fields["mime"] == "warc/revisit"]
    originals = {fields["digest"] for _, _, fields in index(wacz) if fields["mime"] != "warc/revisit"}
    assert all(fields["digest"] in originals for fields in revisits), "the package plays alone"
    assert holdings["two held"].id not in by_place.values(), "a 304 shows nothing"
    assert holdings["posted"].id not in by_place.values()


def test_the_block_index_leads_into_the_index(holdings: Holdings) -> None:
    _, wacz = package(holdings)
    meta, *blocks = wacz.read("indexes/index.idx").decode().splitlines()
    assert json.loads(meta.removeprefix("!meta 0 ")) == {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
    content = wacz.read("indexes/index.cdx.gz")
    for line in blocks:
        key, timestamp, fields = line.split(" ", 2)
        place = json.loads(fields)
        member = content[place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == sha256_of(member)
        assert gzip.decompress(member).decode().startswith(f"{key} {timestamp} ")


def test_pages_carry_our_text_once(holdings: Holdings) -> None:
    _, wacz = package(holdings)
    header, *listed = pages(wacz)
    assert (header["format"], header["hasText"]) == ("json-pages-1.0", True)
    shown = {page["id"]: page for page in listed}
    names = ("one", "one again", "copy")
    one, again, copy = (shown[holdings[name].id.removeprefix("urn:uuid:")] for name in names)
    assert one == {
        "id": holdings["one"].id.removeprefix("urn:uuid:"),
        "url": f"{SITE}/1.html",
        "ts": "2026-11-22T13:45:01.123Z",
        "title": "标题",
        "text": "甲。",
    }
    assert again["title"] == "标题" and "text" not in again
    assert copy["text"] == "甲。", "the same text, but of another page"
    assert len(listed) == 4, "a 304 is no capture that can be shown"
    timestamps = {(fields["url"], timestamp) for _, timestamp, fields in index(wacz)}
    for page in listed:
        assert (page["url"], "".join(filter(str.isdigit, page["ts"]))) in timestamps, "a player finds one by the other"


def test_the_manifest_says_what_it_is(holdings: Holdings) -> None:
    _, wacz = package(holdings)
    manifest = json.loads(wacz.read("datapackage.json"))
    del manifest["resources"]
    assert manifest == {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "选择",
        "description": "一个选择",
        "created": "2026-11-22T13:45:00.123Z",
        "software": "test/1",
        "mainPageUrl": f"{SITE}/1.html",
        "mainPageDate": "2026-11-22T13:45:00.123Z",
    }


def test_a_key_signs_the_hash_of_the_manifest(holdings: Holdings) -> None:
    key = SigningKey(ec.generate_private_key(ec.SECP384R1()))
    _, wacz = package(holdings, key=key)
    digest = json.loads(wacz.read("datapackage-digest.json"))
    signed = digest["signedData"]
    assert set(signed) == {"hash", "created", "software", "version", "signature", "publicKey"}
    assert signed["hash"] == digest["hash"]
    assert signed["created"] == json.loads(wacz.read("datapackage.json"))["created"]
    assert signed["publicKey"] == key.public
    assert "signedData" not in json.loads(package(holdings)[1].read("datapackage-digest.json"))


def test_the_same_choice_gives_the_same_bytes(holdings: Holdings) -> None:
    for selection in (Selection(), Selection(since=NEXT_DAY)):
        first, second = (package(holdings, selection)[1].fp for _ in range(2))
        assert isinstance(first, BytesIO) and isinstance(second, BytesIO)
        assert first.getvalue() == second.getvalue()


def test_an_altered_file_is_not_passed_on(holdings: Holdings) -> None:
    path = warc_path(holdings.folder, holdings["copy"].warc_file)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageError, match="is not as it was sealed; run `scrapy verify`"):
        package(holdings)


def test_a_file_that_is_still_written_is_never_copied_whole(holdings: Holdings) -> None:
    path = warc_path(holdings.folder, holdings["copy"].warc_file)
    path.rename(path.with_name(path.name + ".open"))
    seals = holdings.folder / "seals.jsonl"
    seals.write_bytes(seals.read_bytes().splitlines(keepends=True)[0])
    made, wacz = package(holdings)
    assert made == Packed(captures=7, pages=4, files=1)
    digests(wacz)


def test_memory_does_not_grow_with_the_captures(tmp_path: Path) -> None:
    holdings = Holdings.make(tmp_path)
    more = writer(tmp_path, max_bytes=1 << 18)
    for number in range(5, 505):
        holdings.add(more, str(number), exchange(number), body="丙" * 2000)
    holdings.close(more)

    def peak(selection: Selection) -> int:
        tracemalloc.start()
        package(holdings, selection)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    few, all_of_them = peak(Selection(until=holdings["50"].captured)), peak(Selection())
    holdings.catalogue.close()
    assert all_of_them < few + 2_000_000
