"""What the gateway is told."""

from __future__ import annotations

from typing import ClassVar

import common.config


class Settings(common.config.Settings):
    """The gateway keeps nothing, so it needs no database and no bus.

    `trusted_proxies`: how many reverse proxies stand before us; only their word on the visitor's address is believed.
    """

    service: ClassVar[str] = "gateway"

    database_url: str = ""
    bus_url: str = ""
    trusted_proxies: int = 0
