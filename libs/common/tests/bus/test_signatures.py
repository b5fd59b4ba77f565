"""The few events that destroy or send are believed of their owner alone (RET-1, DLV-1).

On either bus.
"""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from bus_world import World
from prometheus_client import REGISTRY
from sqlalchemy import MetaData, insert

from common import bus, clock
from common.bus import Outgoing, signatures, tables
from common.bus.signatures import OWNERS
from common.schemas import EVENTS, Envelope
from common.schemas.document import SAMPLES
from common.testing.events import published


def event_of(event_type: str) -> Envelope:
    payload = json.loads((SAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))
    return Envelope.of(event_type, uuid4(), EVENTS[event_type].load(payload))


async def hearer(world: World, event_type: str) -> bus.Worker:
    worker: bus.Worker = await world.worker(
        world.queue("work", event_type), {event_type: world.note()}
    )
    return worker


def held(world: World) -> float | None:
    """Return how many events the world's worker has held so far."""
    labels = {"service": world.service, "type": "any", "result": "held"}
    return REGISTRY.get_sample_value("renraku_events_handled_total", labels)


def put_row(world: World, event: Envelope, routing_key: str) -> None:
    """Write a row into the outbox as every version wrote it."""
    row = {
        "id": event.id,
        "type": event.type,
        "routing_key": routing_key,
        "school_id": event.school_id,
        "body": event.dump(),
    }
    with world.database.for_system() as session:
        session.execute(insert(tables.outbox).values(**row, created_at=clock.now()))


async def test_an_unsigned_copy_does_not_take_the_place_of_the_signed_one(world: World) -> None:
    """An old relay and a new one may publish the same row.

    Meanwhile urgent pages would have waited for an operator.
    """
    event = event_of("delivery.requested")
    world.keys_of("messaging")
    receiver = await hearer(world, "delivery.requested")
    async with world.running(receiver):
        for _ in range(2):
            await receiver.transport.publish(Outgoing("delivery.requested", event.dump(), event.id))
        await world.until(world.parked)
        await receiver.transport.publish(published(world.keys_dir, event, "delivery.requested"))
        await world.until(lambda: world.effects() and not world.parked())
    assert world.effects() == [event.id]


async def test_an_unsigned_copy_that_comes_late_is_not_parked(world: World) -> None:
    """Nobody need be called about an event that was handled."""
    event = event_of("delivery.requested")
    world.keys_of("messaging")
    receiver = await hearer(world, "delivery.requested")
    async with world.running(receiver):
        await receiver.transport.publish(published(world.keys_dir, event, "delivery.requested"))
        await world.until(world.effects)
        await receiver.transport.publish(Outgoing("delivery.requested", event.dump(), event.id))
        marker = event_of("delivery.requested")
        await receiver.transport.publish(Outgoing("delivery.requested", marker.dump(), marker.id))
        await world.until(world.parked)
    assert [parked.event_id for parked in world.parked()] == [marker.id]


@pytest.mark.parametrize("event_type", OWNERS)
async def test_what_nobody_signed_is_parked_and_does_nothing_until_it_is_replayed(
    world: World, event_type: str
) -> None:
    forged = event_of(event_type)
    # Its queue is there, so that the event waits in it as one from before would.
    receiver = await hearer(world, event_type)
    await receiver.transport.publish(Outgoing(event_type, forged.dump(), forged.id))
    async with world.running(receiver, await world.relay()):
        await world.until(world.parked)
        (parked,) = world.parked()
        assert (parked.event_id, parked.reason, parked.attempts) == (forged.id, "unsigned", 1)
        assert world.effects() == []
        with world.database.for_system() as session:
            replayed = bus.replay(session, parked.id)
        await world.until(world.effects)
    assert (world.effects(), world.parked()) == ([replayed], [])


