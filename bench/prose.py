"""Owns prose of no meaning that is as long, as varied and as compressible as Chinese news.

Words are made of the commonest characters, frequent ones often (Zipf), and each article has a vocabulary of its own, as
reports on one subject have. No dictionary is needed, and the same seed gives the same text on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

__all__ = ["Prose"]

_CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
    "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展"
    "五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战"
    "先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白"
    "教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且"
    "究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值"
    "号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
)
_FUNCTION_WORDS = (
    "的 了 在 是 和 与 对 将 为 等 以 从 由 于 并 也 被 把 向 其中 以及 通过 根据 进行 已经 表示 认为".split()
)

_WORDS = 6000
_TOPIC_WORDS = 90
_TOPIC_EVERY = 3
"""Each third word of an article belongs to its subject."""


class Prose:
    """A source of titles, sentences and paragraphs."""

    def __init__(self, seed: int) -> None:
        """Draw everything from `seed`."""
        self.random = random.Random(seed)
        self._words = self._lexicon()
        self._weights = list(accumulate(1 / rank for rank in range(3, len(self._words) + 3)))

    def _lexicon(self) -> list[str]:
        # Earlier characters are commoner, and so are the words that they are in.
        weights = list(accumulate(1 / (12 + rank) for rank in range(len(_CHARACTERS))))
        lengths = self.random.choices((2, 3, 4), weights=(82, 10, 8), k=_WORDS)
        made = ("".join(self.random.choices(_CHARACTERS, cum_weights=weights, k=length)) for length in lengths)
        return [*_FUNCTION_WORDS, *dict.fromkeys(made)]

    def subject(self) -> Subject:
        """Return a new subject to write about."""
        return Subject(self, self.random.choices(self._words[40:], k=_TOPIC_WORDS))

    def words(self, count: int) -> list[str]:
        """Return `count` words, common ones more often."""
        return self.random.choices(self._words, cum_weights=self._weights, k=count)


class Subject:
    """What one article is about."""

    def __init__(self, prose: Prose, own: Sequence[str]) -> None:
        """Write as `prose` does, with words of its `own` in between."""
        self._prose = prose
        self._random = prose.random
        self._own = own

    def words(self, count: int) -> list[str]:
        """Return `count` words."""
        words = self._prose.words(count)
        words[1::_TOPIC_EVERY] = self._random.choices(self._own, k=len(words[1::_TOPIC_EVERY]))
        return words

    def title(self) -> str:
        """Return a title of 12 to 26 characters or so."""
        return "".join(self.words(self._random.randint(6, 11)))[:26]

    def sentence(self) -> str:
        """Return a sentence of several clauses."""
        words = self.words(self._random.randint(9, 28))
        if self._random.random() < 0.4:
            words.insert(len(words) // 2, str(self._random.randint(2, 2026)))
        clauses = ["".join(words[at : at + 7]) for at in range(0, len(words), 7)]
        return "，".join(clauses) + "。"

    def paragraph(self) -> str:
        """Return two to five sentences."""
        return "".join(self.sentence() for _ in range(self._random.randint(2, 5)))
