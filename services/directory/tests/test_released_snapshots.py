"""How frozen audiences end (MSG-1): those that no message goes to after a week."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from common import bus, clock
from common.bus.memory import forget_everything
from common.schemas import Envelope
from common.testing.events import published
from common.testing.waiting import until
from directory.actions.released_snapshots import (
    PURGED_AT_ONCE,
    UNRELEASED_KEPT,
    note_release,
    purge_snapshots,
)
from directory.config import Settings
from directory.store.models import Snapshot, SnapshotMember
from directory.worker import QUEUES, create_worker


def released(school, snapshot_id):
    payload = {"message_id": uuid4(), "snapshot_id": UUID(snapshot_id), "lane": "normal"}
    return Envelope.of("message.released", school.id, payload)


def hear(database, school, event):
    with database.for_school(school.id) as session:
        note_release(session, event, None, now=clock.now())


def purge(database, age):
    """Purge all that is due after a time; return how many times the job ran."""
    runs, has_more = 0, True
    while has_more:
        with database.for_system() as session:
            has_more = purge_snapshots(session, now=clock.now() + age)
        runs += 1
    return runs


def rows_of(database, school):
    with database.for_school(school.id, read_only=True) as session:
        counts = []
        for model in (Snapshot, SnapshotMember):
            own = select(func.count()).select_from(model).where(model.school_id == school.id)
            counts.append(session.scalar(own))
        return tuple(counts)


def test_an_audience_that_nobody_released_goes_after_a_week_with_its_members(school, database):
    made = school.snapshot(groups=["4-2"])
    purge(database, UNRELEASED_KEPT - timedelta(minutes=1))
    assert rows_of(database, school) == (1, 3)
    purge(database, UNRELEASED_KEPT + timedelta(minutes=1))
    assert rows_of(database, school) == (0, 0)
    refused = school.refused("GET", f"/snapshots/{made['id']}")
    assert refused == (404, "snapshot_not_found")


def test_an_audience_that_a_message_goes_to_stays_readable_page_by_page(school, database):
    made = school.snapshot(groups=["4-2"])
    hear(database, school, released(school, made["id"]))
    purge(database, 52 * UNRELEASED_KEPT)
    page = school.get(f"/snapshots/{made['id']}/page?limit=500", school.service("messaging"))
    assert len(page["items"]) == 3


def test_the_audience_of_another_school_is_not_kept_by_a_release(school, other_school, database):
    theirs = other_school.snapshot(groups=["4-2"])
    hear(database, school, released(school, theirs["id"]))
    purge(database, 2 * UNRELEASED_KEPT)
    assert rows_of(database, other_school) == (0, 0)


def test_a_release_that_is_heard_too_late_changes_nothing(school, database):
    made = school.snapshot(groups=["4-2"])
    purge(database, 2 * UNRELEASED_KEPT)
    hear(database, school, released(school, made["id"]))
    assert rows_of(database, school) == (0, 0)


def test_many_audiences_go_in_bounded_parts(school, database):
    purge(database, 2 * UNRELEASED_KEPT)
    for _ in range(PURGED_AT_ONCE + 1):
        school.snapshot(groups=["4-2"])
    assert purge(database, 2 * UNRELEASED_KEPT) == 2
    assert rows_of(database, school) == (0, 0)


@pytest.fixture
def _quiet_bus():
    forget_everything()
    yield
    forget_everything()


@pytest.mark.usefixtures("_quiet_bus")
async def test_a_release_is_heard_over_the_bus(school, database, keys_dir):
    snapshot_id = school.snapshot(groups=["4-2"])["id"]
    event = released(school, snapshot_id)

    def released_at():
        own = select(Snapshot.released_at).where(Snapshot.id == UUID(snapshot_id))
        with database.for_school(school.id, read_only=True) as session:
            return session.scalar(own)

    settings = Settings(database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir)
    transport, stop = bus.open_transport("memory://"), asyncio.Event()
    await transport.start()
    await transport.declare(QUEUES)
    running = asyncio.create_task(create_worker(settings, database, transport).run(stop))
    try:
        await transport.publish(published(keys_dir, event, "message.released.normal"))
        await until(released_at)
    finally:
        stop.set()
        await running
        await transport.close()
    assert released_at() == event.occurred_at
