"""Owns the attempts that the catalogues of growth are made of: short articles and list pages, as a crawl has them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime

from storage.model import (
    Article,
    ArticleKind,
    Attempt,
    Capture,
    Exchange,
    Link,
    ListPage,
    Outcome,
    PageRead,
    Source,
    SourceCrawl,
)

__all__ = ["ATTEMPT", "CRAWL", "EXTRACTOR", "SOURCE", "article_of", "article_outcome", "exchange_of", "list_outcome"]

EXTRACTOR = "bench/1"
SOURCE = Source(
    name="paper",
    title="Paper",
    home="http://paper.test/",
    crawl=SourceCrawl(hosts=("paper.test",)),
    lists=(ListPage("http://paper.test/news/", every_s=600),),
    articles=(ArticleKind(match=(r"/c_\w+\.html$",), revisit_s=(3600, 86400, 604800)),),
)
CRAWL = str(uuid.UUID(int=5))
ATTEMPT = Attempt(source=SOURCE.name, crawl_id=CRAWL, role="article:0", via=SOURCE.home, relation="link")
_LIST = Attempt(source=SOURCE.name, crawl_id=CRAWL, role="list:0", relation="seed")


def article_outcome(url: str, at: datetime, article: Article | None = None, capture: Capture | None = None) -> Outcome:
    """Return the outcome of fetching an article at `at`; without `capture` one is made up."""
    article = article or article_of(f"标题{url[-16:-5]}", f"正文说的是{url}。", at)
    capture = capture or _capture(url, at)
    return Outcome(ATTEMPT, url, at, capture, None, PageRead(article=article))


def list_outcome(urls: Sequence[str], at: datetime) -> Outcome:
    """Return the outcome of fetching the list page, with links to `urls`."""
    links = tuple(Link(url, "article:0") for url in urls)
    url = SOURCE.lists[0].url
    return Outcome(_LIST, url, at, _capture(url, at), None, PageRead(links=links))


def article_of(title: str, body: str, published: datetime) -> Article:
    """Return an article as an extractor gives it, published at that minute (UTC)."""
    stated = f"{published:%Y-%m-%dT%H:%M:00Z}"
    return Article(
        title=title,
        body=body,
        body_sha256=hashlib.sha256(body.encode()).hexdigest(),
        published=stated,
        published_precision="minute",
        published_utc=stated,
        extractor=EXTRACTOR,
    )


def exchange_of(url: str, at: datetime, article: Article) -> Exchange:
    """Return the exchange in which a bare page with the article came."""
    body = f"<html><h1>{article.title}</h1><p>{article.body}</p></html>".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    request = f"GET {url.partition('.test')[2]} HTTP/1.1\r\nHost: paper.test\r\n\r\n"
    return Exchange(url, "GET", request.encode(), head.encode() + body, at, 0.1, ip="127.0.0.1")


def _capture(url: str, at: datetime) -> Capture:
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{at:%Y%m%d%H%M%S%f} {url}")
    return Capture(
        id=f"urn:uuid:{name}",
        url=url,
        source=SOURCE.name,
        captured=at,
        method="GET",
        request_digest=None,
        status=200,
        mime="text/html",
        kind="response",
        payload_digest=f"sha256:{hashlib.sha256(name.bytes).hexdigest()}",
        refers_to=None,
        warc_file="bench.warc.gz",
        warc_offset=int(at.timestamp()),
        warc_length=1,
        ip=None,
        tls_verified=None,
        truncated=None,
        crawl_id=CRAWL,
    )
