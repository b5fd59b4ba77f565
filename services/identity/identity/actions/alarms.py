"""The download alarm: who takes many personal records within an hour is reported at once (ID-8).

Every house tells the operation log what left by it, and how many records that were
(`common.operations.TAKING`); so what the log knows is what is counted, and nothing is told twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import metrics
from common.notices import NoticeKind
from common.operations import DOWNLOAD_ALARM_RAISED, DOWNLOAD_ALARM_SEEN, TAKING
from identity import events
from identity.domain.words import Actor, ActorKind
from identity.store import accounts, alarms, log
from identity.store.models import DownloadAlarm, OperationLine, School

HOUR = timedelta(hours=1)
KEPT_SUMS = timedelta(days=1)


def count_taken(session: Session, operation: OperationLine, *, now: datetime) -> None:
    """Count what left by an operation, and raise the alarm where it is too much within an hour.

    The hour is the clock's; each raises it once. A list that is ticked off is shown again at each
    tick: whom a person has seen on it within the hour counts once.
    """
    kind = TAKING.get(operation.action)
    if kind is None or operation.school_id is None or operation.actor_id is None:
        return
    if operation.actor_kind != ActorKind.STAFF:
        return
    school = session.get(School, operation.school_id)
    if school is None:
        return
    hour = operation.at.replace(minute=0, second=0, microsecond=0)
    count = int(operation.details[kind.taken])
    # An event of before was told without them.
    if kind.whose in operation.details:
        count = _count_new(session, operation, kind.whose, hour)
    total = alarms.add_taken(
        session,
        school.id,
        operation.actor_id,
        hour,
        count,
    )
    before = total - count
    if before < school.alarm_records <= total:
        _raise_alarm(
            session,
            operation,
            school.id,
            total,
            now,
        )


def _count_new(session: Session, operation: OperationLine, whose: str, hour: datetime) -> int:
    """Return of how many people nothing was shown yet to this person within the hour."""
    shown: set[str] = set()
    for line in log.list_same(session, operation, hour, hour + HOUR):
        if line.id != operation.id:
            shown.update(line.details.get(whose, ()))
    return len(set(operation.details[whose]) - shown)


def _raise_alarm(
    session: Session, operation: OperationLine, school_id: UUID, total: int, now: datetime
) -> None:
    alarm = DownloadAlarm(
        id=uuid4(),
        school_id=school_id,
        account_id=operation.actor_id,
        raised_at=now,
        count=total,
        action=operation.action,
    )
    session.add(alarm)
    told: dict[str, str | int] = {
        "account_id": str(alarm.account_id),
        "action": alarm.action,
        "count": total,
        "at": operation.at.isoformat(),
    }
    roles = accounts.list_administrators(session, school_id)
    administrators = [role.account_id for role in roles]
    events.put_notice(
        session,
        NoticeKind.DOWNLOAD_ALARM,
        administrators,
        told,
        school_id=school_id,
    )
    events.record_operation(
        session,
        DOWNLOAD_ALARM_RAISED,
        Actor(ActorKind.SYSTEM),
        school_id=school_id,
        account_id=operation.actor_id,
        count=total,
    )


def see_alarm(
    session: Session, school_id: UUID, alarm_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """Note that an administrator has looked at an alarm; raise NotFound. Again changes nothing."""
    alarm = alarms.lock_alarm(session, school_id, alarm_id)
    if alarm.seen_at is not None:
        return
    alarm.seen_at = now
    alarm.seen_by = actor.id
    events.record_operation(
        session,
        DOWNLOAD_ALARM_SEEN,
        actor,
        school_id=school_id,
        account_id=alarm.account_id,
    )


def tell_unanswered(session: Session, *, now: datetime) -> None:
    """Tell for how long the oldest alarm has waited for somebody to look at it. A job."""
    raised_at = alarms.find_oldest_open(session)
    waited = (now - raised_at).total_seconds() if raised_at else 0.0
    metrics.record_alarm_unanswered("identity", waited)


def purge_sums(session: Session, *, now: datetime) -> None:
    """Forget what was taken in hours that are long over. A job."""
    alarms.purge_taken(session, now - KEPT_SUMS)
