"""The loop that deals with what LINE told: one process at a time, a user's events one after another, users side by side."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import structlog

from common import clock
from common.errors import Unavailable
from common.schedule import Leadership
from dispatch_line.actions.hand_over import Providers
from dispatch_line.actions.talks import Dealt, Heard, Talks

log = structlog.get_logger()
BATCH = 200
TOGETHER = 8  # users answered side by side
IDLE_SECONDS = 0.3
LONGEST_HOLD_SECONDS = 30.0


class Answering:
    """Answers taps and hears of blocks until stopped. What can't be done now (another house is away) stays where it is."""

    def __init__(self, talks: Talks, providers: Providers, lead: Leadership) -> None:
        self._talks = talks
        self._providers = providers
        self._lead = lead
        self._places = asyncio.Semaphore(TOGETHER)

    async def run(self, stop: asyncio.Event) -> None:
        """Deal with events until `stop`; those in hand are finished."""
        held = 0.0
        try:
            while not stop.is_set():
                try:
                    went = await self._round() if await asyncio.to_thread(self._lead.held) else 0
                    held = 0.0
                except Unavailable as error:
                    held = min(max(2 * held, 1.0), LONGEST_HOLD_SECONDS)
                    log.warning("talks.held", code=error.code, seconds=held)
                    went = 0
                if went < BATCH:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), held or IDLE_SECONDS)
        finally:
            self._lead.release()
            await self._providers.close()

    async def _round(self) -> int:
        """Deal with one batch; raise Unavailable when some of it has to wait, after the rest is done."""
        waiting = await asyncio.to_thread(self._talks.list_waiting, BATCH)
        of_user: dict[tuple[str, str], list[Heard]] = defaultdict(list)
        for heard in waiting:
            of_user[str(heard.account_id), heard.event.user_id].append(heard)
        results = await asyncio.gather(*(self._deal_with(events) for events in of_user.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return len(waiting)

    async def _deal_with(self, events: Sequence[Heard]) -> None:
        async with self._places:
            for heard in events:
                dealt = await self._dealt(heard)
                if dealt.reply and heard.event.reply_token:
                    provider = await self._providers.find(heard.account_id)
                    if provider is not None:
                        await provider.reply(heard.event.reply_token, dealt.reply)
                await asyncio.to_thread(self._talks.close, heard, dealt, clock.now())

    async def _dealt(self, heard: Heard) -> Dealt:
        try:
            return await asyncio.to_thread(self._talks.deal_with, heard)
        except Unavailable:
            raise
        except Exception:  # a bug of ours with one event must not keep all that come after it
            log.exception("talks.failed", event_id=heard.event.id, kind=heard.event.kind)
            return Dealt()
