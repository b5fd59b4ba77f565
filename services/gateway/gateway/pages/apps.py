"""What a page needs on which a phone is registered for notifications (DLV-6, ADR 52)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from common.web_push import LONGEST_ENDPOINT, LONGEST_FIREBASE_TOKEN
from gateway.config import Firebase
from gateway.pages import door, policy

LONGEST_KEY = 100
# What directory answers to a browser whose push service we don't call.
UNKNOWN_SERVICE = "push_service_unknown"


@dataclass(frozen=True, slots=True)
class AppOffer:
    """By which key a phone subscribes, and the script that asks its browser to.

    `town_url`: where the simulated town takes notifications, whose script stands in for the
    browser's push service; "" outside a demo. `project`: what Firebase's own scripts are told, and
    `scripts` where they lie; "" where it goes without Firebase. `other_url`: where the page offers
    Firebase instead, for a phone that has registered there; "" for nowhere.
    """

    key: str
    script: str
    town_url: str = ""
    project: str = ""
    scripts: str = ""
    other_url: str = ""


def find_offer(*, problem: str = "") -> AppOffer | None:
    """Return how a phone is registered here; None where that can't work, and is not offered.

    By its browser's own push service where the operator has a key for it. By Firebase where the
    operator has set it up and wants it first, or has no such key, or where the `problem` was that
    this browser's push service is not one that we call; a phone that came in by it so asks for it.
    """
    firebase = door.firebase()
    is_asked = request.args.get("by") == "firebase"
    is_needed = problem == UNKNOWN_SERVICE or is_asked or door.is_firebase_first()
    if firebase is not None and is_needed:
        return _by_firebase(firebase)
    key = door.clients().dispatch.find_web_push_key()
    if key is None:
        return _by_firebase(firebase) if firebase else None
    other_url = _here_by_firebase() if firebase else ""
    town_url = door.push_town_url()
    return AppOffer(key, script_of_browser(), town_url, other_url=other_url)


def _here_by_firebase() -> str:
    assert request.endpoint is not None
    return url_for(request.endpoint, by="firebase")


def allow_scripts(offer: AppOffer) -> None:
    """Let the page that is being made ask Firebase, where that is how the phone registers."""
    if offer.scripts:
        policy.allow_firebase(offer.scripts)


def script_of_browser() -> str:
    """Return the script by which a page asks for the browser's own subscription."""
    name = "town-push.js" if door.push_town_url() else "push.js"
    return url_for("static", filename=f"js/{name}")


def _by_firebase(firebase: Firebase) -> AppOffer:
    told = {
        "apiKey": firebase.api_key,
        "projectId": firebase.project_id,
        "messagingSenderId": firebase.messaging_sender_id,
        "appId": firebase.app_id,
    }
    script = url_for("static", filename="js/firebase.js")
    project = json.dumps(told)
    return AppOffer(firebase.vapid_key, script, project=project, scripts=firebase.scripts)


def given_app() -> dict[str, Any]:
    """Return by what the phone is reached, as the form holds it."""
    token = request.form.get("firebase_token", "")[:LONGEST_FIREBASE_TOKEN]
    if token:
        return {"firebase_token": token}
    return _subscription(request.form)


def app_before() -> dict[str, Any] | None:
    """Return by what the phone was reached before, as the form holds it; None where by nothing."""
    try:
        told = json.loads(request.form.get("before", ""))
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    texts = {name: each for name, each in told.items() if isinstance(each, str)}
    token = texts.get("firebase_token", "")[:LONGEST_FIREBASE_TOKEN]
    return {"firebase_token": token} if token else _subscription(texts)


def _subscription(texts: Mapping[str, str]) -> dict[str, Any]:
    given = {
        "endpoint": texts.get("endpoint", "")[:LONGEST_ENDPOINT] or "-",
        "p256dh": texts.get("p256dh", "")[:LONGEST_KEY] or "-",
        "auth": texts.get("auth", "")[:LONGEST_KEY] or "-",
    }
    return {"subscription": given}
