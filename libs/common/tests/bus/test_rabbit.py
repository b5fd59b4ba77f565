"""What only RabbitMQ does (MSG-8).

It goes away and comes back, counts deliveries, and gives up on messages.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID, uuid4

import pika
import pytest
from bus_world import World
from structlog.testing import capture_logs

from common import bus, clock
from common.bus import NotConfirmed, Outgoing, handler, rabbit, tables
from common.errors import Unavailable
from common.schemas import Envelope
from common.testing import services

pytestmark = [pytest.mark.rabbit, pytest.mark.parametrize("world", ["rabbit"], indirect=True)]

# A worker that the event named first takes down, after its effect is written and before it is
# committed.
CRASHING = """
import asyncio, os, sys
from pathlib import Path
from uuid import UUID
from sqlalchemy import text
from common import bus, clock
from common.db import Database
from common.keys import Keys

bus_url, database_url, queue, guilty = sys.argv[1:]

def act(session, event, facts, *, now):
    insert = text("INSERT INTO effects (event_id, note) VALUES (:id, 'crashing')")
    session.execute(insert, {"id": event.id})
    if event.id == UUID(guilty):
        os._exit(9)

async def main():
    transport = bus.open_transport(bus_url)
    work = bus.Queue(queue, ("message.stopped",), prefetch=20, concurrency=1)
    keys = Keys(Path("keys"), work.service)
    handlers = {"message.stopped": bus.handler(act)}
    worker = bus.Worker(keys, Database.connect(database_url), transport, [work], handlers)
    await worker.run(asyncio.Event())

