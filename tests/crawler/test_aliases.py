"""One page at many addresses, from the source file to the views, and the same after a rebuild."""

from __future__ import annotations

import json
from pathlib import Path

from tests.crawling import article, asked, links, source_toml
from tests.forked import ForkedArchive
from tests.server import Server, Site

ALIASES = """
[aliases]
hosts = {{ "localhost:{port}" = "127.0.0.1:{port}" }}
scheme = "http"
parameters = ["share"]
rewrites = [{{ match = '/w/(\\d+)\\.html$', to = '/a/c_\\1.html' }}]
"""


def test_one_publication_at_many_addresses(tmp_path: Path) -> None:
    site, archive = Site(), ForkedArchive(tmp_path)
    with Server(site) as server:
        port = server.origin.rpartition(":")[2]
        first = ["http://localhost:{0}/a/c_1001.html?utm_source=wx", "https://127.0.0.1:{0}/a/c_1001.html?share=1"]
        second = ["/wap/c_1002.html", "/a/c_1002.html", "/w/1001.html"]
        site.put("/", links(*(address.format(port) for address in first), *second))
        site.put("/a/c_1001.html", article("渡口摆渡恢复"))
        canonical = '<link rel="canonical" href="/a/c_1002.html?utm_source=wap">'
        site.put("/a/c_1002.html", article("早市菜船靠岸", head=canonical))
        site.put("/wap/c_1002.html", article("早市菜船靠岸", head=canonical))
        toml = source_toml(server.origin, match=r"/c_\d+\.html$", crawl="delay_s = 0\nconcurrency = 1")
        archive.add_source("mine", toml + ALIASES.format(port=port))
        for arguments in ([], ["-a", "revisit=all"], ["-a", f"url=http://127.0.0.1:{port}/w/1001.html"]):
            run = archive.scrapy("crawl", "mine", *arguments)
            assert run.returncode == (5 if "url" in "".join(arguments) else 0), run.stderr
        fetched = asked(server)
    assert fetched["/a/c_1001.html"] == 2 and fetched["/w/1001.html"] == 1
    addresses = {
        (url.removeprefix(server.origin), relation)
        for url, relation in archive.rows("SELECT url, relation FROM address")
    }
    main = {address for address, relation in addresses if relation == "first"}
    assert len(main) == 2 and "/a/c_1001.html" in main
    assert {"/wap/c_1002.html", "/a/c_1002.html"} == {address for address, _ in addresses if "1002" in address}
    assert archive.rows("SELECT kind FROM event") == []
    before = archive.truth()
    assert archive.scrapy("rebuild").returncode == 0
    assert archive.truth() == before
    shown = archive.scrapy("history", f"{server.origin}/wap/c_1002.html", "--json")
    captures = [row for row in map(json.loads, shown.stdout.splitlines()) if row["what"] == "capture"]
    assert {row["url"].removeprefix(server.origin) for row in captures} == {"/wap/c_1002.html", "/a/c_1002.html"}