async def test_a_forged_order_to_erase_erases_nothing(world: World) -> None:
    forged = event_of("school.erasing")
    handlers = {"school.erasing": bus.erase_school(MetaData(), world.service, lambda _: True)}
    receiver = await world.worker(bus.erasure_queue(world.service), handlers)
    async with world.running(receiver):
        await receiver.transport.publish(Outgoing("school.erasing", forged.dump(), forged.id))
        await world.until(world.parked)
    assert [event.reason for event in world.parked()] == ["unsigned"]
    assert not world.database.has_erased(forged.school_id)


@pytest.mark.parametrize("event_type", OWNERS)
async def test_rows_that_were_written_before_are_signed_when_they_are_published(
    world: World, event_type: str
) -> None:
    event = event_of(event_type)
    put_row(world, event, event_type)
    owner = OWNERS[event_type]
    world.keys_of(owner)
    async with world.running(await hearer(world, event_type), await world.relay(owner)):
        await world.until(world.effects)
    assert (world.effects(), world.parked()) == ([event.id], [])


async def test_a_house_is_believed_about_itself_and_about_nobody_else(world: World) -> None:
    of_its_own, of_a_strangers = event_of("school.erasing"), event_of("school.erasing")
    receiver = await hearer(world, "school.erasing")
    async with world.running(receiver):
        for event, house in ((of_a_strangers, "dispatch-push"), (of_its_own, world.service)):
            body = event.dump()
            signature = signatures.sign(world.keys_of(house), event.type, body)
            await receiver.transport.publish(Outgoing(event.type, body, event.id, signature))
        await world.until(lambda: world.effects() and world.parked())
    assert world.effects() == [of_its_own.id]
    assert [event.event_id for event in world.parked()] == [of_a_strangers.id]


async def test_a_signature_that_is_wrong_or_of_another_event_is_none(world: World) -> None:
    world.keys_of("messaging")

    def signed() -> Outgoing:
        return published(world.keys_dir, event_of("delivery.requested"))

    good, altered = signed(), signed()
    nonsense = [
        "messaging:",
        "messaging:AAAA",
        "messaging:連絡",
        ":",
        "../messaging:AAAA",
        "x" * 1000,
    ]
    forged = [replace(signed(), signature=text) for text in (*nonsense, good.signature)]
    forged.append(replace(altered, body=altered.body.replace("normal", "urgent")))
    receiver = await hearer(world, "delivery.requested")
    async with world.running(receiver):
        for message in (*forged, good):
            await receiver.transport.publish(message)
        await world.until(lambda: world.effects() and len(world.parked()) == len(forged))
    assert world.effects() == [good.event_id]
    assert {event.reason for event in world.parked()} == {"unsigned"}


async def test_an_event_waits_while_its_owners_public_key_is_not_there(world: World) -> None:
    world.keys_of("identity")
    message, public = (
        published(world.keys_dir, event_of("contract.ended")),
        world.keys_dir / "public" / "identity.pem",
    )
    hidden = public.rename(public.with_suffix(".away"))
    receiver = await hearer(world, "contract.ended")
    async with world.running(receiver):
        await receiver.transport.publish(message)
        await world.until(lambda: held(world))
        hidden.rename(public)
        await world.until(world.effects)
    assert world.parked() == []


async def test_what_is_given_back_keeps_its_signature(world: World) -> None:
    world.keys_of("messaging")
    message = published(world.keys_dir, event_of("message.released"))
    receiver, came = await hearer(world, "message.released"), []
    work = world.queue("work", "message.released")

    def give_back_once(incoming: bus.Incoming) -> None:
        came.append(incoming.signature)
        (incoming.ack if len(came) == 2 else incoming.requeue)()

    await receiver.transport.consume(work, give_back_once)
    await receiver.transport.publish(message)
    await world.until(lambda: len(came) == 2)
    assert came == [message.signature] * 2


async def test_other_events_bear_no_signature(world: World) -> None:
    work = world.queue("work", "message.stopped")
    async with world.running(
        await world.worker(work, {"message.stopped": world.note()}), await world.relay()
    ):
        event_id = world.put()
        await world.until(world.effects)
    assert (world.effects(), world.parked()) == ([event_id], [])
    assert signatures.sign(world.keys_of(), "message.stopped", "{}") is None
