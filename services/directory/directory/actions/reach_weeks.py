"""Every Monday morning: what has become of registration, told to a school's administrators (DIR-9).

The directory counts and says it once a school; identity knows whether anybody wants to hear it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from directory.actions.reachability import count_reach, list_unreachable_pupils
from directory.domain.scope import Actor
from directory.events import put_week_counted
from directory.store import reach_weeks as store

TOLD_AT = time(8, 0)
WEEK = timedelta(days=7)
# In one transaction; a school of 10,000 takes half a second.
AT_ONCE = 10


def tell_weeks(session: Session, *, now: datetime) -> bool | datetime:
    """Count the schools of which nothing was told this Monday; return whether there are more, or
    when the next Monday is.

    A job. Whoever was away all Monday tells nothing on Tuesday: it would be stale.
    """
    moment = clock.to_jst(now)
    monday = moment.date() - timedelta(days=moment.weekday())
    begins = datetime.combine(monday, TOLD_AT, clock.JST)
    if moment < begins:
        return begins
    if moment.date() == monday:
        schools = store.list_schools_untold(session, monday, AT_ONCE)
        for school_id in schools:
            _tell_week(session, school_id, monday)
        if len(schools) == AT_ONCE:
            return True
    store.forget_weeks(session, monday - WEEK)
    return begins + WEEK


def _tell_week(session: Session, school_id: UUID, monday: date) -> None:
    actor = Actor(school_id, "system", None)
    found = list_unreachable_pupils(session, actor)
    unreachable = {child["member_id"] for child in found}
    if not store.note_week(session, school_id, monday, unreachable):
        return
    before = store.find_week(session, school_id, monday - WEEK)
    new = len(unreachable - before) if before is not None else 0
    since = datetime.combine(monday - WEEK, TOLD_AT, clock.JST)
    registered = store.count_registered(session, school_id, since)
    if not unreachable and not registered:
        return
    pupils = sum(each["heads"] for each in count_reach(session, actor))
    counts = {"pupils": pupils, "unreachable": len(unreachable), "new": new}
    put_week_counted(session, school_id, {**counts, "registered": registered})
