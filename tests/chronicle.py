"""Owns a small archive in which everything happens once: WARC files as crawls write them, the catalogue rebuilt from
them. Nothing in it is random, so what is asked of it has one answer.

The morning paper (`morning`) is crawled on four days, the town's bulletin (`bulletin`) on the first and the last:

    a/1   edited on the second day, put back on the third       a/5   moved on the third
    a/2   gone from the second day on, removed on the fourth     a/6   carries hidden links from the fourth on
    a/3   gets another title and editor on the third             a/7   never changes: a 304, and equal bytes
    a/4   gone on the second day, there again on the third       old   redirects to a/1
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final
from uuid import UUID

from pipelines.rebuild import rebuild
from storage.model import (
    ArticleKind,
    Attempt,
    Capture,
    CrawlEnd,
    Exchange,
    Failure,
    ListPage,
    Source,
    SourceCrawl,
    Thresholds,
)
from storage.source_json import source_digest
from tests.storage.exchanges import revisit, writer

__all__ = ["BULLETIN", "DAYS", "MORNING", "STORIES", "Told", "chronicle", "page"]

MORNING: Final = "http://morning.test"
BULLETIN: Final = "http://bulletin.test"
DAYS: Final = tuple(datetime(2026, 3, day, 0, 30, tzinfo=UTC) for day in (9, 10, 11, 12))
NOT_MODIFIED: Final = b'HTTP/1.1 304 Not Modified\r\nETag: "7"\r\n\r\n'
GONE: Final = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\ngone"
SPAM: Final = (
    '<div style="position:absolute;left:-9999px"><a href="http://spam.test/1">六合开奖</a>'
    '<a href="http://more.test/2">在线投注</a></div>'
)


@dataclass(frozen=True)
class Told:
    """An article as its page tells it."""

    title: str
    body: tuple[str, ...]
    published: str
    origin: str
    editor: str
    author: str = ""
    hidden: str = ""


FERRY: Final = Told(
    "渡口摆渡恢复",
    (
        "河口镇水文站九日清晨测得水位二点三米，比前一日同一时刻回落十一厘米，渡口随即恢复摆渡。",
        "早市的菜船七点以前都已靠岸，船工老郑说，停航三天，南岸的菜农攒下了四百多筐豌豆苗。",
        "镇政府提醒，夜间能见度不足五百米时仍会临时停航，过渡群众请留意码头公告牌。",
    ),
    "2026-03-09 08:15",
    "河口晨报",
    "甘棠",
    "郑水生",
)
STORIES: Final = {
    1: FERRY,
    2: Told(
        "早市菜船靠岸",
        (
            "九日天还没亮，十四条菜船在南码头依次靠岸，市场管理员逐船登记产地和数量，六点整开秤。",
            "当天到货豌豆苗、春笋和荠菜共三点二吨，批发价比上周低一成左右，零售摊位七点前全部补齐。",
        ),
        "2026-03-09 06:40",
        "河口晨报",
        "甘棠",
    ),
    3: Told(
        "水库压减下泄",
        (
            "上游两座水库自八日二十时起压减下泄流量，站长说，本周内下游不会再有明显涨水过程。",
            "沿岸三个村的临时值守九日中午撤除，沙袋留在原处备用，巡堤改为每日早晚各一次。",
        ),
        "2026-03-08",
        "上游水务",
        "林书白",
    ),
    4: Told(
        "夜班公交试运行",
        (
            "七路夜班公交从本周起试运行，末班车延后到零点二十分，沿途停靠医院、车站和三个厂区。",
            "公交公司说，试运行期间票价不变，两个月后根据客流决定是否保留，意见可以拨打热线反映。",
        ),
        "2026-03-09 07:50",
        "河口晨报",
        "林书白",
    ),
    5: Told(
        "图书馆周末延时开放",
        (
            "市图书馆自三月起周末延时到晚上九点，自习室新增一百二十个座位，入馆仍须提前一天预约。",
            "馆方统计，去年寒假期间日均入馆两千三百人，延时之后预计可以再多接待三成左右的读者。",
        ),
        "2026-03-07 16:20",
        "河口晨报",
        "甘棠",
    ),
    6: Told(
        "鼋头渚樱花初放",
        (
            "鼋头渚的早樱八日开始开放，园方预计盛花期在三月下旬，今年首次按时段限流，每日三万人。",
            "往来渡船增加到十二班，末班十七点三十分返航，园内步道检修已在上周结束，全线可以通行。",
        ),
        "2026-03-08 09:30",
        "邻县新闻",
        "甘棠",
    ),
    7: Told(
        "社区食堂开到第十家",
        (
            "城南第十家社区食堂九日开门，六十岁以上老人午餐补贴两元，八十岁以上补贴四元，可以送餐。",
            "食堂由退役炊事员老何掌勺，头一天中午卖出二百一十六份套餐，最受欢迎的是一荤两素的小碗菜。",
        ),
        "2026-03-09 08:05",
        "河口晨报",
        "林书白",
    ),
}
CORRECTED: Final = replace(FERRY, body=(FERRY.body[0].replace("二点三米", "二点九米"), *FERRY.body[1:]))
RETITLED: Final = replace(STORIES[3], title="两座水库压减下泄流量", editor="甘棠")
SPOILT: Final = replace(STORIES[6], hidden=SPAM)
NOTICE: Final = Told(
    "关于渡口临时停航的通告",
    (
        "受上游来水影响，南渡口自三月六日十八时起临时停航，恢复时间另行通告，请过往群众绕行三号桥。",
        "停航期间医疗急救等特殊情况由镇应急船只保障，联系电话见码头公告牌，特此通告。",
    ),
    "2026-03-06",
    "河口镇人民政府",
    "办公室",
)
COPIED: Final = replace(FERRY, body=FERRY.body[:2], editor="办公室", published="2026-03-09 17:30")

_Looks = Mapping[str, Told | bytes | Failure]


def page(told: Told) -> bytes:
    """Return the response that tells an article."""
    said = "".join(f"<p>　　{paragraph}</p>" for paragraph in told.body)
    by = f" 作者：{told.author}" if told.author else ""
    html = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{told.title}</title></head><body>'
        f"<h1>{told.title}</h1><div class=info>{told.published} 来源：{told.origin}{by}</div>"
        f"<div class=text>{said}</div><div>责任编辑：{told.editor}</div>{told.hidden}</body></html>"
    ).encode("utf-8", "surrogatepass")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(html)}\r\n\r\n"
    return head.encode() + html


def chronicle(archive_dir: Path, stories: Mapping[int, Told] = STORIES) -> None:
    """Write the archive and its catalogue; with other `stories` than its own, one crawl of them and nothing else."""
    first: dict[str, Capture] = {}
    runs = count(1)
    if stories is STORIES:
        for day, (source, looks) in enumerate(_days()):
            for each, addresses in zip(source, looks, strict=True):
                _crawl(archive_dir, next(runs), each, DAYS[day], addresses, first)
    else:
        _crawl(archive_dir, 1, _source(MORNING), DAYS[0], _announced(stories), first)
    rebuilt = rebuild(archive_dir, max_body_bytes=1 << 20, tell=lambda line: None)
    assert not rebuilt.findings, rebuilt.findings


def _days() -> list[tuple[tuple[Source, ...], tuple[_Looks, ...]]]:
    morning, bulletin = _source(MORNING), _source(BULLETIN)
    addresses = [f"/a/{number}.html" for number in STORIES]
    first: _Looks = {"/list.html": _list("/old.html", *addresses), "/old.html": _redirect("/a/1.html")}
    unchanged: _Looks = {"/a/7.html": NOT_MODIFIED}
    second: _Looks = {"/a/1.html": CORRECTED, "/a/2.html": GONE, "/a/4.html": GONE, **unchanged}
    third: _Looks = {
        "/a/1.html": FERRY, "/a/2.html": GONE, "/a/3.html": RETITLED, "/a/4.html": STORIES[4],
        "/a/5.html": _redirect("/a/55.html"), "/a/55.html": STORIES[5], "/a/7.html": STORIES[7],
    }  # fmt: skip
    fourth: _Looks = {"/a/2.html": GONE, "/a/6.html": SPOILT, "/a/8.html": Failure("robots", "forbidden by robots.txt")}
    notices: _Looks = {"/list.html": _list("/a/1.html"), "/a/1.html": NOTICE}
    return [
        ((morning, bulletin), ({**first, **_articles(STORIES)}, notices)),
        ((morning,), (second,)),
        ((morning,), (third,)),
        ((morning, bulletin), (fourth, {"/a/2.html": COPIED})),
    ]


def _articles(stories: Mapping[int, Told]) -> _Looks:
    return {f"/a/{number}.html": told for number, told in stories.items()}


def _announced(stories: Mapping[int, Told]) -> _Looks:
    return {"/list.html": _list(*_articles(stories)), **_articles(stories)}


def _source(home: str) -> Source:
    name = home.removeprefix("http://").removesuffix(".test")
    return Source(
        name=name,
        title={"morning": "河口晨报", "bulletin": "河口镇政务"}[name],
        home=f"{home}/",
        kind={"morning": "news", "bulletin": "government"}[name],
        crawl=SourceCrawl(hosts=(f"{name}.test",)),
        lists=(ListPage(f"{home}/list.html"),),
        articles=(ArticleKind(match=(r"/a/\d+\.html$",)),),
    )


def _crawl(
    archive_dir: Path, number: int, source: Source, at: datetime, looks: _Looks, first: dict[str, Capture]
) -> None:
    """Write one run, a minute between its requests; what `first` holds already becomes a revisit."""
    crawl_id, serial = str(UUID(int=number)), count(1)
    home = source.home.rstrip("/")
    out = writer(
        archive_dir, source=source, crawl_id=crawl_id, started=at, thresholds=Thresholds(), now=lambda: at,
        new_id=lambda: f"urn:uuid:{UUID(int=(number << 32) + next(serial))}",
    )  # fmt: skip
    for path, look in looks.items():
        at += timedelta(minutes=1)
        response = b"" if isinstance(look, Failure) else look if isinstance(look, bytes) else page(look)
        failure = look if isinstance(look, Failure) else None
        request = f"GET {path} HTTP/1.1\r\nHost: {home[7:]}\r\n\r\n".encode()
        role = "list:0" if path == "/list.html" else "article:0"
        made = Exchange(home + path, "GET", request, response, at, ip=None if failure else "192.0.2.7", failure=failure)
        known = first.get(home + path)
        is_held = known is not None and (response == NOT_MODIFIED or look == STORIES[7])
        capture = out.append(
            made,
            Attempt(source.name, crawl_id, role, rules_digest=source_digest(source)),
            revisit=revisit(known, "server" if response == NOT_MODIFIED else "bytes") if known and is_held else None,
        )
        if capture is not None:
            first.setdefault(home + path, capture)
    out.append_end(CrawlEnd(crawl_id, source.name, at, at + timedelta(seconds=1), "finished", 0))
    out.close()


def _list(*addresses: str) -> bytes:
    html = "".join(f'<li><a href="{address}">{address}</a></li>' for address in addresses).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(html), html)


def _redirect(to: str) -> bytes:
    return f"HTTP/1.1 301 Moved Permanently\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


if __name__ == "__main__":
    made = Path(sys.argv[1])
    made.mkdir(parents=True)
    chronicle(made)
