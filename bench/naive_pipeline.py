"""Owns the naive pipeline: Scrapy, warcio, readability and SQLAlchemy's ORM, as a good user would join them.

    python bench/naive_pipeline.py http://127.0.0.1:8000/ FOLDER

It follows the links that the bare spider follows and keeps what an archive needs: a request and a response record of
every exchange, and of every article title, text, its hash and the time. Scrapy's defaults, but for `LOG_LEVEL=INFO`.
In its favour: records hold the body as it came, compressed where it was, through the signal before the middlewares;
the session is opened once; SQLite keeps a write-ahead log and does not wait for the disk at each commit. So a crash may
lose rows, and what was on the wire is not kept, only Scrapy's reading of it. It knows nothing of this project and is
started outside its settings.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import lxml.html
import scrapy
from readability import Document
from scrapy import Request, signals
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.http import Headers, Response, TextResponse
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class NaiveSpider(scrapy.Spider):
    """Goes from the front page to every channel, from list page to list page, and reads every article."""

    name = "naive"

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        """Follow channels, pages and articles."""
        assert isinstance(response, TextResponse)
        yield from response.follow_all(css="ul.bar a, div.pages a")
        yield from response.follow_all(css="ul.list a", callback=self.parse_article)

    def parse_article(self, response: Response) -> Iterator[dict[str, Any]]:
        """Read title and text."""
        assert isinstance(response, TextResponse)
        document = Document(response.text)
        text = lxml.html.fromstring(document.summary(html_partial=True)).text_content()
        yield {"url": response.url, "title": document.short_title(), "text": text}


# --- articles: an item pipeline ------------------------------------------------------------------


class Base(DeclarativeBase):
    """The tables."""


class ArticleRow(Base):
    """One article."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    captured: Mapped[datetime]


class ArticlePipeline:
    """Adds a row an article, and commits it."""

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _prepare)
        Base.metadata.create_all(self._engine)
        self._session = Session(self._engine)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it as Scrapy does."""
        return cls(Path(crawler.settings["FOLDER"]) / "articles.sqlite")

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Store one article."""
        digest = hashlib.sha256(item["text"].encode()).hexdigest()
        self._session.add(ArticleRow(**item, sha256=digest, captured=datetime.now(UTC)))
        self._session.commit()
        return item

    def close_spider(self) -> None:
        """End the session."""
        self._session.close()
        self._engine.dispose()


def _prepare(connection: Any, record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


# --- captures: an extension ----------------------------------------------------------------------


class WarcExtension:
    """Writes a request and a response record of every response downloaded."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._writer = WARCWriter(self._file, gzip=True)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it as Scrapy does."""
        extension = cls(Path(crawler.settings["FOLDER"]) / "crawl.warc.gz")
        crawler.signals.connect(extension.write, signal=signals.response_downloaded)
        crawler.signals.connect(extension.close, signal=signals.spider_closed)
        return extension

    def write(self, response: Response, request: Request) -> None:
        """Write the pair."""
        status = StatusAndHeaders(f"{response.status} OK", _fields(response.headers), protocol="HTTP/1.1")
        answered = self._writer.create_warc_record(
            response.url, "response", payload=io.BytesIO(response.body), http_headers=status
        )
        line = StatusAndHeaders(f"GET {request.url} HTTP/1.1", _fields(request.headers), is_http_request=True)
        asked = self._writer.create_warc_record(response.url, "request", http_headers=line)
        self._writer.write_request_response_pair(asked, answered)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _fields(headers: Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values]


def main(url: str, folder: str) -> None:
    """Crawl the newspaper at `url` into `folder`."""
    process = CrawlerProcess(
        {
            "LOG_LEVEL": "INFO",
            "FOLDER": folder,
            "ITEM_PIPELINES": {ArticlePipeline: 300},
            "EXTENSIONS": {WarcExtension: 500},
        }
    )
    process.crawl(NaiveSpider, start_urls=[url])
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
