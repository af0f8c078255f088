from __future__ import annotations

import random
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.furniture import _DATE_LINE, _LONG_NUMBER, _META, _META_ANYWHERE, _META_TELLS, _POST_FOOT, _STRONG, _WEAK
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
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
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


def written(line: str, seed: int) -> str:
    """Return a line as a page may write it that is folded to `line`."""
    chance = random.Random(seed)
    return "".join(chance.choice(unfolded(letter)) for letter in line)


LETTERS = string.digits + string.punctuation + " 的在，。：（）版权發布١"
TOLD = [(which, part) for which in (_STRONG, _WEAK, _POST_FOOT) for part in alternatives(which.pattern.pattern)]
META = [part for which in (_META, _DATE_LINE, _META_ANYWHERE) for part in alternatives(which.pattern)]


def lines_of(part: str) -> st.SearchStrategy[str]:
    """Lines that hold an alternative of a pattern."""
    letters = sorted({*LETTERS, *part.lower(), *part.upper()})
    return st.from_regex(re.compile(part, re.I), alphabet=st.sampled_from(letters))


@pytest.mark.parametrize(("which", "part"), TOLD, ids=[part for _, part in TOLD])
def test_a_line_that_a_pattern_takes_holds_a_tell(which: Told, part: str) -> None:
    @settings(max_examples=12, deadline=None)
    @given(lines_of(part), st.integers())
    def check(line: str, seed: int) -> None:
        if which.pattern.search(line):
            assert which.is_in(line)
            assert which.may_be_in(written(line, seed))

    check()


@pytest.mark.parametrize("part", META)
def test_a_line_about_the_article_holds_a_tell(part: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(lines_of(part), st.integers())
    def check(line: str, seed: int) -> None:
        assert _META_TELLS.search(line)
        assert _META_TELLS.search(written(line, seed))

    check()


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
