"""SEND: one batch prepared, then handed over; the settler is told what became of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog

from common import clock, metrics
from common.delivery.channel import Courier, Part, Preparation, prepare_batch
from common.delivery.claims import Claimed
from common.delivery.holders import Heart
from common.delivery.outcomes import NotPrepared, NotSent, Outcome, Unknown
from common.delivery.rests import Rests
from common.delivery.settle import Settler

log = structlog.get_logger()
Unanswered = dict[UUID, Claimed]


class Sending:
    """Sends batches side by side. `rests`: the messages that could not be prepared."""

    def __init__(self, name: str, channel: Courier[Any], settler: Settler, heart: Heart) -> None:
        self.rests = Rests()
        # Ids of rows in preparation: nothing of them has left, so at the end they are given back.
        self.unbegun: set[UUID] = set()
        self._name = name
        self._channel = channel
        self._settler = settler
        self._heart = heart

    async def send(self, batch: Sequence[Claimed]) -> None:
        """Send a batch of one lane. Until the first byte leaves, whatever fails means: not sent."""
        began = clock.monotonic()
        unanswered = {row.id: row for row in batch}
        self.unbegun.update(unanswered)
        until = began + self._channel.patience / 2
        prepared = await prepare_batch(self._name, batch, self._channel.prepare, until)
        self.unbegun.difference_update(unanswered)
        self._remember(prepared)
        self._tell(unanswered, prepared.known)
        if not prepared.letters:
            self._tell_rest(unanswered, NotPrepared("nothing was made of it"))
        elif self._heart.is_mute():
            self._tell_rest(unanswered, NotSent("others may hold this process for dead"))
        else:
            await self._hand_over(batch[0].lane, prepared.letters, unanswered)
        metrics.record_provider_time(self._name, clock.monotonic() - began)

    async def _hand_over(self, lane: str, letters: Sequence[Any], unanswered: Unanswered) -> None:
        outcome = Unknown("no answer from the sender")
        try:
            async for part in self._channel.hand_over(lane, letters):
                self._tell(unanswered, part)
        except Exception:
            log.exception(
                "dispatch.send_failed",
                channel=self._name,
                rows=len(unanswered),
            )
            outcome = Unknown("error in the sender")
        self._tell_rest(unanswered, outcome)

    def _remember(self, prepared: Preparation[Any]) -> None:
        now = clock.monotonic()
        for message_id in prepared.done:
            self.rests.prepared(message_id)
        for message_id in prepared.failed:
            self.rests.failed(message_id, now)

    def measure(self) -> None:
        """Tell the operator how many messages somebody should look at."""
        metrics.record_messages_stuck(self._name, self.rests.stuck(clock.monotonic()))

    def _tell(self, unanswered: Unanswered, part: Part) -> None:
        if part:
            told = [(unanswered.pop(row_id), outcome) for row_id, outcome in part]
            self._settler.tell(told)

    def _tell_rest(self, unanswered: Unanswered, outcome: Outcome) -> None:
        if unanswered:
            self._settler.tell([(row, outcome) for row in unanswered.values()])
