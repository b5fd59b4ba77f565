"""What dispatch-push is told. Times in seconds where a name says nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from common.config import PublicSettings
from common.web_push import PUSH_SERVICES


class Settings(PublicSettings):
    """The service account's file is the operator's own, from the Firebase console; it names the
    project.

    `web_push_key_file`: our key towards the push services of browsers, PEM of the curve P-256;
    None: no browser registers. `web_push_contact`: mailto: or https:, whom they tell of trouble.
    `push_services`: hosts that are called; `push_town_url`: the simulated town's, in a demo.

    `only_loopback_relay` is set in standalone mode: a wrong setting there must not reach strangers'
    phones. `single_process`, too: no other process claims deliveries, so what is found claimed at
    the start was held by one that died.
    """

    service: ClassVar[str] = "dispatch-push"

    fcm_url: str = "https://fcm.googleapis.com"
    fcm_service_account_file: Path
    fcm_connections: int = 50
    web_push_key_file: Path | None = None
    web_push_contact: str = ""
    push_services: tuple[str, ...] = PUSH_SERVICES
    push_town_url: str = ""
    only_loopback_relay: bool = False
    urgent_give_up_minutes: int = 30
    normal_give_up_hours: int = 24
    lease_seconds: int = 150
    backlog_limit: int = 5000
    single_process: bool = False
