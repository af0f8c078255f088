from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.furniture import _LONG_NUMBER, _META, _META_ANYWHERE, _META_TELLS, _POST_FOOT, _STRONG, _WEAK, _DATE_LINE
from pipelines.labels import fold, unfolded
from pipelines.tells import Told, tells_of, told


def alternatives(pattern: str) -> list[str]:
    """Return the parts of a pattern that bars divide outside brackets, groups opened by `^(?:` taken apart too."""
    parts, depth, start, at, in_class = [], 0, 0, 0, False
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            at += 1
        elif in_class:
            in_class = letter != "]" or at == opened + 1
        elif letter == "[":
            in_class, opened = True, at
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "|" and not depth:
            parts.append(pattern[start:at])
            start = at + 1
        at += 1
    parts.append(pattern[start:])
    grouped = [re.fullmatch(r"\^\(\?:(.*)\)", part) for part in parts]
    nested = [alternatives(group[1]) if group else [part] for part, group in zip(parts, grouped, strict=True)]
    return [part for inner in nested for part in inner]


def test_alternatives_are_taken_apart() -> None:
    assert alternatives(r"a[|\]]b|(?:c|d)\||^(?:[)]|f)") == [r"a[|\]]b", r"(?:c|d)\|", "[)]", "f"]


def lines_of(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    """Lines that a pattern is found in, each of its alternatives as often as the others."""
    ways = [st.from_regex(re.compile(part, re.I)) for part in alternatives(pattern.pattern)]
    return st.one_of(ways).filter(lambda line: pattern.search(line) is not None)


def written(line: str, chance: st.DataObject) -> str:
    """Return a line as a page may write it that is folded to `line`."""
    return "".join(chance.draw(st.sampled_from(unfolded(letter))) for letter in line)


def is_told(which: Told, chance: st.DataObject) -> None:
    line = chance.draw(lines_of(which.pattern))
    assert which.may_be_in(line)
    assert which.is_in(line)
    page_line = written(line, chance)
    assert which.may_be_in(page_line) or not which.pattern.search(fold(page_line))


@settings(max_examples=1500)
@given(st.data())
def test_the_tells_of_what_no_article_says(chance: st.DataObject) -> None:
    is_told(_STRONG, chance)


@settings(max_examples=3000)
@given(st.data())
def test_the_tells_of_what_short_lines_say(chance: st.DataObject) -> None:
    is_told(_WEAK, chance)


@settings(max_examples=500)
@given(st.data())
def test_the_tells_of_the_feet_of_posts(chance: st.DataObject) -> None:
    is_told(_POST_FOOT, chance)


@settings(max_examples=1000)
@given(st.data())
def test_the_tells_of_lines_about_the_article(chance: st.DataObject) -> None:
    line = chance.draw(st.one_of(lines_of(_META), lines_of(_DATE_LINE), lines_of(_META_ANYWHERE)))
    assert _META_TELLS.search(line)
    assert _META_TELLS.search(written(line, chance))


@given(st.text(st.sampled_from("0０1１9９٣"), min_size=11, max_size=14))
def test_a_long_number_is_one_folded_or_not(line: str) -> None:
    assert bool(_LONG_NUMBER.match(line)) == bool(_LONG_NUMBER.match(fold(line)))


def test_a_tell_is_found_in_any_case_width_and_script() -> None:
    tells = tells_of("版权 yr a_b +")
    for line in ("版權", "Ｙr", "YR", "A　ｂ", "1+1", "＋"):
        assert tells.search(line)
    for line in ("版", "ry", "ab", "a"):
        assert not tells.search(line)


def test_a_line_with_a_gloss_may_hold_what_shows_without_it() -> None:
    assert told("版权", "版权").may_be_in("版(bǎn)权")
