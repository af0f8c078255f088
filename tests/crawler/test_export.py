"""`scrapy export` as it is typed: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy.settings import Settings

from crawler.commands.export import Command
from crawler.exports import EXPORTS, digest_of, whole_file
from crawler.table_exports import TABLES
from storage.errors import StorageError, UsageError
from storage.reader import read_record, records
from tests.chronicle import chronicle
from tests.crawler.commanding import said_by
from tests.run import Archive
from tests.storage.holdings import SITE, Holdings


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Two days of captures, made without a crawl."""
    made = Archive(tmp_path)
    made.path.mkdir()
    Holdings.make(made.path).catalogue.close()
    return made


@pytest.fixture
def export(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """The command, in this process."""
    command = Command()
    command.settings = Settings({"ARCHIVE_DIR": str(archive.path)})
    monkeypatch.chdir(archive.folder)
    yield command


def run(export: Command, *arguments: str) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    export.add_options(parser)
    opts, args = parser.parse_known_args(list(arguments))
    export.run(args, opts)
    return export.exitcode


def test_a_cdxj_goes_to_standard_output_and_to_a_file_alike(archive: Archive) -> None:
    printed = archive.scrapy("export", "cdxj")
    assert (printed.returncode, printed.stderr) == (0, "")
    written = archive.scrapy("export", "cdxj", "-o", str(archive.folder / "a.cdxj"), "--json")
    assert (archive.folder / "a.cdxj").read_text() == printed.stdout
    (said,) = map(json.loads, written.stdout.splitlines())
    assert said == {
        "kind": "cdxj",
        "file": str(archive.folder / "a.cdxj"),
        "captures": 5,
        "left_out": 2,
        "size_bytes": len(printed.stdout),
        "sha256": digest_of(archive.folder / "a.cdxj"),
    }
    assert printed.stdout.splitlines() == sorted(printed.stdout.splitlines())
    assert len(printed.stdout.splitlines()) == 5


@pytest.mark.parametrize(
    ("arguments", "captures", "pages"),
    [
        ((), 7, 4),
        (("--source", "demo"), 7, 4),
        (("--from", "2026-11-23"), 5, 4),
        (("--to", "2026-11-22"), 4, 2),
        (("--from", "2026-11-22", "--to", "2026-11-22"), 4, 2),
        (("--query", "乙"), 2, 1),
        (("--query", "甲", "--to", "2026-11-22"), 2, 1),
    ],
)
def test_a_wacz_holds_what_is_chosen(
    export: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], captures: int, pages: int
) -> None:
    assert run(export, "wacz", "-o", "a.wacz", "--json", *arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["captures"], said["pages"], said["signed"]) == (captures, pages, False)
    with zipfile.ZipFile("a.wacz") as wacz:
        manifest = json.loads(wacz.read("datapackage.json"))
        asked = ", ".join(f"{arguments[n][2:]} {arguments[n + 1]}" for n in range(0, len(arguments), 2))
        assert manifest["title"].startswith("Captures of ")
        assert all(word in manifest["title"] for word in asked.replace(",", "").split())
        assert wacz.testzip() is None


