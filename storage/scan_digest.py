"""Owns labelled digests as an audit meets them: ours, and those that other programs write.

Ours are `sha256:` and lower-case hexadecimal. Others write SHA-1 in Base32, mostly; label and spelling are told by the
table of iipc/warc-specifications issue 80.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b32decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from storage.digest import DIGEST
from storage.scan_header import Problem

__all__ = ["DigestCheck", "Feed", "Labelled", "labelled"]

Feed = Callable[[bytes], object]
"""Takes the next bytes."""

_BYTES: Final = {
    "md5": 16,
    "sha1": 20,
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha3_224": 28,
    "sha3_256": 32,
    "sha3_384": 48,
    "sha3_512": 64,
    "blake2s": 32,
    "blake2b": 64,
}
"""Algorithm as hashlib names it -> length of its digest."""
_WEAK: Final = frozenset({"md5", "sha1"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled digest that can be checked."""

    algorithm: str
    value: bytes


def labelled(text: str) -> Labelled | None:
    """Read a labelled digest; None when it is none, or of an algorithm that nobody here knows."""
    if DIGEST.fullmatch(text):
        return Labelled("sha256", bytes.fromhex(text[7:]))
    label, colon, spelled = text.partition(":")
    algorithm = label.lower().replace("sha-", "sha").replace("sha3-", "sha3_")
    if not colon or algorithm not in _BYTES:
        return None
    value = _decoded(spelled, _BYTES[algorithm])
    return None if value is None else Labelled(algorithm, value)


def _decoded(spelled: str, size: int) -> bytes | None:
    try:
        if len(spelled) == 2 * size and not spelled.endswith("="):  # MD5 is as long in padded Base32
            return bytes.fromhex(spelled)
        bare = spelled.rstrip("=")
        if len(bare) == -(-size * 8 // 5):
            return b32decode(bare + "=" * (-len(bare) % 8), casefold=True)
    except (ValueError, binascii.Error):
        pass
    return None


class DigestCheck:
    """One digest that a record declares, and the bytes it is held against."""

    def __init__(self, kind: str, declared: str | None, *, ours: bool, wanted: bool) -> None:
        """Take what is `declared`; `kind` is block-digest or payload-digest.

        `ours` asks for our algorithm and spelling, and `wanted` for a digest to be there at all.
        """
        self.problems: list[Problem] = []
        self._kind = kind
        self._expected = None if declared is None else labelled(declared)
        if declared is None:
            if wanted:
                self.problems.append(("digest-form", f"no {kind.replace('-', ' ')}"))
        elif self._expected is None or (ours and not DIGEST.fullmatch(declared)):
            right = "sha256: and 64 lower-case hexadecimal digits" if ours else "a digest that can be checked"
            self.problems.append(("digest-form", f"the {kind.replace('-', ' ')} is {declared[:100]!a}, not {right}"))
        self._sums = [self._new()] if self._expected is not None else []
        self.update: Feed = self._sums[0].update if self._sums else _nothing
        """Takes the next bytes of what was digested."""

    def _new(self) -> hashlib._Hash:
        assert self._expected is not None
        if self._expected.algorithm == "sha256":
            return hashlib.sha256()
        return hashlib.new(self._expected.algorithm, usedforsecurity=self._expected.algorithm not in _WEAK)

    def other_reading(self) -> Feed:
        """Return where another reading of what was digested is fed to; it is enough that one of them matches."""
        if self._expected is None:
            return _nothing
        self._sums.append(self._new())
        return self._sums[-1].update

    def finish(self) -> list[Problem]:
        """Return everything that is wrong, now that all bytes were fed."""
        if self._expected is not None and all(found.digest() != self._expected.value for found in self._sums):
            self.problems.append(
                (self._kind, f"the bytes are not those of the declared {self._kind.replace('-', ' ')}")
            )
        return self.problems


def _nothing(piece: object, /) -> None:
    """Take bytes that nothing is held against."""
