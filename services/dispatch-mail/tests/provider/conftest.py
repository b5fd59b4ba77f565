"""A certificate, mails and letters to send through the relay of the house's conftest."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from common.words import Lane, words_of
from dispatch_mail.domain.letters import Footer, Letter, MailEnvelope
from dispatch_mail.provider import Mail


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A throw-away certificate for 127.0.0.1: the file to trust, and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.test")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    )
    builder = builder.serial_number(x509.random_serial_number()).add_extension(
        alternative, critical=False
    )
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(
        now + timedelta(days=1)
    )
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


@pytest.fixture
def mail() -> Callable[..., Mail]:
    """Make a mail to `name@domain`; its name tells the relay what to do."""

    def make(name: str, domain: str = "example.jp", sender: bytes = b"b+1@bounce.example") -> Mail:
        content = b"Subject: %b\r\n\r\nhello\r\n..dot\r\n" % name.encode()
        return Mail(uuid4(), sender, f"{name}@{domain}".encode(), domain, content)

    return make


@pytest.fixture
def letter() -> Letter:
    """A notice of the school in the specification."""
    return Letter(
        message_id=UUID("0193a1b2-0000-7000-8000-000000000001"),
        school_name="つばめ野小学校",
        school_short_name="つばめ野小",
        from_address="tsubameno@renraku.minamo.example",
        reply_to="tsubameno@renraku.minamo.example",
        subject="個人面談の希望日（11月27日まで）",
        mark="urgent",
        addressing="4年2組の保護者の皆様",
        body="面談の希望日をお答えください。\n髙橋・𠮷田",
        footer=Footer("0000-00-0000", "平日 7:50〜17:00", "https://renraku.minamo.example/m"),
        lane=Lane.NORMAL,
        sent_at=datetime(2026, 11, 24, 6, 5, 9, tzinfo=UTC),
        is_confirmable=True,
        words=words_of("elementary"),
    )


@pytest.fixture
def envelope() -> MailEnvelope:
    """A recipient with an address that needs quotes."""
    return MailEnvelope(
        address='"a..b"@docomo.ne.jp',
        personal_link="https://renraku.minamo.example/r/abc.def-1",
        unsubscribe_link="https://renraku.minamo.example/x/ghi",
        message_id="<0193a1b2.1@renraku.minamo.example>",
        sender="b+0193@bounce.minamo.example",
    )
