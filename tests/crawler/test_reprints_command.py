"""`scrapy reprints` over two crawled publications: the family of an article, the 来源, what was changed, exit codes."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storage.catalogue_views import VIEW_COLUMNS
from tests.crawling import complaint, links, source_toml
from tests.forked import ForkedArchive
from tests.pipelines.reprinted import ARTICLE, OTHER, TRADITIONAL
from tests.server import Server, Site

SENTENCES = [sentence + "。" for sentence in ARTICLE.replace("\n", "").split("。") if sentence]
HOSTILE = "渡口\x1b[31m重开\u202e\x9b2J"


def page(title: str, body: str, published: str, origin: str | None = None) -> str:
    said = "".join(f"<p>{line}</p>" for line in body.split("\n"))
    named = f" 来源：{origin}" if origin else ""
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1>'
        f'<div class="info">{published}{named}</div><div class="text">{said}</div></body></html>'
    )


@dataclass
class Copied:
    archive: ForkedArchive
    origin: str
    mirror: str

    def rows(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        run = self.archive.scrapy("reprints", *arguments, "--json")
        assert run.returncode == code, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    def text(self, *arguments: str, code: int = 0) -> str:
        run = self.archive.scrapy("reprints", *arguments)
        assert run.returncode == code, run.stderr
        return run.stdout


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    archive = ForkedArchive(tmp_path_factory.mktemp("reprints"))
    site, mirror = Site(), Site()
    site.put("/", links("/a/1.html", "/a/2.html"))
    site.put("/a/1.html", page("老渡口重开", ARTICLE, "2026-03-10 08:15", "青石镇政府"))
    site.put("/a/2.html", page("瓷器展延期", OTHER, "2026-03-10 09:00"))
    mirror.put("/", links("/a/cut.html", "/a/altered.html", "/a/traditional.html", "/a/new.html"))
    cut = "".join(SENTENCES[:2] + SENTENCES[4:])
    mirror.put("/a/cut.html", page(HOSTILE, cut, "2026-03-10", "河口晨报"))
    altered = ARTICLE.replace("四十六根木桩", "六十四根木桩").replace("清晨", "") + "本网编辑提醒：过河请穿救生衣。"
    mirror.put("/a/altered.html", page("渡口开了", altered, "2026-03-11 10:00", "本网"))
    mirror.put("/a/traditional.html", page("老渡口重開", TRADITIONAL, "2026-03-12 10:00"))
    mirror.put(
        "/a/new.html", page("夜市", "夜市摊位抽签的结果今天贴在街道办门口。" * 1 + SENTENCES[0], "2026-03-12 11:00")
    )
    with Server(site) as server, Server(mirror) as other:
        archive.add_source("press", source_toml(server.origin))
        archive.add_source("mirror", source_toml(other.origin).replace("河口晨报", "转载网"))
        for name in ("press", "mirror"):
            run = archive.scrapy("crawl", name)
            assert run.returncode == 0, run.stderr
        return Copied(archive, server.origin, other.origin)


def test_a_family_is_told_from_any_of_its_pages(copied: Copied) -> None:
    rows = copied.rows(f"{copied.origin}/a/1.html")
    assert [row["url"].rpartition("/")[2] for row in rows] == ["cut.html", "altered.html", "traditional.html"]
    assert {row["earliest_url"] for row in rows} == {f"{copied.origin}/a/1.html"}
    assert copied.rows(f"{copied.mirror}/a/altered.html") == rows
    assert all(tuple(row)[:4] == VIEW_COLUMNS["reprint"] for row in rows)
    seen = {(row["url"], row["earliest_url"]) for row in rows}
    assert {row[:2] for row in copied.archive.view("reprint")} == seen


def test_the_named_origin_is_held_against_the_found_one(copied: Copied) -> None:
    rows = copied.rows(f"{copied.origin}/a/1.html")
    assert [(row["origin"], row["origin_verdict"]) for row in rows] == [
        ("河口晨报", "agrees"),  # the publication's title
        ("本网", "differs"),
        (None, "nobody"),
    ]
    assert [row["dated"] for row in rows] == ["published"] * 3 and rows[0]["out_by"].startswith("2026-03-10T16:00")


def test_what_was_cut_added_and_altered_is_told(copied: Copied) -> None:
    cut, altered, traditional = (row["deviations"] for row in copied.rows(f"{copied.origin}/a/1.html"))
    assert [(place["kind"], place["original"]) for place in cut] == [("cut", "".join(SENTENCES[2:4]))]
    assert cut[0]["before"].endswith("摩托车。") and cut[0]["copy"] == ""
    assert [(place["kind"], place["original"], place["copy"]) for place in altered] == [
        ("cut", "清晨", ""),
        ("altered", "四十六", "六十四"),
        ("added", "", "本网编辑提醒：过河请穿救生衣。"),
    ]
    assert traditional == []


def test_a_person_sees_all_of_it_and_no_escape_code(copied: Copied) -> None:
    said = copied.text(f"{copied.origin}/a/1.html")
    assert "3 reprints" in said and "[-四十六-]{+六十四+}" in said and "{+本网编辑提醒" in said
    assert "differs" in said and "agrees" in said and "nobody" in said
    assert not {"\x1b", "\u202e", "\x9b"} & set(said)


def test_a_source_is_asked_for_what_it_copied_and_what_was_copied_from_it(copied: Copied) -> None:
    assert len(copied.rows("--source", "mirror")) == len(copied.rows("--source", "press")) == len(copied.rows()) == 3
    (latest,) = copied.rows("--source", "mirror", "-n", "1")
    assert latest["url"] == f"{copied.mirror}/a/traditional.html"
    assert "3 reprints, the latest 2 of them" in copied.text("-n", "2")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{origin}/a/2.html"], "No reprints of "),
        (["{origin}/a/none.html"], "No reprints of "),
        (["--source", "nobody"], "No reprints are known"),
    ],
)
def test_nothing_found_is_said(copied: Copied, arguments: list[str], said: str) -> None:
    asked = [argument.format(origin=copied.origin) for argument in arguments]
    assert copied.rows(*asked, code=1) == []
    assert said in copied.text(*asked, code=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://a/"], "must be an http or https URL"),
        (["http://a/", "http://b/"], "give one URL or --source"),
        (["http://a/", "--source", "press"], "give one URL or --source"),
        (["-n", "0"], "must be at least 1"),
    ],
)
def test_what_cannot_be_asked_is_one_line(copied: Copied, arguments: list[str], said: str) -> None:
    run = copied.archive.scrapy("reprints", *arguments)
    assert run.returncode == 2 and said in complaint(run)


def test_a_rebuild_finds_the_same(copied: Copied, tmp_path: Path) -> None:
    copied.rows()
    before = copied.archive.view("reprint")
    again = ForkedArchive(tmp_path)
    os.symlink(copied.archive.folder / "sources", tmp_path / "sources")
    again.path.mkdir()
    for name in ("warc", "seals.jsonl"):
        os.symlink(copied.archive.path / name, again.path / name)
    assert again.scrapy("rebuild").returncode == 0
    assert again.view("reprint") == []
    assert again.scrapy("reprints").returncode == 0
    assert again.view("reprint") == before != []
