"""The outside world of one channel, as the loop sees it: first prepare, then hand over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog

from common import clock, metrics
from common.bus.parked import describe
from common.delivery.claims import Claimed
from common.delivery.outcomes import NotPrepared, NotSent, Outcome, Reason, Rejected
from common.errors import ServiceError, Unavailable

log = structlog.get_logger()
L = TypeVar("L")
Part = list[tuple[UUID, Outcome]]

# The codes by which an owner says that what was asked for is erased. No status says so, and no
# other code.
GONE = {"message_unknown", "school_erased", "key_destroyed"}


@dataclass(frozen=True, slots=True)
class Prepared(Generic[L]):
    """What of one message can be handed over.

    `known`: rows whose outcome is known before (an address that can't be one).
    """

    letters: list[L] = field(default_factory=list)
    known: Part = field(default_factory=list)


class Courier(Protocol[L]):
    """How a channel makes letters of rows and hands them over.

    `L`: a mail, a multicast, a notification.
    """

    @property
    def patience(self) -> float:
        """Return for how many seconds handing over may take; preparing a batch gets half of it."""

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[L]:
        """Make the letters of one message's rows.

        Nothing leaves yet, so every exception means: not sent.
        """

    def hand_over(self, lane: str, letters: Sequence[L]) -> AsyncIterator[Part]:
        """Hand letters over; yield each row's id and outcome once, in parts as they become known.

        Once it has begun, an exception leaves unknown what has no outcome yet.
        """

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return the routes (mail: domains) that must get nothing at this moment."""

    def open_lanes(self, now: datetime) -> Collection[str]:
        """Return the lanes in which anything can be handed over at this moment.

        None while the relay is away.
        """

    async def close(self) -> None: ...


@dataclass(slots=True)
class Preparation(Generic[L]):
    """What became of a batch before anything is handed over.

    `failed`: messages that could not be prepared.
    """

    letters: list[L] = field(default_factory=list)
    known: Part = field(default_factory=list)
    done: list[UUID] = field(default_factory=list)
    failed: list[UUID] = field(default_factory=list)


async def prepare_batch(
    channel: str,
    batch: Sequence[Claimed],
    prepare: Callable[[Sequence[Claimed]], Awaitable[Prepared[L]]],
    until: float,
) -> Preparation[L]:
    """Prepare a batch message by message, each for itself: what one lacks holds up no other.

    A batch may be of a hundred messages, and a house that takes two seconds for each would let the
    lease end before the hand-over, so that everything went twice: what is not begun at `until` goes
    later.
    """
    result: Preparation[L] = Preparation()
    for message_id, rows in _by_message(batch).items():
        if clock.monotonic() > until:
            result.known += _all(rows, NotSent("not prepared in time"))
            continue
        try:
            prepared = await prepare(rows)
        except Exception as error:
            outcome = _outcome_of(channel, error)
            result.known += _all(rows, outcome)
            if isinstance(outcome, NotPrepared):
                result.failed.append(message_id)
        else:
            result.letters += prepared.letters
            result.known += prepared.known
            result.done.append(message_id)
    return result


def _outcome_of(channel: str, error: Exception) -> Outcome:
    """Return what an exception before the hand-over means.

    Gone where the owner says so by its code, else not sent.
    """
    if not isinstance(error, ServiceError):
        log.error(
            "dispatch.not_prepared",
            channel=channel,
            code="bug",
            error=describe(error),
        )
        metrics.record_not_prepared(channel, "bug")
        return NotPrepared(type(error).__name__)
    if error.code in GONE:
        return Rejected(Reason.CANCELLED, 0, "gone")
    kind = "away" if isinstance(error, Unavailable) else "refused"
    log.warning(
        "dispatch.not_prepared",
        channel=channel,
        code=error.code,
    )
    metrics.record_not_prepared(channel, kind)
    return NotPrepared(error.code)


def _all(rows: Sequence[Claimed], outcome: Outcome) -> Part:
    return [(row.id, outcome) for row in rows]


def _by_message(batch: Sequence[Claimed]) -> dict[UUID, list[Claimed]]:
    groups: dict[UUID, list[Claimed]] = {}
    for row in batch:
        groups.setdefault(row.message_id, []).append(row)
    return groups
