from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.warc_fields import (
    _UNSAFE,
    Described,
    FieldError,
    _escaped,
    escape,
    instant,
    parse_fields,
    render_fields,
    timestamp,
    unescape,
)
from tests.storage.exchanges import texts


@given(texts())
def test_any_text_survives_and_stays_on_its_line(text: str) -> None:
    escaped = escape(text)
    assert unescape(escaped) == text
    assert len(escaped.splitlines()) <= 1
    assert escaped == escaped.strip()
    escaped.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "http://www.example.cn/a%20b?x=%E4%B8%AD&y",
        "来源:新华社 电",
        "a  b",
        "{json: [1]}",
        "tab inside".replace(" ", "·"),
    ],
)
def test_what_needs_no_escape_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


@given(texts() | st.text(st.characters(codec=None)))
def test_only_what_would_not_survive_is_escaped(text: str) -> None:
    searched = _UNSAFE.sub(_escaped, text)
    assert escape(text) == searched


@pytest.mark.parametrize("char", [*map(chr, range(0x100)), "\u1680", "\u2028", "\u2029", "\u3000", "\ud800", "\ufeff"])
def test_each_odd_character_is_escaped_wherever_it_stands(char: str) -> None:
    for text in (char, f"{char}a", f"a{char}", f"a{char}b", f"{char}{char}"):
        assert escape(text) == _UNSAFE.sub(_escaped, text)


@given(st.lists(st.tuples(st.sampled_from(["a", "note", "via-x"]), texts()), max_size=5), st.binary(max_size=30))
def test_fields_and_what_follows_are_given_back(fields: list[tuple[str, str]], rest: bytes) -> None:
    assert parse_fields(render_fields(fields)) == (tuple(fields), b"")
    assert parse_fields(render_fields(fields) + b"\r\n" + rest) == (tuple(fields), rest)


@pytest.mark.parametrize(
    "block",
    [
        b"a: b",
        b"no colon\r\n",
        b"a:b\r\n",
        b": b\r\n",
        b"a b: c\r\n",
        b"a: \xff\r\n",
        b"a: \\q\r\n",
        b"a: b\n",
        b"a: \\\r\n",
    ],
)
def test_what_we_never_write_is_refused(block: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|backslash|utf-8"):
        parse_fields(block)
    with pytest.raises(FieldError):
        Described(block)


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no field name"):
        render_fields([("a: b\r\nc", "d")])


def test_only_notes_may_be_repeated() -> None:
    assert Described(b"note: a\r\nnote: b\r\n").notes == ("a", "b")
    with pytest.raises(FieldError, match="twice"):
        Described(b"role: a\r\nrole: b\r\n")


def test_a_missing_or_malformed_field_is_named() -> None:
    said = Described(b"hops: many\r\n")
    with pytest.raises(FieldError, match="role: missing"):
        said.text("role")
    with pytest.raises(FieldError, match="hops: invalid literal"):
        said.read("hops", int)


def test_times_are_utc_with_fixed_digits() -> None:
    at = datetime(2026, 11, 22, 21, 45, 0, tzinfo=timezone(timedelta(hours=8)))
    assert timestamp(at) == "2026-11-22T13:45:00.000000Z"
    assert instant("2026-11-22T13:45:00Z") == at
    assert instant("2026-11-22T13:45:00.5Z").microsecond == 500_000
    with pytest.raises(ValueError, match="without zone"):
        timestamp(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "x" * 500]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no UTC time|month"):
        instant(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_time_survives(at: datetime) -> None:
    assert instant(timestamp(at)) == at


def test_a_time_that_comes_twice_in_a_night_is_told_from_the_first() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert timestamp(first) == "2026-10-25T00:30:00.000000Z"
    assert timestamp(first.replace(fold=1)) == "2026-10-25T01:30:00.000000Z"
