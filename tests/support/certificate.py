# SPDX-License-Identifier: Apache-2.0
"""Certificates: of the server on 127.0.0.1, and of its clients."""
import base64
import datetime
import hashlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def make_certificate(folder, name="tls", names="IP:127.0.0.1"):
    """(certificate file, key file)"""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={names}", "-keyout", str(key),
                    "-out", str(cert)], check=True, capture_output=True, timeout=30)
    return cert, key


class Authority:
    """A certificate authority of the tests; issue() makes certificates of clients."""

    def __init__(self, folder, name="Test CA"):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), is_authority=True)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name, *, subject=None, days=30, usage=ExtendedKeyUsageOID.CLIENT_AUTH, also=()):
        """A ClientCertificate; subject: (OID, text) pairs in its order, also: alternative names."""
        pairs = subject or [(NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, name)]
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._sign(x509.Name([x509.NameAttribute(*pair) for pair in pairs]),
                          key.public_key(), days=days, usage=usage, also=also)
        return ClientCertificate(self.folder, name, made, key)

    def _sign(self, subject, key, is_authority=False, days=30, usage=None, also=()):
        now = datetime.datetime.utcnow()
        end = now + datetime.timedelta(days=days)
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                   .public_key(key).serial_number(x509.random_serial_number())
                   .not_valid_before(min(now, end) - datetime.timedelta(days=1))
                   .not_valid_after(end)
                   .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), True))
        if also:
            builder = builder.add_extension(x509.SubjectAlternativeName(also), False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        return builder.sign(self.key, hashes.SHA256())


class ClientCertificate:
    """A certificate with its key, as files (.pair, for requests) and in what forms tests need."""

    def __init__(self, folder, name, certificate, key):
        self.certificate = certificate
        cert, private = folder / f"{name}.crt", folder / f"{name}.key"
        cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self.pair = (str(cert), str(private))
        self.pem = cert.read_text()
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.base64 = base64.b64encode(self.der).decode()
        self.thumbprint = base64.urlsafe_b64encode(
            hashlib.sha256(self.der).digest()).rstrip(b"=").decode()
        self.subject = certificate.subject.rfc4514_string()


def self_signed(folder, name, days=30):
    """A certificate that nobody vouches for."""
    maker = Authority(folder, name)
    if days > 0:
        return ClientCertificate(folder, f"{name}-self", maker.certificate, maker.key)
    expired = maker._sign(maker.name, maker.key.public_key(), days=days)
    return ClientCertificate(folder, f"{name}-self", expired, maker.key)
