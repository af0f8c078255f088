"""Owns the texts of the bundled site: what each story says, before any page is made of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

__all__ = ["Story", "edited", "read_stories", "removed_path"]

PATHS = {
    "portal": "/portal/{month}/{day}/c_{id}.html",
    "party": "/party/show.asp?id={id}",
    "mirror": "/fanti/news/{id}.html",
    "hijacked": "/huizhi/{month}/{day}/content_{id}.html",
    "company": "/company/newsinfo/{id}.html",
}
"""Site -> the form of its article addresses."""


@dataclass(frozen=True, slots=True)
class Story:
    """One story; `published` is `2026-11-05`, `2026-11-05 09:30` or `2026-11-05 09:30:12`."""

    site: str
    id: int
    title: str
    published: str
    paragraphs: tuple[str, ...]
    origin: str | None = None
    editor: str | None = None
    section: str = ""
    views: int = 0

    @property
    def day(self) -> str:
        """`2026-11-05`."""
        return self.published[:10]

    @property
    def clock(self) -> str:
        """`09:30:12`, `09:30` or empty."""
        return self.published[11:]

    @property
    def path(self) -> str:
        """The address of the article's page, from the root."""
        return PATHS[self.site].format(month=self.day[:7], day=self.day[8:], id=self.id)


def read_stories() -> dict[str, Story]:
    """Read every story, by path, in the order of the file."""
    read = _toml()
    texts = {row["id"]: row for site in PATHS for row in read[site] if "text" in row}
    stories = (_story(site, row, texts[row.get("reprints", row["id"])]) for site in PATHS for row in read[site])
    return {story.path: story for story in stories}


def edited(stories: dict[str, Story]) -> Story:
    """Return the one story that the site rewrites, as it reads after the edit."""
    edit = _toml()["edit"]
    story = next(s for s in stories.values() if s.site == "portal" and s.id == edit["portal"])
    text = "\n".join(story.paragraphs)
    for before, after in edit["replace"]:
        text = text.replace(before, after)
    return replace(story, paragraphs=tuple(text.split("\n")))


def removed_path(stories: dict[str, Story]) -> str:
    """Return the path of the one story that the site takes down."""
    number = _toml()["remove"]["portal"]
    return next(s.path for s in stories.values() if s.site == "portal" and s.id == number)


def _toml() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("stories.toml").read_text("utf-8"))


def _story(site: str, row: dict[str, Any], text: dict[str, Any]) -> Story:
    return Story(
        site=site,
        id=row["id"],
        title=text["title"],
        published=row["published"],
        paragraphs=tuple(text["text"].strip().split("\n")),
        origin=row.get("origin"),
        editor=row.get("editor"),
        section=row.get("section", ""),
        views=row.get("views", 0),
    )
