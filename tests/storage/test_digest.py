from __future__ import annotations

from storage.digest import DIGEST, EMPTY, sha256_of


def test_the_form_is_that_which_players_read() -> None:
    assert sha256_of(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert EMPTY == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert DIGEST.fullmatch(EMPTY)
    assert not DIGEST.fullmatch(EMPTY.upper())
