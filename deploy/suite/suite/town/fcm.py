"""Firebase Cloud Messaging as the town has it: a token endpoint and `messages:send`.

Both check as the real ones do.
How a phone answers is in the first letters of its token. It knows no web framework: `phone_pages`
puts it behind HTTP.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from common import clock

from .fcm_message import Violation, find_violations
from .phones import NewNotification, Phones
from .service_account import CLIENT_EMAIL, PROJECT, public_key_of

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# What Google's libraries write, whatever token_uri says.
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
TOKEN_LIFE = timedelta(hours=1)
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Temper:
    """How the phones answer whose token begins with `prefix`.

    `times`: only so often for each phone, 0: always. `text`: FCM's words, which some callers go by.
    """

    prefix: str
    status: int
    code: str
    text: str
    note: str
    times: int = 0


TEMPERS = (
    Temper(
        "gone-",
        404,
        "UNREGISTERED",
        "Requested entity was not found.",
        "アプリを消した電話です（404 UNREGISTERED）",
    ),
    Temper(
        "other-",
        403,
        "SENDER_ID_MISMATCH",
        "SenderId mismatch",
        "ほかの事業者に登録した電話です（403 SENDER_ID_MISMATCH）",
    ),
    Temper(
        "quota-",
        429,
        "QUOTA_EXCEEDED",
        "Quota exceeded.",
        "最初の1回は、通知が多すぎると断ります（429 QUOTA_EXCEEDED）",
        times=1,
    ),
    Temper(
        "busy-",
        503,
        "UNAVAILABLE",
        "The service is currently unavailable.",
        "最初の1回は、混み合っていると断ります（503 UNAVAILABLE）",
        times=1,
    ),
)


@dataclass
class Fcm:
    """One project's FCM; every method may be called from any thread.

    `retry_seconds` stands in Retry-After. `is_token_down`: the token endpoint answers 503.
    `project` may be set to another one to see what happens to a key of the wrong project.
    """

    phones: Phones
    service_account: Path
    retry_seconds: int = 2
    is_token_down: bool = False
    project: str = PROJECT
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _refusals: Counter[str] = field(default_factory=Counter)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def grant(self, form: Mapping[str, str]) -> Answer:
        """Give an access token for a signed assertion (RFC 7523)."""
        if self.is_token_down:
            return Answer(503, {"error": "unavailable"})
        if form.get("grant_type") != GRANT:
            asked = form.get("grant_type", "")
            return _no_token("unsupported_grant_type", f"Invalid grant_type: {asked}")
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                public_key_of(self.service_account),
                algorithms=["RS256"],
                audience=AUDIENCE,
                issuer=CLIENT_EMAIL,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except (jwt.InvalidTokenError, FileNotFoundError) as error:
            return _no_token("invalid_grant", f"Invalid JWT: {error}")
        if claims["exp"] - claims["iat"] > TOKEN_LIFE.total_seconds():
            return _no_token(
                "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)"
            )
        if SCOPE not in str(claims.get("scope", "")).split():
            return _no_token("invalid_scope", "Invalid OAuth scope.")
        token = f"ya29.town-{secrets.token_urlsafe(24)}"
        with self._guard:
            self._tokens[token] = clock.now() + TOKEN_LIFE
        return Answer(
            200,
            {
                "access_token": token,
                "expires_in": int(TOKEN_LIFE.total_seconds()),
                "token_type": "Bearer",
            },
        )

    def forget_tokens(self) -> None:
        """Make every access token invalid, as Google does when it revokes them."""
        with self._guard:
            self._tokens.clear()

    def send(self, project: str, authorization: str, raw: bytes) -> Answer:
        """Take a message for one phone, or say as FCM does why not."""
        with self._guard:
            good_until = self._tokens.get(authorization.removeprefix("Bearer "))
        if good_until is None or good_until <= clock.now():
            return _refused(
                401, "UNAUTHENTICATED", "Request had invalid authentication credentials."
            )
        if project != self.project:
            return _refused(
                403,
                "PERMISSION_DENIED",
                "Permission 'cloudmessaging.messages.create' denied (or it may not exist).",
            )
        try:
            request = json.loads(raw)
        except ValueError:
            return _refused(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
        if not _is_message(request):
            missing = "The message is missing, or there is more than a message."
            return _invalid([("message", missing)])
        violations = find_violations(request["message"])
        if violations:
            return _invalid(violations)
        return self._deliver(request["message"], is_dry=request.get("validate_only") is True)

    def _deliver(self, message: dict[str, Any], *, is_dry: bool) -> Answer:
        temper = self._temper_now(message.get("token", ""))
        if temper is not None:
            headers = {}
            if temper.status in (429, 503):
                headers["Retry-After"] = str(self.retry_seconds)
            return _refused(
                temper.status, temper.code, temper.text, headers=headers, is_of_fcm=True
            )
        number = 0 if is_dry else self.phones.store(_new(message))
        return Answer(200, {"name": f"projects/{self.project}/messages/{number}"})

    def _temper_now(self, token: str) -> Temper | None:
        temper = next((temper for temper in TEMPERS if token.startswith(temper.prefix)), None)
        if temper is None or not temper.times:
            return temper
        with self._guard:
            self._refusals[token] += 1
            return temper if self._refusals[token] <= temper.times else None


def _is_message(request: Any) -> bool:
    """Return whether a request holds a message and nothing that FCM doesn't know."""
    if not isinstance(request, dict) or "message" not in request:
        return False
    return not request.keys() - {"message", "validate_only"}


def _new(message: dict[str, Any]) -> NewNotification:
    shown, data = message.get("notification", {}), message.get("data", {})
    android = message.get("android", {})
    return NewNotification(
        token=message.get("token", ""),
        title=shown.get("title", ""),
        body=shown.get("body", ""),
        link=data.get("link", ""),
        tag=android.get("notification", {}).get("tag", ""),
        is_urgent=android.get("priority", "").upper() == "HIGH",
        raw=json.dumps(message, ensure_ascii=False, sort_keys=True),
    )


def _no_token(error: str, description: str) -> Answer:
    return Answer(400, {"error": error, "error_description": description})


STATUS_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def _refused(
    status: int,
    code: str,
    text: str,
    *,
    headers: Mapping[str, str] | None = None,
    is_of_fcm: bool = False,
) -> Answer:
    """Answer in the form of Google's APIs.

    What FCM itself says has its own code among the details.
    """
    error: dict[str, Any] = {
        "code": status,
        "message": text,
        "status": STATUS_WORDS.get(status, code),
    }
    if is_of_fcm:
        error["details"] = [{"@type": FCM_ERROR, "errorCode": code}]
    return Answer(status, {"error": error}, headers or {})


def _invalid(violations: list[Violation]) -> Answer:
    """Say what is wrong, with the fields; of a malformed token FCM says so in words only."""
    words = violations[0][1]
    if [where for where, _ in violations] == ["message.token"]:
        return _refused(400, "INVALID_ARGUMENT", words, is_of_fcm=True)
    fields = [{"field": where, "description": what} for where, what in violations]
    details = [
        {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
        {"@type": BAD_REQUEST, "fieldViolations": fields},
    ]
    error = {
        "code": 400,
        "message": words,
        "status": "INVALID_ARGUMENT",
        "details": details,
    }
    return Answer(400, {"error": error})
