"""Owns the article that a page carries for its scripts: JSON states, `articleBody` of JSON-LD, markup in textareas.

Pages that a script draws show next to nothing without it; what it would draw is in the page all the same. Strings are
valued by the sentences in them, by the name of their key and by the title beside them: nothing here knows a site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import islice
from urllib.parse import unquote

from pipelines.declared import Declared
from pipelines.text import cut_key
from pipelines.tree import Node, attribute, parse

__all__ = ["State", "add_state", "find_state"]

_MAX_CHARS = 2_000_000
"""Script text that is read for states, all of a page together."""

_MAX_FAILURES = 50
"""Assignments of something else than JSON that are tried in one script."""

_MAX_VALUES = 50_000
_MAX_DEPTH = 40
_MAX_STATES = 20
_MAX_TEXT = 500_000
_LEAST = 120
"""Characters that make a string a candidate."""

_LEAST_SENTENCES = 2
_TITLE_LEAST = 4
_ALIKE = 4
_FEED = 3
"""Three texts of which none is four times the worth of another are a feed, unless one has the page's title."""

_ASSIGNED = re.compile(
    r"(?:window\s?(?:\.\s?|\[\s?[\"'])|\bvar\s{1,4}|\bself\s?\.\s?|^[ \t]{0,40})(?P<name>[A-Za-z_$][\w$]{2,60})"
    r"[\"'\]\s]{0,4}=(?!=)\s{0,20}(?P<parsed>JSON\.parse\(\s{0,20}(?=\"))?(?P<start>[{\[\"])",
    re.M,
)
_UNDEFINED = re.compile(r"(?<=[:\[,])\s*undefined(?=\s*[,}\]])")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SENTENCE = re.compile(r"[。！？]|[.!?](?=\s|$|<)")
_TEXT_KEY = re.compile(r"content|body|text|detail|html|article|正文", re.I)
_POOR_KEY = re.compile(
    r"summary|abstract|desc|digest|brief|comment|reply|css|style|script|agreement|statement|copyright", re.I
)
_TITLE_KEYS = ("title", "headline", "name", "subject")
_TIME_KEY = re.compile(
    r"^(?:pub|publish|posted?|release|display|create)_?(?:ed|ish)?_?(?:time|date|at|on)?(?:Long)?$", re.I
)
_ORIGIN_KEYS = ("source", "origin", "sourceName", "source_name", "media", "mediaName", "media_name")
_AUTHOR_KEYS = ("author", "authors", "authorName", "author_name", "writer")
_MARKUP_TAGS = ("textarea", "template")


@dataclass(frozen=True, slots=True)
class State:
    """An article found in what a page holds for its scripts."""

    html: str
    text: str
    """Without markup."""
    title: str = ""
    published: str = ""
    """As the state writes it; an instant in milliseconds as ISO 8601."""
    origin: str = ""
    author: str = ""
    where: str = ""


def _plain(html: str) -> str:
    return _TAG.sub("", html)


