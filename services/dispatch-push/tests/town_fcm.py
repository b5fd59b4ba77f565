"""FCM as the town has it, on a real socket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch_push.provider.settings import FcmSettings
from suite.town.fcm import Fcm


@dataclass
class Town:
    """FCM as the town has it, answering at `url`."""

    fcm: Fcm
    url: str
    service_account: Path

    def settings(self, **changes: Any) -> FcmSettings:
        return FcmSettings(
            **({"url": self.url, "service_account_file": self.service_account} | changes)
        )

    def screen(self, token: str) -> list[tuple[str, str, str]]:
        """Return title, body and link of what a phone shows."""
        return [
            (found.title, found.body, found.link) for found in self.fcm.phones.list_on_screen(token)
        ]
