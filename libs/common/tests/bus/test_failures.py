"""What goes wrong with an event is held or parked, never lost and never done by halves (MSG-8)."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from bus_world import World
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from common import bus
from common.bus import Outgoing, ParkedEvent, handler, tables, worker
from common.errors import NotFound, Refused, Unavailable
from common.schemas import Envelope


def envelope() -> Outgoing:
    event = Envelope.of("message.stopped", None, {"message_id": uuid4()})
    return Outgoing(event.type, event.dump(), event.id)


async def test_poison_is_parked_with_its_reason_and_the_others_go_on(world: World) -> None:
    work, poison = world.queue("work", "message.stopped"), world.put()
    fine = [world.put() for _ in range(20)]
    tries = []

    def gather(event: Envelope) -> None:
        if event.id == poison:
            tries.append(event.id)
            raise ValueError("no such thing as hanako@example.jp")

    handlers = {"message.stopped": handler(world.note().act, gather)}
    async with world.running(await world.worker(work, handlers), await world.relay()):
        await world.until(lambda: world.parked() and len(world.effects()) == 20)
    (parked,) = world.parked()
    assert sorted(world.effects()) == sorted(fine)
    assert len(tries) == 3
    assert (parked.event_id, parked.queue, parked.type) == (poison, work.name, "message.stopped")
    assert (parked.reason, parked.attempts) == ("failed", 3)
    assert parked.detail.startswith("ValueError: no such thing as [address]\n")
    assert " gather" in parked.detail


async def test_an_event_that_must_not_be_handled_is_parked_at_the_first_try(world: World) -> None:
    work, tries = world.queue("work", "message.stopped"), []

    def gather(event: Envelope) -> None:
        tries.append(event.id)
        raise bus.Inadmissible("not_due", "not yet")

    handlers = {"message.stopped": handler(world.note().act, gather)}
    async with world.running(await world.worker(work, handlers), await world.relay()):
        event_id = world.put()
        await world.until(world.parked)
    (parked,) = world.parked()
    assert (parked.event_id, parked.reason, parked.detail, parked.attempts) == (
        event_id,
        "not_due",
        "not yet",
        1,
    )
    assert (tries, world.effects()) == ([event_id], [])


async def test_a_parked_event_is_replayed_for_its_own_queue_alone(world: World) -> None:
    work, other = world.queue("work", "message.stopped"), world.queue("other", "message.stopped")
    mended = asyncio.Event()

    def act(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        if not mended.is_set():
            raise ValueError
        world.note().act(session, event, "work", now=now)

    mine = await world.worker(work, {"message.stopped": handler(act)})
    others = await world.worker(other, {"message.stopped": world.note()})
    async with world.running(mine, others, await world.relay()):
        first = world.put()
        await world.until(lambda: world.parked() and world.effects())
        mended.set()
        with world.database.for_system() as session:
            second = bus.replay(session, world.parked()[0].id)
        await world.until(lambda: second in world.effects())
        last = world.put()
        await world.until(lambda: world.effects().count(last) == 2)
    assert world.parked() == []
    assert sorted(world.effects()) == sorted([first, second, last, last])


async def test_a_failing_act_leaves_nothing_of_its_transaction(world: World) -> None:
    work = world.queue("work", "message.stopped")

    def act(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        world.note().act(session, event, facts, now=now)
        bus.put(session, "message.stopped", {"message_id": uuid4()}, school_id=None)
        raise ValueError

    async with world.running(
        await world.worker(work, {"message.stopped": handler(act)}), await world.relay()
    ):
        world.put()
        await world.until(world.parked)
    assert world.effects() == []
    with world.database.for_system(read_only=True) as session:
        assert len(session.execute(select(tables.outbox.c.id)).all()) == 1


async def test_a_database_error_is_parked_without_the_data_in_it(world: World) -> None:
    work = world.queue("work", "message.stopped")

    def act(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        for _ in range(2):
            row = {"queue": "花子", "event_id": event.id, "received_at": now}
            session.execute(insert(tables.inbox).values(row))

    async with world.running(
        await world.worker(work, {"message.stopped": handler(act)}), await world.relay()
    ):
        world.put()
        await world.until(world.parked)
    (parked,) = world.parked()
    assert parked.detail.startswith("IntegrityError: ")
    assert "花子" not in parked.detail


@pytest.mark.parametrize(
    ("body", "reason", "event_type"),
    [
        ("not JSON \x00 at all", "bad_envelope", None),
        ('{"id": 5}', "bad_envelope", None),
        ("[]", "bad_envelope", None),
        (envelope().body.replace("message_id", "massage_id"), "bad_payload", "message.stopped"),
        (envelope().body.replace("message.stopped", "x" * 200), "unknown_type", "x" * 100),
        (envelope().body.replace("message.stopped", "a\\u0000b"), "unknown_type", "a\ufffdb"),
        (
            envelope().body.replace("message.stopped", "contact_point.stopped"),
            "bad_payload",
            "contact_point.stopped",
        ),
    ],
)
async def test_what_cannot_be_read_is_parked(
    world: World, body: str, reason: str, event_type: str | None
) -> None:
    work = world.queue("work", "message.stopped")
    receiver = await world.worker(work, {"message.stopped": world.note()})
    async with world.running(receiver):
        await receiver.transport.publish(Outgoing("message.stopped", body, uuid4()))
        await world.until(world.parked)
    (parked,) = world.parked()
    assert (parked.reason, parked.type, parked.body) == (
        reason,
        event_type,
        body.replace("\x00", "\ufffd"),
    )


async def test_a_type_without_a_handler_is_parked(world: World) -> None:
    work = world.queue("work", "message.stopped", "contact_point.stopped")
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        world.put("contact_point.stopped", {"contact_point_id": uuid4()})
        await world.until(world.parked)
    assert world.parked()[0].reason == "unknown_type"


async def test_poison_delivered_twice_is_parked_once(world: World) -> None:
    work = world.queue("work", "message.stopped")
    receiver = await world.worker(work, {})
    twice, last = envelope(), envelope()
    async with world.running(receiver):
        for event in (twice, twice, last):
            await receiver.transport.publish(event)
        await world.until(
            lambda: any(parked.event_id == last.event_id for parked in world.parked())
        )
    assert sorted(parked.event_id for parked in world.parked()) == sorted(
        [twice.event_id, last.event_id]
    )


async def test_a_transient_failure_is_held_and_tried_again_not_parked(world: World) -> None:
    work = world.queue("work", "message.stopped")
    away: list[UUID] = []

    def gather(event: Envelope) -> None:
        if len(away) < 2:
            away.append(event.id)
            raise Unavailable

    handlers = {"message.stopped": handler(world.note().act, gather)}
    async with world.running(await world.worker(work, handlers), await world.relay()):
        event_id = world.put()
        await world.until(world.effects)
    assert world.effects() == [event_id]
    assert away == [event_id, event_id]
    assert world.parked() == []


async def test_parking_is_held_while_it_is_impossible(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = world.queue("work", "message.stopped")
    failed: list[ParkedEvent] = []
    park = worker.parked.park

    def park_at_last(session: Session, event: ParkedEvent) -> bool:
        if not failed:
            failed.append(event)
            raise Unavailable
        return park(session, event)

    monkeypatch.setattr(worker.parked, "park", park_at_last)
    async with world.running(await world.worker(work, {}), await world.relay()):
        world.put()
        await world.until(world.parked)
    assert len(failed) == 1


async def test_stopping_gives_back_what_is_held_and_what_is_not_begun(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=10, concurrency=2)
    begun = []

    def gather(event: Envelope) -> None:
        begun.append(event.id)
        raise Unavailable

    put = [world.put() for _ in range(15)]
    async with world.running(await world.relay()):
        async with world.running(
            await world.worker(work, {"message.stopped": handler(world.note().act, gather)})
        ):
            await world.until(lambda: len(begun) >= 2)
        assert world.effects() == []
        async with world.running(await world.worker(work, {"message.stopped": world.note()})):
            await world.until(lambda: len(world.effects()) == 15)
    assert sorted(world.effects()) == sorted(put)
    assert world.parked() == []


async def test_stopping_lets_a_running_handler_finish(world: World) -> None:
    work = world.queue("work", "message.stopped")
    loop, begun, finish = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def gather(event: Envelope) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(finish.wait(), loop).result(20)

    async with world.running(await world.relay()):
        event_id = world.put()
        stop = asyncio.Event()
        receiver = await world.worker(work, {"message.stopped": handler(world.note().act, gather)})
        task = asyncio.create_task(receiver.run(stop))
        await begun.wait()
        stop.set()
        finish.set()
        await task
    assert world.effects() == [event_id]


async def test_a_parked_event_can_be_dropped(world: World) -> None:
    work = world.queue("work", "message.stopped")
    async with world.running(await world.worker(work, {}), await world.relay()):
        world.put()
        await world.until(world.parked)
    with world.database.for_system() as session:
        bus.drop(session, world.parked()[0].id)
    assert world.parked() == []
    with pytest.raises(NotFound), world.database.for_system() as session:
        bus.drop(session, uuid4())


async def test_an_unreadable_body_cannot_be_replayed(world: World) -> None:
    work = world.queue("work", "message.stopped")
    receiver = await world.worker(work, {})
    async with world.running(receiver):
        await receiver.transport.publish(Outgoing("message.stopped", "?", uuid4()))
        await world.until(world.parked)
    with pytest.raises(Refused), world.database.for_system() as session:
        bus.replay(session, world.parked()[0].id)
    assert len(world.parked()) == 1
