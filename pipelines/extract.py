"""Owns the one function that turns the bytes of a page into an Article; live and repeated extraction are the same "
"call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipelines.blocks import Blocks, read_blocks
from pipelines.body import Body, find_body, text_of
from pipelines.charset import Decoded, decode
from pipelines.dates import zone_of
from pipelines.declared import Declared, read_declared
from pipelines.images import find_images
from pipelines.metadata import Zones, find_authors, find_editors, find_keywords, find_origin, find_section, zones_of
from pipelines.overrides import apply_rules, rules_digest
from pipelines.pager import find_page_links
from pipelines.published import find_published
from pipelines.text import language_of, script_of
from pipelines.title import Title, find_title
from pipelines.tree import Node, parse
from pipelines.visibility import read_styles
from storage.model import Article, ExtractRules

__all__ = ["EXTRACTOR", "extract"]

EXTRACTOR = "shilu/1"
"""Rises with every change that can alter an article, so that texts are only compared under one extractor."""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content_type(headers: Mapping[str, str] | Iterable[tuple[object, object]]) -> str | None:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for name, value in pairs:
        if _word(name).lower() == "content-type":
            return _word(value)
    return None


def _word(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _empty(decoded: Decoded, extractor: str, why: str) -> Article:
    return Article(
        title=None,
        body="",
        body_sha256=_sha256(""),
        charset_declared=decoded.declared,
        charset_used=decoded.used,
        undecodable_bytes=decoded.undecodable,
        extractor=extractor,
        reasons={"body": why, "charset": decoded.reason},
    )


def _assemble(
    root: Node, page: Blocks, declared: Declared, body: Body | None, title: Title | None, url: str, zone_name: str
) -> Article:
    kept = body.kept if body else ()
    span = (body.start, body.end) if body else None
    zone = zone_of(zone_name)
    zones: Zones = zones_of(page, title.block if title else None, span, kept)
    text = text_of(page.blocks, kept)
    reasons = {
        "title": title.reason if title else "none found",
        "body": body.reason if body else "no run of text found",
    }
    published = find_published(
        page, declared, title.block if title else None, (kept[0], kept[-1] + 1) if kept else span, zone
    )
    origin = find_origin(zones, declared)
    authors, authors_why = find_authors(zones, declared)
    editors, editors_why = find_editors(zones)
    section = find_section(page, declared, kept[0] if kept else len(page.blocks))
    for field, why in (
        ("published", published and published.reason),
        ("origin", origin and origin[1]),
        ("authors", authors_why),
        ("editors", editors_why),
        ("section", section and section[1]),
    ):
        if why:
            reasons[field] = why
    sample = f"{title.text if title else ''}{text[:4000]}" or declared.title
    language = language_of(sample, declared.language)
    return Article(
        title=title.text if title else None,
        body=text,
        body_sha256=_sha256(text),
        published=published.moment.written(zone) if published else None,
        published_precision=published.moment.precision if published else None,
        published_utc=published.moment.utc(zone) if published else None,
        published_raw=published.moment.raw if published else None,
        origin=origin[0] if origin else None,
        authors=authors,
        editors=editors,
        keywords=find_keywords(declared),
        section=section[0] if section else None,
        language=language,
        script=script_of(sample) if language == "zh" else None,
        images=find_images(page, span, kept, url, declared.base),
        page_links=find_page_links(page, span, url, declared.base),
        reasons=reasons,
    )


def extract(
    body: bytes,
    headers: Mapping[str, str] | Iterable[tuple[object, object]] = (),
    url: str = "",
    rules: ExtractRules | None = None,
    *,
    timezone: str = "Asia/Shanghai",
    language: str = "zh",
) -> Article:
    """Read a page. Deterministic, never raises, whatever the bytes.

    `body` is content-decoded; `headers` as mapping or pairs; `url` absolute, for resolving links; `rules` override
    fields by CSS; `timezone` is the IANA name of the zone that dates without one are in; `language` that of the
    source. A page without an article gives an empty `body`, and `reasons["body"]` says why.
    """
    extractor = f"{EXTRACTOR}{rules_digest(rules)}"
    decoded = decode(body, _content_type(headers))
    root = parse(decoded.text)
    if root is None:
        return _empty(decoded, extractor, "the page is empty")
    page = read_blocks(root, read_styles(root))
    declared = read_declared(root)
    first_title = find_title(page, declared, None)
    found = find_body(page, first_title, decoded.text)
    title = find_title(page, declared, found.kept[0] if found else None) or first_title
    article = _assemble(root, page, declared, found, title, url, timezone)
    article = apply_rules(article, root, rules, timezone)
    reasons = {**article.reasons, "charset": decoded.reason}
    return replace(
        article,
        charset_declared=decoded.declared,
        charset_used=decoded.used,
        undecodable_bytes=decoded.undecodable,
        extractor=extractor,
        reasons=reasons,
    )
