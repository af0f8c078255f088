"""Owns the check of patterns and selectors in a source file, so that none fails or runs away in mid-crawl."""

from __future__ import annotations

import importlib
import re
import warnings
from typing import Any, Final

import jmespath
from cssselect import SelectorError
from jmespath.exceptions import JMESPathError
from parsel.csstranslator import HTMLTranslator

__all__ = ["css_problem", "jmespath_problem", "regex_problem"]

# The standard library's own parser of patterns has no public name; a test notices should it ever change its form.
_parser: Final[Any] = importlib.import_module("re._parser")
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT")
_MANY: Final = 16
"""A repeat that may go on longer than this counts as one without end."""


def css_problem(css: str, *, attributes: bool) -> str | None:
    """Say what is wrong with a CSS selector, or None; `attributes` allows `::attr(x)`."""
    try:
        HTMLTranslator().css_to_xpath(css)
    except (SelectorError, RecursionError) as error:
        return f"is no CSS selector: {_first_line(error)}"
    if "::" in css and not attributes:
        return "must take elements, so without `::`"
    return "must not use `::text`, whose text is no address" if "::text" in css else None


def jmespath_problem(expression: str) -> str | None:
    """Say what is wrong with a JMESPath expression, or None."""
    try:
        jmespath.compile(expression)
    except (JMESPathError, RecursionError) as error:
        return f"is no JMESPath expression: {_first_line(error)}"
    return None


def regex_problem(pattern: str) -> str | None:
    """Say what is wrong with a regular expression, or None.

    Refused is also one that can take time exponential in its input: a repeat without end whose whole content may be
    one repeat without end, as in `(a+)*`. Others of the kind exist; extraction's time limit is for them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
            runs_away = _runs_away(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {_first_line(error)}"
    return "repeats a repetition, as (a+)* does, and may never end" if runs_away else None


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0][:200]


def _runs_away(items: Any) -> bool:
    for name, argument in _named(items):
        inner = _inner(name, argument)
        if _endless(name, argument) and any(map(_bare, inner)):
            return True
        if any(map(_runs_away, inner)):
            return True
    return False


def _bare(items: Any) -> bool:
    """Say whether a sequence may consist of nothing but one endless repeat."""
    parts = list(_named(items))
    return any(
        _may_be_endless(*part) and all(_may_be_empty(*other) for other in parts[:at] + parts[at + 1 :])
        for at, part in enumerate(parts)
    )


def _may_be_endless(name: str, argument: Any) -> bool:
    return _endless(name, argument) or any(map(_bare, _inner(name, argument)))


def _may_be_empty(name: str, argument: Any) -> bool:
    if name in _REPEATS:
        return bool(argument[0] == 0) or all(_may_be_empty(*part) for part in _named(argument[2]))
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return True
    inner = _inner(name, argument)
    return bool(inner) and any(all(_may_be_empty(*part) for part in _named(items)) for items in inner)


def _endless(name: str, argument: Any) -> bool:
    return name in _REPEATS and argument[1] > _MANY


def _named(items: Any) -> list[tuple[str, Any]]:
    return [(str(operation), argument) for operation, argument in items]


def _inner(name: str, argument: Any) -> list[Any]:
    """Give the sequences inside one item of a parsed pattern."""
    if name in _REPEATS:
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    return [argument[1]] if name in ("ASSERT", "ASSERT_NOT") else []
