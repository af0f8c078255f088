"""Captures are read again by several processes, and one that dies takes no answer with it but its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pipelines import readings as module
from pipelines.extract import EXTRACTOR
from pipelines.readings import readings
from pipelines.recover import catch_up
from storage.catalogue_readings import Answer, Place, Reading, places
from tests.pipelines.crawled import BODY_BYTES, Crawl, open_catalogue

READ = module._read


def read_or_die(archive_dir: str, task: list[Place], max_body_bytes: int) -> list[tuple[str | None, str]]:
    """Do what a worker does, but end the process at one page; runs in processes of its own."""
    if any(place.url.endswith("/a/2.html") for place in task):
        os._exit(9)
    return READ(archive_dir, task, max_body_bytes)


def tell_of_interrupts(archive_dir: str, task: list[Place], max_body_bytes: int) -> list[tuple[str | None, str]]:
    """Say instead of reading what Ctrl-C does to this process."""
    return [(None, str(signal.getsignal(signal.SIGINT))) for _ in task]


@pytest.fixture
def todo(tmp_path: Path) -> list[Place]:
    crawl = Crawl(tmp_path, 1)
    for number in range(5):
        crawl.article(number)
    crawl.end()
    with open_catalogue(tmp_path) as catalogue:
        catch_up(tmp_path, catalogue, max_body_bytes=BODY_BYTES, source="paper", tell=lambda line: None)
        return list(places(catalogue.store, None, None))


def again(archive_dir: Path, todo: list[Place], processes: int = 2) -> list[Answer]:
    return [one for some in readings(archive_dir, todo, processes=processes, max_body_bytes=BODY_BYTES) for one in some]


def test_every_place_is_answered_in_order(tmp_path: Path, todo: list[Place], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    answers = again(tmp_path, todo)
    assert [place for place, _ in answers] == todo
    for place, answer in answers:
        assert isinstance(answer, Reading) and answer.version_id == place.version_id
        assert answer.article.extractor == EXTRACTOR
    assert again(tmp_path, []) == []


def test_a_page_that_ends_its_process_costs_itself_alone(
    tmp_path: Path, todo: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    monkeypatch.setattr(module, "_read", read_or_die)
    answers = dict(again(tmp_path, todo, 1))
    assert answers.keys() == set(todo)
    died = [place.url for place, answer in answers.items() if answer == "extracting it ended the process"]
    assert died == ["http://paper.test/a/2.html"]
    assert sum(isinstance(answer, Reading) for answer in answers.values()) == len(todo) - 1


def test_what_gives_no_article_says_why(tmp_path: Path, todo: list[Place]) -> None:
    (_, answer), *_ = [one for some in readings(tmp_path, todo[:1], processes=1, max_body_bytes=10) for one in some]
    assert isinstance(answer, str) and "10" in answer
    (warc,) = (tmp_path / "warc").iterdir()
    warc.unlink()
    (_, answer), *_ = again(tmp_path, todo[:1])
    assert isinstance(answer, str) and warc.name in answer


def test_ctrl_c_is_for_who_asked_and_not_for_the_processes(
    tmp_path: Path, todo: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(module, "_read", tell_of_interrupts)
    assert {answer for _, answer in again(tmp_path, todo, 1)} == {str(signal.SIG_IGN)}
    assert signal.getsignal(signal.SIGINT) == before
