"""crawler.downloader: what a user hangs on Scrapy's downloader is called, whether the way is straight or not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crawling import article, links
from tests.run import Archive
from tests.server import Server, response

_OWN = """
from pathlib import Path
from scrapy import signals

SEEN = Path(__file__).with_name("seen.txt")


class Middleware:
    def process_request(self, request):
        request.headers["X-Mark"] = "middle"
        with SEEN.open("a") as seen:
            print("middleware", request.url.rpartition("/")[2], file=seen)


class Extension:
    @classmethod
    def from_crawler(cls, crawler):
        own = cls()
        for name in ("request_reached_downloader", "response_downloaded", "request_left_downloader"):
            crawler.signals.connect(getattr(own, name), signal=getattr(signals, name))
        return own

    def request_reached_downloader(self, request):
        self.write("reached", request)

    def response_downloaded(self, response, request):
        self.write(f"downloaded {response.status}", request)

    def request_left_downloader(self, request):
        self.write("left", request)

    def write(self, what, request):
        with SEEN.open("a") as seen:
            print(what, request.url.rpartition("/")[2], file=seen)
"""
_TOML = """schema = 1
title = "城东"
home = "{0}/"
[crawl]
delay_s = 0
robots = "a test"
[[lists]]
url = "{0}/list.html"
[[articles]]
match = ['/a/\\d+\\.html$']
"""
_ROUTES = {
    "/list.html": [response(links("/a/1.html", "/a/2.html").encode(), ("Content-Type", "text/html"))],
    "/a/1.html": [response(article("河道").encode(), ("Content-Type", "text/html"))],
    "/a/2.html": [response(b"", status="404 Not Found")],
}


@pytest.mark.parametrize("middlewares", ["{}", '{"own_pieces.Middleware": 1}'])
def test_signals_and_middlewares_see_every_page(tmp_path: Path, middlewares: str) -> None:
    (tmp_path / "own_pieces.py").write_text(_OWN, "utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    archive = Archive(tmp_path)
    with Server(_ROUTES) as server:
        archive.add_source("own", _TOML.format(server.origin))
        settings = ("-s", f"DOWNLOADER_MIDDLEWARES={middlewares}", "-s", 'EXTENSIONS={"own_pieces.Extension": 1}')
        run = archive.scrapy("crawl", "own", *settings, PYTHONPATH=path)
    assert run.returncode == 5, run.stderr
    pages = {"list.html": 200, "1.html": 200, "2.html": 404}
    expected = [
        f"{what} {page}" for page, status in pages.items() for what in ("reached", f"downloaded {status}", "left")
    ]
    if middlewares != "{}":
        expected += [f"middleware {page}" for page in pages]
    assert sorted((tmp_path / "seen.txt").read_text("utf-8").split("\n")) == sorted(["", *expected])
    assert {status for (status,) in archive.rows("SELECT status FROM capture")} == {200, 404}
