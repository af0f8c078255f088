from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.surroundings import surroundings
from storage.catalogue_selection import Selection, chosen
from storage.errors import WarcError
from storage.warc import WarcWriter
from tests.storage.exchanges import AT, exchange, revisit, writer
from tests.storage.holdings import NEXT_DAY, Holdings

SITE = "http://www.example.cn"


class Site:
    """Holdings to which pages with requisites are added."""

    def __init__(self, folder: Path) -> None:
        self.holdings = Holdings.make(folder)
        self.out: WarcWriter = writer(folder)
        self.seconds = 100

    def add(self, name: str, path: str, body: str, mime: str = "text/html", **fields: object) -> None:
        content = body.encode()
        response = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
        )
        self.put(name, path, response, article="文" if mime == "text/html" else None, **fields)

    def put(self, name: str, path: str, response: bytes, article: str | None = None, **fields: object) -> None:
        self.seconds += 1
        started = fields.pop("started", AT + timedelta(seconds=self.seconds))
        again = fields.pop("again", None)
        made = exchange(1, url=SITE + path, response=response, started=started)
        role = "article:0" if article is not None else "requisite:style"
        again = None if again is None else revisit(self.holdings[str(again)])
        self.holdings.add(self.out, name, made, again, role=role, body=article, **fields)

    def around(self, *names: str, selection: Selection | None = None) -> set[str]:
        """Return the names of what is added for what is named."""
        chosen_ids = tuple(self.holdings[name].id for name in names)
        selection = selection or Selection(urls=(), also=chosen_ids)
        self.out.close()
        store = self.holdings.catalogue.store
        found = list(surroundings(store, self.holdings.folder, selection, chosen(store, selection)))
        assert len(found) == len(set(found))
        by_id = {capture.id: name for name, capture in self.holdings.captures.items()}
        return {by_id[capture_id] for capture_id in found}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.holdings.catalogue.close()


PAGE = '<html><head><link rel=stylesheet href=/s/a.css></head><body><img src="/i/1.png"><p>文</p></body></html>'


def test_sheets_are_followed_and_pictures_taken(site: Site) -> None:
    site.add("page", "/p.html", PAGE)
    site.add("a", "/s/a.css", "@import 'b.css'; p { background: url(../i/2.png) }", "text/css")
    site.add("b", "/s/b.css", "@import 'a.css'; h1 { background: url(../i/3.png) }", "text/css")
    for number in (1, 2, 3, 4):
        site.add(f"picture {number}", f"/i/{number}.png", "png", "image/png")
    assert site.around("page") == {"a", "b", "picture 1", "picture 2", "picture 3"}


def test_the_capture_nearest_in_time_is_taken(site: Site) -> None:
    site.add("early", "/i/1.png", "1", "image/png", started=NEXT_DAY - timedelta(hours=3))
    site.add("page", "/p.html", PAGE, started=NEXT_DAY)
    site.add("late", "/i/1.png", "2", "image/png", started=NEXT_DAY + timedelta(hours=2))
    assert site.around("page") == {"late"}


def test_a_redirect_is_followed(site: Site) -> None:
    site.add("page", "/p.html", PAGE)
    site.put("moved", "/s/a.css", b"HTTP/1.1 302 Found\r\nLocation: c.css\r\nContent-Length: 0\r\n\r\n")
    site.add("sheet", "/s/c.css", "p { background: url(x.png) }", "text/css")
    site.add("picture", "/s/x.png", "x", "image/png")
    assert site.around("page") == {"moved", "sheet", "picture"}


def test_a_revisit_needs_what_its_original_says(site: Site) -> None:
    site.add("page", "/p.html", PAGE)
    site.add("again", "/p.html", PAGE, again="page", started=NEXT_DAY)
    site.add("picture", "/i/1.png", "1", "image/png", started=NEXT_DAY + timedelta(seconds=1))
    assert site.holdings["again"].kind == "revisit"
    assert site.around("again") == {"picture"}


def test_what_is_asked_for_anyway_is_not_added(site: Site) -> None:
    site.add("picture", "/i/1.png", "1", "image/png")
    site.add("page", "/p.html", PAGE, started=NEXT_DAY + timedelta(seconds=9))
    site.add("sheet", "/s/a.css", "p {}", "text/css", started=NEXT_DAY + timedelta(seconds=10))
    assert site.around(selection=Selection(since=NEXT_DAY + timedelta(seconds=5))) == {"picture"}


def test_pages_without_an_article_and_404s_need_nothing(site: Site) -> None:
    site.add("page", "/p.html", PAGE)
    site.put("gone", "/i/1.png", b"HTTP/1.1 404 Not Found\r\nContent-Type: image/png\r\nContent-Length: 1\r\n\r\nx")
    site.add("list", "/list.html", '<img src="/i/9.png">', "text/html; a=list")
    site.add("nine", "/i/9.png", "9", "image/png")
    assert site.around("page", "gone", "posted") == set()


def test_sheets_that_import_each_other_without_end_cost_little(site: Site) -> None:
    site.add("page", "/p.html", PAGE)
    imports = "".join(f"@import 's{number}.css';" for number in range(30))
    site.add("a", "/s/a.css", imports, "text/css")
    for number in range(30):
        site.add(f"s{number}", f"/s/s{number}.css", imports + "@import 'a.css';", "text/css")
    assert site.around("page") == {"a", *(f"s{number}" for number in range(30))}


def test_a_page_that_is_not_in_the_archive_is_said(site: Site) -> None:
    site.add("page", "/p.html", PAGE)
    site.holdings.catalogue.store.run("UPDATE t_capture SET warc_offset = warc_offset + 1")
    with pytest.raises(WarcError, match="record at"):
        site.around("page")
