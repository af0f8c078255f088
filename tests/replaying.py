"""Owns the scene that replays are tried on: an archive of the gazette whose site is gone, and what it looked like.

With SHOTS set to a folder, what the browser showed is kept there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.sources import load
from pipelines.changes import settle
from storage.archived import Archived
from storage.catalogue import Catalogue
from storage.catalogue_selection import Selection, chosen
from storage.http_message import payload_of
from storage.model import Capture, Exchange, Thresholds
from storage.reader import read_exchange
from tests.browser import Browser
from tests.gazette import ARTICLE, Gazette
from tests.run import Archive
from tests.server import Server, response
from tests.storage.exchanges import revisit, writer
from tests.storage.outcomes import make_outcome

__all__ = ["CLIP", "COPY", "NOW", "WHOLE", "Scene", "add_revisits", "scene_of"]

NOW = datetime(2026, 12, 1, tzinfo=UTC)
COPY = "/a/c_9.html"
"""Where the article is found a second time."""
WHOLE = "document.images.length == 2 && [...document.images].every((i) => i.naturalWidth > 50)"
CLIP = (1000, 460)
"""Width and height of what is compared."""


@dataclass
class Scene:
    """An archive, its site's address, and what the article looked like there."""

    archive: Archive
    origin: str
    elsewhere: Server
    """Still there: whatever reaches it got out."""
    live: bytes
    browser: Browser

    def catalogue(self) -> Catalogue:
        """Open the catalogue to read."""
        return Catalogue.open(self.archive.path / "catalogue.sqlite", read_only=True)

    def captures(self, path: str) -> list[Capture]:
        """Return the captures of one address, oldest first."""
        url = self.origin + path
        with self.catalogue() as catalogue:
            found = [item.capture for item in chosen(catalogue.store, Selection(urls=(url,)))]
        return sorted((capture for capture in found if capture.url == url), key=lambda capture: capture.captured)

    def looks_as_live(self, top: int = 0) -> bool:
        """Whether the browser shows the article's own pixels, from `top` on."""
        return self.browser.screenshot((0, top, *CLIP)) == self.live

    def keep(self, name: str) -> None:
        """Keep what the browser shows, if anybody wants to look."""
        if "SHOTS" in os.environ:
            self.browser.save(Path(os.environ["SHOTS"]) / f"{name}.png")


@contextmanager
def scene_of(folder: Path) -> Iterator[Scene]:
    """Crawl the gazette into `folder`, look at its article, and let the site go."""
    archive = Archive(folder)
    with Server(lambda asked: [response(b"", status="404 Not Found")]) as elsewhere, Browser() as browser:
        with Server(Gazette(elsewhere.origin)) as server:
            archive.add_source("zhen", Gazette(elsewhere.origin).toml(server.origin))
            ran = archive.scrapy("crawl", "zhen", ARCHIVE_CONTACT="none")
            assert ran.returncode in (0, 5), ran.stderr
            browser.open(server.url(ARTICLE))
            browser.wait_for(WHOLE)
            browser.settle()
            _check_fonts(browser)
            made = Scene(archive, server.origin, elsewhere, browser.screenshot((0, 0, *CLIP)), browser)
            made.keep("live")
        elsewhere.served.clear()
        yield made


def _check_fonts(browser: Browser) -> None:
    """Two different characters look different only where there is a font for them."""
    draw = """(text) => { const c = document.createElement('canvas'); c.width = c.height = 40;
        const g = c.getContext('2d'); g.font = '30px sans-serif'; g.fillText(text, 2, 34); return c.toDataURL(); }"""
    assert browser.value(f"(d => d('粮') !== d('站'))({draw})", ARTICLE), "no font for Han: `make browser` installs one"


def add_revisits(scene: Scene) -> dict[str, Capture]:
    """Archive the article anew day by day, and return its captures by name.

    same: to the byte; rechunked: in other chunks; copy: at COPY; held: a 304; whole: in one piece, so that it is kept
    once more; changed: another text.
    """
    first = scene.captures(ARTICLE)[0]
    archived = read_exchange(scene.archive.path / "warc" / first.warc_file, first.warc_offset, first.warc_length)
    source = load(scene.archive.folder / "sources" / "zhen.toml")
    crawl_id = "aaaaaaaa-1111-4222-8333-444444444444"
    out = writer(scene.archive.path, source=source, crawl_id=crawl_id)
    made: dict[str, Capture] = {}
    with Catalogue.open(scene.archive.path / "catalogue.sqlite", settle=settle) as catalogue:
        catalogue.start_crawl(crawl_id, source, NOW, Thresholds())
        text = (catalogue.article(first.url) or {})["body"]
        for name, (exchange, by, body) in _later(archived, scene.origin, text).items():
            again = None if by is None else revisit(first, by)
            capture = out.append(exchange, replace(archived.attempt, crawl_id=crawl_id), revisit=again)
            assert capture is not None and capture.kind == ("response" if by is None else "revisit")
            fields = {field: getattr(capture, field) for field in Capture.__slots__}
            outcome = make_outcome(
                capture.url,
                capture.captured,
                status=capture.status,
                body=body,
                source="zhen",
                crawl=crawl_id,
                capture=fields,
            )
            catalogue.commit([outcome], now=NOW, frontier=False)
            made[name] = capture
    out.close()
    return made


def _later(archived: Archived, origin: str, text: str) -> dict[str, tuple[Exchange, str | None, str | None]]:
    """Return name -> the exchange, on whose word it is a revisit, what it says."""
    first, payload = archived.exchange, payload_of(archived.exchange.response, "GET")
    head = first.response[:].partition(b"\r\n\r\n")[0]
    whole = head.replace(b"Transfer-Encoding: chunked", b"Content-Length: %d" % len(payload)) + b"\r\n\r\n" + payload
    rechunked = head + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(payload), payload)
    not_modified = b"HTTP/1.1 304 Not Modified\r\nServer: gazette\r\n\r\n"
    changed = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\nchanged"
    at = [first.started + timedelta(days=day) for day in range(7, 13)]
    return {
        "same": (replace(first, started=at[0]), "bytes", text),
        "rechunked": (replace(first, started=at[1], response=rechunked), "bytes", text),
        "copy": (replace(first, started=at[2], url=origin + COPY), "bytes", text),
        "held": (replace(first, started=at[3], response=not_modified), "server", None),
        "whole": (replace(first, started=at[4], response=whole), None, text),
        "changed": (replace(first, started=at[5], response=changed), None, "changed"),
    }
