from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from storage.errors import UsageError
from storage.wacz_signature import read_key


def pem(key: object, encryption: serialization.KeySerializationEncryption | None = None) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption or serialization.NoEncryption()
    )


def test_a_signature_is_what_players_verify(tmp_path: Path) -> None:
    """As WebCrypto has it: r and s of 48 bytes each; the key as SubjectPublicKeyInfo."""
    private = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / "key.pem").write_bytes(pem(private))
    key = read_key(tmp_path / "key.pem")
    said = "sha256:" + "0" * 64
    signature = base64.b64decode(key.sign(said), validate=True)
    assert len(signature) == 96
    public = serialization.load_der_public_key(base64.b64decode(key.public, validate=True))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.public_numbers() == private.public_key().public_numbers()
    form = encode_dss_signature(int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big"))
    public.verify(form, said.encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(form, said.replace("0", "1").encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no private key that can be used"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no private key that can be used"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "holds a key of another kind"),
        (pem(rsa.generate_private_key(65537, 2048)), "holds a key of another kind"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "holds a key of another kind"),
        (
            pem(ec.generate_private_key(ec.SECP384R1()), serialization.BestAvailableEncryption(b"secret")),
            "holds no private key that can be used",
        ),
    ],
)
def test_another_key_is_refused_in_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    with pytest.raises(UsageError, match=rf"key\.pem: {complaint}; it must be an unencrypted PEM key of curve P-384"):
        read_key(tmp_path / "key.pem")


def test_a_missing_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.pem: cannot be read"):
        read_key(tmp_path / "none.pem")