def test_a_warc_can_carry_the_text(export: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(export, "warc", "-o", "plain.warc.gz") == 0
    assert run(export, "warc", "-o", "text.warc.gz", "--text") == 0
    plain, text = (list(records(Path(name))) for name in ("plain.warc.gz", "text.warc.gz"))
    assert [record.type for record in text if record.type != "conversion"] == [record.type for record in plain]
    said = [record.block[:].decode() for record in text if record.type == "conversion"]
    assert said == ["标题\n甲。\n", "标题\n乙。\n"]
    assert plain[0].field("WARC-Filename") == "plain.warc.gz"
    assert "description: records copied byte for byte" in plain[0].block[:].decode()
    out = capsys.readouterr().out
    assert "plain.warc.gz: 7 captures, 0 conversions; " in out and "2 conversions" in out
    gzip.decompress(Path("text.warc.gz").read_bytes())


def test_a_wacz_is_signed_with_a_key(export: Command) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    form = serialization.PrivateFormat.TraditionalOpenSSL
    Path("key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    assert run(export, "wacz", "-o", "a.wacz", "--sign", "key.pem") == 0
    with zipfile.ZipFile("a.wacz") as wacz:
        assert "signature" in json.loads(wacz.read("datapackage-digest.json"))["signedData"]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ((), 2, "export: no kind: give one of articles, versions, captures, events, cdxj, wacz, warc"),
        (("pictures",), 2, "export: pictures: give one of articles, versions, captures, events, cdxj, wacz, warc"),
        (("wacz", "warc"), 2, "export: wacz warc: give one of"),
        (("wacz",), 2, "export: wacz: give a file to write, for example `-o archive.wacz`"),
        (("warc",), 2, "export: warc: give a file to write, for example `-o archive.warc.gz`"),
        (("wacz", "-o", "a.zip"), 2, "export: -o a.zip: must end in .wacz"),
        (("cdxj", "-o", "a"), 2, "export: -o a: must end in .cdxj or .cdx"),
        (("cdxj", "--text"), 2, "export: --text: belongs to warc"),
        (("warc", "-o", "a.warc.gz", "--sign", "k"), 2, "export: --sign: belongs to wacz"),
        (("cdxj", "--from", "yesterday"), 2, "export: --from yesterday: must be a day, a month or a year"),
        (("cdxj", "--to", "2026-11-22T10:00:00"), 2, "export: --to 2026-11-22T10:00:00: must be a day"),
        (("cdxj", "--query", "，"), 2, "export: --query ，: must hold a letter, a digit or a Han character"),
        (("cdxj", "--source", "none"), 1, "export: nothing in the archive is chosen by this"),
        (("cdxj", "--query", "丁"), 1, "export: nothing in the archive is chosen by this"),
        (("wacz", "-o", "a.wacz", "--from", "2027-01-01"), 1, "export: nothing in the archive is chosen by this"),
        (("wacz", "-o", "a.wacz", "--sign", "none.pem"), 2, "none.pem: cannot be read"),
        (("wacz", "-o", "no/such/a.wacz"), 4, "no/such/a.wacz: cannot be written"),
        (("cdxj", "--what"), 2, "export: --what: is no option of this command"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    export: Command, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    before = set(os.listdir())
    assert run(export, *arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("scrapy: ") and complaint in said.err and said.err.count("\n") == 1
    assert set(os.listdir()) == before, "nothing is left behind"


def test_nothing_is_written_over(export: Command, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.wacz").write_text("mine")
    assert run(export, "wacz", "-o", "a.wacz") == 2
    assert "a.wacz: exists already; give another name" in capsys.readouterr().err
    assert Path("a.wacz").read_text() == "mine"


def test_a_lost_original_is_a_finding(export: Command, archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(archive.path / "catalogue.sqlite") as catalogue:
        catalogue.execute("DELETE FROM t_capture WHERE url = ? AND kind = 'response'", (f"{SITE}/1.html",))
    assert run(export, "cdxj") == 1
    assert "2 revisits refer to responses that are not in the archive" in capsys.readouterr().err


def test_an_archive_without_catalogue_is_said(archive: Archive) -> None:
    (archive.path / "catalogue.sqlite").unlink()
    ran = archive.scrapy("export", "cdxj")
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "there is no catalogue; `scrapy crawl` or `scrapy rebuild` makes one" in ran.stderr


def test_the_reader_of_a_pipe_may_leave(archive: Archive) -> None:
    line = f"{sys.executable} -m scrapy export captures | head -n 1; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(
        ["/bin/bash", "-c", line], env=archive.environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.stdout.count("\n"), ran.stderr, ran.returncode) == (1, "", 0)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="midway"), whole_file(tmp_path / "a.wacz") as file:
        file.write(b"half")
        raise StorageError("midway")
    assert list(tmp_path.iterdir()) == []
    with whole_file(tmp_path / "a.wacz") as file:
        file.write(b"all")
        assert not (tmp_path / "a.wacz").exists()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.wacz", b"all")]
    with pytest.raises(UsageError, match="exists already"), whole_file(tmp_path / "b.wacz") as file:
        (tmp_path / "b.wacz").write_bytes(b"another's")
    assert (tmp_path / "b.wacz").read_bytes() == b"another's"


def test_every_kind_is_in_the_help() -> None:
    assert all(kind in Command().syntax() for kind in (*TABLES, *EXPORTS))


# --- rows --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("export") / "archive"
    made.mkdir()
    chronicle(made)
    return made


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (("articles",), 10),
        (("versions",), 13),
        (("captures",), 25),
        (("events",), 9),
        (("articles", "--query", "渡口"), 3),
        (("articles", "--from", "2026-03-09", "--source", "morning"), 4),
        (("versions", "--author", "郑水生"), 4),
        (("captures", "--author", "郑水生"), 5),
        (("captures", "--source", "bulletin"), 3),
        (("captures", "--from", "2026-03-12"), 3),
        (("captures", "--from", "2026-03", "--to", "2026"), 25),
        (("captures", "--source", "bulletin", "--source", "morning", "--to", "2026-03-09"), 11),
        (("captures", "--state", "removed", "--to", "2026-03-10"), 2),
        (("events", "--event", "edited", "--event", "injected"), 4),
        (("events", "--from", "2026-03-11", "--to", "2026-03-11"), 4),
        (("events", "--source", "bulletin"), 0),
        (("articles", "--script", "Hant"), 0),
    ],
)
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_rows_are_chosen_and_proved(
    told: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], rows: int, form: str
) -> None:
    said = said_by(Command(), told, capsys, *arguments, "--format", form)
    assert said.code == (0 if rows else 1)
    if not rows:
        assert said.out == "" and said.err == "scrapy: export: nothing in the archive is chosen by this\n"
        return
    found = said.rows() if form == "jsonl" else list(csv.DictReader(io.StringIO(said.out, newline="")))
    assert len(found) == rows
    side = "after_" if arguments[0] == "events" else ""
    for row in found:
        record = read_record(
            told / "warc" / row[f"{side}warc_file"], int(row[f"{side}warc_offset"]), int(row[f"{side}warc_length"])
        )
        assert record.place.payload_digest == row[f"{side}payload_digest"]


def test_a_file_of_rows_is_whole_and_says_what_it_holds(
    told: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.csv"
    said = said_by(Command(), told, capsys, "articles", "-o", str(out), "--json")
    (row,) = said.rows()
    assert row == {
        "kind": "articles", "file": str(out), "rows": 10, "size_bytes": out.stat().st_size, "sha256": digest_of(out)
    }  # fmt: skip
    assert out.read_bytes().count(b"\r\n") == 11
    assert said_by(Command(), told, capsys, "articles", "-o", str(out)).code == 2
    other = tmp_path / "b.jsonl"
    assert "b.jsonl: 10 rows; " in said_by(Command(), told, capsys, "articles", "-o", str(other)).out
    assert other.read_text("utf-8") == said_by(Command(), told, capsys, "articles").out
    assert said_by(Command(), told, capsys, "articles", "-o", f"{tmp_path}/c.csv", "--script", "Hant").code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("articles", "--format", "xlsx"), "export: --format xlsx: must be one of jsonl, csv"),
        (("articles", "-o", "a.txt"), "export: -o a.txt: must end in .jsonl or .csv"),
        (("articles", "-o", "a.csv", "--format", "jsonl"), "export: -o a.csv: must end in .jsonl, as --format says"),
        (("cdxj", "--format", "csv"), "export: --format: belongs to articles, versions, captures, events"),
        (("articles", "--event", "edited"), "export: --event: belongs to events"),
        (("events", "--event", "vanished"), "export: --event vanished: must be one of edited, "),
        (("articles", "--kind", "edited"), "export: --kind edited: must be one of news, "),
        (("articles", "--state", "dead"), "export: --state dead: must be one of live, "),
        (("articles", "--script", "Latn"), "export: --script Latn: must be one of Hans, Hant"),
        (("articles", "--from", "2026-13"), "export: --from 2026-13: must be a day, a month or a year"),
        (("captures", "--to", "2026-02-30"), "export: --to 2026-02-30: there is no such day"),
    ],
)
def test_rows_that_cannot_be_had_are_said_in_one_line(
    told: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    said = said_by(Command(), told, capsys, *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1) and said.err.startswith(f"scrapy: {complaint}")


def test_filters_of_articles_choose_files_too(told: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.cdxj"
    assert said_by(Command(), told, capsys, "cdxj", "--state", "removed", "-o", str(out)).code == 0
    assert "/a/2.html" in out.read_text() and "/a/1.html" not in out.read_text()
