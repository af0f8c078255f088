"""That the newspaper of the rounds is what the rounds need."""

from __future__ import annotations

import re
import tomllib
from statistics import median

import pytest

from bench.server import running
from bench.site import ARTICLE, CHANNELS, Page, build, source_toml
from crawler.sources import load
from pipelines.extract import extract


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    """A newspaper of 200 articles."""
    return {page.path: page for page in build(200)}


def articles(pages: dict[str, Page]) -> list[Page]:
    """The articles among the pages."""
    return [page for path, page in pages.items() if re.search(ARTICLE, path)]


def test_same_bytes_each_time(pages: dict[str, Page]) -> None:
    """Figures of different days stand on one site."""
    assert {page.path: page for page in build(200)} == pages


def test_pages_are_of_the_size_of_news_pages(pages: dict[str, Page]) -> None:
    """About 36 KB, some GBK, some chunked."""
    found = articles(pages)
    assert len(found) == 200
    assert 30_000 < median(len(page.body) for page in found) < 42_000
    assert 10 < sum(b'charset="gbk"' in page.body for page in found) < 60
    assert 5 < sum(page.chunked for page in found) < 40


def test_lists_lead_to_every_article(pages: dict[str, Page]) -> None:
    """By the links that the contestants follow."""
    listed: set[str] = set()
    for channel in CHANNELS:
        path: str | None = f"/{channel}/index.html"
        while path is not None:
            text = pages[path].body.decode()
            rows = text[text.index('<ul class="list">') : text.index('<div class="pages">')]
            listed |= set(re.findall(r'href="([^"]+)"', rows))
            following = re.search(r'class="next" href="([^"]+)"', text)
            path = f"/{channel}/{following[1]}" if following else None
    assert listed == {page.path for page in articles(pages)}


def test_no_link_leads_to_a_missing_page(pages: dict[str, Page]) -> None:
    """A mirror asks for each."""
    for page in pages.values():
        for link in re.findall(rb'href="(/[^"]*)"', page.body):
            assert link.decode() in pages


def test_articles_can_be_read(pages: dict[str, Page]) -> None:
    """Every one has what a catalogue card needs."""
    for page in articles(pages)[:20]:
        article = extract(page.body, {"content-type": page.content_type}, f"http://127.0.0.1{page.path}")
        assert article.title and article.published and article.origin == "城东通讯社"
        assert "热点排行" not in article.body and len(article.body) > 300


def test_source_is_valid(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The file with which Shilu takes part."""
    path = tmp_path / "bench.toml"
    path.write_text(source_toml("http://127.0.0.1:8000", 3000), "utf-8")
    assert len(load(path).lists) == len(tomllib.loads(path.read_text("utf-8"))["lists"]) == len(CHANNELS)


def test_server_counts_what_was_asked_for() -> None:
    """Articles once each, gzip only to whoever accepts it."""
    import urllib.error
    import urllib.request

    with running(5) as site:
        path = next(page.path for page in build(5) if re.search(ARTICLE, page.path))
        site.reset()
        for _ in range(2):
            urllib.request.urlopen(site.url + path).read()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{site.url}/nowhere").read()
        counts = site.counts()
    assert (counts.requests, counts.articles, counts.missing) == (2, 1, 1)
    assert counts.sent_bytes > 20_000
