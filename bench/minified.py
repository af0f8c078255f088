"""Owns script and style of no meaning, as portals carry them in their pages: minified, and of many rules."""

from __future__ import annotations

import random

__all__ = ["library", "style"]

_RULES = 105
_NAMES = "get set init load bind render track ready config module event target value index state queue timer".split()


def style(chance: random.Random) -> str:
    """Return a style sheet of some 17 KB."""
    return "".join(
        f".k{place},.col-side .k{place} a{{margin:{chance.randint(0, 30)}px {chance.randint(0, 30)}px;"
        f"color:#{chance.getrandbits(24):06x};"
        f"background:url(//static.bench.invalid/i/{chance.getrandbits(32):08x}.png);"
        f'font:{chance.randint(11, 20)}px/1.{chance.randint(2, 8)} "Microsoft YaHei",SimSun}}\n'
        for place in range(_RULES)
    )


def library(chance: random.Random, functions: int) -> str:
    """Return a script as a minifier leaves it."""
    return "".join(_function(chance) for _ in range(functions))


def _function(chance: random.Random) -> str:
    first, second, third, fourth = chance.choices(_NAMES, k=4)
    a, b, c, d = chance.choices("abcdefghijklmnopqrstuvwxyz", k=4)
    return (
        f"function {first}{a}{b}{c}{d}({a},{b}){{var {c}=document.getElementById({a});if(!{c}||{b}==null){{return!1}}"
        f"for(var {d}=0;{d}<{chance.randint(2, 90)};{d}++){{if({c}.{second}&&typeof {c}.{third}==='function'){{"
        f"{c}.{third}({d},{b}.{fourth}||{chance.randint(0, 9999)})}}}}window.{second}_{first}={c}['{fourth}'];"
        f"return {c}.className.replace(/\\b{third}-{chance.randint(1, 99)}\\b/g,'')}}\n"
    )
