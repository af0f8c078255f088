"""Owns the signature of a WACZ: the anonymous form of WACZ Signing and Verification 0.1.0, as players verify it.

The key signs the text `sha256:…`, the hash of datapackage.json, with ECDSA over P-384 and SHA-256; the signature is
base64 of r and s, 48 bytes each, and the public key base64 of its SubjectPublicKeyInfo. It proves that whoever holds
the key made the file; whose key it is must be known from elsewhere, and when it was signed is only claimed.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from storage.errors import UsageError

__all__ = ["VERSION", "SigningKey", "read_key"]

VERSION: Final = "0.1.0"
_NUMBER_BYTES: Final = 48


class SigningKey:
    """A private key that signs what it is given; use `read_key`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Wrap a key of curve P-384."""
        self._key = key

    @property
    def public(self) -> str:
        """Return the public key, base64 of its DER."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return _base64(self._key.public_key().public_bytes(serialization.Encoding.DER, form))

    def sign(self, text: str) -> str:
        """Return the signature of `text`, base64."""
        r, s = decode_dss_signature(self._key.sign(text.encode("utf-8"), ec.ECDSA(hashes.SHA256())))
        return _base64(r.to_bytes(_NUMBER_BYTES, "big") + s.to_bytes(_NUMBER_BYTES, "big"))


def read_key(path: Path) -> SigningKey:
    """Return the private key in the PEM file `path`.

    Raises:
        UsageError: there is no unencrypted private key of curve P-384 in it.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: holds no private key that can be used; {_WANTED}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP384R1):
        raise UsageError(f"{path}: holds a key of another kind; {_WANTED}")
    return SigningKey(key)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


_WANTED: Final = (
    "it must be an unencrypted PEM key of curve P-384, as "
    "`openssl ecparam -name secp384r1 -genkey -noout -out key.pem` makes one"
)
