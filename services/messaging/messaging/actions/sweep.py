"""What the clock does so that every send ends: nothing here matters on a good day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from messaging import events
from messaging.store import messages, recipients

FAN_OUT_SILENCE = timedelta(seconds=60)
ANSWER_SILENCE = timedelta(minutes=2)
# Heads a tick, over all messages.
ASK_AT_ONCE = 500
# A dispatcher gives up an ordinary delivery after 24 hours.
STOPPED_SILENCE = timedelta(hours=25)
# What tells the clock that perhaps nobody waits any more of a message.
FINISHED = "renraku_finished"


def complete_messages(session: Session, *, now: datetime) -> int:
    """End the messages for which nobody waits any more; return how many."""
    return messages.complete_finished(session)


def sweep_fan_outs(session: Session, *, now: datetime) -> int:
    """Ask again for the next page of messages whose fan-out stands still; return how many."""
    stuck = messages.lock_stopped_fan_outs(session, now - FAN_OUT_SILENCE, ASK_AT_ONCE)
    for message in stuck:
        message.fan_out_at = now
        if message.fan_out_after is None:
            events.put_released(session, message)
        else:
            events.put_paged(session, message, message.fan_out_after)
    return len(stuck)


def sweep_waiting(session: Session, *, now: datetime) -> int:
    """Ask the channels again for recipients they have not answered for; return for how many.

    A dispatcher that knows the delivery answers from its rows, one that never heard of it takes it
    in: an event lost with a process heals by itself. Stopped messages are never asked for again;
    what nobody answered for is ended after a day.
    """
    recipients.end_unanswered(session, now - STOPPED_SILENCE, now)
    overdue = recipients.take_overdue(session, now - ANSWER_SILENCE, ASK_AT_ONCE, now)
    for message in messages.list_by_ids(session, overdue.keys()):
        events.put_requested(session, message, overdue[message.id])
    return sum(len(members) for members in overdue.values())
