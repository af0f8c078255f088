"""Owns what strangers write to do harm: fifty titles and fifty queries, and what must never reach a terminal."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["QUERIES", "TITLES", "commands_of"]

_ALWAYS: Final = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m", "\x9d0;title\x9c", "a\x00b", "\x00", "\x07\x08\x7f", "one\rtwo", "one\ntwo\r\nthree", "tab\tbed",
    "\u202egnp.exe", "\u2066x\u2069\u200f", "\u200b\u200c\ufeff", "\u2028line\u2029", "\ud800", "\udcff渡口",
    "渡口" * 5000, "a" * 10_000, "e" + "\u0301" * 500, "'; DROP TABLE t_page; --", '" OR 1=1 --', "\\'); --",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt; &#0; &amp;", "[bold red]markup[/bold red]",
    "[/]", "{0} {x!r} %s %n $HOME `id` $(id)", "../../etc/passwd", "C:\\con\\nul", "😀👩‍👩‍👧‍👦🏳️‍🌈", "ﷺ" * 40, "ȷ̈ İ ß ŉ",
]  # fmt: skip

TITLES: Final = [
    *_ALWAYS,
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", " =1",
    '=HYPERLINK("http://evil.test","x")', "'=1", '","=1', "",
]  # fmt: skip
"""What a page may call itself."""

QUERIES: Final = [
    *_ALWAYS,
    '"', '""', '"unclosed', "AND", "OR OR", "NOT", "渡口 NOT", "(", ")(", "title:渡口", "渡*口 *", "^渡口",
    "NEAR(a b, 1000000)", "-渡口", "--",
]  # fmt: skip
"""What somebody may look for."""

_COMMANDS: Final = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]"
)


def commands_of(said: str) -> list[str]:
    """Return what in `said` a terminal would obey, a carriage return before a line end left out."""
    return _COMMANDS.findall(said) + re.findall(r"\r(?!\n)", said)


assert len(TITLES) >= 50 and len(QUERIES) >= 50 and len({*TITLES}) == len(TITLES) and len({*QUERIES}) == len(QUERIES)
