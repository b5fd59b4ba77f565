"""Mondays: administrators are told how families are reached, if they want to be (DIR-9)."""

from __future__ import annotations

import sqlalchemy as sa

from common import clock
from common.bus import tables
from common.schemas import Envelope
from identity.actions.weeks import tell_week
from identity.store.models import School

COUNTED = {"pupils": 300, "unreachable": 9, "new": 2, "registered": 5}


def hear(database, school):
    event = Envelope.of("week.counted", school.id, COUNTED)
    with database.for_school(school.id) as session:
        tell_week(session, event, None, now=clock.now())


def notices(database, school):
    outbox = tables.outbox
    of_school = (outbox.c.school_id == school.id, outbox.c.type == "notice.requested")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(sa.select(outbox.c.body).where(*of_school)).all()
    return [Envelope.load(body).payload for body in bodies]


def test_administrators_are_told_what_was_counted(database, school):
    hear(database, school)
    (told,) = notices(database, school)
    assert told["kind"] == "registration_week"
    assert told["params"] == COUNTED
    assert len(told["account_ids"]) == 1


def test_a_school_that_switched_it_off_is_told_nothing(door, database, school):
    seen = door.as_staff(school.id, "GET", "/schools/current/settings").json
    assert seen["weekly_summary"] is True
    wanted = {"changed_at": seen["changed_at"], "weekly_summary": False}
    assert (
        door.as_staff(school.id, "PATCH", "/schools/current/settings", json=wanted).json[
            "weekly_summary"
        ]
        is False
    )
    hear(database, school)
    assert notices(database, school) == []


def test_a_school_whose_contract_has_ended_is_told_nothing(database, school):
    with database.for_school(school.id) as session:
        ended = sa.update(School).where(School.id == school.id).values(state="ended")
        session.execute(ended)
    hear(database, school)
    assert notices(database, school) == []
