"""Certificates of our own making, for clients whose host cannot be changed: an authority to trust, and its leaf.

The authority may vouch for this machine and Meta's hosts only (name constraints), so trusting it opens nothing else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.graph_api.errors import EmulatorError

HOSTS = ("localhost", "graph.facebook.com", "graph-video.facebook.com")
ADDRESSES = ("127.0.0.1", "::1")
PERMITTED = ("localhost", "facebook.com")
NETWORKS = ("127.0.0.0/8", "::1/128")
AUTHORITY_DAYS, LEAF_DAYS, RENEW_DAYS = 3650, 365, 30
PRIVATE = 0o600

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files, PEM: what clients must trust, what the server shows, and its key."""

    authority: Path
    leaf: Path
    key: Path


def certificates(folder: Path, now: datetime, host: str = "127.0.0.1") -> Certificates:
    """Those in `folder`: the authority that is there or a new one, and a new leaf for this start.

    Args:
        folder: made where there is none; the same folder gives the same authority again.
        now: the real time, for clients check it.
        host: the address served, which goes into the leaf where it is one of this machine's own.

    Raises:
        EmulatorError: the folder cannot be used, or holds files of another kind.
    """
    found = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    secret = folder / "ca-key.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if found.authority.exists() and secret.exists():
            authority, signer = _loaded(found.authority, secret)
        else:
            authority, signer = _authority(now)
            _write(secret, _key_bytes(signer), PRIVATE)
            _write(found.authority, authority.public_bytes(serialization.Encoding.PEM))
        if now + timedelta(days=RENEW_DAYS) > authority.not_valid_after_utc:
            raise EmulatorError(f"the authority in {folder} is about to expire; remove that folder and trust a new one")
        leaf, key = _leaf(authority, signer, now, host)
        _write(found.key, _key_bytes(key), PRIVATE)
        _write(found.leaf, leaf.public_bytes(serialization.Encoding.PEM))
    except (OSError, ValueError, TypeError) as error:
        raise EmulatorError(f"certificates in {folder} cannot be used: {error}") from error
    return found


def _authority(now: datetime) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Caudal emulator (this machine only)")])
    permitted: list[x509.GeneralName] = [x509.DNSName(host) for host in PERMITTED]
    permitted += [x509.IPAddress(_network(network)) for network in NETWORKS]
    built = (
        _begun(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
    )
    return built.sign(key, hashes.SHA256()), key


def _leaf(authority: x509.Certificate, signer: Key, now: datetime, host: str) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOSTS[0])])
    known: list[x509.GeneralName] = [x509.DNSName(known) for known in HOSTS]
    known += [x509.IPAddress(ip_address(address)) for address in dict.fromkeys((*ADDRESSES, *_own(host)))]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    built = (
        _begun(name, authority.subject, key, now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(issuer, critical=False)
    )
    return built.sign(signer, hashes.SHA256()), key


def _begun(subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _own(host: str) -> tuple[str, ...]:
    """The host, where the authority may vouch for it."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return ()
    return (host,) if any(address in _network(network) for network in NETWORKS) else ()


def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def _loaded(certificate: Path, secret: Path) -> tuple[x509.Certificate, Key]:
    key = serialization.load_pem_private_key(secret.read_bytes(), password=None)
    if not isinstance(key, Key):
        raise TypeError(f"{secret.name} holds a key of another kind")
    return x509.load_pem_x509_certificate(certificate.read_bytes()), key


def _key_bytes(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that was never readable by more than `mode` says."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
