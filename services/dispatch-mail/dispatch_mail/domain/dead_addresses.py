"""When refusals mean that an address is dead: true without a database (DLV-4).

A mail that came back is refused on the day on which it came back.

docomo answers 550, as if nobody had the address, to blocks that are over tomorrow. So one refusal
says nothing, two speak only on different days, and a day on which a domain refused most of what it
was given speaks against none of its addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from common import clock
from common.delivery.outcomes import Reason

LEAST_OF_BURST = 20
# Answers of a day may be written late, and a burst's first 19 look like dead addresses.
AFTER_MIDNIGHT = timedelta(hours=1)
# A relay that queues accepts every mail, and the bounce comes later: of an address whose mails came
# back, an acceptance says something only when nothing came back since. Most do within minutes.
SILENCE = timedelta(days=1)
# What a mail that came back says of its address. Others say something of the mail (too large, taken
# for spam) and nothing of where it went.
DOUBTS: Mapping[str, str] = {
    Reason.USER_UNKNOWN: "returned",
    Reason.BLOCKED: "returned",
    Reason.ADDRESS_BAD: "returned",
    Reason.OTHER: "returned",
    Reason.MAILBOX_FULL: "mailbox_full",
}


def is_burst(refused: int, accepted: int) -> bool:
    """Return whether a domain refused most of its mails of a day: a block, not so many dead
    addresses.
    """
    return refused >= LEAST_OF_BURST and refused > accepted


def end_of_judged(now: datetime) -> datetime:
    """Return the moment before which days in Japan are over for good."""
    return bounds(clock.to_jst(now - AFTER_MIDNIGHT).date())[0]


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return a day's first moment and the next day's, in UTC."""
    first = datetime(day.year, day.month, day.day, tzinfo=clock.JST)
    return first.astimezone(UTC), (first + timedelta(days=1)).astimezone(UTC)


def is_dead(
    refused_at: datetime, earlier: Iterable[datetime], accepted_at: datetime | None
) -> bool:
    """Return whether a refusal that counts is the second: after one of another day, and no mail was
    accepted since that one.
    """
    since = [moment for moment in earlier if accepted_at is None or moment > accepted_at]
    is_last = accepted_at is None or refused_at > accepted_at
    return is_last and any(
        moment < refused_at and _day(moment) != _day(refused_at) for moment in since
    )


def _day(moment: datetime) -> date:
    return clock.to_jst(moment).date()
