"""What a house's clock tells of its outbox and of its parked events (OPS-5)."""

from __future__ import annotations

import pytest
from bus_world import World
from prometheus_client import REGISTRY

from common import bus
from common.bus import parked, rabbit
from common.bus.parked import ParkedEvent
from common.testing.processes import free_port


def gauge(name: str, service: str) -> float | None:
    return REGISTRY.get_sample_value(f"renraku_{name}", {"service": service})


async def test_the_age_of_the_outbox_grows_while_the_broker_is_away_and_is_zero_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit, "FIRST_CONNECTION_SECONDS", 0.1)
    away = bus.open_transport(f"amqp://guest:guest@127.0.0.1:{free_port()}/")
    work = world.queue("work", "message.stopped")
    world.put()
    try:
        async with world.running(bus.Relay(world.database, away, world.keys_of())):
            await world.until(lambda: (gauge("outbox_oldest_seconds", world.service) or 0) > 1.0)
    finally:
        await away.close()
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        await world.until(lambda: gauge("outbox_oldest_seconds", world.service) == 0)
        assert gauge("events_set_aside", world.service) == 0


async def test_events_that_stand_aside_are_counted_until_somebody_decides(world: World) -> None:
    event = ParkedEvent(f"{world.service}.work", "failed", "it can't be", "{}")
    with world.database.for_system() as session:
        parked.park(session, event)
    async with world.running(await world.relay()):
        await world.until(lambda: gauge("events_set_aside", world.service) == 1)
        with world.database.for_system() as session:
            parked.drop(session, event.id)
        await world.until(lambda: gauge("events_set_aside", world.service) == 0)
