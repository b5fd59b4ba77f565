"""What a house says is heard by whom it concerns, once (MSG-8).

On memory with SQLite and on RabbitMQ with PostgreSQL.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from bus_world import World
from sqlalchemy import select
from sqlalchemy.orm import Session

from common.bus import Incoming, Outgoing, Unroutable, handler, outbox, relay, tables
from common.schemas import Envelope, EventRefused

POINT = {"contact_point_id": UUID(int=7)}


def page(lane: str) -> dict[str, Any]:
    return {"message_id": uuid4(), "lane": lane, "members": []}


def envelope(payload: dict[str, Any] | None = None) -> Outgoing:
    event = Envelope.of("message.stopped", None, payload or {"message_id": uuid4()})
    return Outgoing(event.type, event.dump(), event.id)


async def test_an_event_reaches_every_queue_that_is_bound_to_it_and_no_other(world: World) -> None:
    work, other = (
        world.queue("work", "message.stopped"),
        world.queue("other", "message.stopped", "contact_point.stopped"),
    )
    mine, others = await world.worker(work, {"message.stopped": handler(note_as("work"))}), None
    others = await world.worker(other, {name: handler(note_as("other")) for name in other.keys})
    heard.clear()
    async with world.running(mine, others, await world.relay()):
        stopped, point = world.put(), world.put("contact_point.stopped", POINT)
        await world.until(lambda: len(heard) == 3)
    assert sorted(heard) == sorted([("work", stopped), ("other", stopped), ("other", point)])


heard: list[tuple[str, UUID]] = []


def note_as(name: str) -> Callable[..., None]:
    def act(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        heard.append((name, event.id))

    return act


async def test_the_lane_stands_in_the_routing_key(world: World) -> None:
    urgent, normal = (
        world.queue("urgent", "delivery.requested.urgent"),
        world.queue("normal", "delivery.requested.normal"),
    )
    workers = [
        await world.worker(queue, {"delivery.requested": handler(note_as(queue.name))})
        for queue in (urgent, normal)
    ]
    heard.clear()
    async with world.running(*workers, await world.relay()):
        first = world.put("delivery.requested", page("urgent"), lane="urgent")
        second = world.put("delivery.requested", page("normal"), lane="normal")
        await world.until(lambda: len(heard) == 2)
    assert sorted(heard) == sorted([(urgent.name, first), (normal.name, second)])


async def test_an_event_delivered_twice_has_its_effect_once(world: World) -> None:
    work = world.queue("work", "message.stopped")
    worker = await world.worker(work, {"message.stopped": world.note()})
    sender = await world.open()
    events = [envelope() for _ in range(50)]
    last = envelope()
    async with world.running(worker):
        await asyncio.gather(*(sender.publish(event) for event in events + events))
        await sender.publish(last)
        await world.until(lambda: len(world.effects()) == 51)
    assert Counter(world.effects()) == Counter(event.event_id for event in [*events, last])


async def test_facts_are_gathered_outside_the_transaction_and_handed_to_the_act(
    world: World,
) -> None:
    threads = []

    def gather(event: Envelope) -> str:
        threads.append(threading.current_thread())
        return f"facts of {event.type}"

    got = []
    work = world.queue("work", "message.stopped")
    act = handler(
        lambda session, event, facts, *, now: got.append(
            (facts, session.info["school_id"], now.tzinfo)
        ),
        gather,
    )
    async with world.running(
        await world.worker(work, {"message.stopped": act}), await world.relay()
    ):
        world.put()
        await world.until(lambda: got)
    assert got[0][0] == "facts of message.stopped"
    assert got[0][1] is not None
    assert got[0][2] is not None
    assert threads[0] is not threading.main_thread()


async def test_what_a_handler_says_is_published_with_its_effect(world: World) -> None:
    work = world.queue("work", "message.stopped", "contact_point.stopped")

    def answer(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        outbox.put(session, "contact_point.stopped", POINT, school_id=event.school_id)

    handlers = {"message.stopped": handler(answer), "contact_point.stopped": world.note()}
    async with world.running(await world.worker(work, handlers), await world.relay()):
        world.put()
        await world.until(lambda: len(world.effects()) == 1)


async def test_an_event_that_nobody_hears_stays_in_the_outbox_until_somebody_does(
    world: World,
) -> None:
    work, late = (
        world.queue("work", "message.stopped"),
        world.queue("other", "contact_point.stopped"),
    )
    worker = await world.worker(work, {"message.stopped": world.note()})
    unheard = [world.put("contact_point.stopped", POINT) for _ in range(3)]
    async with world.running(worker, await world.relay()):
        world.put()
        await world.until(lambda: len(world.effects()) == 1)  # it keeps nobody waiting
        # An event is heard a moment before its row is marked.
        await world.until(lambda: world.unpublished() == 3)
        listener = await world.worker(late, {"contact_point.stopped": world.note()})
        async with world.running(listener):
            await world.until(lambda: set(unheard) <= set(world.effects()))
            await world.until(lambda: world.unpublished() == 0)


async def test_events_that_nobody_hears_do_not_fill_the_batches_of_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BATCH", 5)
    monkeypatch.setattr(relay, "KEPT_FOR_URGENT", 1)
    work = world.queue("work", "message.stopped")
    for _ in range(20):
        world.put("contact_point.stopped", POINT)
    heard_of = [world.put() for _ in range(3)]
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        await world.until(lambda: sorted(world.effects()) == sorted(heard_of), 10)
    assert world.unpublished() == 20


async def test_publishing_to_nobody_is_told_to_the_publisher(world: World) -> None:
    transport = await world.open()
    with pytest.raises(Unroutable):
        await transport.publish(envelope())


async def test_a_commit_wakes_the_relay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LONGEST_REST_SECONDS", 3600.0)
    work = world.queue("work", "message.stopped")
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        world.put()
        await world.until(lambda: len(world.effects()) == 1)
        world.put()
        await world.until(lambda: len(world.effects()) == 2)


async def test_a_rolled_back_transaction_says_nothing(world: World) -> None:
    def fail_after_put() -> None:
        with world.database.for_system() as session:
            outbox.put(session, "contact_point.stopped", POINT, school_id=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_put()
    assert world.unpublished() == 0


async def test_a_payload_that_breaks_its_schema_never_enters_the_outbox(world: World) -> None:
    with pytest.raises(EventRefused), world.database.for_system() as session:
        outbox.put(session, "no.such_event", {}, school_id=None)
    assert world.unpublished() == 0


async def test_a_relay_killed_between_publishing_and_marking_makes_duplicates_that_are_skipped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = world.queue("work", "message.stopped")
    put = [world.put() for _ in range(20)]
    killed = await world.relay()
    with monkeypatch.context() as patch:
        patch.setattr(killed, "_mark", lambda positions: None)
        async with world.running(await world.worker(work, {"message.stopped": world.note()})):
            async with world.running(killed):
                await world.until(lambda: len(world.effects()) == 20)
            assert world.unpublished() == 20
            put.append(world.put())
            async with world.running(await world.relay()):
                await world.until(lambda: world.unpublished() == 0)
                await world.until(lambda: len(world.effects()) == 21)
    assert sorted(world.effects()) == sorted(put)


async def test_a_paused_queue_leaves_its_messages_with_the_broker(world: World) -> None:
    work, other = (
        world.queue("work", "message.stopped"),
        world.queue("other", "contact_point.stopped"),
    )
    transport = await world.open(work, other)
    got: dict[str, list[Incoming]] = {work.name: [], other.name: []}
    for queue in (work, other):
        await transport.consume(queue, got[queue.name].append)
    await transport.pause(work.name)
    await transport.publish(envelope())
    event = Envelope.of("contact_point.stopped", None, POINT)
    await transport.publish(Outgoing(event.type, event.dump(), event.id))
    await world.until(lambda: got[other.name])
    assert got[work.name] == []
    await transport.resume(work.name)
    await world.until(lambda: got[work.name])
    for message in (*got[work.name], *got[other.name]):
        message.ack()


async def test_a_queue_paused_before_it_is_consumed_stays_paused(world: World) -> None:
    work = world.queue("work", "message.stopped")
    worker = await world.worker(work, {"message.stopped": world.note()})
    await worker.transport.pause(work.name)
    async with world.running(worker, await world.relay()):
        world.put()
        await world.until(lambda: world.unpublished() == 0)
        assert world.effects() == []
        await worker.transport.resume(work.name)
        await world.until(lambda: len(world.effects()) == 1)


async def test_no_more_than_the_prefetch_is_in_hand(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=3)
    transport = await world.open(work)
    got: list[Incoming] = []
    for _ in range(5):
        await transport.publish(envelope())
    await transport.consume(work, got.append)
    await world.until(lambda: len(got) == 3)
    got[0].ack()
    await world.until(lambda: len(got) == 4)
    assert len({message.event_id for message in got}) == 4


async def test_the_body_in_the_outbox_is_what_is_heard(world: World) -> None:
    event_id = world.put()
    with world.database.for_system(read_only=True) as session:
        row = session.execute(select(tables.outbox)).one()
    loaded = Envelope.load(row.body)
    assert (loaded.id, row.id, row.routing_key) == (event_id, event_id, "message.stopped")
