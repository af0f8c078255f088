"""Owns the form of a source file: which keys there are, what each is checked by, and how they become a Source."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crawler import alias_values
from crawler import source_values as values
from crawler.source_values import Found
from storage.dated import expand_dates
from storage.model import (
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
from storage.urlkey import host_of

__all__ = ["RESERVED", "ArticleForm", "Disagreement", "Form", "ListRules", "SourceForm"]

RESERVED: Final = frozenset({"every_min", "every_max"})
"""Keys that a later version will know."""

_Text = Annotated[str, BeforeValidator(values.text)]
_Url = Annotated[str, BeforeValidator(values.url)]
_Duration = Annotated[int, BeforeValidator(values.duration_s)]
_Css = Annotated[str, BeforeValidator(values.css)]
_PlainCss = Annotated[str, BeforeValidator(values.plain_css)]
_Headers = Annotated[dict[str, str], BeforeValidator(values.headers)]


def _table(example: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if not isinstance(value, dict):
            raise Found(f"must be a table, written as {example}", value)
        return value

    return BeforeValidator(check)


def _tables(name: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Found(f"must be written as [[{name}]], once for each", value)
        return value

    return BeforeValidator(check)


class Disagreement(Found):
    """A key is right by itself but not beside another."""

    def __init__(self, key: str, message: str, found: Any = None) -> None:
        """Name the key to change."""
        super().__init__(message, found)
        self.key = key


class Form(BaseModel):
    """What all tables have in common: no key that is not declared, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CrawlForm(Form):
    """`[crawl]`."""

    hosts: Annotated[list[str], BeforeValidator(values.hosts)] = []
    delay_s: Annotated[float, BeforeValidator(values.delay_s)] = 1.0
    concurrency: Annotated[int, BeforeValidator(values.whole(1, 16, 2))] = 2
    robots: Annotated[str, BeforeValidator(values.robots)] = "obey"


class ListRules(Form):
    """What of a list a family can say."""

    format: Annotated[str, BeforeValidator(values.choice("html", "json", "text"))] = "html"
    links: Annotated[str, BeforeValidator(values.links)] | None = None
    list_from: _Css | None = None
    next: Annotated[str, BeforeValidator(values.next_page)] | None = None
    start: Annotated[int, BeforeValidator(values.whole(0, 1_000_000, 1))] = 1
    pages: Annotated[int, BeforeValidator(values.whole(1, 10_000, 5))] = 1


