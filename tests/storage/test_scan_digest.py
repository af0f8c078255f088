from __future__ import annotations

import hashlib
from base64 import b32encode

import pytest

from storage.digest import sha256_of
from storage.scan_digest import DigestCheck, Labelled, labelled

CONTENT = b"<html>"
SHA1 = hashlib.sha1(CONTENT)
MD5 = hashlib.md5(CONTENT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (sha256_of(CONTENT), ("sha256", hashlib.sha256(CONTENT).digest())),
        (f"sha1:{b32encode(SHA1.digest()).decode()}", ("sha1", SHA1.digest())),
        (f"SHA-1:{b32encode(SHA1.digest()).decode().lower()}", ("sha1", SHA1.digest())),
        (f"sha1:{SHA1.hexdigest()}", ("sha1", SHA1.digest())),
        (f"md5:{MD5.hexdigest()}", ("md5", MD5.digest())),
        (f"md5:{b32encode(MD5.digest()).decode()}", ("md5", MD5.digest())),
        (f"sha3-256:{hashlib.sha3_256(CONTENT).hexdigest()}", ("sha3_256", hashlib.sha3_256(CONTENT).digest())),
        ("sha1:", None),
        ("sha1:" + "!" * 32, None),
        ("sha1:" + "z" * 40, None),
        ("sha256:" + "0" * 63, None),
        ("sha999:" + "0" * 64, None),
        ("0" * 64, None),
        ("", None),
    ],
)
def test_a_labelled_digest_is_read(text: str, found: tuple[str, bytes] | None) -> None:
    assert labelled(text) == (Labelled(*found) if found else None)


def check(declared: str | None, *, ours: bool, content: bytes = CONTENT) -> list[str]:
    checked = DigestCheck("block-digest", declared, ours=ours, wanted=ours)
    checked.update(content[:2])
    checked.update(content[2:])
    return [kind for kind, _ in checked.finish()]


def test_ours_are_held_to_our_algorithm_and_spelling() -> None:
    assert check(sha256_of(CONTENT), ours=True) == []
    assert check(sha256_of(b""), ours=True) == ["block-digest"]
    assert check(None, ours=True) == ["digest-form"]
    assert check(f"sha1:{SHA1.hexdigest()}", ours=True) == ["digest-form"]
    assert check(sha256_of(CONTENT).replace("sha256", "SHA-256"), ours=True) == ["digest-form"]
    assert check(sha256_of(CONTENT).upper().replace("SHA", "sha"), ours=True) == ["digest-form"]


def test_those_of_others_only_have_to_be_right() -> None:
    for content, kinds in ((CONTENT, []), (b"else", ["block-digest"])):
        for text in (sha256_of(CONTENT), f"sha1:{SHA1.hexdigest()}", f"md5:{MD5.hexdigest()}"):
            assert check(text, ours=False, content=content) == kinds
    assert check(None, ours=False) == []
    assert check("sha999:00", ours=False) == ["digest-form"]


def test_one_of_two_readings_is_enough() -> None:
    for other, kinds in ((CONTENT, []), (b"else", ["payload-digest"])):
        checked = DigestCheck("payload-digest", sha256_of(CONTENT), ours=False, wanted=False)
        checked.update(b"chunked")
        checked.other_reading()(other)
        assert [kind for kind, _ in checked.finish()] == kinds
    DigestCheck("payload-digest", None, ours=False, wanted=False).other_reading()(b"nothing to hold it against")
