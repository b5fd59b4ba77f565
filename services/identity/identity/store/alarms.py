"""Queries about what is taken out, and the alarms it raised."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.errors import NotFound
from identity.domain.words import SchoolState
from identity.store.models import DownloadAlarm, School, TakenRecords

_TAKEN = cast(Table, TakenRecords.__table__)


def add_taken(
    session: Session, school_id: UUID, account_id: UUID, hour: datetime, count: int
) -> int:
    """Add to what a person took within an hour; return the sum, which stays locked."""
    row = {
        "school_id": school_id,
        "account_id": account_id,
        "hour": hour,
        "count": count,
    }

    def add(statement: Any) -> Any:
        return statement.on_conflict_do_update(
            index_elements=["school_id", "account_id", "hour"],
            set_={"count": _TAKEN.c.count + count},
        )

    insert_new(session, _TAKEN, [row], instead=add)
    of_hour = (
        _TAKEN.c.school_id == school_id,
        _TAKEN.c.account_id == account_id,
        _TAKEN.c.hour == hour,
    )
    return session.execute(select(_TAKEN.c.count).where(*of_hour)).scalar_one()


def purge_taken(session: Session, before: datetime) -> None:
    """Forget the sums of hours that are long over."""
    session.execute(delete(TakenRecords).where(TakenRecords.hour < before))


def count_open(session: Session, school_id: UUID) -> int:
    """Return how many alarms of a school nobody has looked at."""
    open_ones = DownloadAlarm.seen_at.is_(None), DownloadAlarm.school_id == school_id
    return session.scalar(select(func.count()).select_from(DownloadAlarm).where(*open_ones)) or 0


def find_oldest_open(session: Session) -> datetime | None:
    """Return when the oldest alarm was raised that nobody has looked at, of schools in use."""
    query = (
        select(func.min(DownloadAlarm.raised_at))
        .join(School, School.id == DownloadAlarm.school_id)
        .where(DownloadAlarm.seen_at.is_(None), School.state == SchoolState.ACTIVE)
    )
    return session.scalar(query)


def list_alarms(session: Session, school_id: UUID, limit: int) -> list[DownloadAlarm]:
    """Return a school's newest alarms, the newest first."""
    query = (
        select(DownloadAlarm)
        .where(DownloadAlarm.school_id == school_id)
        .order_by(DownloadAlarm.raised_at.desc(), DownloadAlarm.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def lock_alarm(session: Session, school_id: UUID, alarm_id: UUID) -> DownloadAlarm:
    """Return and lock an alarm of a school; raise NotFound."""
    alarm = session.get(DownloadAlarm, alarm_id, with_for_update=True)
    if alarm is None or alarm.school_id != school_id:
        raise NotFound()
    return alarm
