"""storage.catalogue_rows: texts as SQLite can hold them."""

from __future__ import annotations

import json
import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from storage.catalogue_rows import is_storable, json_strings, json_text, storable

ANY = st.text(st.characters() | st.sampled_from('\ud800\udfff\u2028"\\\0\n中'))


@given(ANY)
def test_what_is_storable_is_what_sqlite_takes_and_nothing_else_is_changed(text: str) -> None:
    (held,) = sqlite3.connect(":memory:").execute("SELECT ?", (storable(text),)).fetchone()
    assert held == "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    assert is_storable(text) == (held == text)


@given(st.lists(ANY, max_size=4))
def test_a_list_of_texts_is_written_as_any_list_is(texts: list[str]) -> None:
    assert json_strings(tuple(texts)) == json_text(texts)
    assert json.loads(json_strings(texts)) == [*map(storable, texts)]
