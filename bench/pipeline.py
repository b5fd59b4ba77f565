"""`pipeline mail`, `line`, `push`: from a message's release to its last recipient's end.

Measured against a Celery task per recipient. `memory` is read from the same workers, after they
have carried all that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import memory, rival
from bench.channels import MAIL, Channel
from bench.installations import running_school
from bench.report import Row, paired
from bench.roster import GRADE_HEADS
from bench.school import School
from bench.services import Plan, Services

ACCEPTED = "SELECT count(*) FROM deliveries WHERE message_id = :id AND state = 'accepted'"


def of(channel: Channel) -> Callable[[Services, Plan], list[Row]]:
    """Return the measuring of one channel.

    It sends to the whole school and lets Celery do the same, in turn.
    """

    def measure(services: Services, plan: Plan) -> list[Row]:
        pairs = []
        with (
            running_school(services, plan.mails, [channel]) as school,
            rival.running_workers(services, channel) as celery,
        ):
            for _ in range(plan.repeats):
                with _all_arriving(services, channel, plan.mails):
                    ours = _send_to_all(school, channel)
                with _all_arriving(services, channel, plan.mails):
                    pairs.append((ours, celery.rate(plan.mails)))
            rows = memory.peaks([channel], plan.repeats * plan.mails + GRADE_HEADS)
        name = f"pipeline {channel.name}, against a Celery task per recipient"
        return [paired(name, "heads/s", pairs, channel.pipeline_goal), *rows]

    return measure


def _send_to_all(school: School, channel: Channel) -> float:
    draft = school.prepare(school.whole)
    released = draft.send()
    seconds = (draft.wait_complete() - released).total_seconds()
    accepted = school.scalar(channel.house, ACCEPTED, id=draft.id)
    assert accepted == draft.heads, f"{accepted} of {draft.heads} were accepted"
    return draft.heads / seconds


@contextmanager
def _all_arriving(services: Services, channel: Channel, heads: int) -> Iterator[None]:
    """Check that as many messages arrive outside as there are heads. (smtp-sink does not count.)"""
    if channel is MAIL:
        yield
        return
    before = services.outside.arrived(channel.name)
    yield
    arrived = services.outside.arrived(channel.name) - before
    assert arrived == heads, f"{arrived} arrived of {heads}"
