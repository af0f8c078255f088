"""The bundled site: exact bytes, the five habits, and a truth that its pages bear out."""

from __future__ import annotations

import gzip
import re
import socket
import time
import tomllib
from collections.abc import Iterator
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from crawler.demo.announcements import DISALLOWED, GONE, REDIRECTED
from crawler.demo.site import SLOW_S, DemoSite, demo_toml
from crawler.sources import load


@pytest.fixture(scope="module")
def running() -> Iterator[DemoSite]:
    """A site that no test changes."""
    with DemoSite() as site:
        yield site


def ask(site: DemoSite, path: str, connection: socket.socket | None = None) -> bytes:
    """Send one GET and return every byte until the server is silent."""
    own = connection or socket.create_connection(("127.0.0.1", urlsplit(site.base_url).port or 0), timeout=5)
    before = len(site.served)
    own.sendall(f"GET {path} HTTP/1.1\r\nHost: demo\r\n\r\n".encode())
    received = own.recv(65536)
    while len(received) < len(site.served[before].sent):
        received += own.recv(65536)
    if connection is None:
        own.close()
    return received


def body_of(site: DemoSite, url: str) -> bytes:
    """Fetch with the standard library, past a 103 and through gzip."""
    message = ask(site, url.removeprefix(site.base_url))
    if message.startswith(b"HTTP/1.1 103"):
        message = message.partition(b"\r\n\r\n")[2]
    head, _, body = message.partition(b"\r\n\r\n")
    if b"Transfer-Encoding: chunked" in head:
        plain = b""
        while (size := int(body.partition(b"\r\n")[0], 16)) > 0:
            start = body.index(b"\r\n") + 2
            plain, body = plain + body[start : start + size], body[start + size + 2 :]
        body = plain
    return gzip.decompress(body) if b"Content-Encoding: gzip" in head else body


def page_of(site: DemoSite, url: str) -> str:
    """Fetch and decode as the page means it."""
    return unescape(body_of(site, url).decode("gb18030" if "/party/" in url else "utf-8"))


@pytest.fixture(scope="module")
def pages(running: DemoSite) -> dict[str, str]:
    """URL -> text of every article page; fetched once, for one of them is slow."""
    return {url: page_of(running, url) for url in running.expected}


# --- the truth ---------------------------------------------------------------------------------


def test_every_article_page_bears_out_what_is_expected_of_it(running: DemoSite, pages: dict[str, str]) -> None:
    assert len(running.expected) == 24
    for url, expected in running.expected.items():
        page = pages[url]
        places = [page.find(paragraph) for paragraph in expected.paragraphs]
        assert places == sorted(places) and -1 not in places, url
        assert expected.title in page
        assert all(word in page for word in expected.editors)
        assert expected.origin is None or expected.origin in page
        day = expected.published[:10]
        assert day in page


def test_what_no_body_may_hold_stands_on_the_page_outside_the_article(running: DemoSite, pages: dict[str, str]) -> None:
    for url, expected in running.expected.items():
        page = pages[url]
        assert sum(word in page for word in expected.lacks) >= 5, url
        assert not any(word in paragraph for word in expected.lacks for paragraph in expected.paragraphs), url


def test_the_party_site_says_gb2312_and_needs_more(running: DemoSite) -> None:
    url = next(url for url in running.expected if url.endswith("id=315"))
    body = body_of(running, url)
    assert b"charset=gb2312" in body
    body.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        body.decode("gb2312")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_the_mirror_glosses_and_doubles_and_the_company_spaces(running: DemoSite) -> None:
    truth = {kind: [e for url, e in running.expected.items() if kind in url] for kind in ("/fanti/", "/company/")}
    mirror = "\n".join("\n".join(e.paragraphs) for e in truth["/fanti/"])
    assert "農(nóng)業(yè)" in mirror and "\uff0c\uff0c" in mirror and "\uff0c、" in mirror
    assert all(" \uff0c" in "".join(e.paragraphs) and "。" in "".join(e.paragraphs) for e in truth["/company/"])


def test_the_hijacked_titles_carry_a_prefix_that_the_truth_does_not(running: DemoSite) -> None:
    for url in (url for url in running.expected if "/huizhi/" in url):
        title = re.search("<title>(.*)</title>", page_of(running, url))
        assert title and title.group(1).endswith(running.expected[url].title) and title.group(1).startswith("蓝鲸")


# --- finding the articles ----------------------------------------------------------------------


def test_the_source_file_leads_to_every_article_and_to_nothing_else(running: DemoSite) -> None:
    source = tomllib.loads(demo_toml(running.base_url))
    match = [re.compile(pattern) for kind in source["articles"] for pattern in kind["match"]]
    base = running.base_url
    starts = [base + f"/portal/index{tail}.html" for tail in ("", "_1", "_2")]
    starts += [base + "/party/list.asp", base + "/party/list.asp?page=2", *(f["url"] for f in source["feeds"])]
    starts += [base + "/sitemap-huizhi.xml"]
    pages = {url: page_of(running, url) for url in starts}
    pages["maps"] = gzip.decompress(body_of(running, base + "/sitemap-fanti.xml.gz")).decode()
    assert {"/sitemap-fanti.xml.gz", "/sitemap-huizhi.xml"} == set(
        re.findall(r"<loc>http://[\d.:]+(/.*?)</loc>", page_of(running, source["sitemaps"][0]["url"]))
    )
    found = {
        urljoin(at, href)
        for at, page in pages.items()
        for href in re.findall(r'href="([^"]+)"|<loc>([^<]+)</loc>|<link>([^<]+)</link>', page)
        for href in href
        if href and any(pattern.search(href) for pattern in match)
    }
    lifts = next(url for url in running.expected if url.endswith("c_1004.html"))
    assert found == (running.expected.keys() - {lifts}) | {base + REDIRECTED, base + GONE, base + DISALLOWED}
    assert b"Location: " + lifts.removeprefix(base).encode() in ask(running, REDIRECTED)