asyncio.run(main())
"""


def event_of(event: Envelope) -> Outgoing:
    return Outgoing(event.type, event.dump(), event.id)


def many(count: int) -> list[Outgoing]:
    return [
        event_of(Envelope.of("message.stopped", None, {"message_id": uuid4()}))
        for _ in range(count)
    ]


def put_many(world: World, count: int) -> list[UUID]:
    events = many(count)
    with world.database.for_system() as session:
        for event in events:
            bus.put(session, "message.stopped", {"message_id": event.event_id}, school_id=None)
        rows = session.execute(tables.outbox.select()).all()
    return [row.id for row in rows]


@pytest.mark.parametrize("how", ["restart", "kill"])
async def test_a_broker_that_goes_away_in_mid_flow_loses_nothing(
    world: World, rabbit_server: services.RabbitServer, how: str
) -> None:
    work = world.queue("work", "message.stopped", prefetch=50)
    put = put_many(world, 1500)

    def again() -> None:
        if how == "kill":
            rabbit_server.kill()
            rabbit_server.start()
        else:
            rabbit_server.restart()

    worker = await world.worker(work, {"message.stopped": world.note()})
    # RabbitMQ 3.10 writes down a new quorum queue's server some 5 s late: killed before that it
    # never answers for the queue again. Stopping in good order writes it at once.
    await asyncio.to_thread(rabbit_server.restart)
    async with world.running(worker, await world.relay()):
        await world.until(lambda: len(world.effects()) > 200)
        interrupted = asyncio.create_task(asyncio.to_thread(again))
        put.append(world.put())
        await interrupted
        put.append(world.put())
        await world.until(lambda: len(world.effects()) >= len(put), 60)
        await world.until(lambda: world.unpublished() == 0)
    assert sorted(world.effects()) == sorted(put)
    assert world.parked() == []


async def test_a_broker_that_is_away_is_waited_for(
    world: World, rabbit_server: services.RabbitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit, "FIRST_CONNECTION_SECONDS", 0.1)
    monkeypatch.setattr(rabbit, "PUBLISH_SECONDS", 0.1)
    work = world.queue("work", "message.stopped")
    await asyncio.to_thread(rabbit_server.kill)
    try:
        worker = await world.worker(work, {"message.stopped": world.note()})
        assert not worker.transport.is_connected
        with pytest.raises(NotConfirmed):
            await worker.transport.publish(many(1)[0])
        event_id = world.put()
        running = world.running(worker, await world.relay())
    finally:
        await asyncio.to_thread(rabbit_server.start)
    async with running:
        await world.until(world.effects)
    assert world.effects() == [event_id]


async def test_a_crash_maker_is_parked_and_those_beside_it_are_handled(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=20, concurrency=1)
    transport = await world.open(work)
    events = many(6)
    guilty, innocent = events[0], events[1:]
    for event in events:
        await transport.publish(event)
    database_url = world.database.engine.url.render_as_string(hide_password=False)
    command = [
        sys.executable,
        "-c",
        CRASHING,
        world.url,
        database_url,
        work.name,
        str(guilty.event_id),
    ]
    for _ in range(6):
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 9, done.stderr
        assert guilty.event_id not in world.effects()
    async with world.running(await world.worker(work, {"message.stopped": world.note()})):
        await world.until(lambda: len(world.effects()) == 5)
        await world.until(lambda: world.parked()[0].event_id == guilty.event_id)
    assert sorted(world.effects()) == sorted(event.event_id for event in innocent)
    (parked,) = world.parked()
    assert (parked.reason, parked.attempts) == ("crashed", 6)


async def test_what_the_broker_gives_up_on_is_parked(world: World) -> None:
    work = world.queue("work", "message.stopped")
    transport = await world.open(work)
    (event,) = many(1)
    await transport.publish(event)
    await asyncio.to_thread(reject_one, world.url, work.name)
    async with world.running(await world.worker(work, {"message.stopped": world.note()})):
        await world.until(world.parked)
    (parked,) = world.parked()
    assert (parked.reason, parked.queue, parked.event_id) == (
        "dead_lettered",
        work.name,
        event.event_id,
    )
    assert world.effects() == []


def reject_one(url: str, queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    method, _, _ = channel.basic_get(queue)
    while method is None:
        method, _, _ = channel.basic_get(queue)
    channel.basic_reject(method.delivery_tag, requeue=False)
    connection.close()


async def test_a_queue_that_is_deleted_is_declared_and_consumed_again(world: World) -> None:
    work = world.queue("work", "message.stopped")
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        first = world.put()
        await world.until(world.effects)
        await asyncio.to_thread(delete, world.url, work.name)
        second = world.put()
        await world.until(lambda: len(world.effects()) == 2)
    assert sorted(world.effects()) == sorted([first, second])


def delete(url: str, queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().queue_delete(queue)
    connection.close()


async def test_a_queue_that_exists_with_other_arguments_is_seen_as_no_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit, "FIRST_CONNECTION_SECONDS", 1.0)
    monkeypatch.setattr(rabbit, "PUBLISH_SECONDS", 0.5)
    work = world.queue("work", "message.stopped")
    connection = pika.BlockingConnection(pika.URLParameters(world.url))
    connection.channel().queue_declare(work.name, durable=True)
    connection.close()
    transport = await world.open(work)
    await world.until(lambda: not transport.is_connected)
    with pytest.raises(NotConfirmed):
        await transport.publish(many(1)[0])


async def test_each_of_many_publishes_at_once_gets_its_own_answer(world: World) -> None:
    work = world.queue("work", "message.stopped")
    transport = await world.open(work)
    events = many(1200)
    wrong = [bus.Outgoing("nobody.hears", event.body, uuid4()) for event in many(300)]
    mixed = [
        event
        for four in zip(events[:300], events[300:600], wrong, events[600:900], strict=True)
        for event in four
    ]
    answers = await asyncio.gather(
        *(transport.publish(event) for event in mixed), return_exceptions=True
    )
    told = [isinstance(answer, bus.Unroutable) for answer in answers]
    assert told == [event.routing_key == "nobody.hears" for event in mixed]


async def test_a_memory_alarm_holds_the_relay_and_nothing_is_lost(
    world: World, rabbit_server: services.RabbitServer
) -> None:
    work = world.queue("work", "message.stopped")
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        await asyncio.to_thread(rabbit_server.ctl, "set_vm_memory_high_watermark", "0.000001")
        try:
            put = [world.put() for _ in range(20)]
            relay_link = world.opened[-1]
            await world.until(lambda: not relay_link.is_connected)
            assert world.unpublished() == 20
        finally:
            await asyncio.to_thread(rabbit_server.ctl, "set_vm_memory_high_watermark", "0.4")
        await world.until(lambda: sorted(world.effects()) == sorted(put), 60)


async def test_two_workers_on_one_queue_handle_each_event_once(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=100, concurrency=8)
    put = put_many(world, 1000)
    handlers = {"message.stopped": handler(world.note().act)}
    async with world.running(
        await world.worker(work, handlers), await world.worker(work, handlers), await world.relay()
    ):
        await world.until(lambda: len(world.effects()) == 1000)
    assert sorted(world.effects()) == sorted(put)


async def test_a_full_queue_keeps_nobody_but_its_own_events_waiting(
    world: World, rabbit_server: services.RabbitServer
) -> None:
    """A day's log of confirmations was refused.

    An urgent message behind it was not fanned out in a minute.
    """
    full, urgent = (
        world.queue("log", "message.stopped"),
        world.queue("urgent", "delivery.requested.urgent"),
    )
    policy = '{"max-length": 5, "overflow": "reject-publish"}'
    name, pattern = f"tiny-{world.service}", f"^{world.service}\\.log$"
    await asyncio.to_thread(
        rabbit_server.ctl, "set_policy", name, pattern, policy, "--apply-to", "queues"
    )
    await world.open(full)
    put_many(world, 620)
    event_id = world.put(
        "delivery.requested",
        {"message_id": uuid4(), "lane": "urgent", "members": []},
        lane="urgent",
    )
    hearer = await world.worker(urgent, {"delivery.requested": world.note()})
    async with world.running(hearer, await world.relay("messaging")):
        await world.until(lambda: world.effects() == [event_id])
        later = world.put(
            "delivery.requested",
            {"message_id": uuid4(), "lane": "urgent", "members": []},
            lane="urgent",
        )
        await world.until(lambda: later in world.effects())
        assert world.unpublished() > 300, "a quorum queue takes what comes in the same moment"
        async with world.running(await world.worker(full, {"message.stopped": world.note()})):
            await world.until(lambda: len(world.effects()) == 622)
    await asyncio.to_thread(rabbit_server.ctl, "clear_policy", name)
    assert world.parked() == []


@pytest.fixture
def impatient(rabbit_server: services.RabbitServer) -> Iterator[None]:
    """Let the broker take an event for lost that a consumer has not answered for two seconds."""

    def say(setting: str, value: str) -> str:
        return rabbit_server.ctl("eval", f"application:set_env(rabbit, {setting}, {value}).")

    def now(setting: str) -> str:
        return rabbit_server.ctl(
            "eval", f"{{ok, Value}} = application:get_env(rabbit, {setting}), Value."
        ).strip()

    before = {setting: now(setting) for setting in ("consumer_timeout", "channel_tick_interval")}
    say("consumer_timeout", "2000")
    say("channel_tick_interval", "1000")
    yield
    for setting, value in before.items():
        say(setting, value)


async def test_a_house_that_is_away_for_six_times_the_brokers_patience_costs_no_connection(
    world: World, impatient: None
) -> None:
    """Thirty minutes of an outage closed the channel.

    After twenty times innocent events were parked.
    """
    work = world.queue("work", "message.stopped", prefetch=4, concurrency=2)
    back_at = clock.monotonic() + 12

    def gather(event: Envelope) -> None:
        if clock.monotonic() < back_at:
            raise Unavailable("service_away", "directory can't be reached.")

    put = put_many(world, 10)
    hearer = await world.worker(work, {"message.stopped": handler(world.note().act, gather)})
    with capture_logs() as logged:
        async with world.running(hearer, await world.relay()):
            await world.until(lambda: len(world.effects()) == 10, 40)
    assert sorted(world.effects()) == sorted(put)
    assert clock.monotonic() >= back_at
    assert "bus.connection_lost" not in [line["event"] for line in logged]
    assert world.parked() == []
