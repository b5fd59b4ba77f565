"""What people hold in their hands: a telephone with codes and passkeys, made of software."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

from common import clock

PASSWORD = "tsukushi mo sakura mo"
ADDRESS = "203.0.113.9"
# Present, verified; and with the data of a new passkey.
SIGNING, MAKING = 0x05, 0x45


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(f"{text}===")


@dataclass
class SoftPasskey:
    """A passkey with its private key, as an authenticator keeps it (ES256).

    `origin`, `host`: the page that asks it to sign.
    """

    host: str
    origin: str
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    counter: int = 0

    def make(self, options: dict[str, Any]) -> str:
        """Return what `navigator.credentials.create` gives, as JSON."""
        data = self._data(MAKING) + bytes(16)
        data += len(self.credential_id).to_bytes(2) + self.credential_id + self._public_key()
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            clientDataJSON=self._client("webauthn.create", options),
            attestationObject=attestation,
        )

    def sign(self, options: dict[str, Any]) -> str:
        """Return what `navigator.credentials.get` gives, as JSON."""
        self.counter += 1
        client = self._client("webauthn.get", options)
        data = self._data(SIGNING)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._credential(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        return (
            hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)
        )

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return encode_cbor(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(told).encode()

    def _credential(self, **response: bytes) -> str:
        name = encode(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": {key: encode(value) for key, value in response.items()},
                "clientExtensionResults": {},
            }
        )


@dataclass
class Colleague:
    """Somebody of the staff at the gateway's door, in one session."""

    door: Any
    mail: str
    session_id: str = ""

    def sign_in(self) -> None:
        answer = self.door.sign_in(self.mail, PASSWORD)
        assert answer.status_code == 201, answer.json
        self.session_id = answer.json["session_id"]

    def ask(self, method: str, path: str, **body: Any) -> Any:
        told = {"session_id": self.session_id, **body}
        return self.door.as_service("gateway", method, path, json=told)

    def step(self) -> str | None:
        """Return the step that is missing; None where the first page opens."""
        answer = self.door.resolve(self.session_id)
        if answer.status_code == 200:
            return None
        assert answer.json["error"]["code"] == "session_pending"
        assert "token" not in answer.json
        return str(answer.json["error"]["fields"]["step"])

    def confirm(self, password: str = PASSWORD) -> Any:
        return self.ask(
            "POST", "/own/factors/confirmations", password=password, remote_address=ADDRESS
        )

    def enrol_app(self, name: str = "iPhone") -> tuple[str, list[str]]:
        """Register an authenticator app; return its secret and the recovery codes."""
        offer = self.ask("POST", "/own/factors/app-offers")
        assert offer.status_code == 201, offer.json
        secret = offer.json["secret"]
        made = self.ask("POST", "/own/factors/apps", name=name, code=code_of(secret))
        assert made.status_code == 201, made.json
        return secret, made.json["recovery_codes"]

    def enrol_passkey(self, passkey: SoftPasskey, name: str = "職員室のPC") -> Any:
        offer = self.ask("POST", "/own/factors/passkey-offers")
        assert offer.status_code == 201, offer.json
        credential = passkey.make(offer.json["options"])
        return self.ask("POST", "/own/factors/passkeys", name=name, credential=credential)

    def prove(self, code: str) -> Any:
        return self.ask("PUT", "/sessions/factor/code", code=code)

    def challenge(self) -> dict[str, Any]:
        answer = self.ask("POST", "/sessions/factor/challenges")
        assert answer.status_code == 201, answer.json
        options: dict[str, Any] = answer.json["options"]
        return options

    def prove_by(self, credential: str) -> Any:
        return self.ask("PUT", "/sessions/factor/passkey", credential=credential)

    def factors(self) -> Any:
        return self.ask("POST", "/own/factors/look-up").json


def code_of(secret: str, *, ahead: int = 0) -> str:
    """Return the code that an app shows now, or so many half minutes later."""
    return pyotp.TOTP(secret).at(clock.now(), counter_offset=ahead)


def wrong_code(secret: str) -> str:
    """Return six digits that are none of the codes around this moment."""
    near = {code_of(secret, ahead=ahead) for ahead in range(-3, 4)}
    return next(code for code in (f"{number:06}" for number in range(10)) if code not in near)
