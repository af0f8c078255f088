from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.charset import decode

HANS = "山村里的老师说，这些孩子们现在可以在自己的家乡读书了，大家都很高兴。" * 3
HANT = "山村裡的老師說，這些孩子們現在可以在自己的家鄉讀書了，大家都很高興。" * 3


def page(text: str, charset: str | None, codec: str) -> bytes:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}</head><body>{text}</body></html>".encode(codec)


@pytest.mark.parametrize(
    ("body", "used"),
    [
        (page(HANS, "utf-8", "utf-8"), "utf-8"),
        (page(HANS, "gb2312", "utf-8"), "utf-8"),
        (page(HANS, "gb2312", "gbk"), "gb18030"),
        (page(HANS, None, "gbk"), "gb18030"),
        (page(HANS, "utf-8", "gbk"), "gb18030"),
        (page(HANT, "big5", "big5"), "big5hkscs"),
        (page(HANT, None, "big5"), "big5hkscs"),
        (page(HANT, "gb2312", "big5"), "big5hkscs"),
        (page(HANT, None, "gbk"), "gb18030"),
        (codecs.BOM_UTF8 + HANS.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + HANS.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_settles_the_charset_by_what_the_text_says(body: bytes, used: str) -> None:
    decoded = decode(body)
    assert decoded.used == used
    assert decoded.undecodable == 0
    assert HANS[:20] in decoded.text or HANT[:20] in decoded.text


def test_keeps_what_was_declared_beside_what_was_used() -> None:
    decoded = decode(page(HANS, "GB2312", "utf-8"), "text/html; charset=ISO-8859-1")
    assert (decoded.declared, decoded.used) == ("iso-8859-1", "utf-8")


def test_counts_the_bytes_that_do_not_decode_and_keeps_the_rest() -> None:
    body = page(HANS, "gb2312", "gbk").replace("乡".encode("gbk"), b"\xff\xff", 1)
    decoded = decode(body)
    assert decoded.used == "gb18030"
    assert decoded.undecodable >= 2
    assert "老师说" in decoded.text


def test_utf8_with_one_torn_character_stays_utf8() -> None:
    decoded = decode(page(HANS, "utf-8", "utf-8").replace("乡".encode(), b"\xe4\xb9", 1))
    assert decoded.used == "utf-8"
    assert decoded.undecodable == 2


def test_a_replacement_character_of_the_page_itself_is_not_counted() -> None:
    assert decode(page("\ufffd" + HANS, "utf-8", "utf-8")).undecodable == 0


def test_latin_pages_are_read_as_declared() -> None:
    assert decode(page("Der Bürgermeister grüßt die Gäste.", "iso-8859-1", "latin-1")).text.count("ü") == 2


@pytest.mark.parametrize("label", ["rot13", "idna", "undefined", "no-such", "utf-7"])
def test_a_declared_codec_that_is_no_charset_does_no_harm(label: str) -> None:
    assert "老师说" in decode(page(HANS, label, "gbk")).text


@given(st.binary(max_size=400), st.none() | st.text(max_size=30))
def test_never_raises(body: bytes, content_type: str | None) -> None:
    decode(body, content_type)
