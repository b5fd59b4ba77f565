"""FCM as the town has it, on a real socket."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from common.web_push import PushServices, Subscription, encode
from dispatch_push.provider.settings import FcmSettings
from dispatch_push.provider.web import WebSettings
from dispatch_push.provider.web.vapid import Vapid
from suite.town.fcm import Fcm
from suite.town.web_push import PhoneKeys, shown_name


def make_phone(prefix: str = "web") -> tuple[str, PhoneKeys]:
    """Return the name of a new phone of the town, which carries its keys, and the keys."""
    private = ec.generate_private_key(ec.SECP256R1())
    number = private.private_numbers().private_value.to_bytes(32, "big")
    auth = secrets.token_bytes(16)
    return f"{prefix}.{encode(number + auth)}", PhoneKeys(private, auth)


CONTACT = "mailto:desk@renraku.example"


@dataclass(frozen=True)
class Browser:
    """A browser of the town: its subscription, and by which name the town shows its phone."""

    subscription: Subscription
    shown: str

    @property
    def address(self) -> str:
        return self.subscription.as_address()


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

    @property
    def push_url(self) -> str:
        """Return below which address the town's push services answer."""
        return self.url.removesuffix("/fcm") + "/push"

    def web(self, **changes: Any) -> WebSettings:
        """Return how dispatch-push reaches the browsers of the town."""
        vapid = Vapid(ec.generate_private_key(ec.SECP256R1()), CONTACT)
        services = PushServices((), self.push_url)
        return WebSettings(**({"vapid": vapid, "services": services} | changes))

    def browser(self, prefix: str = "web") -> Browser:
        """Register a browser; the first letters of its name say how it answers."""
        name, keys = make_phone(prefix)
        subscription = Subscription(f"{self.push_url}/{name}", keys.public, keys.auth)
        return Browser(subscription, shown_name(name))

    def screen(self, token: str) -> list[tuple[str, str, str]]:
        """Return title, body and link of what a phone shows."""
        return [
            (found.title, found.body, found.link) for found in self.fcm.phones.list_on_screen(token)
        ]
