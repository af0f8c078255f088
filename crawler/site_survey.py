"""Owns the first look at a site: from its front page to lists, feeds, sitemaps and the addresses of its articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from crawler.article_shapes import Gathered, Group, is_page
from crawler.families import FamilyForm
from crawler.page_survey import Anchor, NextPage, PageSurvey, survey_page
from crawler.probe import Answer, Probe
from crawler.url_shapes import site_of
from crawler.workers import Task, Workers
from pipelines.feeds import feed_entries
from pipelines.sitemaps import read_sitemap
from storage.addresses import main_address
from storage.errors import UsageError
from storage.model import Aliases, ArticleKind, Link, Source, SourceCrawl
from storage.urlkey import canonical, host_of, join

__all__ = ["FoundList", "Look", "SiteSurvey", "stand_in"]

MOST_LISTS: Final = 15
MOST_FEEDS: Final = 4
MOST_SITEMAPS: Final = 6
MOST_SITEMAP_URLS: Final = 2_000
MOST_ROWS: Final = 2_000
MOST_GROUPS: Final = 8
"""Groups of addresses of which samples are read."""
SHORTEST_BODY: Final = 60
"""Characters of a text that make a sample an article; the shortest notices of 400 saved pages have about a hundred."""
WIDESPREAD: Final = 0.6
"""A link on more than this share of the pages is furniture (recent posts), which makes no page a list."""

_NO_COLUMN: Final = re.compile(r"log[io]n|logout|passport|register|sign(?:in|up)|search|/wp-admin", re.I)
"""Doors and searches: asked for by people only."""


@dataclass(frozen=True, slots=True)
class FoundList:
    """A page that announces articles."""

    url: str
    words: str
    """Of the link that led to it."""
    articles: int
    next: NextPage | None = None


@dataclass(slots=True)
class Look:
    """What was found."""

    home: str
    title: str = ""
    language: str = ""
    charset: str = ""
    """As declared and as read, in words."""
    crawl_delay_s: float = 0.0
    lists: list[FoundList] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    signs: set[str] = field(default_factory=set)
    """Families of which a page bears a sign."""
    unsure: list[str] = field(default_factory=list)
    asked: int = 0


def stand_in(url: str) -> Source:
    """Give a source for `url` that takes every address of its host, for what wants one before there is any."""
    return Source("new", "new", url, crawl=SourceCrawl((host_of(url),)), articles=(ArticleKind(match=("",)),))


class SiteSurvey:
    """One look at one site."""

    def __init__(self, probe: Probe, workers: Workers, families: Mapping[str, FamilyForm]) -> None:
        """Ask through `probe`, have samples read by `workers`, and know the signs of `families`."""
        self._probe = probe
        self._workers = workers
        self._signs = {name: [re.compile(sign) for sign in form.signs] for name, form in families.items()}
        texts = {name: form.lists.links for name, form in families.items() if form.lists.format == "text"}
        self._text_lists = {name: re.compile(links) for name, links in texts.items() if links}
        self._links = Gathered()
        self._pages: dict[str, PageSurvey] = {}
        self._asked_feeds: set[str] = set()
        self._site = ""

    async def look(self, url: str) -> Look:
        """Look at the site whose front page is at canonical `url`.

        Raises:
            UsageError: the front page cannot be had.
        """
        front = await self._probe.get(Link(url, "page"))
        if front.refused is not None:
            raise UsageError(f"sources new: {front.url}: {front.refused}")
        look = Look(home=front.url)
        self._site = site_of(host_of(front.url))
        page = self._take(front, look)
        decoded = front.decoded()
        look.title, look.language = page.title, page.language
        look.charset = f"declared {decoded.declared or 'nowhere'}, read as {decoded.used}"
        rules = await self._probe.rules(front.url)
        look.crawl_delay_s = rules.crawl_delay_s or 0.0
        sitemaps = filter(None, map(canonical, rules.sitemaps))
        await self._read_sitemaps([one for one in sitemaps if self._is_ours(one)], look)
        await self._read_feeds(page, look)
        await self._read_lists(front.url, page, look)
        await self._choose_articles(look)
        self._choose_lists(look)
        await self._check_next_pages(look)
        look.asked = self._probe.asked
        return look

    def _is_ours(self, url: str) -> bool:
        return site_of(host_of(url)) == self._site

    def _take(self, answer: Answer, look: Look) -> PageSurvey:
        """Take the links of a page, and the signs that it bears."""
        decoded = answer.decoded()
        page = survey_page(decoded.text, decoded.used, answer.url)
        rows = tuple(Anchor(url, "") for url in self._in_text(decoded.text, answer.url))
        page = self._pages[answer.url] = replace(page, anchors=page.anchors + rows)
        for anchor in page.anchors:
            if self._is_ours(anchor.url):
                self._links.add(anchor.url, anchor.text, answer.url)
        self._see_signs(decoded.text, look)
        return page

    def _in_text(self, text: str, url: str) -> Iterator[str]:
        """Yield addresses that stand in the text, not in links, as a family has them whose sign the page bears."""
        for name, rules in self._text_lists.items():
            if any(sign.search(text) for sign in self._signs[name]):
                found = (match[1] if rules.groups else match[0] for match in islice(rules.finditer(text), MOST_ROWS))
                yield from filter(None, (join(url, href) for href in found))

    # --- ways in -------------------------------------------------------------------------------

    async def _read_sitemaps(self, urls: list[str], look: Look) -> None:
        waiting, read = list(urls), 0
        while waiting and read < MOST_SITEMAPS:
            url = waiting.pop(0)
            read += 1
            answer = await self._probe.get(Link(url, "sitemap:0"))
            if answer.refused is not None:
                look.unsure.append(f"sitemap {url}: {answer.refused}")
                continue
            found = read_sitemap(answer.body, answer.content_type, url, stand_in(url), "sitemap:0", 1)
            deeper = [link.url for link in found.links if link.relation == "sitemap"]
            waiting += deeper
            for link in found.links[:MOST_SITEMAP_URLS]:
                if link.relation != "sitemap" and self._is_ours(link.url):
                    self._links.add(link.url, "", url)
            if url in urls and found.links:
                look.sitemaps.append(url)

    async def _read_feeds(self, page: PageSurvey, look: Look) -> None:
        for url in [url for url in page.feeds if url not in self._asked_feeds]:
            if len(self._asked_feeds) >= MOST_FEEDS:
                return
            self._asked_feeds.add(url)
            answer = await self._probe.get(Link(url, "feed:0"))
            entries, _ = feed_entries(answer.decoded().text, answer.url, "UTC")
            ours = [entry.url for entry in entries if answer.refused is None and self._is_ours(entry.url)]
            if not ours:
                look.unsure.append(f"feed {url}: {answer.refused or 'names no page of this site'}")
                continue
            look.feeds.append(url)
            for one in ours:
                self._links.add(main_address(Aliases(), one), "", url, fed=True)

    async def _read_lists(self, home: str, page: PageSurvey, look: Look) -> None:
        for url in self._columns(home, page)[:MOST_LISTS]:
            answer = await self._probe.get(Link(url, "list:0"))
            if answer.refused is not None:
                look.unsure.append(f"{url}: {answer.refused}")
            elif answer.url not in self._pages and self._is_ours(answer.url):
                await self._read_feeds(self._take(answer, look), look)

    def _columns(self, home: str, page: PageSurvey) -> list[str]:
        """Give the links of the front page that may lead to lists: whatever is no article, those of few words first."""
        articles = self._links.of(self._links.candidates())
        urls = {
            anchor.url: len(anchor.text)
            for anchor in page.anchors
            if self._is_ours(anchor.url) and is_page(anchor.url) and anchor.url not in (home, *page.feeds)
            if _NO_COLUMN.search(anchor.url) is None
        }
        return sorted(urls.keys() - articles, key=lambda url: (urls[url] > 12 or urls[url] == 0, [*urls].index(url)))

    # --- what they are -------------------------------------------------------------------------

    async def _choose_articles(self, look: Look) -> None:
        """Keep the groups of which a sample reads as an article."""
        for group in self._links.candidates()[:MOST_GROUPS]:
            samples = sorted(group.texts, key=lambda url: url not in group.fed)
            verdicts = []
            for url in samples[:3]:
                verdicts.append(await self._why_no_article(url, look))
                if verdicts[-1] is None:
                    look.groups.append(group)
                    break
            else:
                look.unsure.append(f"{len(group.texts)} addresses like {samples[0]} were left out: {verdicts[0]}")

    async def _why_no_article(self, url: str, look: Look) -> str | None:
        """Read a sample and say why it is no article; None when it is one."""
        if url in self._pages:
            return "it is a list"
        answer = await self._probe.get(Link(url, "page"))
        if answer.refused is not None:
            return answer.refused
        read = await self._workers.read(Task(answer.response, "GET", answer.url, "page", 1))
        self._see_signs(answer.decoded().text, look)
        if read.article is None:
            return read.failure.reason if read.failure else "it holds no article"
        long = len(read.article.body) >= SHORTEST_BODY
        return None if long else f"a text of {len(read.article.body)} characters only"

    def _see_signs(self, text: str, look: Look) -> None:
        look.signs |= {name for name, signs in self._signs.items() if any(sign.search(text) for sign in signs)}

    def _choose_lists(self, look: Look) -> None:
        """Keep the pages that announce articles which are not on every page."""
        articles = self._links.of(look.groups)
        common = {
            url
            for url in articles
            if len(self._pages) > 3
            and len(self._links.pages_of[url] & self._pages.keys()) > WIDESPREAD * len(self._pages)
        }
        words = {anchor.url: anchor.text for page in self._pages.values() for anchor in page.anchors}
        further = {page.next.url for page in self._pages.values() if page.next is not None}
        for url, page in self._pages.items():
            announced = {anchor.url for anchor in page.anchors} & articles
            wanted = announced if url == look.home else announced - common
            if len(wanted) >= 2 and url not in articles | further:
                look.lists.append(FoundList(url, words.get(url, ""), len(announced), page.next))

    async def _check_next_pages(self, look: Look) -> None:
        """Fetch the second page of each list that has one; one that announces nothing else is no second page."""
        for at, found in enumerate(look.lists):
            if found.next is None:
                continue
            answer = await self._probe.get(Link(found.next.url, "list:0"))
            why = answer.refused
            if why is None:
                known = {anchor.url for anchor in self._pages[found.url].anchors}
                page = self._take(answer, look)
                others = {anchor.url for anchor in page.anchors} - known
                regrouped = self._links.of(look.groups)
                why = None if others & regrouped else "it announces nothing that the first does not"
            if why is not None:
                look.unsure.append(f"{found.url}: {found.next.url} seems to be its second page, but {why}")
                look.lists[at] = replace(found, next=None)
