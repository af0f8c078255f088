"""Owns what a host lets us fetch (RFC 9309): from the answer to robots.txt to a verdict for each URL.

Group lines are chosen here, because only product tokens compared whole say who is meant (RFC 9309 2.2.1) and because a
file of many agents over many rules would multiply; the patterns of the chosen group are protego's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from urllib.parse import quote

from protego import Protego

from crawler.user_agent import PRODUCT_TOKEN

__all__ = ["ALLOW_ALL", "MAX_ROBOTS_BYTES", "ROBOTS_AGE_S", "RobotsRules", "rules_from", "rules_from_stored"]

ROBOTS_AGE_S = 86400
"""Seconds for which rules hold (RFC 9309 2.4)."""
MAX_ROBOTS_BYTES = 512 * 1024
"""What is parsed of a robots.txt; RFC 9309 2.5 demands 500 KiB at least."""

MAX_WILDCARD_RULES = 2000
"""Rules with `*` or `$` are tried one by one: 33,000 of them, which 512 KiB can hold, cost 0.1 to 0.2 s for one long
URL, 2,000 cost 14 ms at most. Plain prefixes cost next to nothing and are not limited. Real files hold hundreds."""
MAX_PATTERN_BYTES = 448 * 1024
MAX_SITEMAP_BYTES = 48 * 1024
"""Together with the patterns under the 512 KiB that the host row takes."""
MAX_CRAWL_DELAY_S = 86400.0

_LINE = re.compile(
    r"(?:(?P<agent>user[- ]?agent)|(?P<allow>allow)|(?P<disallow>diss?all?[ao]w|diasllow)"
    r"|(?P<sitemap>site-?maps?)|(?P<delay>crawl[- ]delay))\s*[:\s]\s*(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(r"[A-Za-z_-]*")
_EOL = re.compile(r"\r\n|\r|\n")
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\x85]")


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What one host lets us do, until it is asked again; `verdict` and `text` keep it in the shared host row."""

    verdict: str
    """`rules`: as they say; `allow` everything; `disallow` everything."""
    reason: str
    """One line: why this verdict."""
    patterns: tuple[str, ...] = ()
    """`Allow: …` and `Disallow: …` lines of our group, in order."""
    crawl_delay_s: float | None = None
    sitemaps: tuple[str, ...] = ()
    _matcher: Protego | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the patterns once."""
        if self.verdict == "rules":
            text = "\n".join((f"User-agent: {PRODUCT_TOKEN}", *self.patterns))
            object.__setattr__(self, "_matcher", Protego.parse(text))

    def allowed(self, url: str) -> bool:
        """Say whether the canonical `url` may be fetched; robots.txt itself always may (RFC 9309 2.2.2)."""
        if self._matcher is not None:
            return self._matcher.can_fetch(url, PRODUCT_TOKEN)
        return self.verdict == "allow" or re.fullmatch(r"https?://[^/?#]+/robots\.txt", url) is not None

    @property
    def text(self) -> str:
        """Return all but the verdict as lines of text, the reason first, 512 KiB at most; see `rules_from_stored`."""
        delay = () if self.crawl_delay_s is None else (f"Crawl-delay: {self.crawl_delay_s!r}",)
        return "\n".join((self.reason, *delay, *self.patterns, *(f"Sitemap: {url}" for url in self.sitemaps)))


ALLOW_ALL = RobotsRules("allow", "robots.txt is not asked for, as the source says")


def rules_from_stored(verdict: str, text: str) -> RobotsRules:
    """Read back `verdict` and `text` of rules that were kept; what is nothing of the kind disallows."""
    if verdict not in ("rules", "allow", "disallow"):
        return RobotsRules("disallow", f"the kept verdict {verdict!r} is not one of ours")
    reason, *lines = text.split("\n")
    group = _Group()
    for kind, value in _directives(lines):
        group.take(kind, value)
    return RobotsRules(verdict, reason, tuple(group.patterns), group.delay_s, _sitemaps(lines))


def rules_from(status: int | None, body: bytes, failure: str | None = None) -> RobotsRules:
    """Judge the answer to robots.txt: `status` and content-decoded `body` after redirects, or why there is none.

    2xx is parsed, what cannot be read as rules allows; 3xx left over after five hops and 4xx allow (RFC 9309 2.3.1.2,
    2.3.1.3); 5xx, anything else and no answer disallow (2.3.1.4).
    """
    if failure is not None or status is None:
        return RobotsRules("disallow", f"robots.txt could not be fetched: {_one_line(failure or 'no HTTP status')}")
    if 200 <= status < 300:
        return _parse(body)
    if 300 <= status < 400:
        return RobotsRules("allow", f"robots.txt redirects without end ({status})")
    if 400 <= status < 500:
        return RobotsRules("allow", f"there is no robots.txt ({status})")
    return RobotsRules("disallow", f"robots.txt answered {status}")


@dataclass(slots=True)
class _Group:
    """What the records for one agent say."""

    named: bool = False
    patterns: list[str] = field(default_factory=list)
    wildcards: int = 0
    delay_s: float | None = None
    size_bytes: int = 0

    def take(self, kind: str, value: str) -> None:
        if kind == "delay":
            self.delay_s = max(filter(None, (self.delay_s, _delay_s(value))), default=self.delay_s)
        elif kind in ("allow", "disallow") and value:
            pattern = f"{kind.capitalize()}: {value}"
            self.patterns.append(pattern)
            self.size_bytes += len(pattern.encode()) + 1
            self.wildcards += "*" in value or "$" in value


def _parse(body: bytes) -> RobotsRules:
    text = body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace")
    lines = _EOL.split(text)
    if len(body) > MAX_ROBOTS_BYTES:
        lines.pop()  # a rule cut short would say something else
    group = _group_of(_directives(lines))
    sitemaps = _sitemaps(lines)
    if group.wildcards > MAX_WILDCARD_RULES or group.size_bytes > MAX_PATTERN_BYTES:
        said = f"robots.txt has {len(group.patterns)} rules for us, {group.wildcards} with wildcards: too many to obey"
        return RobotsRules("disallow", said, (), group.delay_s, sitemaps)
    if not group.patterns:
        return RobotsRules("allow", "robots.txt has no rule for us", (), group.delay_s, sitemaps)
    said = f"robots.txt has {len(group.patterns)} rules for {PRODUCT_TOKEN if group.named else 'everyone'}"
    return RobotsRules("rules", said, tuple(group.patterns), group.delay_s, sitemaps)


def _group_of(directives: Iterable[tuple[str, str]]) -> _Group:
    """Collect every group that names us, or every group for all if none does (RFC 9309 2.2.1)."""
    ours, everyone = _Group(named=True), _Group()
    current: set[int] = set()
    named, in_agents = False, False
    for kind, value in directives:
        if kind == "agent":
            current = current if in_agents else set()
            token = "*" if value.startswith("*") else _TOKEN.findall(value)[0].lower()
            if token == PRODUCT_TOKEN:
                named = True
                current.add(0)
            elif token == "*":
                current.add(1)
            in_agents = True
            continue
        # Only rules end a run of agent lines; other records must not interfere (RFC 9309 2.2.4).
        in_agents = in_agents and kind not in ("allow", "disallow")
        for number in current:
            (ours, everyone)[number].take(kind, value)
    return ours if named else everyone


def _directives(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = _LINE.match(line.partition("#")[0].strip())
        if match is not None:
            kind = next(name for name in ("agent", "allow", "disallow", "sitemap", "delay") if match[name])
            if kind != "sitemap":
                yield kind, _UNSAFE.sub(lambda found: quote(found[0]), match["value"].strip())


def _sitemaps(lines: Iterable[str]) -> tuple[str, ...]:
    # A fragment is no part of a sitemap's address, so a comment may be cut here too.
    found = (_LINE.match(line.partition("#")[0].strip()) for line in lines)
    urls = (match["value"].strip() for match in found if match is not None and match["sitemap"])
    kept = dict.fromkeys(url for url in urls if url.startswith(("http://", "https://")) and not _UNSAFE.search(url))
    size = accumulate(len(url.encode()) + len("Sitemap: \n") for url in kept)
    return tuple(url for url, upto in zip(kept, size, strict=True) if upto <= MAX_SITEMAP_BYTES)


def _delay_s(value: str) -> float | None:
    try:
        delay_s = float(value)
    except ValueError:
        return None
    return min(delay_s, MAX_CRAWL_DELAY_S) if math.isfinite(delay_s) and delay_s >= 0 else None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
