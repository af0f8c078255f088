"""Owns the values that `[aliases]` of a source file may hold: hosts that show another's pages, parameters, rewrites."""

from __future__ import annotations

import re
from typing import Any, Final

from crawler.patterns import regex_problem
from crawler.source_values import Found, hosts

__all__ = ["host_aliases", "parameters", "pattern", "replacement", "replacement_problem"]

_PARAMETER: Final = re.compile(r"[^\s&=#?%]{1,100}")


def host_aliases(value: Any) -> dict[str, str]:
    """Take host names, each with the host whose pages it shows; gives them in lower case."""
    if not isinstance(value, dict):
        raise Found('must be a table of host names, for example { "m.example.cn" = "www.example.cn" }', value)
    found = dict(zip(hosts([*value]), hosts([*value.values()]), strict=True))
    chained = next((host for host in found.values() if host in found), None)
    if chained is not None:
        raise Found("must name the host that shows the pages itself, not another alias", chained)
    return found


def parameters(value: Any) -> list[str]:
    """Take names of query parameters."""
    if not isinstance(value, list) or not all(isinstance(item, str) and _PARAMETER.fullmatch(item) for item in value):
        raise Found('must be a list of names of query parameters, for example ["from", "share"]', value)
    return value


def pattern(value: Any) -> str:
    """Take a regular expression."""
    problem = regex_problem(value) if isinstance(value, str) and value else "must be a regular expression"
    if problem is not None:
        raise Found(problem, value)
    return str(value)


def replacement(value: Any) -> str:
    """Take what stands for what a regular expression found."""
    if not isinstance(value, str) or not 0 < len(value) <= 1000 or not value.isprintable():
        raise Found(r"must be an address, for example 'https://www.example.cn/a/\1.html'", value)
    return value


def replacement_problem(match: str, to: str) -> str | None:
    """Say what is wrong with `to` beside the pattern `match`, which compiles; None when it is right."""
    try:
        re.sub("()" * re.compile(match).groups, to, "")
    except (re.error, IndexError) as error:
        return f"does not fit `match`: {error}"
    return None
