from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.similarity import LEAST_SHARED, SHARE, Letters, compare, letters_of, method
from tests.pipelines.reprinted import ARTICLE, OTHER, SPEECH, TRADITIONAL, reports


def likeness(copy: str, original: str = ARTICLE) -> tuple[str, float] | None:
    found = compare(letters_of(copy), letters_of(original))
    return None if found is None else (found.basis, round(found.similarity, 2))


def shared(copy: str, original: str = ARTICLE) -> bool:
    """Whether the samples alone lead from one text to the other."""
    one, other = set(letters_of(copy).samples()), set(letters_of(original).samples())
    return len(one & other) >= max(LEAST_SHARED, SHARE * min(len(one), len(other)))


SENTENCES = [sentence + "。" for sentence in ARTICLE.replace("\n", "").split("。") if sentence]
ENGLISH = (
    "The old ferry at Qingshi opened again on the ninth after seven months. The first boat left at a "
    "quarter past six with thirty-two farmers on their way to the morning market and two motorcycles. "
    "Heavy rain in the upper valley had washed away most of the stone steps in August and broken one of "
    "the anchor chains. Two building companies were asked in turn and both said that nothing could be "
    "done before the water fell below seven metres."
)
OTHER_ENGLISH = (
    "The county museum has kept its porcelain show open to the end of the month. Nineteen pieces came "
    "from a kiln in the south of the town which was found when the road was built, and the marks of the "
    "supports can still be seen on their feet. The first workmen dug out half a box, and the office of "
    "monuments then fenced in two hundred square metres and cleared them for more than forty days. "
    "Children may crawl into the mouth of the kiln and see how it was fed."
)
COPIES = {
    "the same": (ARTICLE, "whole"),
    "spaces, line breaks and width": ("　".join(ARTICLE.split("。")).replace("，", ",\n").replace("3", "３"), "whole"),
    "a few letters wrong": (ARTICLE.replace("渡口", "度口").replace("三月", "四月").replace("船工", "船员"), "whole"),
    "the other script": (TRADITIONAL, "whole"),
    "cut": ("".join(SENTENCES[:3] + SENTENCES[5:]), "whole"),
    "another lead": ("本网据当地媒体消息，记者从有关方面获悉：\n" + ARTICLE, "whole"),
    "an excerpt": ("".join(SENTENCES[2:5]), "excerpt"),
    "an excerpt with a lead": ("据报道，日前：" + "".join(SENTENCES[2:5]), "excerpt"),
    "much added": (ARTICLE + OTHER, "extended"),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_known_for_what_it_is(name: str) -> None:
    copy, basis = COPIES[name]
    found = likeness(copy)
    assert found is not None and found[0] == basis
    assert shared(copy)


def test_the_similarity_is_what_the_basis_says() -> None:
    assert likeness(ARTICLE) == likeness(TRADITIONAL) == ("whole", 1.0)
    assert likeness("".join(SENTENCES[2:5])) == ("excerpt", 1.0)
    assert likeness(ARTICLE + OTHER) == ("extended", 1.0)
    wrong = ARTICLE.replace("渡口", "度口")
    one, other = letters_of(wrong).shingles, letters_of(ARTICLE).shingles
    assert likeness(wrong) == ("whole", round(len(one & other) / len(one | other), 2))


@pytest.mark.parametrize("marked", [True, False])
def test_reports_that_quote_the_same_speech_are_no_copies(marked: bool) -> None:
    texts = reports(marked=marked)
    assert all(SPEECH[0] in text for text in texts)
    pairs = [(one, other) for one in texts for other in texts if one != other]
    assert [likeness(*pair) for pair in pairs] == [None] * len(pairs)


def test_a_report_that_was_copied_with_the_speech_is_one() -> None:
    text = reports(marked=True)[0]
    assert likeness(text.replace("“", "「").replace("”", "」"), text) == ("whole", 1.0)
    assert likeness(text.replace("“", "").replace("”", ""), text) == ("whole", 1.0)


def test_a_text_without_end_is_cut() -> None:
    assert len(letters_of("水" * 250_000).text) == 200_000


def test_strangers_share_nothing() -> None:
    assert likeness(OTHER) is None and not shared(OTHER)


def test_words_of_other_scripts_are_letters() -> None:
    assert len(letters_of("GDP增长5.0%，Wi-Fi 7").text) == len("增长") + len(("GDP", "5", "0", "Wi", "Fi", "7"))
    assert likeness(ENGLISH.upper().replace(" ", "\n"), ENGLISH) == ("whole", 1.0)
    assert shared(ENGLISH.replace("ferry", "boat"), ENGLISH)
    basis, similarity = likeness(ENGLISH.replace("ferry", "boat"), ENGLISH) or ("", 0)
    assert basis == "whole" and similarity > 0.6
    assert likeness(OTHER_ENGLISH, ENGLISH) is None and not shared(OTHER_ENGLISH, ENGLISH)


def test_a_text_that_is_too_short_is_like_nothing() -> None:
    short = "本页无法显示，请稍后再试。"
    assert likeness(short, short) is None
    assert likeness(short, ARTICLE + short) is None


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("他说“我们一定要把这件事情办好办实”。", "我们一定要把这件事情办好办实"),
        ("他说「我们一定要把這件事情辦好辦實」。", "我们一定要把这件事情办好办实"),
        ('他说"我们一定要把这件事情办好办实"完', "我们一定要把这件事情办好办实"),
        ("他说”我们一定要把这件事情办好办实”完", ""),
        ("一定要把这件事情办好办实啊”他说", "一定要把这件事情办好办实啊"),
        ("“先生‘这件事’我们“一定要”把它办好办实”完", "先生这件事我们一定要把它办好办实"),
        ("“十四五”规划", ""),
        ("“这一段没有收尾的引文到段末为止\n下一段", "这一段没有收尾的引文到段末为止"),
    ],
)
def test_what_is_quoted(text: str, quoted: str) -> None:
    letters = letters_of(text)
    found = "".join(char for char, mark in zip(letters.text, letters.quoted, strict=True) if mark)
    assert found == letters_of(quoted).text


@given(st.text())
def test_every_letter_has_its_mark(text: str) -> None:
    letters = letters_of(text)
    assert len(letters.text) == len(letters.quoted)
    assert letters.samples() == tuple(sorted(set(letters.samples())))


@given(st.text(alphabet="水稻田“”「」。\n", max_size=300), st.text(alphabet="水稻田“”。\n", max_size=300))
def test_comparing_any_two_texts_gives_a_share(one: str, other: str) -> None:
    found = compare(letters_of(one), letters_of(other))
    assert found is None or 0 <= found.similarity <= 1


def test_samples_are_an_eighth_of_the_shingles_and_the_same_everywhere() -> None:
    rng = random.Random(5)
    text = "".join(chr(rng.randrange(0x4E00, 0x9FA6)) for _ in range(40_000))
    found = Letters(text, bytes(len(text))).samples()
    assert 4_700 < len(found) < 5_300
    # If this changes, what was indexed must be indexed again: its method says so.
    assert (method().split()[0], Letters("水库今晨开闸放水", bytes(8)).samples()) == ("letters-5/2", (393057450,))
