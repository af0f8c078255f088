"""Owns what becomes of links that must not be followed: taken out of a page's links, the first hundred of a run
stated as failures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crawler.attempts import Fetched
from crawler.scope import verdict
from storage.model import Failure, FrontierEntry, Link, PageRead, Source

__all__ = ["Traps"]

MOST_ROWS: Final = 100
"""Failure rows for traps in one run: enough to see the trap, too few to be one."""


class Traps:
    """The traps met in one run."""

    def __init__(self, source: Source, max_redirects: int) -> None:
        """Judge the links of `source`."""
        self._source = source
        self._max_redirects = max_redirects
        self._stated: set[str] = set()

    def sift(self, read: PageRead, page: Fetched) -> tuple[PageRead, list[tuple[FrontierEntry, Failure]]]:
        """Return the page read with the links that may be followed, and the rows to refuse for the others.

        Where a redirect leads is evidence, so it stays in the page read; `Attempts.ask` refuses to follow it into a
        trap.
        """
        judged = [(link, self._reason(link, page)) for link in read.links]
        if all(reason is None for _, reason in judged):
            return read, []
        links = tuple(link for link, reason in judged if reason is None or link.relation == "redirect")
        refused = list(self._refused(judged, page))
        return replace(read, links=links, dropped=read.dropped + len(judged) - len(links)), refused

    def _reason(self, link: Link, page: Fetched) -> str | None:
        if link.relation == "redirect":
            beyond = page.attempt.hops >= self._max_redirects
            return f"more than {self._max_redirects} redirects in a row" if beyond else None
        return verdict(self._source, link.url, link.role, number=link.number)

    def _refused(self, judged: list[tuple[Link, str | None]], page: Fetched) -> Iterator[tuple[FrontierEntry, Failure]]:
        for link, reason in judged:
            if reason is None or link.url in self._stated or len(self._stated) >= MOST_ROWS:
                continue
            self._stated.add(link.url)
            entry = FrontierEntry(
                id=0,
                url=link.url,
                source=self._source.name,
                role=link.role,
                via=page.exchange.url,
                relation=link.relation,
                hops=page.attempt.hops + (link.relation == "redirect"),
                number=link.number,
                method=link.method,
                headers=(),
                body=None,
                attempts=0,
            )
            yield entry, Failure("trap", reason)
