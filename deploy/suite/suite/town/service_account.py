"""The town's Firebase project: a service account with a throw-away key, in Google's own form."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROJECT = "renraku-town"
CLIENT_EMAIL = f"renraku@{PROJECT}.iam.gserviceaccount.com"
FILE_NAME = "fcm-service-account.json"


def write_service_account(folder: Path, fcm_url: str) -> Path:
    """Write the file that dispatch-push signs in with into `folder` and return its path.

    `fcm_url` is where the town's FCM answers (…/town/fcm). A key that lies there already stays, so
    that a restart on another port changes the address only.
    """
    file = folder / FILE_NAME
    found = _read(file) if file.exists() else {}
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "town",
        "private_key": found.get("private_key") or _new_key(),
        "client_email": CLIENT_EMAIL,
        "client_id": "1",
        "token_uri": f"{fcm_url.rstrip('/')}/token",
    }
    if account != found:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        descriptor = os.open(
            fresh,
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
            0o600,
        )
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(account, stream, indent=2)
        fresh.replace(file)
    return file


def public_key_of(file: Path) -> rsa.RSAPublicKey:
    """Return the key with which a service account's signatures are checked.

    Raise FileNotFoundError when there is no account.
    """
    return _public_key(str(_read(file)["private_key"]))


@lru_cache
def _public_key(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()
