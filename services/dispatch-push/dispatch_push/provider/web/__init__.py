"""Push without Google's account: post to the push service of each browser, say what became of it.

Endpoints come from browsers, so none is called that leads elsewhere than to a listed push service:
it is asked again here, no redirect is followed, and no name is called that means a machine inside.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from common import clock
from common.delivery.outcomes import Deferred, NotSent, Outcome, Reason, Rejected, Unknown
from common.web_push import PushServices, Subscription
from dispatch_push.provider.notifications import NORMAL_SECONDS, URGENT_SECONDS
from dispatch_push.provider.pause import Pause
from dispatch_push.provider.web.answers import is_our_fault, outcome_of
from dispatch_push.provider.web.encryption import encrypt
from dispatch_push.provider.web.vapid import Vapid

__all__ = ["WebDoor", "WebNotification", "WebProvider", "WebSettings"]

log = structlog.get_logger(__name__)
Settled = list[tuple[UUID, Outcome]]
# Seconds between two alarms of one process: a key that is refused refuses every notification.
ALARM_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where to, and as whom. `vapid`: None while the operator has made no key. Times in seconds."""

    vapid: Vapid | None
    services: PushServices = field(default_factory=PushServices)
    connections: int = 50
    connect_timeout: float = 5.0
    reply_timeout: float = 10.0
    patience: float = 20.0