class ListForm(ListRules):
    """One `[[lists]]`."""

    url: Annotated[str, BeforeValidator(values.dated_url)]
    every: _Duration = 600
    headers: _Headers = {}
    method: Annotated[str, BeforeValidator(values.choice("GET", "POST"))] = "GET"
    body: Annotated[str, BeforeValidator(values.body)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> ListForm:
        """Check what keys say of each other."""
        given = self.model_fields_set
        if self.links is not None and (problem := values.links_problem(self.format, self.links)):
            raise Disagreement("links", problem, self.links)
        if self.format == "text" and self.links is None:
            raise Disagreement("links", 'is needed with format = "text": a regular expression that finds addresses')
        if self.next is not None and "{n}" not in self.next and self.format != "html":
            raise Disagreement("next", f"must be a URL pattern with {{n}} when the list is {self.format}", self.next)
        if "start" in given and "{n}" not in (self.next or ""):
            raise Disagreement("start", "counts for {n} in `next`, which is not there", self.start)
        if self.next is None and self.pages > 1:
            raise Disagreement("pages", "needs `next`, which says where the second page is", self.pages)
        if self.next is not None and "pages" not in given:
            raise Disagreement("pages", "is needed with `next`: how many pages to walk at most, for example 5")
        if self.body is not None and self.method != "POST":
            raise Disagreement("body", 'needs method = "POST"', self.body)
        if self.next is not None and "{date:" in (self.body or ""):
            raise Disagreement("next", "cannot follow a list whose `body` holds a {date:…}", self.next)
        if self.list_from is not None and self.method != "GET":
            raise Disagreement("method", 'must be "GET" with `list_from`, whose page is fetched like any', self.method)
        return self


class FeedForm(Form):
    """One `[[feeds]]`."""

    url: _Url
    every: _Duration = 600
    headers: _Headers = {}


class SitemapForm(Form):
    """One `[[sitemaps]]`."""

    url: _Url
    every: _Duration = 86400
    headers: _Headers = {}


class ExtractForm(Form):
    """`[articles.extract]`."""

    title: _PlainCss | None = None
    published: _PlainCss | None = None
    origin: _PlainCss | None = None
    authors: _PlainCss | None = None
    editors: _PlainCss | None = None
    section: _PlainCss | None = None
    body: _PlainCss | None = None
    drop: Annotated[list[str], BeforeValidator(values.plain_css_list)] = []


class ArticleForm(Form):
    """One `[[articles]]`."""

    match: Annotated[list[str], BeforeValidator(values.some_regexes)]
    exclude: Annotated[list[str], BeforeValidator(values.regexes)] = []
    revisit: Annotated[list[int], BeforeValidator(values.revisit_s)] = list(ArticleKind(match=()).revisit_s)
    retention: _Duration | None = None
    extract: Annotated[ExtractForm, _table("[articles.extract]")] = ExtractForm()


class RequisitesForm(Form):
    """`[requisites]`."""

    fetch: Annotated[bool, BeforeValidator(values.switch)] = False
    kinds: Annotated[list[str], BeforeValidator(values.choices(*Requisites().kinds))] = list(Requisites().kinds)
    hosts: Annotated[list[str], BeforeValidator(values.hosts)] = []
    max_bytes: Annotated[int, BeforeValidator(values.whole(1, 1 << 30, 8 << 20))] = Requisites().max_bytes
    per_page: Annotated[int, BeforeValidator(values.whole(1, 10_000, 200))] = Requisites().per_page

    def requisites(self) -> Requisites:
        """Give the value that the rest of the program knows."""
        return Requisites(self.fetch, tuple(self.kinds), tuple(self.hosts), self.max_bytes, self.per_page)


class RewriteForm(Form):
    """One `[[aliases.rewrites]]`."""

    match: Annotated[str, BeforeValidator(alias_values.pattern)]
    to: Annotated[str, BeforeValidator(alias_values.replacement)]

    @model_validator(mode="after")
    def _agree(self) -> RewriteForm:
        """Check that every group that `to` names is in `match`."""
        if problem := alias_values.replacement_problem(self.match, self.to):
            raise Disagreement("to", problem, self.to)
        return self


class AliasesForm(Form):
    """`[aliases]`."""

    hosts: Annotated[dict[str, str], BeforeValidator(alias_values.host_aliases)] = {}
    scheme: Annotated[str, BeforeValidator(values.choice("http", "https"))] | None = None
    parameters: Annotated[list[str], BeforeValidator(alias_values.parameters)] = []
    rewrites: Annotated[list[RewriteForm], _tables("aliases.rewrites")] = []

    def aliases(self) -> Aliases:
        """Give the value that the rest of the program knows."""
        rewrites = tuple(Rewrite(form.match, form.to) for form in self.rewrites)
        return Aliases(tuple(self.hosts.items()), self.scheme, tuple(self.parameters), rewrites)


class SourceForm(Form):
    """A whole file."""

    version: Annotated[int, BeforeValidator(values.schema)] = Field(alias="schema")
    title: _Text
    kind: Annotated[str, BeforeValidator(values.choice("news", "party", "government", "other"))] = "news"
    home: _Url
    family: _Text | None = None
    """Filled in before this form sees the file; `crawler.families` knows which there are."""
    language: Annotated[str, BeforeValidator(values.language)] = "zh"
    timezone: Annotated[str, BeforeValidator(values.timezone)] = "Asia/Shanghai"
    verified: Annotated[str, BeforeValidator(values.verified)] = "urls"
    crawl: Annotated[CrawlForm, _table("[crawl]")] = CrawlForm()
    lists: Annotated[list[ListForm], _tables("lists")] = []
    feeds: Annotated[list[FeedForm], _tables("feeds")] = []
    sitemaps: Annotated[list[SitemapForm], _tables("sitemaps")] = []
    articles: Annotated[list[ArticleForm], _tables("articles")] = []
    requisites: Annotated[RequisitesForm, _table("[requisites]")] = RequisitesForm()
    aliases: Annotated[AliasesForm, _table("[aliases]")] = AliasesForm()

    @model_validator(mode="after")
    def _whole(self) -> SourceForm:
        """Check that there is a way in and something to find."""
        if not (self.lists or self.feeds or self.sitemaps):
            raise Disagreement(
                "lists", "at least one [[lists]], [[feeds]] or [[sitemaps]] is needed to find articles by"
            )
        if not self.articles:
            raise Disagreement("articles", "at least one [[articles]] with `match` is needed to know articles by")
        return self

    def source(self, name: str) -> Source:
        """Give the value that the rest of the program knows, under `name`."""
        return Source(
            name=name,
            title=self.title,
            home=self.home,
            kind=self.kind,
            language=self.language,
            timezone=self.timezone,
            verified=self.verified,
            crawl=SourceCrawl(self._hosts(), self.crawl.delay_s, self.crawl.concurrency, self.crawl.robots),
            lists=tuple(map(_list_page, self.lists)),
            feeds=tuple(Feed(form.url, form.every, _pairs(form.headers)) for form in self.feeds),
            sitemaps=tuple(Sitemap(form.url, form.every, _pairs(form.headers)) for form in self.sitemaps),
            articles=tuple(map(_article_kind, self.articles)),
            requisites=self.requisites.requisites(),
            aliases=self.aliases.aliases(),
        )

    def _hosts(self) -> tuple[str, ...]:
        """Give what is in scope, the hosts of all named addresses included, each once."""
        lists = (expand_dates(form.url, values.SAMPLE_DAY, "UTC") for form in self.lists)
        others = [form.url for form in self.feeds] + [form.url for form in self.sitemaps]
        aliases = [host for pair in self.aliases.hosts.items() for host in pair]
        return tuple(dict.fromkeys([*map(host_of, (self.home, *lists, *others)), *self.crawl.hosts, *aliases]))


def _pairs(headers: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(headers.items())


def _list_page(form: ListForm) -> ListPage:
    return ListPage(
        url=form.url,
        every_s=form.every,
        format=form.format,
        links=form.links,
        list_from=form.list_from,
        next=form.next,
        start=form.start,
        pages=form.pages,
        method=form.method,
        headers=_pairs(form.headers),
        body=form.body,
    )


def _article_kind(form: ArticleForm) -> ArticleKind:
    rules = form.extract.model_dump()
    return ArticleKind(
        match=tuple(form.match),
        exclude=tuple(form.exclude),
        revisit_s=tuple(form.revisit),
        extract=ExtractRules(**{**rules, "drop": tuple(form.extract.drop)}),
        retention_s=form.retention,
    )
