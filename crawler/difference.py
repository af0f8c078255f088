"""Owns how the difference of two versions is shown: field by field, the body character by character as people read
Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from rich.text import Text

from crawler.terminal import clean

__all__ = ["changed_paragraphs", "difference_of"]

_FIELDS = ("title", "authors", "editors", "origin", "published")


def difference_of(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Text:
    """Return what changed from `earlier` to `later`, rows of the `version` view; [-taken out-] and {+put in+},
    coloured.
    """
    shown = Text()
    for name in _FIELDS:
        if earlier[name] != later[name]:
            shown.append(f"{name}: ")
            _paragraph(shown, str(earlier[name] or ""), str(later[name] or ""))
    for before, after in changed_paragraphs(earlier["body"] or "", later["body"] or ""):
        _paragraph(shown, before, after)
    return shown


def changed_paragraphs(earlier: str, later: str) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs that differ, as (before, after); empty where one was put in or taken out."""
    old, new = earlier.split("\n"), later.split("\n")
    for tag, low, high, new_low, new_high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        before, after = old[low:high], new[new_low:new_high]
        for index in range(max(len(before), len(after))):
            yield (
                before[index] if index < len(before) else "",
                after[index] if index < len(after) else "",
            )


def _paragraph(shown: Text, before: str, after: str) -> None:
    before, after = clean(before), clean(after)
    for tag, low, high, new_low, new_high in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            shown.append(before[low:high])
            continue
        if high > low:
            shown.append(f"[-{before[low:high]}-]", style="red")
        if new_high > new_low:
            shown.append(f"{{+{after[new_low:new_high]}+}}", style="green")
    shown.append("\n")
