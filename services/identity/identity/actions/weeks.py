"""Mondays: how the families of a school are reached, told to its administrators (DIR-9)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common.notices import PARAMS, NoticeKind
from common.schemas import Envelope
from identity import events
from identity.domain.words import SchoolState
from identity.store import accounts, schools


def tell_week(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Tell the administrators what directory counted.

    Nothing where the school has switched that off, or its contract has ended.
    """
    assert event.school_id is not None
    school = schools.find_any_school(session, event.school_id)
    is_wanted = school is not None and school.weekly_summary
    if school is None or not is_wanted or school.state != SchoolState.ACTIVE:
        return
    kind = NoticeKind.WEEK_OF_REGISTRATIONS
    told = {name: event.payload[name] for name in PARAMS[kind]}
    roles = accounts.list_administrators(session, school.id)
    readers = [role.account_id for role in roles]
    events.put_notice(session, kind, readers, told, school_id=school.id)