def _loads(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _assigned(script: str) -> Iterator[object]:
    """Yield what a script assigns: objects, and JSON in a string."""
    decoder = json.JSONDecoder(strict=False)
    plain = _UNDEFINED.sub("null", script)
    end, left = 0, _MAX_FAILURES
    for match in _ASSIGNED.finditer(plain):
        start = match.start("start")
        if start < end:
            continue
        if not left:
            return
        if match["start"] == '"' and not match["parsed"] and "{" not in plain[start : start + 40]:
            continue
        try:
            value, end = decoder.raw_decode(plain, start)
        except (ValueError, RecursionError):
            left -= 1
        else:
            yield _loads(value) if isinstance(value, str) else value


def _states(root: Node) -> Iterator[tuple[str, object]]:
    """Yield the JSON values of a page's scripts, each with a name for where it is."""
    left = _MAX_CHARS
    for script in root.iter("script"):
        text = (script.text or "").strip()
        left -= len(text)
        if left < 0:
            return
        if len(text) < _LEAST:
            continue
        kind = attribute(script, "type").lower()
        if "json" in kind:
            yield attribute(script, "id") or kind, _loads(unquote(text) if text.startswith("%7B") else text)
        elif not kind or "javascript" in kind or kind == "module":
            for value in _assigned(text):
                yield "script", value


def _objects(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects in a JSON value, within bounds."""
    ahead: list[tuple[object, int]] = [(value, 0)]
    seen = 0
    while ahead and seen < _MAX_VALUES:
        one, depth = ahead.pop()
        seen += 1
        if isinstance(one, dict):
            yield one
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        if depth < _MAX_DEPTH:
            ahead += [(item, depth + 1) for item in islice(inner, _MAX_VALUES) if isinstance(item, dict | list)]


def _worth(key: str, html: str, title: str, wanted: str) -> float:
    """Return how much a string reads like the article: its length, more under a telling key or beside the title."""
    if not _LEAST <= len(html) <= _MAX_TEXT:
        return 0.0
    text = _plain(html)
    if len(text) < _LEAST or len(_SENTENCE.findall(text)) < _LEAST_SENTENCES or text.lstrip()[:1] in "{[":
        return 0.0
    value = float(len(text))
    if _POOR_KEY.search(key):
        value *= 0.3
    elif _TEXT_KEY.search(key):
        value *= 2.0
    mine = cut_key(title)
    return value * 4.0 if len(mine) >= _TITLE_LEAST and mine in wanted else value


def _first(item: dict[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = item.get(key)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("name") if isinstance(value, dict) else value
        if isinstance(value, str) and 2 <= len(value.strip()) <= 200:
            return _plain(value).strip()
    return ""


def _time(item: dict[str, object]) -> str:
    for key, value in item.items():
        if not _TIME_KEY.match(key):
            continue
        if isinstance(value, str) and re.match(r"(?:19|20)\d\d\D?\d", value) and len(value) <= 40:
            return value
        number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= 13 else value
        if isinstance(number, int) and not isinstance(number, bool):
            seconds = number / 1000 if number > 10**11 else number
            if 6 * 10**8 < seconds < 4 * 10**9:  # 1989 to 2096
                return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ""


def _markup(root: Node) -> Iterator[State]:
    """Yield what textareas and templates hold of markup for a script to show."""
    for tag in _MARKUP_TAGS:
        for element in root.iter(tag):
            html = element.text or ""
            if "<p" in html or "<br" in html:
                yield State(html[:_MAX_TEXT], _plain(html[:_MAX_TEXT]), where=tag)


def _candidates(root: Node, wanted: str) -> Iterator[tuple[float, State]]:
    for state in _markup(root):
        yield _worth("html", state.html, "", wanted), state
    for number, (where, value) in enumerate(_states(root)):
        if number >= _MAX_STATES:
            return
        for item in _objects(value):
            title = _first(item, _TITLE_KEYS)
            for key, html in item.items():
                worth = _worth(key, html, title, wanted) if isinstance(html, str) else 0.0
                if isinstance(html, str) and worth > 0:
                    told = (title, _time(item), _first(item, _ORIGIN_KEYS), _first(item, _AUTHOR_KEYS))
                    yield worth, State(html, _plain(html), *told, f"{where[:40]} {key[:40]}")


def find_state(root: Node, declared: Declared) -> State | None:
    """Find the article that a page holds for its scripts; None when it holds none, or many alike as lists do.

    Never raises.
    """
    wanted = cut_key(declared.title) + "|" + cut_key(declared.first("og:title", "title"))
    found = [(worth, state) for worth, state in _candidates(root, wanted) if worth > 0]
    if not found:
        return None
    best, state = max(found, key=lambda one: one[0])
    named = len(cut_key(state.title)) >= _TITLE_LEAST and cut_key(state.title) in wanted
    alike = {other.text for worth, other in found if worth * _ALIKE >= best}
    return state if named or len(alike) < _FEED else None


def add_state(root: Node, declared: Declared, state: State) -> None:
    """Put an article from a state into its page, as the script would, and what the state tells of it into `declared`.

    What the page declares itself stays.
    """
    for name, value in (("publishtime", state.published), ("source", state.origin), ("author", state.author)):
        if value:
            declared.meta.setdefault(name, value)
    lines = state.html if "<" in state.html else "".join(f"<p>{escape(line)}</p>" for line in state.html.splitlines())
    heading = f"<h1>{escape(state.title)}</h1>" if state.title else ""
    drawn = parse(f'<body><div>{heading}<div class="article-content">{lines}</div></div></body>')
    body = root.find("body") if drawn is not None else None
    if drawn is not None:
        (root if body is None else body).append(drawn[0][0])
