"""What dispatch-line is told. Times in seconds."""

from __future__ import annotations

from typing import ClassVar

from common.config import PublicSettings


class Settings(PublicSettings):
    """`only_loopback_relay` is set in standalone mode: a wrong setting there must not write to
    strangers. `single_process`, too: no other process claims deliveries, so what is found claimed
    at the start was held by one that died.
    """

    service: ClassVar[str] = "dispatch-line"

    line_api_url: str = "https://api.line.me"
    line_timeout_seconds: float = 10.0
    # Where LINE adds a friend (before the account's basic id), and where it links an account.
    line_friend_url: str = "https://line.me/R/ti/p/"
    line_dialog_url: str = "https://access.line.me/dialog/bot/accountLink"
    # Users in hand at once: 40 requests of the 500 users that LINE takes in one.
    line_in_flight: int = 20_000
    only_loopback_relay: bool = False
    urgent_give_up_minutes: int = 30
    normal_give_up_hours: int = 24
    lease_seconds: int = 60
    backlog_limit: int = 20_000
    single_process: bool = False
