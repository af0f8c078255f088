"""Owns the parts of the extractor that can be measured by taking them out, or by leaving them alone to decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.body import _by_readability
from pipelines.body import _judge as _whole_judge
from pipelines.candidates import by_chain, by_density, by_family

__all__ = ["ALONE", "RULES", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A function of the extractor, and what stands in its place while it is out."""

    title: str
    module: str
    name: str
    instead: Callable[..., Any]


def _judge(candidate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda page, worth, title, markup: candidate(page, worth, markup)


ALONE = (
    Part("the judge", "pipelines.body", "_judge", _whole_judge),
    Part("chain", "pipelines.body", "_judge", _judge(lambda page, worth, markup: by_chain(page, worth))),
    Part("density", "pipelines.body", "_judge", _judge(lambda page, worth, markup: by_density(page, worth))),
    Part("family", "pipelines.body", "_judge", _judge(lambda page, worth, markup: by_family(page, worth))),
    Part("readability", "pipelines.body", "_judge", _judge(lambda page, worth, markup: _by_readability(page, markup))),
)
RULES = (
    Part("boxes in the column", "pipelines.cleaner", "without_boxes", lambda page, kept: kept),
    Part("edges of Western articles", "pipelines.cleaner", "_without_edges", lambda page, worth, kept: kept),
    Part(
        "headings of link lists at the edges", "pipelines.cleaner", "_without_islands", lambda worth, kept, cuts: kept
    ),
    Part("end at what follows", "pipelines.cleaner", "end_of_article", lambda page, worth, start, end: end),
    Part("text resumes behind a box", "pipelines.cleaner", "_resumes", lambda before, after, comments: False),
    Part("Western furniture", "pipelines.furniture", "is_latin_furniture", lambda folded: False),
    Part("Western closing headings", "pipelines.furniture", "is_latin_tail_heading", lambda folded: False),
    Part("lines about the article", "pipelines.cleaner", "is_meta_line_as_written", lambda text: False),
    Part("the page's own lines", "pipelines.cleaner", "_is_own", lambda page, worth, number: False),
    Part("begin below the title", "pipelines.body", "_below_title", lambda worth, chosen, title: chosen.start),
    Part("prose right below the title", "pipelines.body", "_anchored", lambda page, worth, first: None),
    Part("labelled lead above the text", "pipelines.body", "_with_lead", lambda page, title, kept: kept),
    Part("text behind a button", "pipelines.body", "_unfold", lambda page: None),
    Part("date lines at the head", "pipelines.cleaner", "is_date_line", lambda folded: False),
    Part("title of another article", "pipelines.cleaner", "_is_next_title", lambda page, worth, number: False),
    Part("teasers", "pipelines.candidates", "_teasers", lambda page, paragraphs: []),
    Part("states of scripts", "pipelines.extract", "find_state", lambda root, declared: None),
    Part("readability as a voice", "pipelines.body", "_by_readability", lambda page, markup: None),
)
