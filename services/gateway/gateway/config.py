"""What the gateway is told."""

from __future__ import annotations

from typing import ClassVar

from common.config import PublicSettings


class Settings(PublicSettings):
    """The gateway keeps nothing, so it needs no database and no bus.

    `trusted_proxies`: how many reverse proxies stand before us; only their word on the visitor's
    address is believed. `demo_town_url`: where the simulated town shows what has arrived; set while
    one tries the product, and pages then link to it. `demo_accounts`: lines for the sign-in page
    that say who can sign in and how; only for a demo, whose passwords are no secret.
    `operator_name`, `operator_phone`: whom a school's first administrator calls, as it stands on
    the letter. `mail_domain`: by which families' mails come, as a sheet tells them.
    `push_town_url`: where the simulated town takes notifications; set while one tries the product,
    and a script of its own then stands in for the browser's push service.
    """

    service: ClassVar[str] = "gateway"

    database_url: str = ""
    bus_url: str = ""
    trusted_proxies: int = 0
    demo_town_url: str = ""
    demo_accounts: tuple[str, ...] = ()
    operator_name: str = ""
    operator_phone: str = ""
    mail_domain: str = "renraku.example"
    push_town_url: str = ""
