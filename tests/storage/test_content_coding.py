from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from storage import content_coding
from storage.content_coding import Decoded, content_decode


def raw_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(content) + compressor.flush()


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", lambda content: brotli.compress(content, quality=5)),
    ("zstd", zstandard.compress),
]
TEXT = "".join(f"第{number}段:一行足够长的正文。" for number in range(4000)).encode()
LARGE = 1 << 30


@pytest.mark.parametrize(("name", "encode"), CODINGS)
class TestEveryCoding:
    def test_whole(self, name: str, encode: Callable[[bytes], bytes]) -> None:
        assert content_decode(encode(TEXT), name.upper().encode(), LARGE) == Decoded(TEXT, True, None)

    def test_a_body_of_exactly_the_cap_is_whole(self, name: str, encode: Callable[[bytes], bytes]) -> None:
        assert content_decode(encode(TEXT), name, len(TEXT)) == Decoded(TEXT, True, None)
        capped = content_decode(encode(TEXT), name, len(TEXT) - 1)
        assert (capped.body, capped.complete) == (TEXT[:-1], False)
        assert "longer than" in (capped.problem or "")

    def test_what_comes_before_a_cut_is_kept(self, name: str, encode: Callable[[bytes], bytes]) -> None:
        coded = encode(TEXT * 5)
        cut = content_decode(coded[: len(coded) - 4], name, LARGE)
        assert not cut.complete
        assert "ends early" in (cut.problem or "")
        assert len(cut.body) >= len(TEXT)
        assert (TEXT * 5).startswith(cut.body)

    def test_a_bomb_is_capped_before_it_is_built(self, name: str, encode: Callable[[bytes], bytes]) -> None:
        bomb = encode(bytes(50_000_000))
        begun = time.process_time()
        decoded = content_decode(bomb, name, 1_000_000)
        assert time.process_time() - begun < 0.5
        assert (len(decoded.body), decoded.complete) == (1_000_000, False)

    def test_a_coding_that_is_declared_but_not_done_is_passed_over(
        self, name: str, encode: Callable[[bytes], bytes]
    ) -> None:
        decoded = content_decode(b"<!DOCTYPE html><html>", name, LARGE)
        assert (decoded.body, decoded.complete) == (b"<!DOCTYPE html><html>", True)
        assert "left as it is" in (decoded.problem or "")

    def test_nothing_stays_nothing(self, name: str, encode: Callable[[bytes], bytes]) -> None:
        assert content_decode(b"", name, LARGE) == Decoded(b"", True, None)


COMPRESSORS = st.sampled_from([("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)])
CONTENTS = st.binary(max_size=300) | st.integers(0, 60_000).map(lambda size: TEXT[:size])


@given(COMPRESSORS, CONTENTS, st.data())
def test_streams_are_taken_and_refused_at_once_as_piece_by_piece(
    coding: tuple[str, Callable[[bytes], bytes]], content: bytes, data: st.DataObject
) -> None:
    name, encode = coding
    coded = bytearray(encode(content))
    for at in data.draw(
        st.lists(st.integers(0, min(60, len(coded)) - 1), max_size=2)
    ):  # the head: what codes there are
        coded[at] ^= data.draw(st.integers(1, 255))
    stream = bytes(coded[: data.draw(st.integers(0, len(coded)) | st.just(len(coded)))])
    stream += data.draw(st.sampled_from([b"", b"junk", encode(content), b"\x1f\x8b\x08"]))
    cap = data.draw(st.sampled_from([LARGE, len(content), max(0, len(content) - 1), 10, 0]))
    decoded = content_decode(stream, name, cap)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(content_coding, "_inflate_sound", lambda body, wbits, sink: None)
        assert decoded == content_decode(stream, name, cap)


INCOMPLETE = bytes.fromhex(f"1f8b08000000000000ff05e00190244992244902{'0' * 64}11{'0' * 188}10200164628d4d03000000")
"""`ABA` and its right checksum, in a Huffman code that leaves a quarter of all bit patterns without a meaning."""


def test_an_incomplete_code_is_refused_as_browsers_refuse_it() -> None:
    decoded = content_decode(INCOMPLETE, "gzip", LARGE)
    assert (decoded.body, decoded.complete) == (b"", False)
    assert "invalid literal/lengths set" in (decoded.problem or "")


def test_damage_loses_nothing_of_what_came_before_it() -> None:
    noise = bytes(range(256)) * 300
    coded = bytearray(gzip.compress(noise + TEXT, compresslevel=0))
    coded[-8] ^= 1
    assert content_decode(bytes(coded), "gzip", LARGE).body == noise + TEXT
    assert "data check" in (content_decode(bytes(coded), "gzip", LARGE).problem or "")


def test_damage_at_the_very_first_byte_is_not_taken_for_text() -> None:
    decoded = content_decode(gzip.compress(TEXT)[:10] + b"\xff" * 50, "gzip", LARGE)
    assert (decoded.body, decoded.complete) == (b"", False)


def test_members_one_after_the_other_and_junk_behind_them() -> None:
    assert content_decode(gzip.compress(b"a") + gzip.compress(b"b") + b"junk", "gzip", LARGE).body == b"ab"
    assert content_decode(zstandard.compress(b"a") + zstandard.compress(b"b") + b"junk", "zstd", LARGE).body == b"ab"


@pytest.mark.parametrize(("name", "encode"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_no_end_of_empty_members(name: str, encode: Callable[[bytes], bytes]) -> None:
    begun = time.process_time()
    decoded = content_decode(encode(b"a") + encode(b"") * 300_000, name, LARGE)
    assert time.process_time() - begun < 1
    assert (decoded.body, decoded.complete) == (b"a", False)


def test_brotli_keeps_what_comes_before_junk_and_damage() -> None:
    coded = brotli.compress(TEXT, quality=5)
    assert content_decode(coded + b"junk" * 10, "br", LARGE).body == TEXT
    damaged = coded[: len(coded) // 2] + b"\xff" * 40 + coded[len(coded) // 2 :]
    decoded = content_decode(damaged, "br", LARGE)
    assert len(decoded.body) > 10_000
    assert not decoded.complete


def test_nested_codings_are_undone_from_the_last() -> None:
    assert content_decode(brotli.compress(gzip.compress(TEXT)), "gzip, br", LARGE) == Decoded(TEXT, True, None)
    five = TEXT
    for _ in range(5):
        five = gzip.compress(five)
    assert content_decode(five, ",".join(["gzip"] * 5), LARGE).body == TEXT
    assert content_decode(gzip.compress(five), ",".join(["gzip"] * 6), LARGE).complete is False


def test_unknown_codings_and_identity() -> None:
    assert content_decode(b"text", "identity, ,", LARGE) == Decoded(b"text", True, None)
    assert content_decode(b"text", None, LARGE) == Decoded(b"text", True, None)
    assert content_decode(b"text", b"utf-8", LARGE).body == b"text"
    assert "unknown" in (content_decode(b"text", b"utf-8", LARGE).problem or "")
    assert content_decode(b"plain", None, 3) == Decoded(b"pla", False, "longer than 3 bytes")


@given(
    st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip,br", "\xff"]), st.integers(0, 50)
)
def test_any_bytes_give_at_most_the_cap(payload: bytes, encoding: str, cap: int) -> None:
    assert len(content_decode(payload, encoding, cap).body) <= cap
