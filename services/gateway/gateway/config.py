"""What the gateway is told."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from common.config import PublicSettings, SettingsRefused

# Where Google keeps Firebase's scripts; a version has a folder of its own, which never changes.
FIREBASE_SCRIPTS = "https://www.gstatic.com/firebasejs/13.2.0/"
# What the operator copies from the Firebase console: all of it or nothing.
FIREBASE = ("api_key", "project_id", "messaging_sender_id", "app_id", "vapid_key")
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
# An uncompressed point of P-256.
KEY_BYTES, UNCOMPRESSED = 65, 4
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Firebase:
    """The operator's project at Firebase, as a browser is told it: nothing of it is a secret.

    `vapid_key`: by which browsers subscribe there; `scripts`: below which its scripts lie.
    """

    api_key: str
    project_id: str
    messaging_sender_id: str
    app_id: str
    vapid_key: str
    scripts: str


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

    `firebase_…`: by which phones register with Firebase (`Firebase`), all of them or none;
    `firebase_first`: so even where a browser's own push service would do. `firebase_town_url`:
    where the simulated town gives scripts in Firebase's place, on this machine alone.
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
    firebase_api_key: str = ""
    firebase_project_id: str = ""
    firebase_messaging_sender_id: str = ""
    firebase_app_id: str = ""
    firebase_vapid_key: str = ""
    firebase_first: bool = False
    firebase_town_url: str = ""

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Read the environment as every house does, and refuse Firebase named by half."""
        settings = super().load(**values)
        settings.check_firebase()
        return settings

    @property
    def firebase(self) -> Firebase | None:
        """Return the operator's project at Firebase; None where there is none."""
        if not self.firebase_api_key:
            return None
        return Firebase(
            api_key=self.firebase_api_key,
            project_id=self.firebase_project_id,
            messaging_sender_id=self.firebase_messaging_sender_id,
            app_id=self.firebase_app_id,
            vapid_key=self.firebase_vapid_key,
            scripts=self.firebase_town_url or FIREBASE_SCRIPTS,
        )

    def check_firebase(self) -> None:
        """Raise SettingsRefused where phones could not register with Firebase as it is named."""
        given = [name for name in FIREBASE if getattr(self, f"firebase_{name}")]
        missing = [f"RENRAKU_FIREBASE_{name.upper()}" for name in FIREBASE if name not in given]
        if given and missing:
            raise SettingsRefused(
                "Firebase is named by half: set these too, or none of them.\n  "
                + "\n  ".join(missing)
            )
        if given and not _is_public_key(self.firebase_vapid_key):
            raise SettingsRefused(
                "RENRAKU_FIREBASE_VAPID_KEY is no key: copy the key pair of the Firebase console "
                "(Project settings, Cloud Messaging, Web Push certificates), 87 characters."
            )
        if self.firebase_first and not given:
            raise SettingsRefused(
                "RENRAKU_FIREBASE_FIRST is set and Firebase is not: set RENRAKU_FIREBASE_… too."
            )
        town = self.firebase_town_url
        if town and not (_is_on_this_machine(town) and town.endswith("/")):
            raise SettingsRefused(
                f"RENRAKU_FIREBASE_TOWN_URL={town} must lead to this machine and end with /: it is "
                "for a demo, and a script from elsewhere could read what families enter."
            )


def _is_public_key(text: str) -> bool:
    if not _BASE64URL.fullmatch(text):
        return False
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return False
    return len(key) == KEY_BYTES and key[0] == UNCOMPRESSED


def _is_on_this_machine(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in THIS_MACHINE
