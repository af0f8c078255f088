"""`scrapy cite`: the capture that is meant, as others cite it, and its proof in the files themselves."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pytest

from crawler.citation import Citation, cite
from crawler.citation_forms import FORMS, fields_of, reference
from crawler.commands.cite import Command
from crawler.typed_time import read_time
from storage.catalogue import Catalogue
from tests.chronicle import MORNING, chronicle
from tests.crawler.commanding import Said, said_by

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


class Cite(Protocol):
    """Runs the command."""

    def __call__(self, *arguments: str) -> Said: ...


@pytest.fixture(scope="module")
def archive_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cite") / "archive"
    made.mkdir()
    chronicle(made)
    return made


@pytest.fixture
def command(archive_dir: Path, capsys: pytest.CaptureFixture[str]) -> Cite:
    return lambda *arguments: said_by(Command(), archive_dir, capsys, *arguments)


def cited(archive_dir: Path, path: str, at: str | None = None) -> Citation:
    """Return a citation of a page of the morning paper."""
    with Catalogue.open(archive_dir / "catalogue.sqlite", read_only=True) as catalogue:
        made = cite(catalogue, archive_dir, MORNING + path, None if at is None else read_time(at, "at"))
    assert made is not None
    return made


def test_the_readme_shows_what_is_printed(command: Cite) -> None:
    said = command("http://morning.test/a/1.html", "--at", "2026-03-11")
    shown = re.search(r"<!-- cited: begin -->\n```\n(.*?)```\n<!-- cited: end -->", README, re.S)
    assert said.code == 0 and shown is not None and _uncompressed(said.out) == _uncompressed(shown[1])


def _uncompressed(said: str) -> str:
    """Leave out what differs from one zlib to another."""
    return re.sub(r"offset \d+, length \d+|(?<=file     )sha256:\w+", "", said)


def test_the_proof_holds_without_us(archive_dir: Path) -> None:
    proof = cited(archive_dir, "/a/3.html").proof
    content = (archive_dir / "warc" / proof.warc_file).read_bytes()
    assert sha256(content).hexdigest() == proof.file_sha256
    record = gzip.decompress(content[proof.warc_offset : proof.warc_offset + proof.warc_length])
    head, _, rest = record.partition(b"\r\n\r\n")
    assert f"WARC-Record-ID: <{proof.capture_id}>".encode() in head
    assert "sha256:" + sha256(rest.removesuffix(b"\r\n\r\n")).hexdigest() == proof.block_digest
    payload = rest.removesuffix(b"\r\n\r\n").partition(b"\r\n\r\n")[2]
    assert "sha256:" + sha256(payload).hexdigest() == proof.payload_digest


@pytest.mark.parametrize(
    ("path", "at", "captured", "version"),
    [
        ("/a/1.html", None, "2026-03-11T08:31", 3),
        ("/a/1.html", "2026-03-10T12:00:00+08:00", "2026-03-10T08:31", 2),
        ("/a/1.html", "1999-01-01", "2026-03-09T08:33", 1),
        ("/old.html", "20260309000000", "2026-03-09T08:33", 1),
        ("/a/2.html", "2026-03-12", "2026-03-09T08:34", 1),
        ("/list.html", None, "2026-03-09T08:31", None),
    ],
)
def test_the_nearest_capture_that_says_something_is_cited(
    archive_dir: Path, path: str, at: str | None, captured: str, version: int | None
) -> None:
    made = cited(archive_dir, path, at)
    assert made.captured.isoformat().startswith(captured) and made.captured.utcoffset() == timedelta(hours=8)
    assert made.version == version and (made.apart is None) == (at is None)
    assert made.publication == "河口晨报"


@pytest.mark.parametrize(("at", "status"), [("2026-03-10", 304), ("2026-03-11", 200)])
def test_of_a_revisit_the_original_is_named(archive_dir: Path, at: str, status: int) -> None:
    made = cited(archive_dir, "/a/7.html", at)
    assert made.status == status and made.original is not None
    assert made.original.captured.isoformat() == "2026-03-09T00:39:00+00:00"
    assert made.original.payload_digest == made.proof.payload_digest
    said = FORMS["text"](made)
    assert made.original.capture_id in said and made.original.warc_file in said
    assert ("the server says so (304)" in said) == (status == 304)
    assert f"revisit of {made.original.capture_id}" in FORMS["bibtex"](made).replace("\\", "")


def test_machines_read_it(command: Cite) -> None:
    (item,) = json.loads(command(f"{MORNING}/a/1.html", "--format", "csl-json").out)
    assert item["type"] == "webpage" and item["title"] == "渡口摆渡恢复" and item["container-title"] == "河口晨报"
    assert item["issued"] == {"date-parts": [[2026, 3, 9]]} and item["author"] == [{"literal": "郑水生"}]
    (row,) = command(f"{MORNING}/a/7.html", "--json").rows()
    assert row["original"]["capture_id"] != row["capture_id"] and row["captured"] == "2026-03-11T00:37:00.000000Z"
    entry = command(f"{MORNING}/a/1.html", "--format", "bibtex").out
    assert entry.startswith("@online{morning-20260311-") and "date = {2026-03-09}" in entry


def strange(**changes: Any) -> Citation:
    """Return a citation without a record behind it."""
    proof = type(
        "Proof", (), {"capture_id": "urn:uuid:0", "payload_digest": "sha256:0", "warc_file": "a", "warc_offset": 0}
    )
    fields: dict[str, Any] = {
        "url": "http://paper.test/{x}%7B", "title": "T", "authors": (), "editors": (), "origin": None,
        "publication": "报", "source": "paper", "published": None, "captured": read_time("2026-11-22", "at"),
        "status": 200, "version": None, "versions": 0, "apart": None, "proof": proof, "original": None,
    }  # fmt: skip
    return Citation(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "T[EB/OL]. 报[2026-11-22]. http://paper.test/{x}%7B."),
        ({"published": "2020"}, "T[EB/OL]. 报, 2020[2026-11-22]."),
        ({"published": "2020-02"}, "T[EB/OL]. 报, 2020(2020-02)[2026-11-22]."),
        ({"authors": ("甲", "乙", "丙", "丁")}, "甲, 乙, 丙, 等. T[EB/OL]. 报"),
        ({"title": "a\nb\x1b[31m\u202e"}, "a b\ufffd[31m\ufffd[EB/OL]. 报"),
    ],
)
def test_the_reference_is_that_of_the_standard(changes: dict[str, Any], line: str) -> None:
    assert reference(strange(**changes)).startswith(line)


@pytest.mark.parametrize("title", ["{", "}}", "\\", "a_b % $ # & ~ ^", "\x1b{\n\ud800"])
def test_braces_of_bibtex_are_balanced_whatever_the_title(title: str) -> None:
    entry = FORMS["bibtex"](strange(title=title, authors=(title,)))
    assert entry.count("{") == entry.count("}") and "\x1b" not in entry
    depth = 0
    for mark in re.findall(r"[{}]", entry):
        depth += 1 if mark == "{" else -1
        assert depth >= 0
    assert json.loads(FORMS["csl-json"](strange(title=title)))[0]["title"] == title


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ((), 2, "cite: give one URL"),
        (("ftp://a.test/",), 2, "cite: ftp://a.test/: must be an http or https URL"),
        ((MORNING, "--format", "ris"), 2, "cite: --format ris: must be one of text, bibtex, csl-json"),
        ((MORNING, "--at", "noon"), 2, "cite: --at noon: must be 20261122134500"),
        ((f"{MORNING}/none.html",), 1, ""),
    ],
)
def test_what_cannot_be_cited_is_said(command: Cite, arguments: tuple[str, ...], code: int, complaint: str) -> None:
    said = command(*arguments)
    assert said.code == code
    if code == 2:
        assert said.err.startswith(f"scrapy: {complaint}") and said.err.count("\n") == 1 and said.out == ""
    else:
        assert said.out == "Nothing to cite is archived of http://morning.test/none.html\n"


def test_a_record_that_was_altered_is_not_cited(
    archive_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "archive"
    shutil.copytree(archive_dir, copy)
    proof = cited(copy, "/a/3.html").proof
    path = copy / "warc" / proof.warc_file
    content = path.read_bytes()
    member = gzip.decompress(content[proof.warc_offset :][: proof.warc_length])
    spoilt = member.replace("流量".encode(), "水量".encode())
    assert spoilt != member
    with path.open("r+b") as file:
        file.seek(proof.warc_offset)
        file.write(gzip.compress(spoilt))
    said = said_by(Command(), copy, capsys, f"{MORNING}/a/3.html")
    assert said.code == 4 and said.out == "" and said.err.count("\n") == 1
    path.unlink()
    said = said_by(Command(), copy, capsys, f"{MORNING}/a/3.html", "--json")
    assert said.code == 4 and said.err.count("\n") == 1


def test_every_field_has_a_name(archive_dir: Path) -> None:
    fields = fields_of(cited(archive_dir, "/a/7.html"))
    assert {"url", "title", "captured", "capture_id", "payload_digest", "warc_file", "warc_offset"} <= set(fields)
    assert json.loads(json.dumps(fields))["editors"] == ["林书白"]
