"""The access token that FCM asks for, by pyfcm's credentials of the service account (RFC 7523).

pyfcm fetches a token on every call of `request_headers` and waits two minutes for it; here one is
kept until five minutes before its end, one fetch serves all who wait, and a fetch has a time-out
(google-auth tries three times, 1 and 2 s apart).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from pyfcm import FCMNotification
from requests import Session

from common import clock
from dispatch_push.provider.settings import FcmSettings

log = structlog.get_logger(__name__)
EARLY = timedelta(minutes=5)


class NoAccessToken(Exception):
    """No access token can be had: the endpoint is away, or it does not accept our key."""


class Fcm(FCMNotification):
    """pyfcm's credentials and payloads towards any base URL, with a time-out.

    Its sending is not used.
    """

    def __init__(self, settings: FcmSettings) -> None:
        super().__init__(service_account_file=str(settings.service_account_file))
        self.FCM_END_POINT_BASE = settings.url.rstrip("/") + "/v1/projects"
        self._token_timeout = settings.token_timeout

    def _get_access_token(self) -> Any:
        if self.credentials is None:
            self._initialize_credentials()
        with Session() as session:
            self.credentials.refresh(partial(Request(session), timeout=self._token_timeout))
        return self.credentials.token


class AccessToken:
    """The headers of a request to FCM, shared by both lanes of one process."""

    def __init__(self, fcm: Fcm) -> None:
        self._fcm = fcm
        self._headers: dict[str, str] | None = None
        self._good_until: datetime | None = None
        self._fetch: asyncio.Task[dict[str, str]] | None = None

    async def headers(self) -> dict[str, str]:
        """Return headers with a good token; raise TokenRefused.

        All who wait share one fetch, and its failure too.
        """
        held = self._held()
        if held:
            return held
        if self._fetch is None or self._fetch.done():
            self._fetch = asyncio.create_task(self._renew())
        return await asyncio.shield(self._fetch)

    async def _renew(self) -> dict[str, str]:
        try:
            headers: dict[str, str] = await asyncio.to_thread(self._fcm.request_headers)
        except (GoogleAuthError, OSError, ValueError) as error:
            log.error("push.token_refused", why=type(error).__name__)
            raise NoAccessToken(type(error).__name__) from error
        expiry: datetime = self._fcm.credentials.expiry
        self._headers = headers
        self._good_until = expiry.replace(tzinfo=UTC) - EARLY
        return headers

    def forget(self, refused: dict[str, str]) -> None:
        """Drop the token that FCM refused, unless a newer one has come already."""
        if self._headers is refused:
            self._headers = None

    def _held(self) -> dict[str, str] | None:
        if self._headers is None or self._good_until is None or clock.now() >= self._good_until:
            return None
        return self._headers
