"""Owns small crawls made up for the tests of recovery and rebuild: written as a crawl writes them, never fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipelines.changes import settle
from storage.catalogue import Catalogue
from storage.model import (
    ArticleKind,
    Attempt,
    Capture,
    CrawlEnd,
    Exchange,
    Failure,
    ListPage,
    Revisit,
    Source,
    SourceCrawl,
)
from storage.source_json import source_digest
from storage.warc import WarcWriter
from tests.storage.exchanges import revisit, writer

__all__ = [
    "BODY_BYTES",
    "HOME",
    "NOT_MODIFIED",
    "START",
    "Crawl",
    "list_page",
    "message",
    "open_catalogue",
    "rows",
    "source",
    "story",
]

START: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOME: Final = "http://paper.test"
BODY_BYTES: Final = 1 << 20
NOT_MODIFIED: Final = b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'


def source(name: str = "paper") -> Source:
    """Return a source with one list and one kind of article."""
    return Source(
        name=name,
        title="试刊",
        home=f"{HOME}/",
        crawl=SourceCrawl(hosts=("paper.test",)),
        lists=(ListPage(f"{HOME}/list.html", next="list_{n}.html", pages=9),),
        articles=(ArticleKind(match=(r"/a/\d+\.html$",)),),
    )


def message(html: str, status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole response."""
    body = html.encode()
    head = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=utf-8", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def story(number: int, text: str = "闸口村的水渠修通了，村民说今年的秧苗不愁水。") -> bytes:
    """Return a response with an article."""
    rows = (f"<p>　　{text}第{number}号稿件第{row}段，记的是水渠第{row}段的长度和用工。</p>" for row in range(4))
    title = f"闸口村水渠修通第{number}段"
    return message(
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        f"<div>2026-11-{number % 28 + 1:02d} 来源：试刊</div><div class=content>{''.join(rows)}</div></body></html>"
    )


def list_page(*numbers: int) -> bytes:
    """Return a response that names articles."""
    return message("".join(f'<li><a href="/a/{number}.html">第{number}段</a></li>' for number in numbers))


class Crawl:
    """One crawl being written; a file stays `.open` until `end` or `close`."""

    def __init__(self, archive_dir: Path, number: int = 1, name: str = "paper", **options: Any) -> None:
        """Begin the `number`th crawl of the source `name`, an hour after the one before."""
        self.source = source(name)
        self.id = f"00000000-0000-4000-8000-{number:012d}"
        self.started = START + timedelta(hours=number)
        self._at = self.started
        self.writer: WarcWriter = writer(
            archive_dir,
            source=self.source,
            crawl_id=self.id,
            started=self.started,
            now=lambda: self.started,
            **options,
        )

    def made(
        self, path: str, response: bytes, role: str = "article:0", revisit: Revisit | None = None, **fields: Any
    ) -> tuple[Exchange, Attempt, Capture | None]:
        """Write one exchange, a second after the one before, as a revisit if that is given."""
        self._at += timedelta(seconds=1)
        request = b"GET %s HTTP/1.1\r\nHost: paper.test\r\n\r\n" % path.encode()
        exchange = Exchange(HOME + path, "GET", request, response, self._at, **fields)
        attempt = Attempt(self.source.name, self.id, role, rules_digest=source_digest(self.source))
        return exchange, attempt, self.writer.append(exchange, attempt, revisit=revisit)

    def again(self, path: str, first: Capture, response: bytes = NOT_MODIFIED, role: str = "article:0") -> Capture:
        """Write that what `path` answered is, by its bytes or on the server's word, the payload of `first`."""
        _, _, capture = self.made(
            path, response, role, revisit(first, "server" if response == NOT_MODIFIED else "bytes")
        )
        assert capture is not None and capture.kind == "revisit"
        return capture

    def article(self, number: int, **fields: Any) -> Capture:
        """Write the page of one article and return its capture."""
        _, _, capture = self.made(f"/a/{number}.html", story(number), **fields)
        assert capture is not None
        return capture

    def list(self, *numbers: int) -> None:
        """Write a list page."""
        self.made("/list.html", list_page(*numbers), "list:0")

    def refused(self, path: str) -> None:
        """Write an attempt without a byte."""
        self._at += timedelta(seconds=1)
        exchange = Exchange(HOME + path, "GET", b"", b"", self._at, failure=Failure("robots", "forbidden"))
        self.writer.append(exchange, Attempt(self.source.name, self.id, "article:0"))

    def end(self, outcome: str = "finished") -> CrawlEnd:
        """State the end and seal."""
        end = CrawlEnd(self.id, self.source.name, self.started, self._at + timedelta(seconds=1), outcome, 0)
        self.writer.append_end(end)
        self.writer.close()
        return end

    def die(self) -> None:
        """Leave the file `.open` and unlocked, as a killed process does."""
        self.writer._file.release()


def open_catalogue(archive_dir: Path) -> Catalogue:
    """Open the catalogue of an archive to write."""
    archive_dir.mkdir(parents=True, exist_ok=True)
    return Catalogue.open(archive_dir / "catalogue.sqlite", settle=settle)


def rows(catalogue: Catalogue, view: str) -> list[tuple[Any, ...]]:
    """Return the rows of a view, sorted."""
    return sorted((tuple(row.values()) for row in catalogue.view(view)), key=repr)
