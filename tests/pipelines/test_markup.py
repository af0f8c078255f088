"""pipelines.markup: XML from strangers, neither expanded nor fetched."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.markup import local_name, parse_xml, refusal, space_of

URL = "http://h.cn/a.xml"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("a&nbsp;b&hellip;", "a\xa0b…"),
        ("a & b", "a & b"),
        ("a &foo; b", "a &foo; b"),
        ("&amp;&lt;&#20013;&#x4e2d;", "&<中中"),
        ("<![CDATA[a & b &nbsp; <x>]]>", "a & b &nbsp; <x>"),
        ("a\x08b\ud800", "a b "),
        ("&lt &", "&lt &"),
        ("&#xFFFFFFFF;", "&#xFFFFFFFF;"),
    ],
)
def test_text_is_what_was_meant(inside: str, text: str) -> None:
    root = parse_xml(f"<a>{inside}</a>", URL)
    assert root is not None and "".join(root.itertext()) == text


def test_the_declared_charset_and_a_plain_doctype_do_not_matter() -> None:
    text = '\ufeff \n<?xml version="1.0" encoding="gb2312"?><!DOCTYPE rss PUBLIC "-//X//DTD" "http://127.0.0.1:1/x.dtd"><rss>中</rss>'
    root = parse_xml(text, URL)
    assert root is not None and root.text == "中"


def test_names_without_their_namespace() -> None:
    root = parse_xml('<x:Item xmlns:x="urn:a"><b/></x:Item>', URL)
    assert root is not None
    assert (local_name(root), space_of(root), space_of(root[0])) == ("item", "urn:a", "")


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};">'
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_entities_are_refused_and_never_expanded() -> None:
    bomb = BOMB + ']><a b="&i;">&i;</a>'
    assert refusal(bomb) is not None
    assert refusal('<!DOCTYPE a [<!entity x SYSTEM "file:///etc/passwd">]><a>&x;</a>') is not None
    assert refusal("<rss/>") is None
    # Even past the refusal nothing comes of them.
    root = parse_xml(bomb, URL)
    assert root is None or len("".join(root.itertext())) < 1000


@pytest.mark.parametrize(
    "text", ["<a>" * 200_000, "<a " + "b=" * 200_000, "&" * 200_000, "<![CDATA[" * 50_000, "<!--" * 100_000]
)
def test_hostile_length_costs_little(text: str) -> None:
    began = time.monotonic()
    parse_xml(text, URL)
    assert time.monotonic() - began < 2


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    root = parse_xml(text, URL)
    assert root is None or isinstance(local_name(root), str)
