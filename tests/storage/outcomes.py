"""Owns outcomes made up for the catalogue's tests: every field plausible, the ones that matter given by name."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.model import (
    Article,
    ArticleKind,
    Attempt,
    Capture,
    Failure,
    Feed,
    Link,
    ListPage,
    Outcome,
    PageRead,
    Sitemap,
    Source,
    SourceCrawl,
    Thresholds,
)

START = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
HOME = "http://paper.test/"

SOURCE = Source(
    name="paper",
    title="Test paper",
    home=HOME,
    crawl=SourceCrawl(hosts=("paper.test",)),
    lists=(
        ListPage(f"{HOME}news/", every_s=600, next="index_{n}.html", pages=5),
        ListPage(f"{HOME}e/{{date:%Y%m/%d}}/"),
    ),
    feeds=(Feed(f"{HOME}feed.xml", every_s=900),),
    sitemaps=(Sitemap(f"{HOME}sitemap.xml"),),
    articles=(ArticleKind(match=(r"/a/\d+\.html$",), revisit_s=(3600, 86400)),),
)


def after(seconds: float) -> datetime:
    """Return the moment so many seconds after START."""
    return START + timedelta(seconds=seconds)


def crawl_id(number: int = 1) -> str:
    """Return the id of a run."""
    return str(uuid.UUID(int=number))


def make_article(body: str = "正文。", title: str = "标题", **fields: Any) -> Article:
    """Return an article as one extractor would give it."""
    sha256 = hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()
    return Article(**{"title": title, "body": body, "body_sha256": sha256, "extractor": "test/1", **fields})


def make_outcome(
    url: str,
    at: datetime = START,
    *,
    role: str = "article:0",
    status: int | None = 200,
    body: str | None = None,
    article: Article | None = None,
    links: tuple[Link, ...] = (),
    following: Link | None = None,
    failure: Failure | None = None,
    read_failure: Failure | None = None,
    payload: str | None = None,
    capture: dict[str, Any] | None = None,
    attempt: dict[str, Any] | None = None,
    **fields: Any,
) -> Outcome:
    """Return the outcome of one attempt at `url`; `body` makes an article, `status` None an attempt without a byte."""
    crawl = fields.pop("crawl", crawl_id())
    source = fields.pop("source", SOURCE.name)
    if body is not None:
        article = make_article(body)
    text = article.body if article is not None else f"{status} {url}"
    digest = (
        "sha256:" + hashlib.sha256((payload if payload is not None else text).encode("utf-8", "replace")).hexdigest()
    )
    name = uuid.uuid5(uuid.NAMESPACE_URL, ascii(f"{source} {crawl} {url} {at.isoformat()}"))
    made = Capture(
        **{
            "id": f"urn:uuid:{name}",
            "url": url,
            "source": source,
            "captured": at,
            "method": "GET",
            "request_digest": "sha256:" + "0" * 64,
            "status": status,
            "mime": "text/html",
            "kind": "response",
            "payload_digest": digest,
            "refers_to": None,
            "warc_file": "one.warc.gz",
            "warc_offset": 10,
            "warc_length": 20,
            "ip": "127.0.0.1",
            "tls_verified": None,
            "truncated": None,
            "crawl_id": crawl,
            **(capture or {}),
        }
    )
    if failure is None and status is not None and status >= 400:
        failure = Failure("http", f"{status} Error")
    read = PageRead(links=links, article=article, failure=read_failure, next=following)
    return Outcome(
        attempt=Attempt(**{"source": source, "crawl_id": crawl, "role": role, **(attempt or {})}),
        url=url,
        attempted=at,
        capture=None if status is None else made,
        failure=failure,
        read=None if status is None else read,
        thresholds=fields.pop("thresholds", Thresholds()),
        **fields,
    )


def redirect(url: str, to: str, at: datetime = START, **fields: Any) -> Outcome:
    """Return the outcome of a redirect from `url` to `to`, in scope."""
    role = fields.pop("role", "article:0")
    return make_outcome(url, at, status=302, role=role, links=(Link(to, role, "redirect"),), **fields)
