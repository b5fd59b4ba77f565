"""Every Monday at eight: how families are reached, told once a school and week (DIR-9)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from registering_family import Family, Office

from common import clock
from common.schemas import Envelope
from directory.actions.contact_points import change_health
from directory.actions.reach_weeks import tell_weeks
from directory.store.models import ContactPoint, Member
from directory.store.reach_weeks import note_week

# 8:00 in Japan on Monday, 30 November 2026.
MONDAY = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def long_registered(school, database):
    """The roster of before last Monday."""
    with database.for_school(school.id) as session:
        old = sa.update(ContactPoint).values(created_at=MONDAY - 3 * WEEK)
        session.execute(old.where(ContactPoint.school_id == school.id))


@pytest.fixture(autouse=True)
def others_told(database, empty_school):
    """The hundreds of schools that other tests left have been told."""
    with database.for_system() as session:
        others = sa.select(Member.school_id).where(Member.school_id != empty_school.id).distinct()
        left = session.scalars(others).all()
        for number in range(3):
            monday = clock.to_jst(MONDAY + number * WEEK).date()
            for school_id in left:
                note_week(session, school_id, monday, [])


def run(database, now):
    """Let the clock do its work."""
    again = True
    while again is True:
        with database.for_system() as session:
            again = tell_weeks(session, now=now)
    return again


def weeks(school, database):
    statement = sa.text(
        "SELECT body FROM outbox WHERE school_id = :school AND type = 'week.counted' "
        "ORDER BY position"
    )
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    return [Envelope.load(body).payload for body in bodies]


def block(school, database, at):
    payload = {
        "contact_point_id": UUID(school.roster.id("U0001")),
        "health": "blocked",
        "since": at,
    }
    event = Envelope.load(Envelope.of("contact_point.changed", school.id, payload).dump())
    with database.for_school(school.id) as session:
        change_health(session, event, None, now=clock.now())


def test_a_week_is_told_at_eight_on_monday_and_not_again(school, database, long_registered):
    assert run(database, MONDAY - timedelta(seconds=1)) == MONDAY
    assert weeks(school, database) == []
    next_week = run(database, MONDAY)
    assert next_week == MONDAY + WEEK
    run(database, MONDAY + timedelta(hours=3))
    (told,) = weeks(school, database)
    assert (told["unreachable"], told["new"], told["registered"]) == (1, 0, 0)
    assert told["pupils"] > 3


def register(school, schools, child):
    """Let the family of a child come in by its sheet; return the address."""
    address = "m.takagi@town.test"
    office = Office.of(school, schools)
    family = Family(office)
    family.begin(office.sheet(child))
    family.prove(address)
    return address


def test_who_is_new_since_last_monday_is_counted_and_who_registered(
    school, schools, database, long_registered
):
    run(database, MONDAY)
    block(school, database, MONDAY + timedelta(days=1))
    register(school, schools, "高木 さくら")
    with database.for_school(school.id) as session:
        # Another one came by a roster file in the same week.
        of_file = ContactPoint.id == school.roster.id("manabu@town.test")
        new = of_file | (ContactPoint.created_at > MONDAY - 2 * WEEK)
        this_week = sa.update(ContactPoint).values(created_at=MONDAY + timedelta(days=2))
        session.execute(this_week.where(ContactPoint.school_id == school.id, new))
    run(database, MONDAY + WEEK)
    told = weeks(school, database)[-1]
    assert (told["unreachable"], told["new"], told["registered"]) == (1, 1, 1)
    run(database, MONDAY + 2 * WEEK)
    told = weeks(school, database)[-1]
    assert (told["unreachable"], told["new"], told["registered"]) == (1, 0, 0)


def test_who_was_away_all_monday_tells_nothing_stale_on_tuesday(school, database):
    assert run(database, MONDAY + timedelta(days=1)) == MONDAY + WEEK
    assert weeks(school, database) == []


def test_two_at_work_tell_it_once(school, database, long_registered):
    both = threading.Barrier(2)
    failed = []

    def work():
        both.wait(30)
        try:
            run(database, MONDAY)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    assert failed == []
    assert len(weeks(school, database)) == 1


def test_a_school_without_pupils_is_told_nothing(empty_school, database):
    run(database, MONDAY)
    assert weeks(empty_school, database) == []
