"""crawler.command: one line and an exit code for every error, JSON for machines, peace with closed pipes."""

from __future__ import annotations

import argparse
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from crawler.command import ArchiveCommand, fail, print_json, speak_any_characters
from crawler.options import Options
from storage.errors import ArchiveError, LockedError, StorageError, UsageError
from tests.run import ROOT, Archive


class Command(ArchiveCommand):
    """Answers with what it was told to, or raises it."""

    def __init__(self, answer: int | ArchiveError = 0) -> None:
        super().__init__()
        self.settings = Settings({"ARCHIVE_CONTACT": "none"})
        self._answer = answer

    def short_desc(self) -> str:
        return ""

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        assert options.contact == "none"
        if isinstance(self._answer, ArchiveError):
            raise self._answer
        return self._answer


class Interrupted(Command):
    """Is sent the signal of Ctrl-C while it answers."""

    def answer(self, args: list[str], opts: argparse.Namespace, options: Options) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0


class Taking(Command):
    """Takes arguments."""

    takes_arguments = True


def ran(command: Command, *arguments: str) -> int:
    command.run([*arguments], argparse.Namespace())
    return int(command.exitcode)


@pytest.mark.parametrize("answer", [0, 1, 5])
def test_the_answer_is_the_exit_code(answer: int) -> None:
    assert ran(Command(answer)) == answer


@pytest.mark.parametrize(("kind", "code"), [(UsageError, 2), (LockedError, 3), (StorageError, 4)])
def test_an_error_is_one_line_and_its_exit_code(
    kind: type[ArchiveError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(Command(kind("what is wrong"))) == code
    assert capsys.readouterr() == ("", "scrapy: what is wrong\n")
    assert fail(kind("what is wrong")) == code


def test_ctrl_c_ends_a_command_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(Interrupted()) == 130
    assert capsys.readouterr() == ("", "")


def test_a_setting_that_is_wrong_is_told_before_anything_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    command = Command()
    command.settings = Settings({"ARCHIVE_TIMEOUT_S": "soon"})
    assert ran(command) == 2
    assert capsys.readouterr().err.startswith("scrapy: ARCHIVE_TIMEOUT_S: ")


def test_what_it_does_not_take_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(Command(), "elsewhere") == 2 and ran(Command(), "--jsn") == 2
    said = capsys.readouterr().err
    assert "elsewhere: takes no argument" in said and "--jsn: is no option" in said
    assert ran(Taking(), "elsewhere") == 0 and ran(Taking(), "--jsn") == 2


ROWS: list[dict[str, Any]] = [{"title": "水位\n\x1b[31m", "count": 1, "none": None}, {"path": Path("/a")}]


def test_json_is_one_object_a_line_in_readable_han(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_json(ROWS) == 2
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[0]) == ROWS[0] and json.loads(lines[1]) == {"path": "/a"}
    assert "水位" in lines[0] and "\x1b" not in lines[0]


def test_json_is_ascii_where_the_output_is_not_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    poor = io.TextIOWrapper(io.BytesIO(), "gbk")
    monkeypatch.setattr(sys, "stdout", poor)
    speak_any_characters()
    print_json(ROWS[:1])
    print("鼋\U0001f600")
    poor.flush()
    first, second = poor.buffer.getvalue().splitlines()
    assert json.loads(first) == ROWS[0] and first.isascii()
    assert second == "鼋".encode("gbk") + rb"\U0001f600"


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for number in range(3):
        archive.add_source(f"source{number}", "")
    command = [sys.executable, "-m", "scrapy", "sources", "--json"]
    with subprocess.Popen(
        command, cwd=ROOT, env=archive.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(30) == 0 and said == ""
