"""Refused mails become a contact point's health, from the page on the bus to what directory is told
(DLV-4).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from scripted_relay import StartRelay

from common import clock
from common.db import Database, is_postgres
from common.testing.dispatch import Neighbours, Publish, Said, States, Working, run_jobs
from common.testing.waiting import until
from dispatch_mail import jobs
from dispatch_mail.store.models import TABLES

DELIVERIES = TABLES.deliveries
NIGHT = timedelta(days=1, hours=2)  # from any moment of a day to one at which that day is judged
DEAD = "unknown@a.town.test"


@dataclass
class Days:
    """School days, one after another: each ends with the night's jobs. Tests live at one moment, so
    the past moves back.
    """

    database: Database
    neighbours: Neighbours
    send: Callable[..., Awaitable[None]]
    said: Callable[[str], list[Any]]

    async def day(self, *families: Any) -> None:
        """Send a message to these families, and let the night come."""
        await self.send(*families)
        self.let_night_come()

    def let_night_come(self) -> None:
        with self.database.for_system() as session:
            for row in session.execute(sa.select(DELIVERIES.c.id, DELIVERIES.c.settled_at)).all():
                earlier = (
                    sa.update(DELIVERIES)
                    .where(DELIVERIES.c.id == row.id)
                    .values(settled_at=row.settled_at - NIGHT)
                )
                session.execute(earlier)
        self.run_jobs()

    def run_jobs(self) -> None:
        run_jobs(self.database, jobs.JOBS, clock.now())

    def told(self) -> list[tuple[UUID, str]]:
        """Return (contact point, health) of each death and recovery that was told."""
        return [
            (event.payload["contact_point_id"], event.payload["health"])
            for event in self.verdicts()
        ]

    def verdicts(self) -> list[Any]:
        """Return each contact_point.changed that is more than a doubt."""
        return [
            event
            for event in self.said("contact_point.changed")
            if event.payload["health"] != "returned"
        ]

    def doubts(self) -> list[datetime]:
        return [
            event.payload["since"]
            for event in self.said("contact_point.changed")
            if event.payload["health"] == "returned"
        ]

    def point(self, number: int = 0) -> UUID:
        return UUID(self.neighbours.points[number]["contact_point_id"])

    def settled(self) -> list[datetime]:
        with self.database.for_system(read_only=True) as session:
            return list(
                session.scalars(
                    sa.select(DELIVERIES.c.settled_at).order_by(DELIVERIES.c.settled_at)
                )
            )


@pytest.fixture
async def days(
    database: Database,
    neighbours: Neighbours,
    working: Working,
    publish: Publish,
    start_relay: StartRelay,
    states: States,
    said: Said,
) -> Days:
    relay = await start_relay()

    async def send(*families: Any) -> None:
        before = states().total()
        async with working(relay):
            await publish(neighbours.add_message(), *families)
            await until(
                lambda: states()["accepted"] + states()["refused"] == before + len(families)
            )

    return Days(database, neighbours, send, said)


async def test_an_address_refused_on_two_days_is_told_to_directory_once_since_the_second(
    days: Days,
) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.day(family)
    assert days.told() == []
    await days.day(family)
    days.run_jobs()
    (event,) = days.verdicts()
    assert event.school_id == days.neighbours.school_id
    assert event.payload["contact_point_id"] == days.point()
    assert event.payload["health"] == "user_unknown"
    assert event.payload["since"] == days.settled()[1]
    await days.day(family)
    assert len(days.told()) == 1


async def test_one_refusal_is_a_doubt_when_its_day_is_over_and_well_with_the_next_mail(
    days: Days,
) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.send(family)
    days.run_jobs()
    assert days.doubts() == []
    days.let_night_come()
    days.run_jobs()
    assert days.doubts() == days.settled()
    days.neighbours.rename("a@a.town.test")
    await days.send(family)
    days.run_jobs()
    days.run_jobs()
    assert days.told() == [(days.point(), "ok")]


async def test_a_day_still_under_way_is_not_judged(days: Days) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.day(family)
    await days.send(family)
    days.run_jobs()
    assert days.told() == []
    days.let_night_come()
    assert days.told() == [(days.point(), "user_unknown")]


async def test_two_refusals_of_one_day_are_one(days: Days) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.send(family)
    await days.day(family)
    days.let_night_come()
    assert days.told() == []


async def test_a_mail_accepted_in_between_begins_anew(days: Days) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.day(family)
    days.neighbours.rename("a@a.town.test")
    await days.day(family)
    days.neighbours.rename(DEAD)
    await days.day(family)
    assert days.told() == [(days.point(), "ok")]
    await days.day(family)
    assert days.told() == [(days.point(), "ok"), (days.point(), "user_unknown")]


async def test_an_address_that_takes_mails_again_is_told_as_well_and_can_die_again(
    days: Days,
) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.day(family)
    await days.day(family)
    days.neighbours.rename("a@a.town.test")
    await days.send(family)
    days.run_jobs()
    days.run_jobs()
    dead, well = days.verdicts()
    assert (dead.payload["health"], well.payload["health"]) == ("user_unknown", "ok")
    assert well.payload["since"] == days.settled()[-1] > dead.payload["since"]
    days.let_night_come()
    days.neighbours.rename(DEAD)
    await days.day(family)
    assert len(days.told()) == 2
    await days.day(family)
    assert [health for _, health in days.told()] == ["user_unknown", "ok", "user_unknown"]


async def test_a_burst_of_refusals_from_one_domain_suppresses_no_family_of_it(days: Days) -> None:
    families = [
        days.neighbours.add_family(f"unknown-{number}@docomo.town.test") for number in range(20)
    ]
    families += [days.neighbours.add_family(f"a-{number}@docomo.town.test") for number in range(19)]
    elsewhere = days.neighbours.add_family(DEAD)
    for _ in range(2):
        await days.day(*families, elsewhere)
    assert days.told() == [(days.point(39), "user_unknown")], "the day counts for other domains"
    await days.day(families[0])
    assert len(days.told()) == 1, "only the third day spoke against it"
    await days.day(families[0])
    assert days.told()[1:] == [(days.point(0), "user_unknown")]


async def test_a_domain_that_refused_no_more_than_it_took_had_no_burst(days: Days) -> None:
    families = [
        days.neighbours.add_family(f"unknown-{number}@docomo.town.test") for number in range(20)
    ]
    taken = [days.neighbours.add_family(f"a-{number}@docomo.town.test") for number in range(20)]
    for _ in range(2):
        await days.send(*taken)
        await days.day(*families)
    assert {point for point, _ in days.told()} == {days.point(number) for number in range(20)}


async def test_what_was_noted_but_not_told_before_a_crash_is_told_by_the_next_run(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = days.neighbours.add_family(DEAD)
    await days.day(family)
    await days.send(family)
    with monkeypatch.context() as patch:

        def die(*_: Any, **__: Any) -> None:
            raise SystemExit

        patch.setattr("dispatch_mail.actions.report_dead_addresses.outbox.put", die)
        with pytest.raises(SystemExit):
            days.let_night_come()
    assert days.told() == []
    days.run_jobs()
    assert days.told() == [(days.point(), "user_unknown")]


def test_no_query_of_the_jobs_walks_through_the_table(database: Database) -> None:
    with database.for_system() as session:
        session.execute(
            sa.insert(DELIVERIES), [_row(number, clock.now()) for number in range(3000)]
        )
    asked: list[tuple[str, Any]] = []
    listen = (
        database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, sql, values, *_: asked.append((sql, values)),
    )
    sa.event.listen(*listen)
    run_jobs(database, jobs.JOBS[-2:], clock.now())
    sa.event.remove(*listen)
    plans = [_plan(database, sql, values) for sql, values in asked if "deliveries" in sql]
    assert len(plans) >= 8
    assert [
        plan
        for plan in plans
        if re.search(r"Seq Scan on deliveries|SCAN (deliveries|later)(?! USING)", plan)
    ] == []


def _plan(database: Database, sql: str, values: Any) -> str:
    """Return how the database would do it; PostgreSQL is told to walk through a table only where
    nothing else helps.
    """
    on_postgres = is_postgres(database.engine)
    with database.engine.connect() as connection:
        if on_postgres:
            connection.exec_driver_sql("SET enable_seqscan = off")
        plan = connection.exec_driver_sql(
            f"EXPLAIN {'' if on_postgres else 'QUERY PLAN '}{sql}", values
        )
        return "\n".join(str(row) for row in plan.all())


def _row(number: int, now: datetime) -> dict[str, Any]:
    """Return a settled delivery: of a hundred one is a refusal, of a thousand one has made
    directory hold its address for dead.
    """
    refused = number % 100 == 0
    settled_at = now - timedelta(days=2, minutes=number)
    return {
        "id": uuid4(),
        "school_id": uuid4(),
        "message_id": uuid4(),
        "contact_point_id": uuid4(),
        "members": {},
        "route": f"{number % 7}.town.test",
        "lane": "normal",
        "state": "refused" if refused else "accepted",
        "reason": "user_unknown" if refused else None,
        "counts": True if number % 500 == 0 else None,
        "told_dead_at": settled_at if number % 1000 == 0 else None,
        "attempts": 1,
        "unknowns": 0,
        "requested_at": settled_at,
        "next_attempt_at": settled_at,
        "give_up_at": settled_at,
        "settled_at": settled_at,
    }
