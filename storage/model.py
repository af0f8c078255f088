"""Owns the one face of the values that cross modules: frozen, standard library only, nothing but their own form.

Times are aware datetimes in UTC unless a field says otherwise. URLs are `str` as they go on the wire. The parts lie in
`model_source`, `model_wire`, `model_page` and `model_timeline`; everybody else imports them from here.
"""

from __future__ import annotations

from storage.model_page import Article, Image, InjectedLink, Link, PageRead
from storage.model_source import (
    Aliases,
    ArticleKind,
    ExtractRules,
    Feed,
    ListPage,
    Requisites,
    Rewrite,
    Sitemap,
    Source,
    SourceCrawl,
)
from storage.model_timeline import (
    Absence,
    CrawlEnd,
    Event,
    FrontierEntry,
    KnownPage,
    Observation,
    Outcome,
    PageState,
    Settlement,
    Thresholds,
    Version,
)
from storage.model_wire import Attempt, Capture, Conditions, Exchange, Failure, Original, Revisit, Tls

__all__ = [
    "Absence",
    "Aliases",
    "Article",
    "ArticleKind",
    "Attempt",
    "Capture",
    "Conditions",
    "CrawlEnd",
    "Event",
    "Exchange",
    "ExtractRules",
    "Failure",
    "Feed",
    "FrontierEntry",
    "Image",
    "InjectedLink",
    "KnownPage",
    "Link",
    "ListPage",
    "Observation",
    "Original",
    "Outcome",
    "PageRead",
    "PageState",
    "Requisites",
    "Revisit",
    "Rewrite",
    "Settlement",
    "Sitemap",
    "Source",
    "SourceCrawl",
    "Thresholds",
    "Tls",
    "Version",
]
