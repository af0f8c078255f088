"""Owns what end-to-end trials share: articles that pass as such, a server's log by address, what a run said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from subprocess import CompletedProcess
from typing import TypeVar

from tests.server import Server

__all__ = ["article", "asked", "at_once", "complaint", "links", "source_toml", "tried_at_once"]

T = TypeVar("T")

_LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:DEBUG|INFO|WARNING|ERROR|CRITICAL) ")


def article(title: str, *more: str, head: str = "") -> str:
    """Return a page that any reader takes for an article, `more` being paragraphs of it."""
    said = "".join(f"<p>{text}</p>" for text in (*_PARAGRAPHS, *more))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<h1>{title}</h1><div class="info">2026-03-09 08:15 来源：河口晨报</div><div class="text">{said}</div>'
        "<div>责任编辑：甘棠</div></body></html>"
    )


_PARAGRAPHS = (
    "河口镇水文站九日清晨测得水位二点三米，比前一日同一时刻回落十一厘米，渡口随即恢复摆渡，早市的菜船七点以前都已靠岸。",
    "站长说，上游两座水库按计划压减下泄，本周内不会再有明显涨水，沿岸三个村的临时值守今天中午撤除，沙袋留在原处备用。",
)


def links(*addresses: str, kind: str = "") -> str:
    """Return a list page of these addresses, its list of class `kind`."""
    rows = "".join(f'<li><a href="{address}">{address}</a></li>' for address in addresses)
    return f'<!doctype html><html><body><ul class="{kind}">{rows}</ul></body></html>'


def source_toml(origin: str, *tables: str, crawl: str = "delay_s = 0", match: str = r"/a/[^?]*\.html$") -> str:
    """Return a source file of the site at `origin`; without `tables` its list is `/` and its articles are `match`."""
    rest = tables or ('[[lists]]\nurl = "{origin}/"', f"[[articles]]\nmatch = ['{match}']")
    head = f'schema = 1\ntitle = "河口晨报"\nhome = "{origin}/"\n\n[crawl]\n{crawl}\n'
    return "\n".join([head, *rest]).replace("{origin}", origin) + "\n"


def asked(server: Server, since: int = 0) -> Counter[str]:
    """Return how often each address was asked for, from request number `since` on."""
    return Counter(served.asked.target for served in server.served[since:])


def complaint(run: CompletedProcess[str]) -> str:
    """Return the one line that a run said on standard error besides its log, without `scrapy: `.

    Raises:
        AssertionError: it said something else, a traceback for one.
    """
    said = [line for line in run.stderr.splitlines() if line and not _LOGGED.match(line)]
    assert len(said) == 1 and said[0].startswith("scrapy: "), run.stderr
    assert " ERROR " not in run.stderr and " CRITICAL " not in run.stderr, run.stderr
    return said[0].removeprefix("scrapy: ")


def at_once(works: Iterable[Callable[[], T]], *, threads: int = 3) -> list[T]:
    """Return what each of `works` returns, several of them running at a time."""
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def tried_at_once(trials: Mapping[str, Callable[[], None]]) -> dict[str, BaseException | None]:
    """Return what each of `trials` raised, None if nothing, several of them running at a time; raise it in its test."""

    def tried(trial: Callable[[], None]) -> BaseException | None:
        try:
            trial()
        except BaseException as error:  # pytest's own verdicts are no Exception
            return error
        return None

    return dict(zip(trials, at_once([partial(tried, trial) for trial in trials.values()]), strict=True))
