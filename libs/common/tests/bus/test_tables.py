"""Outbox, inbox and parked events as tables (MSG-8).

Order, age, purge, and a row that is committed late.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from bus_world import World
from sqlalchemy import MetaData, select, text, update
from sqlalchemy.orm import Session

from common import bus, clock
from common.bus import inbox, outbox, relay, tables
from common.db.types import new_metadata

on_postgresql = pytest.mark.parametrize(
    "world", [pytest.param("rabbit", marks=pytest.mark.rabbit)], indirect=True
)


def test_a_house_finds_the_tables_in_its_own_metadata() -> None:
    metadata: MetaData = new_metadata()
    bus.add_tables(metadata)
    assert sorted(metadata.tables) == [
        "erased_schools",
        "held_events",
        "inbox",
        "leases",
        "outbox",
        "parked_events",
    ]
    assert {index.name for index in metadata.tables["outbox"].indexes} == {
        "ix_outbox_unpublished",
        "ix_outbox_urgent",
    }


async def test_positions_follow_the_order_of_writing(world: World) -> None:
    put = [world.put() for _ in range(5)]
    with world.database.for_system(read_only=True) as session:
        assert (
            list(session.scalars(select(tables.outbox.c.id).order_by(tables.outbox.c.position)))
            == put
        )


async def test_the_age_of_the_oldest_waiting_event_is_known(world: World) -> None:
    now = clock.now()
    with world.database.for_system() as session:
        assert outbox.oldest_age(session, now) is None
    for _ in range(2):
        world.put()
    with world.database.for_system() as session:
        session.execute(
            update(tables.outbox)
            .where(tables.outbox.c.position == 1)
            .values(created_at=now - timedelta(minutes=5))
        )
        assert outbox.oldest_age(session, now) == pytest.approx(300)


async def test_purging_drops_what_was_published_a_day_ago_and_received_two_weeks_ago(
    world: World,
) -> None:
    now, old, queue = clock.now(), uuid4(), "test.work"
    put = [world.put() for _ in range(3)]
    with world.database.for_system() as session:
        for event_id, age in zip(put, (timedelta(hours=25), timedelta(hours=23)), strict=False):
            session.execute(
                update(tables.outbox)
                .where(tables.outbox.c.id == event_id)
                .values(published_at=now - age)
            )
        assert inbox.first_time(session, queue, old, now - timedelta(days=15))
        assert inbox.first_time(session, queue, put[0], now - timedelta(days=13))
        bus.purge(session, now=now)
    with world.database.for_system() as session:
        assert (
            list(session.scalars(select(tables.outbox.c.id).order_by(tables.outbox.c.position)))
            == put[1:]
        )
        assert inbox.first_time(session, queue, old, now)
        assert not inbox.first_time(session, queue, put[0], now)


async def test_purging_drops_a_bounded_part_the_oldest_first_and_says_whether_there_is_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PURGED_AT_ONCE", 2)
    now, put = clock.now(), [world.put() for _ in range(3)]
    with world.database.for_system() as session:
        session.execute(update(tables.outbox).values(published_at=now - timedelta(days=2)))
    left = []
    for has_more in (True, False):
        with world.database.for_system() as session:
            assert bus.purge(session, now=now) is has_more
            left.append(list(session.scalars(select(tables.outbox.c.id))))
    assert left == [put[2:], []]


async def test_two_queues_hear_the_same_event_each_for_the_first_time(world: World) -> None:
    event_id = uuid4()
    with world.database.for_system() as session:
        heard = [
            inbox.first_time(session, queue, event_id, clock.now())
            for queue in ("a.work", "b.work", "a.work")
        ]
    assert heard == [True, True, False]


@on_postgresql
async def test_the_relay_sees_a_row_that_took_an_early_position_and_was_committed_late(
    world: World,
) -> None:
    work = world.queue("work", "message.stopped")
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        with world.database.for_system() as slow:
            early = bus.put(slow, "message.stopped", {"message_id": uuid4()}, school_id=None)
            later = world.put()
            await world.until(lambda: world.effects() == [later])
        await world.until(lambda: world.effects() == [later, early])
    with world.database.for_system(read_only=True) as session:
        assert list(
            session.scalars(select(tables.outbox.c.id).order_by(tables.outbox.c.position))
        ) == [early, later]


@on_postgresql
async def test_a_relay_whose_listening_connection_is_ended_listens_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LONGEST_REST_SECONDS", 3600.0)
    work = world.queue("work", "message.stopped")
    listening = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )

    def listeners() -> list[int]:
        with world.database.for_system(read_only=True) as session:
            return list(session.scalars(text(listening)))

    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        await world.until(listeners)
        world.database.waiting_for.clear()  # only NOTIFY wakes it now
        (before,) = listeners()
        with world.database.for_system() as session:
            session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
        await world.until(lambda: listeners() and listeners() != [before])
        world.put()
        await world.until(world.effects)


async def test_the_relay_goes_on_when_its_database_comes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, failed = world.queue("work", "message.stopped"), asyncio.Event()
    sender = await world.relay()
    oldest_age = relay.outbox.oldest_age
    loop = asyncio.get_running_loop()

    def away_once(session: Session, now: datetime) -> float:
        if not failed.is_set():
            loop.call_soon_threadsafe(failed.set)
            raise relay.Unavailable
        return oldest_age(session, now)

    monkeypatch.setattr(relay.outbox, "oldest_age", away_once)
    async with world.running(await world.worker(work, {"message.stopped": world.note()}), sender):
        world.put()
        await failed.wait()
        await world.until(world.effects)
