"""How a relay is reached."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit


class Tls(StrEnum):
    """How a connection is secured: inside SMTP, from its first byte (port 465), or not at all."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """One relay of the operator's own; times in seconds.

    `helo_name` is how we greet it: see `name_for_relay`. `tls` None means STARTTLS, and no mail
    without it, unless the relay is on this machine. `connections` are of both lanes together; times
    the number of worker processes should stay below the relay's limit (Postfix: 50 a client).
    docomo takes 100 mails a session; the same bound here keeps one connection from growing old at
    our relay. `patience` bounds how long a batch goes on beginning mails; the lease of a claimed
    row must outlast patience + 2 × reply_timeout + connect_timeout.
    """

    host: str
    port: int = 25
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    ca_file: str | None = None
    helo_name: str | None = None
    connections: int = 20
    messages_per_connection: int = 100
    connect_timeout: float = 10.0
    reply_timeout: float = 40.0
    idle_timeout: float = 30.0
    patience: float = 20.0

    @property
    def security(self) -> Tls:
        """Return the TLS that is required.

        A word that is none raises ValueError, it must not mean "none".
        """
        if self.tls is None:
            return Tls.NONE if is_loopback(self.host) else Tls.STARTTLS
        return Tls(self.tls)

    def tls_context(self) -> ssl.SSLContext | None:
        """Return the context that checks the relay's certificate, or None without TLS."""
        return None if self.security is Tls.NONE else _trusting(self.ca_file)


@lru_cache
def _trusting(ca_file: str | None) -> ssl.SSLContext:
    """Read the trusted certificates once: for each connection it would hold up the event loop."""
    return ssl.create_default_context(cafile=ca_file)


_FULL_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*", re.IGNORECASE)


def name_for_relay(base_url: str) -> str:
    """Return a name for EHLO that a strict relay takes (Postfix: reject_non_fqdn_helo_hostname).

    The host of our own address, or this machine's full name, or else an address in brackets
    (RFC 5321, 4.1.3).
    """
    host = urlsplit(base_url).hostname or ""
    if _FULL_NAME.fullmatch(host):
        return host
    own = socket.getfqdn()
    return own if _FULL_NAME.fullmatch(own) else "[127.0.0.1]"


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address means this machine, without asking a resolver."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
