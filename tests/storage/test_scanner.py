"""The strict scanner against good files, ours and others', and against every mutant; beside it what others notice."""

from __future__ import annotations

import contextlib
import gc
import gzip
import io
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import warcio.cli
from click.testing import CliRunner
from fastwarc.cli import main as fastwarc_cli
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.finding import KINDS, Finding
from storage.scanner import scan
from tests.mutants import MUTANTS, Mutant
from tests.mutation import flip, good_records, packed
from tests.run import ROOT
from tests.storage.exchanges import ATTEMPT, exchange, files, writer

Validator = Callable[[Path], list[str]]
"""Gives a line for everything that it remarks on."""


def ours(path: Path) -> list[str]:
    return sorted({finding.kind for finding in scan([path])})


def warcio_check(path: Path) -> list[str]:
    """Everything that `warcio check` prints but for names and places, and the exception that it ends with, if so."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            warcio.cli.main(["check", str(path)])
        except SystemExit:
            pass
        except Exception as error:  # a stranger's bytes meet a library: whatever it raises, it has noticed
            print(f"   {error!r}")
    lines = (line.strip() for line in out.getvalue().splitlines())
    return [line for line in lines if line and not line.startswith(("offset ", str(path)))]


def fastwarc_check(path: Path) -> list[str]:
    """Every record that `fastwarc check` finds wrong, and the exception that it ends with, if so."""
    verdicts = path.with_suffix(".verdicts")
    ran = CliRunner().invoke(fastwarc_cli, ["check", "--quiet", "--verify-payloads", "-o", str(verdicts), str(path)])
    lines = [line for line in verdicts.read_text("utf-8", "replace").splitlines() if "FAIL" in line]
    lines += ran.output.splitlines()
    return lines if ran.exception is None or isinstance(ran.exception, SystemExit) else [*lines, repr(ran.exception)]


@dataclass
class Trial:
    """The good file, and a place for a spoilt one under the same name."""

    path: Path
    plain: list[bytes]

    def spoil(self, mutant: Mutant) -> Path:
        self.path.write_bytes(mutant.spoil(list(self.plain)))
        return self.path


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    folder = tmp_path_factory.mktemp("mutants")
    name, plain = good_records(folder / "good")
    (folder / name).write_bytes(packed(plain))
    return Trial(folder / name, plain)


# --- mutants -----------------------------------------------------------------------------------


def test_the_good_file_is_good_for_everybody(trial: Trial) -> None:
    trial.path.write_bytes(packed(trial.plain))
    assert list(scan([trial.path])) == []
    assert [line.split(" sha256:")[0] for line in warcio_check(trial.path)] == ["payload digest failed"]  # chunked
    assert CliRunner().invoke(fastwarc_cli, ["check", "--quiet", str(trial.path)]).exit_code == 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.says)
def test_a_mutant_is_another_file_and_is_found(trial: Trial, mutant: Mutant) -> None:
    path = trial.spoil(mutant)
    assert path.read_bytes() != packed(trial.plain)
    found = list(scan([path]))
    assert found
    assert {finding.kind for finding in found} <= KINDS.keys()
    assert {finding.file for finding in found} == {path.name}


def test_more_mutants_are_found_than_others_find(trial: Trial) -> None:
    trial.path.write_bytes(packed(trial.plain))
    others: dict[str, Validator] = {"warcio check": warcio_check, "fastwarc check -p": fastwarc_check}
    usual = {name: set(check(trial.path)) for name, check in others.items()}
    counts = dict.fromkeys(("ours", *others), 0)
    print(f"\n{'mutant':60} {'warcio':7}{'fastwarc':9}ours")
    for mutant in MUTANTS:
        path = trial.spoil(mutant)
        kinds = ours(path)
        noticed = {name: bool(set(check(path)) - usual[name]) for name, check in others.items()}
        counts["ours"] += bool(kinds)
        for name, is_noticed in noticed.items():
            counts[name] += is_noticed
        marks = ["yes" if is_noticed else "-" for is_noticed in noticed.values()]
        print(f"{mutant.says:60} {marks[0]:7}{marks[1]:9}{', '.join(kinds) or '-'}")
    print(f"{len(MUTANTS)} mutants: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    assert len(MUTANTS) >= 30
    assert counts["ours"] == len(MUTANTS)
    assert max(counts["warcio check"], counts["fastwarc check -p"]) < len(MUTANTS) // 2
    said = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"{len(MUTANTS)} in all, `warcio check` notices {counts['warcio check']}," in said
    assert f"`fastwarc check --verify-payloads` {counts['fastwarc check -p']}, `scrapy verify` every one" in said


def test_every_mutant_says_what_it_does() -> None:
    assert len({mutant.says for mutant in MUTANTS}) == len(MUTANTS)


# --- what is good ------------------------------------------------------------------------------

PAGE = b"<html><body>x</body></html>"


def by_warcio(path: Path, version: str) -> None:
    """Write what warcio writes: SHA-1, request before nothing, its own revisit and conversion records."""
    head = StatusAndHeaders("200 OK", [("Content-Length", str(len(PAGE)))], protocol="HTTP/1.1")
    asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "a.cn")], is_http_request=True)
    with path.open("wb") as file:
        made = WARCWriter(file, gzip=True, warc_version=version)
        made.write_record(made.create_warcinfo_record(path.name, {"software": "another/1"}))
        response = made.create_warc_record("http://a.cn/", "response", io.BytesIO(PAGE), http_headers=head)
        request = made.create_warc_record("http://a.cn/", "request", io.BytesIO(b""), http_headers=asked)
        made.write_request_response_pair(request, response)
        original = response.rec_headers
        text = made.create_warc_record(
            "http://a.cn/",
            "conversion",
            io.BytesIO(b"x"),
            warc_headers_dict={"WARC-Refers-To": original["WARC-Record-ID"], "Content-Type": "text/plain"},
        )
        made.write_record(text)
        again = made.create_revisit_record(
            "http://a.cn/", original["WARC-Payload-Digest"], "http://a.cn/", original["WARC-Date"]
        )
        made.write_record(again)
        del response, request, original, text, again
        gc.collect()


# warcio leaves the temporary files of its records to the garbage collector.
left_open = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@left_open
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_another_program_wrote_well_is_no_finding(tmp_path: Path, version: str) -> None:
    path = tmp_path / "another.warc.gz"
    by_warcio(path, version)
    assert list(scan([path])) == []


@left_open
def test_files_joined_into_one_are_no_finding(tmp_path: Path) -> None:
    parts = [tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"]
    for part in parts:
        by_warcio(part, "1.1")
    joined = tmp_path / "joined.warc.gz"
    joined.write_bytes(parts[0].read_bytes() + parts[1].read_bytes())
    assert list(scan([joined])) == []


def test_records_are_looked_for_in_all_files(tmp_path: Path) -> None:
    made = writer(tmp_path, max_bytes=5000)
    while len(files(tmp_path)) < 4:
        made.append(exchange(len(files(tmp_path))), ATTEMPT)
    made.close()
    assert list(scan(files(tmp_path))) == []
    copy = tmp_path / "copy.warc.gz"
    copy.write_bytes(files(tmp_path)[0].read_bytes())
    found = list(scan([*files(tmp_path), copy]))
    assert {finding.kind for finding in found} == {"duplicate-id", "warcinfo"}
    assert {finding.file for finding in found} == {copy.name}


def test_a_head_request_explains_a_response_without_body(tmp_path: Path) -> None:
    made = writer(tmp_path)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    made.append(exchange(1, method="HEAD", request=b"HEAD /1.html HTTP/1.1\r\n\r\n", response=head), ATTEMPT)
    made.close()
    assert list(scan(files(tmp_path))) == []
    made = writer(tmp_path / "get")
    made.append(exchange(1, response=head), ATTEMPT)
    made.close()
    assert [finding.kind for finding in scan(files(tmp_path / "get"))] == ["http-length"]


def test_a_note_explains_a_body_that_never_was_chunked(tmp_path: Path) -> None:
    plain = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello"
    note = "framing: chunked is declared but the body is not: read as plain"
    for folder, notes in (("noted", (note,)), ("not", ())):
        made = writer(tmp_path / folder)
        made.append(exchange(1, response=plain, notes=notes), ATTEMPT)
        made.close()
    assert list(scan(files(tmp_path / "noted"))) == []
    assert [finding.kind for finding in scan(files(tmp_path / "not"))] == ["transfer-coding"]


# --- what is hostile ---------------------------------------------------------------------------


def findings_of(path: Path, content: bytes) -> list[Finding]:
    path.write_bytes(content)
    return list(scan([path]))


def zeros(header: bytes, size_bytes: int) -> bytes:
    return gzip.compress(b"WARC/1.1\r\nWARC-Type: resource\r\n" + header + b"\r\n\r\n" + bytes(size_bytes))


BOMBS: dict[str, Callable[[], bytes]] = {
    "a block of zeros": lambda: zeros(b"Content-Length: 67108864", 1 << 26),
    "zeros behind a record": lambda: zeros(b"Content-Length: 0", 1 << 26),
    "a header without end": lambda: gzip.compress(b"WARC/1.1\r\n" + b"a: b\r\n" * (1 << 21)),
    "no record at all": lambda: gzip.compress(bytes(1 << 26)),
    "nothing but beginnings": lambda: b"\x1f\x8b\x08" * 100_000,
    "a gigantic length": lambda: zeros(b"Content-Length: 99999999999999999", 4),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(BOMBS[name]())
    tracemalloc.start()
    found = list(scan([path]))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found
    assert peak_bytes < 16 << 20


@pytest.mark.parametrize("cut", range(1, 4000, 37))
def test_a_file_cut_anywhere_but_between_records_is_found(trial: Trial, cut: int) -> None:
    content = packed(trial.plain)
    ends = [len(packed(trial.plain[: count + 1])) for count in range(len(trial.plain))]
    at = len(content) - cut
    kinds = {finding.kind for finding in findings_of(trial.path, content[:at])}
    assert bool(kinds & {"damaged-member", "stray-bytes"}) == (at not in ends)


def test_damage_hides_nothing_behind_it(trial: Trial) -> None:
    members = [packed([record]) for record in trial.plain]
    broken = members[2][:60] + b"\xff" * 20 + members[2][80:]
    found = findings_of(trial.path, b"".join([*members[:2], broken, *members[3:-1], flip(-8)(members[-1])]))
    assert [finding.kind for finding in found if finding.kind == "damaged-member"] == ["damaged-member"] * 2
    assert {finding.kind for finding in found} <= {"damaged-member", "dangling", "gap"}
