"""What the README says of checking an archive with other people's tools, done as written on a crawl of the demo."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.site import DemoSite, demo_toml
from storage.reader import records
from tests.run import ROOT, Archive

README = (ROOT / "README.md").read_text("utf-8")
SECTION = re.search(r"^## Checking an archive with other tools\n(.*?)^## ", README, re.S | re.M)
INSTALLED = Path(sys.executable).parent


def blocks(language: str) -> list[str]:
    """Return the section's blocks of code."""
    assert SECTION is not None
    return re.findall(rf"^```{language}\n(.*?)^```", SECTION[1], re.S | re.M)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The demo crawled twice: its pages, then the edit and what has not changed."""
    archive = Archive(tmp_path_factory.mktemp("checked"))
    with DemoSite() as site:
        archive.add_source("demo", demo_toml(site.base_url))
        assert archive.scrapy("crawl", "demo").returncode == 5
        site.edit()
        assert archive.scrapy("crawl", "demo", "-a", "revisit=all").returncode == 5
    (archive.folder / "checkers").symlink_to(INSTALLED.parent)
    yield archive


def warcs(archive: Archive) -> list[Path]:
    return sorted((archive.path / "warc").glob("*.warc.gz"))


def run(archive: Archive, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=archive.folder, capture_output=True, text=True, timeout=60)


def remarks(archive: Archive) -> list[tuple[str, int, str]]:
    """Return file, offset and problem of everything that `warcio check` says."""
    found = []
    for path in warcs(archive):
        said = run(archive, str(INSTALLED / "warcio"), "check", str(path)).stdout
        lines = re.findall(r"^  offset (\d+) .*\n((?:    .*\n?)+)", said, re.M)
        found += [(path.name, int(offset), problem.strip()) for offset, problem in lines]
    return found


def test_the_archive_is_worth_checking(crawled: Archive) -> None:
    types = {record.type for path in warcs(crawled) for record in records(path)}
    assert {"warcinfo", "resource", "response", "request", "metadata", "revisit"} <= types
    assert len(warcs(crawled)) == 2
    assert crawled.scrapy("verify").returncode == 0


def test_the_seals_are_checked_by_the_standard_library(crawled: Archive) -> None:
    (code, _) = blocks("python")
    assert run(crawled, sys.executable, "-c", code).stdout.startswith("as sealed")
    (first, _) = warcs(crawled)
    content = first.read_bytes()
    try:
        first.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert f"{first.name} was altered" in run(crawled, sys.executable, "-c", code).stderr
    finally:
        first.write_bytes(content)


def test_the_commands_work_as_written_and_remark_on_chunked_records_alone(crawled: Archive) -> None:
    (code,) = blocks("sh")
    offline = re.sub(r"^.*(?:-m venv|install|node_modules).*\n", "", code, flags=re.M)
    assert offline.count("checkers/bin/") == 2
    ran = run(crawled, "bash", "-euc", offline.replace('warcio check "$file"', 'warcio check "$file" || true'))
    assert (ran.returncode, ran.stderr) == (0, "")
    problems = re.findall(r"^    (\S.*?) sha256:", ran.stdout, re.M)
    assert problems and set(problems) == {"payload digest failed"}
    chunked = {
        (path.name, record.offset)
        for path in warcs(crawled)
        for record in records(path)
        if record.type == "response" and re.search(rb"\r\ntransfer-encoding: *chunked", record.block[:2000], re.I)
    }
    assert {(name, offset) for name, offset, _ in remarks(crawled)} == chunked


def test_fastwarc_agrees_with_every_payload_digest_once_the_chunks_are_undone(crawled: Archive) -> None:
    (_, code) = blocks("python")
    ran = run(crawled, sys.executable, "-c", code)
    assert (ran.returncode, ran.stderr) == (0, "")
    spoilt = code.replace('auto_decode="transfer"', 'auto_decode="none"')
    assert run(crawled, sys.executable, "-c", spoilt).returncode == 1


def test_every_record_is_there_for_others(crawled: Archive) -> None:
    count = "import sys; from fastwarc import ArchiveIterator as A; print(sum(1 for _ in A(open(sys.argv[1], 'rb'))))"
    for path in warcs(crawled):
        expected = sum(1 for _ in records(path))
        assert int(run(crawled, sys.executable, "-c", count, str(path)).stdout) == expected
        listed = run(crawled, str(INSTALLED / "warcio"), "index", "-f", "offset,warc-type", str(path)).stdout
        assert len(listed.splitlines()) == expected


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("npm") is None, reason="one of the readers is in JavaScript")
def test_the_commands_install_what_they_need(crawled: Archive) -> None:
    (code,) = blocks("sh")
    (crawled.folder / "checkers").unlink()
    ran = subprocess.run(
        ["bash", "-c", code],
        cwd=crawled.folder,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=600,
    )
    for path in warcs(crawled):
        listed = (crawled.folder / f"{path.name}.records").read_text("utf-8").splitlines()
        assert len(listed) == sum(1 for _ in records(path)), ran.stderr
    assert set(re.findall(r"^    (\S.*?) sha256:", ran.stdout, re.M)) == {"payload digest failed"}
