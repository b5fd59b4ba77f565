"""How Firebase Cloud Messaging is reached."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class ServiceAccountRefused(Exception):
    """The file of the service account is missing or is none."""


@dataclass(frozen=True, slots=True)
class FcmSettings:
    """Where and as whom. Times in seconds.

    `patience` bounds how long a batch goes on beginning notifications; the lease of a claimed row
    must outlast patience × 1.5 + (3 × token_timeout + 3) × 2 + (connect_timeout + reply_timeout) ×
    2 (a refused token is fetched again).
    """

    url: str
    service_account_file: Path
    connections: int = 50
    connect_timeout: float = 5.0
    reply_timeout: float = 10.0
    token_timeout: float = 5.0
    patience: float = 20.0

    def hosts(self) -> tuple[str, str]:
        """Return the hosts that will be spoken to: FCM and its token endpoint.

        Raises ServiceAccountRefused.
        """
        token_uri = read_service_account(self.service_account_file)["token_uri"]
        return urlsplit(self.url).hostname or "", urlsplit(token_uri).hostname or ""


def read_service_account(file: Path) -> dict[str, str]:
    """Return what the operator downloaded from the Firebase console.

    Raise ServiceAccountRefused, saying what is wrong.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ServiceAccountRefused(
            f"RENRAKU_FCM_SERVICE_ACCOUNT_FILE: {file} can't be read as JSON "
            f"({type(error).__name__})"
        ) from None
    wanted = ("project_id", "private_key", "client_email", "token_uri")
    missing = [
        name
        for name in wanted
        if not isinstance(found, dict) or not isinstance(found.get(name), str)
    ]
    if missing:
        raise ServiceAccountRefused(
            f"RENRAKU_FCM_SERVICE_ACCOUNT_FILE: {file} has no {', '.join(missing)}"
        )
    return {name: found[name] for name in wanted}


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address means this machine, without asking a resolver."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
