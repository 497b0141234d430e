"""TLS in front of a server on loopback, with a certificate of an unknown authority."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_USES = (
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)
_SIGNS = x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **dict.fromkeys(_USES, False))
"""The key usage of an authority; Python 3.13 and later reject a certificate without it:
https://docs.python.org/3/whatsnew/3.13.html#ssl."""


def authority(folder: Path) -> tuple[Path, Path]:
    """Create an authority and a certificate of it for 127.0.0.1; returns the files of both."""
    keys = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    key_id = x509.SubjectKeyIdentifier.from_public_key(keys[0].public_key())
    builder = (
        x509.CertificateBuilder()
        .issuer_name(_name("A private authority"))
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
    )
    root_certificate = (
        builder.subject_name(_name("A private authority"))
        .public_key(keys[0].public_key())
        .serial_number(1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_id, critical=False)
        .add_extension(_SIGNS, critical=True)
        .sign(keys[0], hashes.SHA256())
    )
    server_certificate = (
        builder.subject_name(_name("127.0.0.1"))
        .public_key(keys[1].public_key())
        .serial_number(2)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id), critical=False)
        .sign(keys[0], hashes.SHA256())
    )
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    root, chain = folder / "authority.pem", folder / "server.pem"
    root.write_bytes(root_certificate.public_bytes(pem))
    key = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, none)
    chain.write_bytes(key + server_certificate.public_bytes(pem))
    return root, chain


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@contextlib.contextmanager
def encrypted(port: int, chain: Path) -> Iterator[str]:
    """Serve by TLS what listens at a port of loopback; yields the address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, context, port), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept(listening: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            raw, _ = listening.accept()
            threading.Thread(target=_forward, args=(raw, context, port), daemon=True).start()


def _forward(raw: socket.socket, context: ssl.SSLContext, port: int) -> None:
    with contextlib.suppress(OSError), context.wrap_socket(raw, server_side=True) as outside:
        with socket.create_connection(("127.0.0.1", port)) as inside:
            back = threading.Thread(target=_copy, args=(inside, outside), daemon=True)
            back.start()
            _copy(outside, inside)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for connection in (source, target):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
