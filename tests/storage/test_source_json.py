"""storage.source_json: a Source is the same after a trip through its archived bytes."""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import SourceError
from storage.model import ArticleKind, ExtractRules, Feed, ListPage, Sitemap, Source, SourceCrawl
from storage.source_json import source_digest, source_from_json, source_to_json

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)
SOURCES = st.builds(
    Source,
    name=st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True),
    title=TEXT,
    home=TEXT,
    crawl=st.builds(SourceCrawl, hosts=TEXTS, delay_s=st.floats(0, 1e6), concurrency=st.integers(1, 99), robots=TEXT),
    lists=st.lists(
        st.builds(ListPage, url=TEXT, links=st.none() | TEXT, headers=PAIRS, body=st.none() | TEXT), max_size=2
    ).map(tuple),
    feeds=st.lists(st.builds(Feed, url=TEXT, headers=PAIRS), max_size=2).map(tuple),
    sitemaps=st.lists(st.builds(Sitemap, url=TEXT), max_size=2).map(tuple),
    articles=st.lists(
        st.builds(
            ArticleKind,
            match=TEXTS,
            exclude=TEXTS,
            revisit_s=st.lists(st.integers(1, 10**9), max_size=4).map(tuple),
            extract=st.builds(ExtractRules, body=st.none() | TEXT, drop=TEXTS),
        ),
        max_size=2,
    ).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT | st.sampled_from(["schema", "name", "lists", "crawl"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(SOURCES)
def test_round_trip(source: Source) -> None:
    assert source_from_json(source_to_json(source)) == source
    assert source_to_json(source_from_json(source_to_json(source))) == source_to_json(source)
    assert source_digest(source) == "sha256:" + sha256(source_to_json(source)).hexdigest()


def test_canonical_form_is_fixed() -> None:
    assert source_to_json(Source(name="mine", title="新闻", home="http://h/")).decode() == (
        '{"aliases":{"hosts":[],"parameters":[],"rewrites":[],"scheme":null},"articles":[],"crawl":{"concurrency":2,"delay_s":1.0,"hosts":[],"robots":"obey"},"feeds":[],"home":"http://h/","kind":"news",'
        '"language":"zh","lists":[],"name":"mine",'
        '"requisites":{"fetch":false,"hosts":[],"kinds":["image","style","icon","font"],"max_bytes":8388608,'
        '"per_page":200},"schema":1,"sitemaps":[],"timezone":"Asia/Shanghai","title":"新闻","verified":"urls"}'
    )


def test_a_whole_number_of_seconds_has_one_digest() -> None:
    one, other = (Source(name="a", title="", home="", crawl=SourceCrawl(delay_s=delay)) for delay in (2, 2.0))
    assert source_digest(one) == source_digest(other)


def test_keys_of_an_older_version_take_their_defaults() -> None:
    assert source_from_json(b'{"schema":1,"name":"a","title":"t","home":"h"}') == Source(name="a", title="t", home="h")


def _tree(**changes: Any) -> bytes:
    return json.dumps({"schema": 1, "name": "a", "title": "t", "home": "h", **changes}).encode()


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 5000, "no JSON"),
        (b"NaN", "NaN"),
        (b'{"schema":1,"schema":1}', "twice"),
        (b"[]", "schema"),
        (b"{}", "schema"),
        (_tree(schema=2), "later version"),
        (_tree(schema=True), "schema"),
        (b'{"schema":1,"title":"t","home":"h"}', "name: is missing"),
        (_tree(name="../../etc/passwd"), "name: must match"),
        (_tree(name="a\n"), "name: must match"),
        (_tree(title=3), "title: must be str (found int)"),
        (_tree(title="\ud800"), "surrogate"),
        (_tree(colour="red"), "colour: unknown key"),
        (_tree(crawl=[]), "crawl: must be object"),
        (_tree(crawl={"concurrency": True}), "crawl.concurrency: must be int (found bool)"),
        (_tree(crawl={"concurrency": 1.5}), "crawl.concurrency: must be int"),
        (_tree(crawl={"delay_s": "1"}), "crawl.delay_s"),
        (b'{"schema":1,"name":"a","title":"t","home":"h","crawl":{"delay_s":1e999}}', "finite"),
        (_tree(crawl={"delay_s": 10**400}), "finite"),
        (_tree(lists={"url": "u"}), "lists: must be array"),
        (_tree(lists=[{"url": "u", "headers": [["a"]]}]), "lists[0].headers[0]: must be array of 2"),
        (_tree(lists=[{}]), "lists[0].url: is missing"),
        (_tree(articles=[{"match": [None]}]), "articles[0].match[0]: must be str"),
    ],
)
def test_what_is_no_source_is_one_clear_line(payload: bytes, says: str) -> None:
    with pytest.raises(SourceError) as raised:
        source_from_json(payload)
    assert says in str(raised.value) and "\n" not in str(raised.value)


@given(
    st.one_of(
        JSON.map(lambda tree: json.dumps(tree).encode()),
        st.binary(max_size=50),
        JSON.map(lambda tree: _tree(articles=tree)),
    )
)
def test_any_bytes_give_a_source_or_a_source_error(payload: bytes) -> None:
    with suppress(SourceError):
        assert isinstance(source_from_json(payload), Source)
