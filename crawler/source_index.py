"""Owns the tables of the README that are written from files: the publications, and the families they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crawler.families import FamilyForm
from storage.model import Source

__all__ = ["families_table", "sources_table"]


def sources_table(sources: Mapping[str, Source]) -> list[str]:
    """Give a Markdown table of `sources`, a line each, by kind and name."""
    ordered = sorted(sources.values(), key=lambda source: (source.kind, source.name))
    return _table(("Source", "Publication", "Kind", "Found by", "Language", "Verified"), map(_source_cells, ordered))


def families_table(families: Mapping[str, FamilyForm]) -> list[str]:
    """Give a Markdown table of `families`, a line each."""
    return _table(("Family", "System", "What it gives"), (_family_cells(*item) for item in sorted(families.items())))


def _source_cells(source: Source) -> tuple[str, ...]:
    counted = (("list", len(source.lists)), ("feed", len(source.feeds)), ("sitemap", len(source.sitemaps)))
    ways = ", ".join(f"{count} {word}{'s' * (count > 1)}" for word, count in counted if count)
    name, title = f"`{source.name}`", f"[{source.title}]({source.home})"
    return name, title, source.kind, ways, source.language, source.verified


def _family_cells(name: str, family: FamilyForm) -> tuple[str, ...]:
    articles = family.articles.model_dump(exclude_unset=True)
    extract = articles.pop("extract", {})
    keys = (*family.lists.model_fields_set, *articles, *extract)
    return f"`{name}`", family.title, ", ".join(f"`{key}`" for key in sorted(keys))


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(columns), _line(("---",) * len(columns)), *map(_line, rows)]


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
