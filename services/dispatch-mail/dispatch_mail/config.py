"""What dispatch-mail is told. Times in seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from common.config import PublicSettings
from common.delivery.states import Policy


class Settings(PublicSettings):
    """The relay is the operator's own; `mail_domain` is ours: schools send as
    `<mail_local>@<mail_domain>`.

    `relay_connections`: of one process, both lanes together. `relay_ehlo` None: `name_for_relay`.

    `inbound_…`: where the operator's relay brings what comes back, at most so many connections at
    once, bytes of a mail, and mails in a minute.

    `only_loopback_relay` is set in standalone mode: a wrong setting there must not mail strangers.
    `single_process`, too: no other process claims deliveries, so what is found claimed at the start
    was held by one that died.
    """

    service: ClassVar[str] = "dispatch-mail"

    relay_host: str = "localhost"
    relay_port: int = 25
    relay_username: str | None = None
    relay_password: str | None = None
    relay_tls: str | None = None
    relay_ca_file: str | None = None
    relay_connections: int = Field(20, ge=2)  # with one, urgent would wait behind normal
    relay_ehlo: str | None = Field(None, pattern=r"^[!-~]+$")
    mail_domain: str = "renraku.example"
    inbound_host: str = "127.0.0.1"
    inbound_port: int = 8025
    inbound_connections: int = Field(20, ge=1)
    inbound_max_bytes: int = Field(2_000_000, ge=100_000)
    inbound_mails_a_minute: int = Field(600, ge=10)
    only_loopback_relay: bool = False
    urgent_give_up_minutes: int = 30
    normal_give_up_hours: int = 24
    lease_seconds: int = 150
    backlog_limit: int = 5000
    single_process: bool = False


def policy_of(settings: Settings) -> Policy:
    """Return for how long mails are tried."""
    return Policy(
        timedelta(minutes=settings.urgent_give_up_minutes),
        timedelta(hours=settings.normal_give_up_hours),
    )
