"""Owns the articles on which reprints are looked for: originals, five kinds of copy, and three hundred reports of one
speech that copy nobody.

The prose is `bench.prose`'s with what real news shares between strangers: stock phrases, datelines, closing lines, and
subjects that several write about. The damage done to copies is written down here, the script's table included, so that
nothing of what is measured takes part in making it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.prose import Prose, Subject

__all__ = ["KINDS", "Piece", "Press"]

_FIRST: Final = datetime(2025, 1, 1, 1, tzinfo=UTC)
_STOCK_PHRASES: Final = 400
_STOCK_SHARE: Final = 0.3
"""Of the sentences hold a stock phrase."""
_SAME_SUBJECT: Final = 0.1
"""Of the originals are about what another one is about."""
_SPEECH_SENTENCES: Final = 24
_MARKED: Final = 0.7
"""Of the reports put what they quote in quotation marks; the others report it as it was said."""

# Traditional forms of the characters that the prose is made of: simplified and traditional by turns.
_SCRIPT: Final = (
    "国國们們来來时時个個为為这這对對发發会會动動种種后後过過产產说說经經进進着著等等电電业業两兩体體机機当當从從点點"
    "应應开開还還无無与與关關线線内內气氣质質变變条條没沒结結问問军軍题題党黨展展员員总總设設长長头頭边邊图圖统統"
    "接接见見计計别別论論农農几幾区區强強决決战戰则則据據处處队隊给給门門规規热熱领領导導压壓济濟阶階极極术術联聯认認"
    "权權证證转轉单單风風场場带帶车車务務达達积積议議声聲报報类類离離华華确確张張马馬节節话話识識织織装裝阵陣许許广廣"
    "记記须須际際商商验驗连連断斷难難矿礦备備办辦习習响響约約历歷劳勞团團构構称稱准準值值号號维維划劃选選标標写寫"
    "亲親杀殺称稱够夠紧緊满滿调調参參红紅细細听聽该該铁鐵严嚴价價专專厂廠东東"
)
_TO_TRADITIONAL: Final = str.maketrans(dict(zip(_SCRIPT[::2], _SCRIPT[1::2], strict=True)) | {"“": "「", "”": "」"})
_LOOK_ALIKE: Final = str.maketrans(
    "人己日大工土了未上下中力石右古由田万方干千因困木术本厂广天夫太目自白百王主玉今令九几刀贝见",
    "入已曰太王士子末土卞申刀右石占田由方万千干困因术木未广厂夫天大自目百白主王王令今几九力见贝",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One article with what is known of it."""

    name: str
    kind: str
    """original | report, or one of KINDS."""
    body: str
    published: datetime
    precision: str
    """minute | day: what its page states."""
    copies: str | None = None
    """Name of the original."""


