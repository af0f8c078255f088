"""Owns the bundled site: which reply stands at which address, how the site changes, and what its pages say in truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import TracebackType
from typing import Self

from crawler.demo import replies
from crawler.demo.announcements import LIFTS, REDIRECTED, announcements
from crawler.demo.pages import Expected, article_page, expectation
from crawler.demo.server import LoopbackServer, Reply, Served
from crawler.demo.stories import Story, edited, read_stories, removed_path

__all__ = ["DemoSite", "Edit", "demo_toml"]

LIBRARY, BAMBOO = 1003, 1005
"""Portal stories: a 103 goes before the one, SLOW_S pass before the other."""
SLOW_S = 1.5


@dataclass(frozen=True, slots=True)
class Edit:
    """What `DemoSite.edit` did to one page."""

    url: str
    title: str
    before: str
    after: str
    """The paragraphs that changed, one a line."""


class DemoSite:
    """Five small publications on one port of 127.0.0.1; the same bytes on every run. Use as a context manager."""

    def __init__(self) -> None:
        self._server = LoopbackServer(self._answer)
        self._stories = read_stories()
        self._removed: set[str] = set()
        self._replies: dict[str, Reply] = {}

    def start(self) -> None:
        """Listen on a free port."""
        self._server.start()
        self._render()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:<port>`, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def served(self) -> tuple[Served, ...]:
        """Every exchange so far, with its bytes as they passed; it outlives `stop`."""
        return tuple(self._server.served)

    @property
    def expected(self) -> Mapping[str, Expected]:
        """URL -> what the article page there says now; without what was removed."""
        live = (story for path, story in self._stories.items() if path not in self._removed)
        return {self.base_url + s.path: expectation(self.base_url + s.path, s) for s in live}

    def edit(self) -> Edit:
        """Rewrite one article: two figures and a clause differ, title, date and editor stay."""
        story = edited(self._stories)
        old = self._stories[story.path]
        self._stories[story.path] = story
        self._render()
        changed = [pair for pair in zip(old.paragraphs, story.paragraphs, strict=True) if pair[0] != pair[1]]
        before, after = ("\n".join(side) for side in zip(*changed, strict=True))
        return Edit(self.base_url + story.path, story.title, before, after)

    def remove(self) -> str:
        """Take one article down, so that it answers 404, and return its URL. The lists go on naming it."""
        path = removed_path(self._stories)
        self._removed.add(path)
        self._render()
        return self.base_url + path

    def _answer(self, method: str, target: str) -> Reply:
        return self._replies.get(target, replies.NOT_FOUND)

    def _render(self) -> None:
        stories = list(self._stories.values())
        made = announcements(self.base_url, stories)
        for story in stories:
            made[story.path] = _article(story, [s for s in stories if s.site == story.site])
            if story.site == "portal" and story.id == LIFTS:
                made[REDIRECTED] = replies.redirect(story.path)
        self._replies = {path: reply for path, reply in made.items() if path not in self._removed}


def demo_toml(base_url: str) -> str:
    """Return the source file of the bundled site at `base_url` (no slash at its end)."""
    return files(__package__).joinpath("source.toml").read_text("utf-8").replace("http://demo.invalid", base_url)


def _article(story: Story, neighbours: list[Story]) -> Reply:
    reply = replies.HABITS[story.site](article_page(story, neighbours))
    if story.site == "portal" and story.id == LIBRARY:
        return replies.announced(reply)
    if story.site == "portal" and story.id == BAMBOO:
        return replies.slow(reply, SLOW_S)
    return reply
