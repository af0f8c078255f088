"""Owns small questions about Chinese text: white space, width, Han characters, language and script."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

__all__ = [
    "BLANKS",
    "HAN",
    "NARROW",
    "SEPARATOR",
    "collapse",
    "cut_key",
    "is_key_of",
    "key_begins",
    "language_of",
    "measure",
    "narrow",
    "script_of",
    "visible_lengths",
]

HAN = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Character class body for regular expressions."""

_ZERO_WIDTH = "\u200b\u200e\u200f\u2060\ufeff\u00ad"
_INVISIBLE = re.compile(f"[{_ZERO_WIDTH}]")

BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace()) + _ZERO_WIDTH
"""All white space, and what has no width."""

_NUL = "\0"
"""Between texts that are asked about all at once: no parser lets it into a text."""
SEPARATOR = f" {_NUL} "

_TELLING = codecs.charmap_build(f"{_NUL}{_ZERO_WIDTH}，。；：！？、,;!?“”「」《》")
"""A codec that knows nothing but separators, what has no width, and punctuation marks: to encode with it finds them
five times faster than a regular expression.
"""
_ZERO_WIDTH_TELLING = bytes(range(1, 1 + len(_ZERO_WIDTH)))
_HAN_RUN = re.compile(f"[{HAN}]+")
_KANA = re.compile(r"[\u3041-\u30ff]+")
_HANGUL = re.compile(r"[\uac00-\ud7af]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_NOT_WORD = re.compile(r"[\W_]+")
_PLAIN_BEGINNING = re.compile(r"[ ·“「『《【\[(]*([\u4e00-\u9fff]{1,8}|[A-Za-z0-9]{1,8}(?![^\x00-\x7f]))")
"""Characters that NFKC leaves as they are, with nothing behind them that they could compose with."""

NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Translation of full-width ASCII and the ideographic space."""

_WIDE = re.compile("[\uff01-\uff5e\u3000]")

_HAN_BLOCKS = bytes((*range(0x34, 0x4D), *range(0x4E, 0xA0), 0xF9, 0xFA))
_WESTERN_BLOCKS = bytes(range(0x30))
"""High bytes of blocks of nothing but Han characters, and of those before the first of Han, kana and Hangul."""

_MARKS = "、。《》「」"
"""The commonest characters beside kana in the block 0x30."""

# Simplified and traditional by turns: characters of one script only, among the 500 commonest.
_PAIRS = (
    "这這个個们們来來为為国國说說时時会會对對发發后後过過里裡种種经經么麼学學现現当當没沒动動还還进進样樣开開从從实"
    "實军軍无無与與长長机機"
    "关關点點业業将將两兩间間问問应應战戰头頭体體见見产產话話内內给給门門儿兒东東声聲员員论論处處义義几幾条條气氣题"
    "題别別变變总總电電数數"
    "报報结結务務场場计計资資许許统統区區队隊马馬书書则則听聽难難权權设設记記类類据據张張该該规規万萬觉覺术術领領确"
    "確传傳师師观觀识識带帶"
    "导導争爭运運党黨"
)
_HANS, _HANT = re.compile(f"[{_PAIRS[::2]}]"), re.compile(f"[{_PAIRS[1::2]}]")


def collapse(text: str) -> str:
    """Return `text` with each run of white space as one space, ends stripped, zero-width characters gone."""
    joined = " ".join(text.split())
    return joined if joined.isascii() else " ".join(_INVISIBLE.sub("", joined).split())


def measure(pieces: Iterable[str]) -> tuple[list[str], list[int], list[int]]:
    """Return what `collapse` makes of each text, its length without spaces, and how many punctuation marks it has.

    `pieces` are the texts in pieces, each text with a `SEPARATOR` at its end; `collapse` must make none of them empty.
    A full stop is a mark where a space follows.
    """
    whole = "".join(pieces)
    telling = codecs.charmap_encode(whole, "ignore", _TELLING)[0]
    marks = telling.translate(None, _ZERO_WIDTH_TELLING)
    if len(marks) < len(telling):
        whole = _INVISIBLE.sub("", whole)
    words = whole.split()
    words.pop()
    texts = " ".join(words).split(SEPARATOR)
    lengths = [len(text) - text.count(" ") for text in texts]
    counts = list(map(len, marks.split(b"\0")))
    if "." in whole:
        counts = [count + text.count(". ") for count, text in zip(counts, texts, strict=False)]
    return texts, lengths, counts[: len(texts)]


def visible_lengths(pieces: Iterable[str]) -> list[int]:
    """Return how many characters of each text are no white space; `pieces` as in `measure`, but a text may be empty."""
    lengths = list(map(len, "".join("".join(pieces).split()).split(_NUL)))
    lengths.pop()
    return lengths


def narrow(text: str) -> str:
    """Return `text` with full-width ASCII as ASCII, length unchanged; for matching, never for storing."""
    # Ten times faster than `str.translate`, which looks up every character.
    for character in set(_WIDE.findall(text)):
        text = text.replace(character, chr(NARROW[ord(character)]))
    return text


@lru_cache(maxsize=4096)
def cut_key(text: str) -> str:
    """Return the letters and digits of `text` alone, NFKC, case-folded: equal for the same title."""
    key = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return key if key.isalnum() else _NOT_WORD.sub("", key)


def key_begins(text: str) -> str:
    """Return up to 8 characters that `cut_key(text)` begins with, empty where only the whole can tell.

    Fifty times cheaper than the key of a paragraph (15 us), of which the punctuation is what costs.
    """
    found = _PLAIN_BEGINNING.match(text)
    return found[1].lower() if found else ""


def is_key_of(key: str, text: str) -> bool:
    """Return whether `key` is `cut_key(text)`; false is mostly known by the first characters."""
    first = text[:1]
    if "\u4e00" <= first <= "\u9fff" and key[:1] != first:
        return False
    return key.startswith(key_begins(text)) and cut_key(text) == key


def script_of(text: str) -> str | None:
    """Return Hans or Hant by which set of telling characters prevails, None when fewer than three tell."""
    hant = len(_HANT.findall(text))
    # Of the other script only so many are counted as decide: looking costs little, finding hundreds does.
    hans = sum(1 for _ in islice(_HANS.finditer(text), max(hant + 1, 3 - hant)))
    if hans + hant < 3 or hans == hant:
        return None
    return "Hans" if hans > hant else "Hant"


def _blocks_of(text: str) -> bytes:
    """Return the high bytes of a text in UTF-16, which tell the block of each character."""
    return text.encode("utf-16-be", "surrogatepass")[::2]


def _plainly_chinese(text: str, high: bytes) -> bool:
    """Return whether the rule of `language_of` gives Chinese whatever is in doubt: a tenth of the time of counting.

    Only kana share their block with the commonest marks, which are counted apart.
    """
    strange = len(high.translate(None, _HAN_BLOCKS))
    han = len(high) - strange
    if han < 4 or strange > han:
        return False
    kana = high.count(0x30) - sum(map(text.count, _MARKS))
    return kana <= 4 or kana * 20 <= han


def language_of(text: str, declared: str | None) -> str | None:
    """Return the ISO 639-1 code that the letters of `text` show, else the declared one; None when neither tells.

    Han letters weigh three Latin ones, being words rather than letters; one kana in twenty Han makes it Japanese
    (Chinese pages carry at most の and a brand name).
    """
    high = _blocks_of(text)
    if _plainly_chinese(text, high):
        return "zh"
    if not high.translate(None, _WESTERN_BLOCKS):
        return _declared_language(declared) if _LATIN.search(text) else None
    # Whole runs at once: five times faster than one character after another.
    han, kana, hangul, latin = (sum(map(len, p.findall(text))) for p in (_HAN_RUN, _KANA, _HANGUL, _LATIN))
    if kana > 4 and kana * 20 > han:
        return "ja"
    if hangul > han and hangul * 3 > latin:
        return "ko"
    if han >= 4 and han * 3 >= latin:
        return "zh"
    return _declared_language(declared) if latin else None


def _declared_language(declared: str | None) -> str | None:
    code = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", declared or "")
    return code[0].lower() if code else None
