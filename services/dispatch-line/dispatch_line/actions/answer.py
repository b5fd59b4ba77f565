"""The loop that deals with what LINE told.

One process at a time, a user's events one after another, users side by side.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import structlog

from common import clock
from common.db.listen import LONGEST_REST_SECONDS, Wake
from common.errors import Unavailable
from common.schedule import Leadership
from common.web.client import ServiceAway
from dispatch_line.actions.hand_over import Providers
from dispatch_line.actions.heard import Dealt, Heard, Offer
from dispatch_line.actions.talks import TOLD, Talks
from dispatch_line.domain import words
from dispatch_line.domain.content import TalkReply
from dispatch_line.domain.events import WebhookKind

log = structlog.get_logger()
BATCH = 200
# Users answered side by side, and events that are tried again at once.
TOGETHER = 8
# Between two rounds of held events that follow one that could be done.
SHORTEST_REST_SECONDS = 0.3
LONGEST_HOLD_SECONDS = 30.0


class Answering:
    """Answers taps and hears of blocks until stopped.

    What can't be done now (another house is away) stays where it is.

    A reply token lives a minute, so a tap is first answered within it: with what it asked for, or
    with "busy" when another house is away. It is held then and tried again without an answer: a
    confirmation counts when the house is back.
    """

    def __init__(self, talks: Talks, providers: Providers, lead: Leadership) -> None:
        self._talks = talks
        self._providers = providers
        self._lead = lead
        self._places = asyncio.Semaphore(TOGETHER)
        # Ids of held events, the one that was tried longest ago first.
        self._held: dict[str, None] = {}
        self._pause = 0.0
        self._again_at = 0.0
        # A house did not answer in this round: the round's other events are not tried.
        self._is_away = False

    async def run(self, stop: asyncio.Event) -> None:
        """Deal with events until `stop`; those in hand are finished."""
        channels = [TOLD, self._lead.name]
        async with Wake(self._talks.database, channels, stop) as wake:
            try:
                await self._answer_until(stop, wake)
            finally:
                await asyncio.to_thread(self._lead.release)
                await self._providers.close()

    async def _answer_until(self, stop: asyncio.Event, wake: Wake) -> None:
        away = 0.0
        while not stop.is_set():
            await wake.listen()
            try:
                went = 0
                is_leading = await asyncio.to_thread(self._lead.held)
                if is_leading:
                    went = await self._round()
                else:
                    # They are for who leads now.
                    self._held.clear()
            except Unavailable as error:
                # Our own database is away.
                away = _longer(away)
                log.warning("talks.held", code=error.code, seconds=away)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), away)
                continue
            away = 0.0
            if went < BATCH:
                await wake.rest(self._rest_seconds())

    def _rest_seconds(self) -> float:
        """Return when to look again unwoken: when what is held may be tried, if anything is."""
        if not self._held:
            return LONGEST_REST_SECONDS
        left = self._again_at - clock.monotonic()
        return min(max(left, SHORTEST_REST_SECONDS), LONGEST_REST_SECONDS)

    async def _round(self) -> int:
        """Deal with new events, and with some of those held when it is time.

        Return how many are dealt with or held now.
        """
        waiting = await asyncio.to_thread(self._talks.list_waiting, BATCH + len(self._held))
        here = {heard.event.id for heard in waiting}
        self._held = {event_id: None for event_id in self._held if event_id in here}
        self._is_away = False
        again = self._due_again()
        chosen = [
            heard
            for heard in waiting
            if heard.event.id not in self._held or heard.event.id in again
        ]
        await self._deal_with_all(chosen)
        if again:
            self._note_retry(went=any(event_id not in self._held for event_id in again))
        return len(chosen)

    async def _deal_with_all(self, chosen: Sequence[Heard]) -> None:
        of_user: dict[tuple[str, str], list[Heard]] = defaultdict(list)
        for heard in chosen:
            of_user[str(heard.account_id), heard.event.user_id].append(heard)
        dealings = [self._deal_with(events) for events in of_user.values()]
        results = await asyncio.gather(*dealings, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _due_again(self) -> frozenset[str]:
        """Return held events to be tried now: few, so that a hanging house keeps no tap waiting."""
        if clock.monotonic() < self._again_at:
            return frozenset()
        return frozenset(list(self._held)[:TOGETHER])

    def _note_retry(self, *, went: bool) -> None:
        """Wait longer when nothing that was held could be done; else go on with the rest."""
        self._pause = 0.0 if went else _longer(self._pause)
        self._again_at = clock.monotonic() + self._pause
        if not went:
            log.warning("talks.held", events=len(self._held), seconds=self._pause)

    async def _deal_with(self, events: Sequence[Heard]) -> None:
        """Deal with a user's events in their order; behind one that waits, the others wait, too.

        A house that hangs takes its whole patience for each event that is tried: tried one after
        another, the reply tokens of most would be dead before anything was answered.
        """
        is_held = False
        async with self._places:
            for heard in events:
                # A number that was typed is not kept for later: it is typed again.
                may_wait = heard.event.kind is not WebhookKind.MESSAGE
                waits = may_wait and (is_held or self._is_away)
                dealt = None if waits else await self._dealt(heard)
                if dealt is None:
                    is_held = True
                    await self._hold(heard)
                    continue
                if dealt.reply and heard.event.id not in self._held:
                    await self._reply(heard, dealt.reply, dealt.offer)
                await asyncio.to_thread(self._talks.close, heard, dealt, clock.now())
                self._held.pop(heard.event.id, None)

    async def _dealt(self, heard: Heard) -> Dealt | None:
        """Return what an event leads to, None while it can't be dealt with.

        A house that can't be reached is asked once a round.
        """
        event = heard.event
        asks_a_house = event.kind is WebhookKind.MESSAGE and event.data is not None
        if self._is_away and asks_a_house:
            return _put_off(heard)
        try:
            return await asyncio.to_thread(self._talks.deal_with, heard)
        except ServiceAway:
            self._is_away = True
            return _put_off(heard)
        except Unavailable:
            return _put_off(heard)
        except Exception:
            # A bug of ours with one event must not keep all that come after it.
            log.exception("talks.failed", event_id=event.id, kind=event.kind)
            return Dealt()

    async def _hold(self, heard: Heard) -> None:
        """Keep an event for later, and tell its user once that they may tap again.

        Later its reply token is dead.
        """
        is_new = heard.event.id not in self._held
        self._held.pop(heard.event.id, None)
        self._held[heard.event.id] = None
        if not is_new:
            return
        if clock.monotonic() >= self._again_at:
            self._again_at = clock.monotonic() + _longer(self._pause)
        if heard.event.kind is WebhookKind.POSTBACK:
            await self._reply(heard, words.BUSY)
        if heard.event.kind is WebhookKind.ACCOUNT_LINK:
            await self._reply(heard, words.LINK_WAITS)

    async def _reply(self, heard: Heard, text: str, offer: Offer = Offer.NOTHING) -> None:
        if not heard.event.reply_token:
            return
        provider = await self._providers.find(heard.account_id)
        if provider is None:
            return
        reply = TalkReply(text, button=offer is Offer.BUTTON)
        if offer in (Offer.LINK, Offer.TERMS):
            user_id = heard.event.user_id
            link_token = await provider.issue_link_token(user_id)
            reply = self._linking(text, link_token, offer)
        await provider.reply(heard.event.reply_token, reply)

    def _linking(self, text: str, link_token: str | None, offer: Offer) -> TalkReply:
        """Return the answer that leads to our page; without LINE's token they may ask again."""
        link = None if link_token is None else self._talks.link_of(link_token)
        if offer is Offer.TERMS:
            return TalkReply(text, link=link, terms=self._talks.terms_link())
        if link is None:
            return TalkReply(words.BUSY, button=True)
        return TalkReply(text, link=link)


def _put_off(heard: Heard) -> Dealt | None:
    """Return what is said of an event that needs a house which is away; None where it waits."""
    return Dealt(words.TYPE_AGAIN) if heard.event.kind is WebhookKind.MESSAGE else None


def _longer(seconds: float) -> float:
    return min(max(2 * seconds, 1.0), LONGEST_HOLD_SECONDS)
