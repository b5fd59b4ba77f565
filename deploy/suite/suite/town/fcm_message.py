"""Whether a message is one that FCM takes (HTTP v1).

As strict as the real one, which refuses what it doesn't know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_PAYLOAD = 4096  # bytes of notification and data
_TOKEN = re.compile(r"[A-Za-z0-9_:-]{20,4096}")
_SECONDS = re.compile(r"\d+(\.\d{1,9})?s")
# Data keys that FCM keeps for itself.
_RESERVED = re.compile(r"from|message_type|google.*|gcm.*", re.DOTALL)

Violation = tuple[str, str]  # the field and what is wrong with it

_TEXTS = {"title": "string", "body": "string", "image": "string"}
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "message": {
        "name": "string",
        "token": "string",
        "topic": "string",
        "condition": "string",
        "notification": "object",
        "android": "object",
        "webpush": "object",
        "apns": "object",
        "fcm_options": "object",
        "data": "strings",
    },
    "message.notification": _TEXTS,
    "message.android": {
        "collapse_key": "string",
        "priority": "string",
        "ttl": "string",
        "restricted_package_name": "string",
        "notification": "object",
        "fcm_options": "object",
        "data": "strings",
        "direct_boot_ok": "boolean",
    },
    "message.android.notification": {
        **_TEXTS,
        "icon": "string",
        "color": "string",
        "sound": "string",
        "tag": "string",
        "click_action": "string",
        "channel_id": "string",
        "visibility": "string",
    },
    "message.webpush": {
        "headers": "strings",
        "data": "strings",
        "notification": "any",
        "fcm_options": "object",
    },
    "message.webpush.fcm_options": {"link": "string", "analytics_label": "string"},
    "message.apns": {"headers": "strings", "payload": "any", "fcm_options": "object"},
}


def find_violations(message: Any) -> list[Violation]:
    """Return what FCM would find wrong with `message`, empty when it takes it."""
    found = list(_shape(message, "message"))
    if found:
        return found
    targets = [name for name in ("token", "topic", "condition") if message.get(name)]
    if len(targets) != 1:
        found.append(("message", "Recipient of the message is not set, or more than one."))
    if "token" in message and not _TOKEN.fullmatch(message["token"]):
        found.append(
            ("message.token", "The registration token is not a valid FCM registration token")
        )
    for key in message.get("data", {}):
        if _RESERVED.fullmatch(key):
            found.append(("message.data", f"Invalid data payload key: {key}"))
    found += _android(message.get("android", {}))
    found += _webpush(message.get("webpush", {}))
    if _size(message) > MAX_PAYLOAD:
        found.append(("message", "Message is too big"))
    return found


def _shape(value: Any, path: str) -> Iterator[Violation]:
    """Check names and types of a part whose fields are known, and of the parts within it."""
    if not isinstance(value, dict):
        yield path, "Invalid value, an object is wanted."
        return
    fields = _FIELDS.get(path)
    if fields is None:
        return
    for name, part in value.items():
        here = f"{path}.{name}"
        if name not in fields:
            unknown = f"Unknown name \"{name}\" at '{path}': Cannot find field."
            yield here, f"Invalid JSON payload received. {unknown}"
        elif not _fits(part, fields[name]):
            yield here, f"Invalid value at '{here}' (TYPE_STRING)"
        elif fields[name] == "object":
            yield from _shape(part, here)


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "strings":
            return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())
    return True


def _android(options: Mapping[str, Any]) -> Iterator[Violation]:
    if options.get("priority", "NORMAL").upper() not in ("NORMAL", "HIGH"):
        yield "message.android.priority", "Invalid value, NORMAL or HIGH is wanted."
    if "ttl" in options and not _SECONDS.fullmatch(options["ttl"]):
        yield "message.android.ttl", "Illegal duration format; duration must end with 's'"


def _webpush(options: Mapping[str, Any]) -> Iterator[Violation]:
    link = options.get("fcm_options", {}).get("link", "https://")
    if not link.startswith("https://"):
        yield "message.webpush.fcm_options.link", "WebpushFcmOptions.link must be a HTTPS URL."
    headers = options.get("headers", {})
    if "TTL" in headers and not headers["TTL"].isdigit():
        yield "message.webpush.headers", "TTL must be a number of seconds."


def _size(message: Mapping[str, Any]) -> int:
    """Return the bytes of what MAX_PAYLOAD limits."""
    payload = {name: message.get(name) for name in ("notification", "data")}
    return len(json.dumps(payload, ensure_ascii=False).encode())
