"""The queue door: an event that comes twice over the bus stops a contact point once (DIR-8)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa

from common import bus, clock
from common.bus import tables
from common.bus.memory import forget_everything
from common.schemas import Envelope
from common.testing.waiting import until
from directory.config import Settings
from directory.store.models import ContactPoint
from directory.worker import QUEUES, create_worker


@pytest.fixture
def _quiet_bus():
    forget_everything()
    yield
    forget_everything()


@pytest.mark.usefixtures("_quiet_bus")
async def test_a_stop_heard_twice_stops_the_contact_point_once(school, database, keys_dir):
    point_id = UUID(school.roster.id("manabu@town.test"))
    event = Envelope.of("contact_point.stopped", school.id, {"contact_point_id": point_id})
    after = Envelope.of(
        "contact_point.stopped",
        school.id,
        {"contact_point_id": UUID(school.roster.id("sakiko@town.test"))},
    )

    def states():
        with database.for_school(school.id, read_only=True) as session:
            rows = session.execute(
                sa.select(ContactPoint.id, ContactPoint.state).where(
                    ContactPoint.school_id == school.id
                )
            )
            return {row.id for row in rows if row.state == "stopped"}

    def heard():
        with database.for_system(read_only=True) as session:
            ids = session.scalars(sa.select(tables.inbox.c.event_id)).all()
        return {event.id, after.id} <= set(ids)

    settings = Settings(database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir)
    transport, stop = bus.open_transport("memory://"), asyncio.Event()
    await transport.start()
    await transport.declare(QUEUES)
    running = asyncio.create_task(create_worker(settings, database, transport).run(stop))
    try:
        for envelope in (event, event, after):
            await transport.publish(bus.Outgoing(envelope.type, envelope.dump(), envelope.id))
        await until(heard)
    finally:
        stop.set()
        await running
        await transport.close()
    assert states() == {point_id, UUID(school.roster.id("sakiko@town.test"))}
    with database.for_system(read_only=True) as session:
        said = session.scalars(
            sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
        ).all()
    assert sum("contact_point.stopped" in body for body in said) == 2


@pytest.mark.usefixtures("_quiet_bus")
async def test_what_a_provider_tells_is_heard(school, database, keys_dir):
    point_id = UUID(school.roster.id("U0001"))
    payload = {"contact_point_id": point_id, "health": "blocked", "since": clock.now()}
    event = Envelope.of("contact_point.changed", school.id, payload)

    def code():
        with database.for_school(school.id, read_only=True) as session:
            health = session.scalar(
                sa.select(ContactPoint.health).where(ContactPoint.id == point_id)
            )
        return (health or {}).get("code")

    settings = Settings(database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir)
    transport, stop = bus.open_transport("memory://"), asyncio.Event()
    await transport.start()
    await transport.declare(QUEUES)
    running = asyncio.create_task(create_worker(settings, database, transport).run(stop))
    try:
        await transport.publish(bus.Outgoing(event.type, event.dump(), event.id))
        await until(lambda: code() == "blocked")
    finally:
        stop.set()
        await running
        await transport.close()


@pytest.mark.usefixtures("_quiet_bus")
async def test_what_a_press_proves_is_heard(school, database, keys_dir):
    point_id = UUID(school.roster.id("manabu@town.test"))
    event = Envelope.of(
        "contact_point.proved", school.id, {"contact_point_id": point_id, "proved_at": clock.now()}
    )

    def proved_at():
        with database.for_school(school.id, read_only=True) as session:
            return session.scalar(
                sa.select(ContactPoint.proved_at).where(ContactPoint.id == point_id)
            )

    settings = Settings(database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir)
    transport, stop = bus.open_transport("memory://"), asyncio.Event()
    await transport.start()
    await transport.declare(QUEUES)
    running = asyncio.create_task(create_worker(settings, database, transport).run(stop))
    try:
        await transport.publish(bus.Outgoing(event.type, event.dump(), event.id))
        await until(proved_at)
    finally:
        stop.set()
        await running
        await transport.close()
