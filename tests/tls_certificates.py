"""Owns certificates made for one test: an authority, and server contexts that are right or wrong in one way each."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import warnings
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["Authority"]

_DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority in a folder of its own; `cafile` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        """Make the authority's key and certificate in `folder`."""
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Shilu test authority")
        now = datetime.datetime.now(datetime.UTC)
        builder = _builder(self._name, self._name, self._key.public_key(), now - _DAY, now + 30 * _DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
        )
        self._certificate = builder.sign(self._key, hashes.SHA256())
        self.cafile = str(folder / "authority.pem")
        Path(self.cafile).write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self._count = 0
        self.der = self._certificate.public_bytes(serialization.Encoding.DER)
        self.issued = b""

    def server(
        self,
        names: Sequence[str] = ("127.0.0.1", "::1", "localhost"),
        *,
        expired: bool = False,
        self_signed: bool = False,
        with_authority: bool = False,
        version: ssl.TLSVersion | None = None,
        ciphers: str | None = None,
    ) -> ssl.SSLContext:
        """Give the context of a server that presents a fresh certificate for `names`, speaking `version` only.

        `with_authority` sends the authority's certificate after its own, which is in `issued` as DER.
        """
        pem = self._issue(names, expired=expired, self_signed=self_signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if ciphers is not None:
            context.set_ciphers(ciphers)
        if version is not None:
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # old servers are the point
                context.minimum_version = context.maximum_version = version
        context.load_cert_chain(pem)
        self.issued = ssl.PEM_cert_to_DER_cert(pem.read_text("ascii").partition("-----END PRIVATE KEY-----\n")[2])
        if with_authority:
            with pem.open("ab") as file:
                file.write(Path(self.cafile).read_bytes())
            context.load_cert_chain(pem)
        return context

    def _issue(self, names: Sequence[str], *, expired: bool, self_signed: bool) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        last = now - _DAY if expired else now + 30 * _DAY
        subject = _name(names[0])
        builder = _builder(subject, subject if self_signed else self._name, key.public_key(), now - 10 * _DAY, last)
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), False)
        certificate = builder.sign(key if self_signed else self._key, hashes.SHA256())
        self._count += 1
        path = self._folder / f"server-{self._count}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return path


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, first: datetime.datetime,
    last: datetime.datetime,
) -> x509.CertificateBuilder:  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
    )
