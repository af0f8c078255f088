"""Owns digests: SHA-256, written `sha256:` and lower-case hex, as players and tools read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from storage.block import Block, pieces_of

__all__ = ["DIGEST", "EMPTY", "sha256_of", "sha256_of_pieces"]

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def sha256_of(content: Block) -> str:
    """Return the digest of `content`: `sha256:` and 64 hexadecimal digits."""
    return sha256_of_pieces(pieces_of(content))


def sha256_of_pieces(pieces: Iterable[bytes]) -> str:
    """Return the digest of `pieces` one after the other."""
    digest = sha256()
    for piece in pieces:
        digest.update(piece)
    return "sha256:" + digest.hexdigest()


EMPTY: Final = sha256_of(b"")
"""The digest of no bytes: the payload of a 304, of an answer to HEAD."""
