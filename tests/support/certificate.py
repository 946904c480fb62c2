# SPDX-License-Identifier: Apache-2.0
"""Self-signed certificates, for 127.0.0.1 unless told otherwise."""
import subprocess


def make_certificate(folder, name="tls", names="IP:127.0.0.1"):
    """(certificate file, key file)"""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={names}", "-keyout", str(key),
                    "-out", str(cert)], check=True, capture_output=True, timeout=30)
    return cert, key
