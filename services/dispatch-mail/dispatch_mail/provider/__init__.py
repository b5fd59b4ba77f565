"""The outside world of mail: render, hand over to the relay, say what became of each mail."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from common import clock
from common.delivery.outcomes import Deferred, NotSent, Outcome, Reason, Unknown
from common.words import LANES
from dispatch_mail.provider.limits import Limits
from dispatch_mail.provider.mails import Mail, ReadyLetter
from dispatch_mail.provider.pool import Pool, RelayDown, SmtpLine
from dispatch_mail.provider.settings import RelaySettings, Tls

__all__ = ["Mail", "MailProvider", "Pool", "ReadyLetter", "RelaySettings", "Tls"]

log = structlog.get_logger(__name__)

Settled = list[tuple[UUID, Outcome]]
# Mails; below that a further connection costs more than the overlap of content and envelope gives.
SMALLEST_PART = 20


class MailProvider:
    """Mails of one lane go over the pool of both, each domain of a batch on its own connections.

    A domain that is slow or refuses holds at most half of the connections, so the others go on.
    Which mails to send now is the caller's decision, with the same Limits that hear every outcome
    from here.
    """

    def __init__(self, pool: Pool, limits: Limits, lane: str) -> None:
        self._pool = pool
        self._relay = pool.relay
        self._limits = limits
        # Places of a domain live as long as somebody has one or waits for one: invented domains
        # leave nothing behind.
        self._domain_places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._lane = lane

    async def send(self, batch: Sequence[Mail]) -> Settled:
        """Hand over a batch and return each mail's outcome exactly once, in no particular order.

        Never raises for what the relay says or does. Ends within patience + 2 × reply_timeout +
        connect_timeout of the relay's settings: a lease has to outlast that.
        """
        async with aclosing(self.outcomes(batch)) as parts:
            return [settled async for part in parts for settled in part]

    async def outcomes(self, batch: Sequence[Mail]) -> AsyncGenerator[Settled, None]:
        """Like `send`, but yield the outcomes part by part as they come.

        So a slow domain delays no settling.
        """
        deadline = clock.monotonic() + self._relay.patience
        by_domain: dict[str, list[Mail]] = defaultdict(list)
        for mail in batch:
            by_domain[mail.domain].append(mail)
        tasks = [
            asyncio.create_task(self._send_part(domain, part, deadline))
            for domain, mails in by_domain.items()
            for part in _parts(mails, self._connections_for(domain))
        ]
        try:
            for task in asyncio.as_completed(tasks):
                yield await task
        finally:
            for unfinished in tasks:
                unfinished.cancel()

    async def _send_part(self, domain: str, mails: Sequence[Mail], deadline: float) -> Settled:
        outcomes: list[Outcome] = []
        new_places = asyncio.Semaphore(self._connections_for(domain))
        places = self._domain_places.setdefault(domain, new_places)
        try:
            async with places:
                while len(outcomes) < len(mails):
                    unsent = mails[len(outcomes) :]
                    outcomes += await self._send_some(domain, unsent, deadline)
        except Exception:
            # A bug of ours must not lose what the other parts got; these mails may have been handed
            # over.
            log.exception("mail.send_failed", mails=len(mails))
            missing = len(mails) - len(outcomes)
            outcomes += [Unknown("error in the sender")] * missing
        return [(mail.delivery_id, outcome) for mail, outcome in zip(mails, outcomes, strict=True)]

    async def _send_some(
        self, domain: str, mails: Sequence[Mail], deadline: float
    ) -> list[Outcome]:
        """Return the outcomes of the first mails: all that one connection gave.

        There are none when it had gone stale.
        """
        if clock.monotonic() >= deadline:
            return _not_begun_in_time(mails)
        try:
            async with self._pool.line(self._lane) as line:
                # The wait for a connection may have been too long: the lease would end first.
                if clock.monotonic() >= deadline:
                    return _not_begun_in_time(mails)
                return await self._send_on(line, domain, mails, deadline)
        except RelayDown as down:
            return [NotSent(str(down))] * len(mails)

    async def _send_on(
        self, line: SmtpLine, domain: str, mails: Sequence[Mail], deadline: float
    ) -> list[Outcome]:
        was_fresh = line.is_fresh
        room = self._relay.messages_per_connection - line.carried
        some = mails[:room]
        outcomes = await line.talk.deliver(some, deadline)
        now = clock.now()
        settled = self._settle_carried(line, domain, outcomes, now)
        are_all_carried = len(settled) == len(some)
        if are_all_carried or _may_leave_to_the_next(line, was_fresh=was_fresh):
            return settled
        if was_fresh and not settled:
            self._report(domain, outcomes[0], now)
        not_sent = outcomes[len(settled) :]
        beyond_room = len(mails) - len(some)
        not_begun = outcomes[-1:] * beyond_room
        return settled + not_sent + not_begun

    def _settle_carried(
        self, line: SmtpLine, domain: str, outcomes: Sequence[Outcome], now: datetime
    ) -> list[Outcome]:
        """Report the outcomes of the mails that a connection carried, and return them."""
        known = [outcome for outcome in outcomes if not isinstance(outcome, NotSent)]
        line.carried += len(known)
        return [self._report(domain, outcome, now) for outcome in known]

    def _report(self, domain: str, outcome: Outcome, now: datetime) -> Outcome:
        """Tell Limits, and give a deferred mail the end of the pause that it caused or met."""
        self._limits.report(domain, outcome, now)
        if not isinstance(outcome, Deferred):
            return outcome
        if outcome.reason is Reason.RELAY_DOWN:
            self._pool.refusals.note(outcome.code, outcome.text)
        if outcome.until is None:
            return replace(outcome, until=self._limits.paused_until(domain, now))
        return outcome

    def _connections_for(self, domain: str) -> int:
        # The domain counts both lanes together.
        at_the_domain = self._limits.limit_of(domain).concurrency // len(LANES)
        return max(1, min(at_the_domain, self._relay.connections // 2))


def _not_begun_in_time(mails: Sequence[Mail]) -> list[Outcome]:
    return [NotSent("not begun in time")] * len(mails)


def _may_leave_to_the_next(line: SmtpLine, *, was_fresh: bool) -> bool:
    """Return whether the mails that a connection did not send may go over the next one."""
    is_usable = line.talk.protocol.is_clean
    was_stale = not was_fresh and not is_usable
    return is_usable or was_stale or line.talk.trouble is not None


def _parts(mails: Sequence[Mail], connections: int) -> list[Sequence[Mail]]:
    """Divide mails evenly among connections, none under SMALLEST_PART unless there is only one."""
    ways = max(1, min(connections, len(mails) // SMALLEST_PART))
    size = -(-len(mails) // ways)
    return [mails[start : start + size] for start in range(0, len(mails), size)]
