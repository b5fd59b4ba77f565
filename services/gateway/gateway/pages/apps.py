"""What a page needs on which a phone is registered for notifications (DLV-6)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from gateway.pages import door

LONGEST_ENDPOINT = 2000
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class AppOffer:
    """By which key a phone subscribes, and the script that asks its browser to.

    `town_url`: where the simulated town takes notifications, whose script stands in for the
    browser's push service; "" outside a demo.
    """

    key: str
    script: str
    town_url: str


def find_offer() -> AppOffer | None:
    """Return how a phone is registered here; None where that can't work, and is not offered."""
    key = door.clients().dispatch.find_web_push_key()
    if key is None:
        return None
    town_url = door.push_town_url()
    name = "town-push.js" if town_url else "push.js"
    return AppOffer(key, url_for("static", filename=f"js/{name}"), town_url)


def given_subscription() -> dict[str, str]:
    """Return what the phone's browser gave, as the form holds it."""
    form = request.form
    return {
        "endpoint": form.get("endpoint", "")[:LONGEST_ENDPOINT] or "-",
        "p256dh": form.get("p256dh", "")[:LONGEST_KEY] or "-",
        "auth": form.get("auth", "")[:LONGEST_KEY] or "-",
    }
