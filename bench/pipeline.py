"""`pipeline mail`: from the release of a message to its last recipient's end, against a Celery task per recipient.

`memory` is read from the same workers, after they have carried all those mails.
"""

from __future__ import annotations

from bench import memory, rival
from bench.report import Row, paired
from bench.school import School, running_school
from bench.services import Plan, Services

ACCEPTED = "SELECT count(*) FROM deliveries WHERE message_id = :id AND state = 'accepted'"


def measure(services: Services, plan: Plan) -> list[Row]:
    """Send to the whole school and let Celery do the same, in turn."""
    pairs = []
    with running_school(services, plan.mails) as school, rival.running_workers(services) as celery:
        for _ in range(plan.repeats):
            pairs.append((_send_to_all(school), celery.rate(plan.mails)))
        rows = memory.peaks()
    return [paired("pipeline mail, against a Celery task per recipient", "heads/s", pairs, "ratio ≥ 3, then 5"), *rows]


def _send_to_all(school: School) -> float:
    draft = school.prepare(school.whole)
    released = draft.send()
    seconds = (draft.wait_complete() - released).total_seconds()
    accepted = school.scalar("dispatch-mail", ACCEPTED, id=draft.id)
    assert accepted == draft.heads, f"{accepted} of {draft.heads} were accepted"
    return draft.heads / seconds
