"""A running town for each test, a raw client that writes what it likes, and a mail to write."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from town_thread import RunningTown, town_in_thread

from common import clock
from suite.town import TownSettings
from suite.town.control import RelaySettings

NUMBERS = count(1)


class Wire:
    """A client without manners: it writes bytes, and reads answers one by one."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.stream = self.socket.makefile("rb")
        assert self.answer().startswith("220 ")

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> str:
        """Return the next answer's lines joined, or an empty string when the relay has hung up."""
        lines = []
        while line := self.stream.readline():
            assert line.endswith(b"\r\n")
            lines.append(line[:-2].decode("latin-1"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def answers(self, number: int) -> list[str]:
        return [self.answer()[:9] for _ in range(number)]

    def say(self, line: str) -> str:
        self.write(line.encode() + b"\r\n")
        return self.answer()

    def begin(self, *recipients: str, sender: str = "bounce+1@school.test") -> str:
        """Greet, name sender and recipients, ask for DATA; return the answer to DATA."""
        self.say("EHLO school.test")
        self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            self.say(f"RCPT TO:<{recipient}>")
        return self.say("DATA")

    def secure(self, context: ssl.SSLContext) -> None:
        self.stream.close()
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.stream = self.socket.makefile("rb")

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


@pytest.fixture
def make_town(tmp_path: Path) -> Iterator[Callable[..., RunningTown]]:
    """Yield `make_town(pace=…, tls=…, **relay settings)`; every town made ends with the test."""
    with ExitStack() as stack:

        def make(pace: float = 0.0, tls: ssl.SSLContext | None = None, **relay: Any) -> RunningTown:
            path = tmp_path / f"town-{next(NUMBERS)}.db"
            return stack.enter_context(
                town_in_thread(TownSettings(path, pace, RelaySettings(**relay), tls))
            )

        yield make


@pytest.fixture
def town(make_town: Callable[..., RunningTown]) -> RunningTown:
    return make_town()


@pytest.fixture
def connect(make_town: Callable[..., RunningTown]) -> Iterator[Callable[[int], Wire]]:
    """Yield `connect(port) -> Wire`; it needs `make_town` so that the wires are cut before the
    towns.
    """
    with ExitStack() as stack:

        def make(port: int) -> Wire:
            wire = Wire(port)
            stack.callback(lambda: wire.close())
            return wire

        yield make


@pytest.fixture
def wire(town: RunningTown, connect: Callable[[int], Wire]) -> Wire:
    return connect(town.port)


@pytest.fixture
def letter() -> Callable[..., EmailMessage]:
    return write_letter


@pytest.fixture
def content() -> Callable[..., bytes]:
    """Return `content(...)`: a letter's bytes with CRLF line ends."""
    return lambda **parts: write_letter(**parts).as_bytes(policy=SMTP)


def write_letter(
    subject: str = "つばめ野小：校外学習について",
    text: str = "確認はこちら\nhttps://renraku.test/r/abc\n",
    encoding: str | None = None,
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "つばめ野小学校 <tsubameno@school.test>"
    mail["To"] = "haha@mail.town.test"
    mail["Subject"] = subject
    mail["Date"] = clock.now()
    mail["Message-ID"] = f"<{next(NUMBERS)}@school.test>"
    mail["List-Unsubscribe"] = "<https://renraku.test/x/abc>"
    mail.set_content(text, cte=encoding)
    return mail


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost that vouches for itself; one PEM file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = clock.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "relay.pem"
    private = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path