@dataclass(frozen=True, slots=True)
class WebNotification:
    """What one browser gets. `tag`: a later one of the same takes its place on the screen."""

    delivery_id: UUID
    subscription: Subscription
    title: str
    body: str
    link: str
    tag: UUID
    is_urgent: bool

    def words(self) -> bytes:
        """Return what the service worker reads: the same that Firebase hands on."""
        told = {
            "notification": {"title": self.title, "body": self.body},
            "data": {"link": self.link, "message": self.tag.hex},
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    def headers(self, authorization: str) -> dict[str, str]:
        seconds = URGENT_SECONDS if self.is_urgent else NORMAL_SECONDS
        return {
            "Authorization": authorization,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(seconds),
            "Topic": self.tag.hex,
            "Urgency": "high" if self.is_urgent else "normal",
        }


class WebDoor:
    """What the lanes of one process share: the key, and what is known of each push service."""

    def __init__(self, settings: WebSettings) -> None:
        self.settings = settings
        self._pauses: dict[str, Pause] = {}
        self._alarmed_at: float | None = None

    def pause_of(self, host: str) -> Pause:
        return self._pauses.setdefault(host, Pause())

    def paused_hosts(self, now: datetime) -> Collection[str]:
        return [host for host, pause in self._pauses.items() if pause.is_on(now)]

    def hear(self, host: str, outcome: Outcome) -> None:
        """Learn from an answer, and call the operator where only a person can help."""
        self.pause_of(host).hear(outcome, clock.now())
        if is_our_fault(outcome):
            self.alarm(host, outcome)

    def alarm(self, host: str, outcome: Outcome) -> None:
        moment = clock.monotonic()
        if self._alarmed_at is None or moment - self._alarmed_at >= ALARM_EVERY:
            self._alarmed_at = moment
            status = outcome.code if isinstance(outcome, Deferred) else 0
            log.error("push.refused_by_service", host=host, status=status)


class WebProvider:
    """Notifications of one lane go over one session, `connections` at once."""

    def __init__(self, door: WebDoor) -> None:
        self._door = door
        self._settings = door.settings
        self._places = asyncio.Semaphore(door.settings.connections)
        self._session: aiohttp.ClientSession | None = None

    async def outcomes(self, batch: Sequence[WebNotification]) -> AsyncGenerator[Settled, None]:
        """Hand over a batch; yield each notification's outcome once, part by part as they come.

        Never raises for what a push service says or does.
        """
        deadline = clock.monotonic() + self._settings.patience
        known: asyncio.Queue[tuple[UUID, Outcome]] = asyncio.Queue()

        async def send(notification: WebNotification) -> None:
            settled = await self._send_one(notification, deadline)
            known.put_nowait(settled)

        tasks = []
        for notification in batch:
            task = asyncio.create_task(send(notification))
            tasks.append(task)
        answered = 0
        try:
            while answered < len(tasks):
                first = await known.get()
                part = [first]
                while not known.empty():
                    another = known.get_nowait()
                    part.append(another)
                answered += len(part)
                yield part
        finally:
            for task in tasks:
                task.cancel()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send_one(
        self, notification: WebNotification, deadline: float
    ) -> tuple[UUID, Outcome]:
        try:
            async with self._places:
                outcome = await self._outcome(notification, deadline)
        except Exception:
            # A bug of ours must not lose what the others got; this one may have been handed over.
            log.exception("push.send_failed")
            outcome = Unknown("error in the sender")
        return notification.delivery_id, outcome

    async def _outcome(self, notification: WebNotification, deadline: float) -> Outcome:
        to = notification.subscription
        if not self._settings.services.permits(to.endpoint):
            return Rejected(Reason.ADDRESS_BAD, 0, "endpoint")
        if clock.monotonic() >= deadline:
            return NotSent("not begun in time")
        pause = self._door.pause_of(to.host)
        if pause.is_on(clock.now()):
            return NotSent("the push service is left alone for a moment")
        if self._settings.vapid is None:
            outcome = Deferred(Reason.RELAY_DOWN, 0, "no key of ours", None)
            self._door.alarm(to.host, outcome)
            return outcome
        try:
            body = encrypt(to, notification.words())
        except ValueError:
            return Rejected(Reason.ADDRESS_BAD, 0, "keys")
        headers = notification.headers(self._settings.vapid.header(to.origin, clock.now()))
        try:
            status, retry_after = await self._post(to.endpoint, body, headers)
        except aiohttp.ClientConnectorError as error:  # nothing was handed over
            return self._down(to.host, type(error).__name__)
        except aiohttp.ConnectionTimeoutError:
            return self._down(to.host, "connect time-out")
        except (TimeoutError, aiohttp.ClientError) as error:
            return Unknown(type(error).__name__)
        answered = outcome_of(status, retry_after, notification.delivery_id, clock.now())
        self._door.hear(to.host, answered)
        return answered

    def _down(self, host: str, text: str) -> Deferred:
        until = self._door.pause_of(host).begin(clock.now())
        log.warning("push.service_away", host=host, why=text)
        return Deferred(Reason.RELAY_DOWN, 0, text, until)

    async def _post(
        self, endpoint: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, str | None]:
        async with self._open().post(
            endpoint, data=body, headers=headers, allow_redirects=False
        ) as response:
            return response.status, response.headers.get("Retry-After")

    def _open(self) -> aiohttp.ClientSession:
        """Return the session, made inside the running loop."""
        if self._session is None:
            settings = self._settings
            connector = aiohttp.TCPConnector(limit=settings.connections, resolver=OutsideResolver())
            timeout = aiohttp.ClientTimeout(
                total=settings.connect_timeout + settings.reply_timeout,
                sock_connect=settings.connect_timeout,
                sock_read=settings.reply_timeout,
            )
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=timeout, cookie_jar=jar
            )
        return self._session


class OutsideResolver(AbstractResolver):
    """Finds machines by their names, and none that are inside a network: a push service is not.

    The town is named by its number, for which no resolver is asked.
    """

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(self, host: str, *given: Any, **named: Any) -> list[ResolveResult]:
        """Return a host's addresses; raise OSError where none is outside."""
        found = await self._resolver.resolve(host, *given, **named)
        outside = [each for each in found if ipaddress.ip_address(each["host"]).is_global]
        if not outside:
            raise OSError(None, f"{host} is no machine outside")
        return outside

    async def close(self) -> None:
        await self._resolver.close()
