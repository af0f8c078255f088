"""That the newspaper of the rounds is what the rounds need."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from pathlib import Path
from statistics import median

import pytest

from bench.server import running
from bench.site import ARTICLE, CHANNELS, Page, build, source_toml
from bench.site_figures import figures_of, means
from crawler.sources import load
from pipelines.extract import extract

each_site = pytest.mark.parametrize("pages", ["light", "heavy"], indirect=True)


@pytest.fixture(scope="module")
def pages(request: pytest.FixtureRequest) -> dict[str, Page]:
    """A newspaper of 200 articles, the light one unless another is named."""
    return {page.path: page for page in build(200, getattr(request, "param", "light"))}


@pytest.fixture(scope="module")
def heavy_pages() -> dict[str, Page]:
    """A heavy newspaper of 200 articles."""
    return {page.path: page for page in build(200, "heavy")}


def articles(pages: dict[str, Page]) -> list[Page]:
    """The articles among the pages."""
    return [page for path, page in pages.items() if re.search(ARTICLE, path)]


def test_same_bytes_each_time(pages: dict[str, Page]) -> None:
    """Figures of different days stand on one site."""
    assert {page.path: page for page in build(200)} == pages
    assert list(build(20, "heavy")) == list(build(20, "heavy"))


def test_pages_are_of_the_size_of_news_pages(pages: dict[str, Page]) -> None:
    """About 36 KB, some GBK, some chunked."""
    found = articles(pages)
    assert len(found) == 200
    assert 30_000 < median(len(page.body) for page in found) < 42_000
    assert 10 < sum(b'charset="gbk"' in page.body for page in found) < 60
    assert 5 < sum(page.chunked for page in found) < 40


def test_heavy_pages_are_like_real_ones(heavy_pages: dict[str, Page]) -> None:
    """Within a quarter of the means of 150 pages of Chinese portals, as `bench.site_figures` prints them."""
    figures = asdict(means([figures_of(page.body) for page in articles(heavy_pages)[:20]]))
    real = {
        "size_bytes": 147_554, "elements": 999, "blocks": 236, "text_chars": 6129, "links": 255,
        "script_style_share": 0.294, "depth": 15.4, "gzip_ratio": 0.279,
    }  # fmt: skip
    assert {name: figures[name] / real[name] for name in real} == pytest.approx(dict.fromkeys(real, 1.0), abs=0.25)


@each_site
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


@each_site
def test_no_link_leads_to_a_missing_page(pages: dict[str, Page]) -> None:
    """A mirror asks for each."""
    for page in pages.values():
        for link in re.findall(rb'href="(/(?!/)[^"]*)"', page.body):
            assert link.decode() in pages


@each_site
def test_articles_can_be_read(pages: dict[str, Page]) -> None:
    """Every one has what a catalogue card needs."""
    for page in articles(pages)[:20]:
        article = extract(page.body, {"content-type": page.content_type}, f"http://127.0.0.1{page.path}")
        assert article.title and article.published and article.origin == "城东通讯社"
        assert "热点排行" not in article.body and len(article.body) > 300


@each_site
def test_rules_say_what_stands_there(pages: dict[str, Page], tmp_path: Path) -> None:
    """CSS for each field, the same for both newspapers."""
    path = tmp_path / "bench.toml"
    path.write_text(source_toml("http://127.0.0.1:8000", 200, rules=True), "utf-8")
    rules = load(path).articles[0].extract
    for page in articles(pages)[:10]:
        at = f"http://127.0.0.1{page.path}"
        article = extract(page.body, {"content-type": page.content_type}, at, rules)
        generic = extract(page.body, {"content-type": page.content_type}, at)
        assert (article.title, article.published) == (generic.title, generic.published)
        assert article.origin == "城东通讯社" and article.editors and article.body.startswith(generic.body[:30])


def test_source_is_valid(tmp_path: Path) -> None:
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
    assert (counts.requests, counts.pages, counts.articles, counts.missing) == (2, 1, 1, 1)
    assert counts.sent_bytes > 20_000