class Press:
    """Everything that is written, from one seed."""

    def __init__(self, seed: int) -> None:
        """Draw everything from `seed`."""
        self._prose = Prose(seed)
        self._random = random.Random(seed + 1)
        self._subjects: list[Subject] = []
        subject = self._prose.subject()
        self._stock = ["".join(subject.words(self._random.randint(2, 6))) for _ in range(_STOCK_PHRASES)]
        self._weights = [1 / (rank + 3) for rank in range(_STOCK_PHRASES)]

    def originals(self, count: int) -> Iterator[Piece]:
        """Yield so many articles, each written by itself."""
        for number in range(count):
            known = self._subjects and self._random.random() < _SAME_SUBJECT
            subject = self._random.choice(self._subjects) if known else self._prose.subject()
            self._subjects = [*self._subjects[-199:], subject]
            yield self._dated(f"o{number}", "original", self._article(subject))

    def reports(self, count: int) -> Iterator[Piece]:
        """Yield so many reports of one speech, of which each takes a third to two thirds of its text."""
        subject = self._prose.subject()
        speech = [subject.sentence() for _ in range(_SPEECH_SENTENCES)]
        for number in range(count):
            yield self._dated(f"r{number}", "report", self._report(subject, speech))

    def copy(self, original: Piece, kind: str) -> Piece:
        """Return a copy of `original`, of one of KINDS, published an hour to four days later."""
        body = KINDS[kind](original.body, self._random)
        published = original.published + timedelta(minutes=self._random.randint(60, 6000))
        return Piece(f"{kind} of {original.name}", kind, body, published, self._precision(), original.name)

    def _dated(self, name: str, kind: str, body: str) -> Piece:
        return Piece(name, kind, body, _FIRST + timedelta(minutes=self._random.randrange(525_600)), "minute")

    def _precision(self) -> str:
        return self._random.choice(("minute", "day"))

    def _article(self, subject: Subject) -> str:
        lines = [self._paragraph(subject) for _ in range(self._random.choice((2, 3, 3, 4, 4, 5, 6, 8, 12)))]
        if self._random.random() < 0.3:
            lines[-1] += self._quotation(subject.sentence())
        return "\n".join(lines)

    def _paragraph(self, subject: Subject) -> str:
        return "".join(self._sentence(subject) for _ in range(self._random.randint(2, 5)))

    def _sentence(self, subject: Subject) -> str:
        sentence = subject.sentence()
        if self._random.random() < _STOCK_SHARE:
            (phrase,) = self._random.choices(self._stock, self._weights)
            sentence = f"{phrase}，{sentence}"
        return sentence

    def _report(self, subject: Subject, speech: list[str]) -> str:
        own = [self._sentence(subject) for _ in range(self._random.randint(6, 12))]
        share = self._random.uniform(0.33, 0.67)
        taken = self._some_of(speech, share / (1 - share) * len("".join(own)))
        marked = self._random.random() < _MARKED
        blocks: list[str] = []
        while own or taken:
            written, said = self._random.randint(1, 3), self._random.randint(1, 3)
            blocks.append("".join(own[:written]))
            if taken:
                blocks.append(self._quotation("".join(taken[:said])) if marked else "".join(taken[:said]))
            own, taken = own[written:], taken[said:]
        return "\n".join(filter(None, blocks))

    def _some_of(self, speech: list[str], letters: float) -> list[str]:
        order = self._random.sample(range(len(speech)), len(speech))
        picked: list[int] = []
        while order and sum(len(speech[at]) for at in picked) < letters:
            picked.append(order.pop())
        return [speech[at] for at in sorted(picked)]

    def _quotation(self, said: str) -> str:
        return self._random.choice(("他说：“{}”", "“{}”他在讲话中说。", "他指出，“{}”")).format(said)


# --- what becomes of a copy --------------------------------------------------------------------


def _typos(text: str, rng: random.Random) -> str:
    """Two characters of a hundred are others, missing or doubled."""
    return "".join(_mistaken(char, text, rng) if rng.random() < 0.02 else char for char in text)


def _mistaken(char: str, text: str, rng: random.Random) -> str:
    return rng.choice(("", char + char, rng.choice(text), rng.choice(text)))


def _cut(text: str, rng: random.Random) -> str:
    """Sentences are left out until three of ten characters are gone."""
    sentences = re.findall(r"[^。\n]*[。\n]+|[^。\n]+$", text)
    gone = 0
    while gone < 0.3 * len(text) and len(sentences) > 1:
        gone += len(sentences.pop(rng.randrange(len(sentences))))
    return "".join(sentences)


def _excerpt(text: str, rng: random.Random) -> str:
    """A third of the text in one piece, from anywhere."""
    length = len(text) // 3
    start = rng.randrange(len(text) - length)
    return text[start : start + length]


def _script(text: str, rng: random.Random) -> str:
    """The other script, with its quotation marks."""
    return text.translate(_TO_TRADITIONAL)


def _scan(text: str, rng: random.Random) -> str:
    """What a scan makes of print: look-alikes, lost marks, lines broken at the margin, stray spaces."""
    letters = []
    for char in text.replace("\n", ""):
        mistake = rng.random()
        if char in "，。“”" and mistake < 0.2:
            continue
        if mistake < 0.03:
            char = rng.choice(text)
        elif mistake < 0.05:
            char = ""
        elif mistake < 0.35:
            char = char.translate(_LOOK_ALIKE)
        letters.append(char + " " * (rng.random() < 0.02))
    line = rng.randint(18, 40)
    return "\n".join("".join(letters[at : at + line]) for at in range(0, len(letters), line))


KINDS: Final[dict[str, Callable[[str, random.Random], str]]] = {
    "typos": _typos,
    "cut": _cut,
    "excerpt": _excerpt,
    "script": _script,
    "scan": _scan,
}
"""Name of a kind of copy -> what makes it."""
