"""The outside world of push: post to FCM over kept connections, say what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

import aiohttp
import structlog

from common import clock
from common.delivery.outcomes import Accepted, Deferred, NotSent, Outcome, Reason, Unknown
from dispatch_push.provider.answers import (
    FcmAnswer,
    another_senders,
    is_of_another_sender,
    is_our_fault,
    outcome_of,
)
from dispatch_push.provider.notifications import Notification, Payloads
from dispatch_push.provider.pause import Pause
from dispatch_push.provider.settings import FcmSettings
from dispatch_push.provider.token import AccessToken, Fcm, NoAccessToken

__all__ = ["FcmDoor", "FcmProvider", "FcmSettings", "Notification"]

log = structlog.get_logger(__name__)
Settled = list[tuple[UUID, Outcome]]
# Seconds between two alarms of one process: a wrong project refuses every notification.
ALARM_EVERY = 60.0
# A key that was right within the last hour (in seconds) is right for a few phones that alone make a
# batch; for many it may have been changed.
KEY_STAYS_RIGHT = 3600.0
A_FEW = 3


class FcmDoor:
    """What the lanes of one process share: the credentials, the access token, and what is known of
    FCM's health.
    """

    def __init__(self, settings: FcmSettings) -> None:
        self.settings = settings
        self.fcm = Fcm(settings)
        self.payloads = Payloads(self.fcm)
        self.token = AccessToken(self.fcm)
        self.pause = Pause()
        self._alarmed_at: float | None = None
        self._accepted_at: float | None = None

    def hear(self, outcome: Outcome) -> None:
        """Learn from an answer, and call the operator where only a person can help."""
        self.pause.hear(outcome, clock.now())
        if isinstance(outcome, Accepted):
            self._accepted_at = clock.monotonic()
        if not is_our_fault(outcome):
            return
        moment = clock.monotonic()
        if self._alarmed_at is None or moment - self._alarmed_at >= ALARM_EVERY:
            self._alarmed_at = moment
            log.error("push.refused_by_fcm", code=outcome.code, why=outcome.text)  # type: ignore[union-attr]

    def key_is_right(self, others: Sequence[Outcome], mismatched: int) -> bool:
        """Return whether our key is of the right project although FCM calls so many tokens of a
        batch another's.
        """
        if any(isinstance(outcome, Accepted) for outcome in others):
            return True
        if self._accepted_at is None:
            return False
        accepted_lately = clock.monotonic() < self._accepted_at + KEY_STAYS_RIGHT
        return accepted_lately and mismatched <= A_FEW


class FcmProvider:
    """Notifications of one lane go over one session, `connections` at once.

    Each lane has a provider of its own.
    """

    def __init__(self, door: FcmDoor) -> None:
        self._door = door
        self._settings = door.settings
        self._places = asyncio.Semaphore(door.settings.connections)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, batch: Sequence[Notification]) -> Settled:
        """Hand over a batch and return each notification's outcome exactly once, in no particular
        order.

        Never raises for what FCM says or does; ends within the time that FcmSettings names for a
        lease.
        """
        async with aclosing(self.outcomes(batch)) as parts:
            return [settled async for part in parts for settled in part]

    async def outcomes(self, batch: Sequence[Notification]) -> AsyncGenerator[Settled, None]:
        """Like `send`, but yield the outcomes part by part as they come, so that a slow answer
        delays no settling.

        Last come those of tokens that are another project's: what all others were answered tells
        whose fault that is.
        """
        deadline = clock.monotonic() + self._settings.patience
        known: asyncio.Queue[tuple[UUID, Outcome]] = asyncio.Queue()

        async def send(notification: Notification) -> None:
            known.put_nowait(await self._send_one(notification, deadline))

        tasks = [asyncio.create_task(send(notification)) for notification in batch]
        others: list[Outcome] = []
        mismatched: Settled = []
        try:
            while len(others) + len(mismatched) < len(tasks):
                part = [await known.get()]
                part += [known.get_nowait() for _ in range(known.qsize())]
                mismatched += [answered for answered in part if is_of_another_sender(answered[1])]
                clear = [answered for answered in part if not is_of_another_sender(answered[1])]
                others += [outcome for _, outcome in clear]
                if clear:
                    yield clear
            if mismatched:
                yield self._judge(mismatched, others)
        finally:
            for task in tasks:
                task.cancel()

    def _judge(self, mismatched: Settled, others: Sequence[Outcome]) -> Settled:
        """Return what becomes of tokens that are another project's, and call the operator where
        ours is the wrong one.
        """
        key_is_right = self._door.key_is_right(others, len(mismatched))
        judged = [
            (row_id, another_senders(outcome, key_is_right=key_is_right))
            for row_id, outcome in mismatched
        ]
        for _, outcome in judged:
            self._door.hear(outcome)
        return judged

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send_one(self, notification: Notification, deadline: float) -> tuple[UUID, Outcome]:
        try:
            async with self._places:
                outcome = await self._outcome(notification, deadline)
        except Exception:
            # A bug of ours must not lose what the others got; this one may have been handed over.
            log.exception("push.send_failed")
            outcome = Unknown("error in the sender")
        return notification.delivery_id, outcome

    async def _outcome(self, notification: Notification, deadline: float) -> Outcome:
        if clock.monotonic() >= deadline:
            return NotSent("not begun in time")
        if self._door.pause.is_on(clock.now()):
            return NotSent("FCM is left alone for a moment")
        try:
            answer = await self._post(self._door.payloads.body_of(notification))
        except NoAccessToken as refused:
            return self._down(f"no access token: {refused}")
        except aiohttp.ClientConnectorError as error:  # nothing was handed over
            return self._down(type(error).__name__)
        except aiohttp.ConnectionTimeoutError:
            return self._down("connect time-out")
        except (TimeoutError, aiohttp.ClientError) as error:
            return Unknown(type(error).__name__)
        outcome = outcome_of(
            answer,
            notification.delivery_id,
            clock.now(),
        )
        if not is_of_another_sender(outcome):
            self._door.hear(outcome)
        return outcome

    def _down(self, text: str) -> Deferred:
        until = self._door.pause.begin(clock.now())
        log.warning("push.fcm_away", why=text)
        return Deferred(Reason.RELAY_DOWN, 0, text, until)

    async def _post(self, body: bytes) -> FcmAnswer:
        """Post a notification; a refused token (ended early, revoked) is fetched anew once."""
        for is_last in (False, True):
            headers = await self._door.token.headers()
            async with self._open().post(
                self._door.fcm.fcm_end_point,
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                parsed = await _json_of(response)
                answer = FcmAnswer(response.status, parsed, response.headers.get("Retry-After"))
            if answer.status != 401 or is_last:
                break
            self._door.token.forget(headers)
        return answer

    def _open(self) -> aiohttp.ClientSession:
        """Return the session, made inside the running loop.

        Its own bound is ours, so nobody waits for a connection.
        """
        if self._session is None:
            settings = self._settings
            connector = aiohttp.TCPConnector(limit=settings.connections)
            whole = settings.connect_timeout + settings.reply_timeout
            timeout = aiohttp.ClientTimeout(
                total=whole,
                sock_connect=settings.connect_timeout,
                sock_read=settings.reply_timeout,
            )
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self._session


async def _json_of(response: aiohttp.ClientResponse) -> object:
    try:
        return await response.json(content_type=None)
    except ValueError:
        return None
