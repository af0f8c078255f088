"""Owns digests: SHA-256, written `sha256:` and lower-case hex, as players and tools read them."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

__all__ = ["DIGEST", "EMPTY", "sha256_of"]

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


def sha256_of(content: bytes) -> str:
    """Return the digest of `content`: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + sha256(content).hexdigest()


EMPTY: Final = sha256_of(b"")
"""The digest of no bytes: the payload of a 304, of an answer to HEAD."""