def test_the_source_file_is_a_valid_source(tmp_path: Path, running: DemoSite) -> None:
    (tmp_path / "demo.toml").write_text(demo_toml(running.base_url), "utf-8")
    source = load(tmp_path / "demo.toml")
    assert len(source.lists) == 2 and source.feeds and source.sitemaps
    assert source.crawl.hosts == (running.base_url.removeprefix("http://"),)


def test_the_source_file_is_of_the_promised_size() -> None:
    lines = [line for line in demo_toml("http://127.0.0.1:1").splitlines() if line and not line.startswith("[")]
    assert len(lines) <= 15


def test_a_gone_page_answers_404_and_robots_disallow_the_draft(running: DemoSite) -> None:
    assert ask(running, GONE).startswith(b"HTTP/1.1 404 Not Found\r\n")
    robots = body_of(running, running.base_url + "/robots.txt").decode()
    assert "Disallow: /portal/internal/" in robots and DISALLOWED.startswith("/portal/internal/")
    assert "Crawl-delay" not in robots


# --- the bytes ---------------------------------------------------------------------------------


def test_what_is_kept_is_what_passed(running: DemoSite) -> None:
    port = urlsplit(running.base_url).port or 0
    paths = ["/robots.txt", "/portal/index.html", "/party/show.asp?id=312", "/nowhere"]
    before = len(running.served)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        received = b"".join(ask(running, path, connection) for path in paths)
        own = connection.getsockname()
    mine = running.served[before:]
    assert own and len({served.connection for served in mine}) == 1
    assert [served.target for served in mine] == paths
    assert b"".join(served.sent for served in mine) == received
    assert mine[0].received == b"GET /robots.txt HTTP/1.1\r\nHost: demo\r\n\r\n"


def test_every_framing_and_oddity_is_there(running: DemoSite) -> None:
    one = {url.split("/")[3]: url.removeprefix(running.base_url) for url in running.expected}
    heads = {site: ask(running, path) for site, path in one.items()}
    assert b"Transfer-Encoding: chunked\r\n" in heads["portal"] and b"Content-Encoding: gzip\r\n" in heads["portal"]
    assert heads["party"].count(b"Set-Cookie: ") == 2
    assert heads["fanti"].startswith(b"HTTP/1.1 200 \r\n")
    assert (
        heads["huizhi"].startswith(b"HTTP/1.1 200 Okay\r\nserver: ")
        and b"\r\ncontent-type:text/html" in heads["huizhi"]
    )
    assert b"Connection: close\r\n" in heads["company"] and b"ontent-" + b"Length" not in heads["company"]
    library = next(url for url in running.expected if url.endswith("c_1003.html"))
    assert ask(running, library.removeprefix(running.base_url)).startswith(b"HTTP/1.1 103 Early Hints\r\n")


def test_one_page_is_slow(running: DemoSite) -> None:
    bamboo = next(url for url in running.expected if url.endswith("c_1005.html"))
    started = time.monotonic()
    connection = HTTPConnection("127.0.0.1", urlsplit(running.base_url).port or 0, timeout=5)
    connection.request("GET", bamboo.removeprefix(running.base_url))
    assert connection.getresponse().read()
    connection.close()
    assert time.monotonic() - started >= SLOW_S


def test_two_runs_send_the_same_bytes() -> None:
    def sent() -> list[bytes]:
        with DemoSite() as site:
            paths = [url.removeprefix(site.base_url) for url in site.expected if not url.endswith("c_1005.html")]
            paths += ["/", "/portal/index.html", "/company/rss.xml", "/sitemap-huizhi.xml"]
            port = str(urlsplit(site.base_url).port).encode()
            return [ask(site, path).replace(port, b"PORT") for path in paths]

    assert sent() == sent()


# --- change ------------------------------------------------------------------------------------


def test_an_edit_changes_figures_and_a_clause_and_nothing_else() -> None:
    with DemoSite() as site:
        before = dict(site.expected)
        edit = site.edit()
        old, new = before.pop(edit.url), site.expected[edit.url]
        assert (old.title, old.published, old.editors) == (new.title, new.published, new.editors)
        assert old.paragraphs != new.paragraphs
        assert edit.before in old.paragraphs and edit.after in new.paragraphs
        assert "1.2万吨" in edit.before and "0.9万吨" in edit.after
        assert edit.after in page_of(site, edit.url) and edit.before not in page_of(site, edit.url)
        assert before == {url: e for url, e in site.expected.items() if url != edit.url}
        reprint = next(e for url, e in site.expected.items() if url.endswith("newsinfo/48.html"))
        assert any("1.2万吨" in paragraph for paragraph in reprint.paragraphs)


def test_a_removed_article_answers_404_and_stays_on_its_list() -> None:
    with DemoSite() as site:
        url = site.remove()
        assert url not in site.expected and len(site.expected) == 23
        assert ask(site, url.removeprefix(site.base_url)).startswith(b"HTTP/1.1 404 ")
        assert url.removeprefix(site.base_url) in page_of(site, site.base_url + "/portal/index_1.html")


def test_stopping_cuts_what_is_open() -> None:
    site = DemoSite()
    site.start()
    with socket.create_connection(("127.0.0.1", urlsplit(site.base_url).port or 0), timeout=5) as connection:
        ask(site, "/robots.txt", connection)
        site.stop()
        assert connection.recv(1) == b""
    assert len(site.served) == 1
