"""Whether a message is one that FCM takes: as strict as the real one, which refuses what it doesn't know (HTTP v1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_PAYLOAD = 4096  # bytes of notification and data
_TOKEN = re.compile(r"[A-Za-z0-9_:-]{20,4096}")
_SECONDS = re.compile(r"\d+(\.\d{1,9})?s")
_RESERVED = re.compile(r"from|message_type|google.*|gcm.*", re.DOTALL)  # data keys that FCM keeps for itself

Violation = tuple[str, str]  # the field and what is wrong with it

_TEXTS = dict.fromkeys(("title", "body", "image"), "string")
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "message": {
        **dict.fromkeys(("name", "token", "topic", "condition"), "string"),
        **dict.fromkeys(("notification", "android", "webpush", "apns", "fcm_options"), "object"),
        "data": "strings",
    },
    "message.notification": _TEXTS,
    "message.android": {
        **dict.fromkeys(("collapse_key", "priority", "ttl", "restricted_package_name"), "string"),
        **dict.fromkeys(("notification", "fcm_options"), "object"),
        "data": "strings",
        "direct_boot_ok": "boolean",
    },
    "message.android.notification": {
        **_TEXTS,
        **dict.fromkeys(("icon", "color", "sound", "tag", "click_action", "channel_id", "visibility"), "string"),
    },
    "message.webpush": {"headers": "strings", "data": "strings", "notification": "any", "fcm_options": "object"},
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
        found.append(("message.token", "The registration token is not a valid FCM registration token"))
    found += [("message.data", f"Invalid data payload key: {key}") for key in message.get("data", {}) if _RESERVED.fullmatch(key)]
    found += _options(message)
    size = len(json.dumps({name: message.get(name) for name in ("notification", "data")}, ensure_ascii=False).encode())
    if size > MAX_PAYLOAD:
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
            yield here, f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field."
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


def _options(message: Mapping[str, Any]) -> Iterator[Violation]:
    android, webpush = message.get("android", {}), message.get("webpush", {})
    if android.get("priority", "NORMAL").upper() not in ("NORMAL", "HIGH"):
        yield "message.android.priority", "Invalid value, NORMAL or HIGH is wanted."
    if "ttl" in android and not _SECONDS.fullmatch(android["ttl"]):
        yield "message.android.ttl", "Illegal duration format; duration must end with 's'"
    if not webpush.get("fcm_options", {}).get("link", "https://").startswith("https://"):
        yield "message.webpush.fcm_options.link", "WebpushFcmOptions.link must be a HTTPS URL."
    headers = webpush.get("headers", {})
    if "TTL" in headers and not headers["TTL"].isdigit():
        yield "message.webpush.headers", "TTL must be a number of seconds."
