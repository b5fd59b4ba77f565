"""Events that lie in hand at once go into one transaction, and none is done by halves (ID-9)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from bus_world import World, note
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from common import bus
from common.bus import Outgoing, handler_together, tables
from common.bus.handling import Handling
from common.bus.in_hand import give_back, take_more
from common.bus.together import Together
from common.bus.transport import Incoming
from common.schemas import Envelope

MOST = 10


@dataclass
class Act:
    """Notes each event; `poison`: what can't be handled; `foreign`: what came in another school."""

    poison: set[UUID] = field(default_factory=set)
    foreign: list[UUID] = field(default_factory=list)

    def __call__(self, session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        if session.info["school_id"] != event.school_id:
            self.foreign.append(event.id)
        if event.id in self.poison:
            raise ValueError("not this one")
        note(session, event, facts, now=now)

    @property
    def handler(self) -> bus.Handler:
        return handler_together(self, MOST)


def stopped(school_id: UUID | None) -> Outgoing:
    event = Envelope.of("message.stopped", school_id, {"message_id": uuid4()})
    return Outgoing(event.type, event.dump(), event.id)


async def publish_before_anybody_hears(world: World, queue: bus.Queue, *said: Outgoing) -> None:
    transport = await world.open(queue)
    for one in said:
        await transport.publish(one)


async def test_what_lies_in_hand_of_a_school_is_handled_in_one_transaction(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=40, concurrency=1)
    school, act = uuid4(), Act()
    said = [stopped(school) for _ in range(25)]
    await publish_before_anybody_hears(world, work, *said)
    async with world.running(await world.worker(work, {"message.stopped": act.handler})):
        await world.until(lambda: len(world.effects()) == 25)
    assert sorted(world.effects()) == sorted(one.event_id for one in said)
    received_at = tables.inbox.c.received_at
    counts = select(func.count(), func.count(received_at.distinct())).select_from(tables.inbox)
    with world.database.for_system(read_only=True) as session:
        events, transactions = session.execute(counts).one()
    assert events == 25
    assert transactions < 10


async def test_one_that_fails_is_parked_and_the_others_of_its_transaction_are_done(
    world: World,
) -> None:
    work = world.queue("work", "message.stopped", prefetch=40, concurrency=1)
    school = uuid4()
    said = [stopped(school) for _ in range(12)]
    act = Act({said[3].event_id})
    await publish_before_anybody_hears(world, work, *said)
    async with world.running(await world.worker(work, {"message.stopped": act.handler})):
        await world.until(lambda: world.parked() and len(world.effects()) == 11)
    (parked,) = world.parked()
    assert parked.event_id == said[3].event_id
    assert sorted(world.effects()) == sorted(
        one.event_id for one in said if one.event_id != parked.event_id
    )


async def test_what_is_told_twice_is_done_once(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=40, concurrency=2)
    school, act = uuid4(), Act()
    said = [stopped(school) for _ in range(8)]
    await publish_before_anybody_hears(world, work, *said, *said)
    async with world.running(await world.worker(work, {"message.stopped": act.handler})):
        await world.until(lambda: len(world.effects()) == 8)
        last = stopped(school)
        await (await world.open(work)).publish(last)
        await world.until(lambda: last.event_id in world.effects())
    assert len(world.effects()) == 9
    assert world.parked() == []


async def test_no_two_schools_share_a_transaction(world: World) -> None:
    work = world.queue("work", "message.stopped", prefetch=40, concurrency=1)
    act, schools = Act(), [uuid4(), uuid4(), None]
    said = [stopped(school) for _ in range(5) for school in schools]
    await publish_before_anybody_hears(world, work, *said)
    async with world.running(await world.worker(work, {"message.stopped": act.handler})):
        await world.until(lambda: len(world.effects()) == 15)
    assert act.foreign == []


def in_hand(deliveries: int, said: Outgoing, answers: list[str]) -> Incoming:
    return Incoming(
        said.body.encode(),
        said.event_id,
        deliveries,
        lambda: answers.append("ack"),
        lambda: answers.append("requeue"),
    )


def test_one_that_was_delivered_before_is_taken_by_itself(world: World) -> None:
    """It may be what took the worker down: among others it could not be found."""
    school, handlers = uuid4(), {"message.stopped": Act().handler}
    handling = Handling(world.keys_of(), world.database, handlers)
    together = Together(world.service, handling, handlers, lambda _line: False)
    messages = [in_hand(tries, stopped(school), []) for tries in (0, 1, 0)]
    taken = together.take("test.work", messages)
    assert taken.left == [messages[1]]
    assert taken.done == [messages[0], messages[2]]


def test_what_tells_a_slot_to_end_is_left_where_it_is() -> None:
    answers: list[str] = []
    waiting: asyncio.Queue[Incoming | None] = asyncio.Queue()
    for _ in range(3):
        waiting.put_nowait(in_hand(0, stopped(None), answers))
    assert len(take_more(waiting, 2)) == 2
    give_back(waiting, takers=2)
    assert answers == ["requeue"]
    assert take_more(waiting, 5) == []
    assert waiting.qsize() == 2
