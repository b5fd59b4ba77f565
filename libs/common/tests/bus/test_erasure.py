"""A house hears that a school ends (RET-1).

It erases by itself, answers, and is deaf for what comes late.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from bus_world import World
from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from common import bus, clock
from common.bus import outbox
from common.db import erasure
from common.errors import Unavailable
from common.schemas import Envelope


def tell(world: World, school_id: UUID, event_type: str = "message.stopped") -> UUID:
    """Put an event into the outbox, be its school erased or not: another house does not know."""
    payload = {"message_id": uuid4()} if event_type == "message.stopped" else {}
    with world.database.for_system() as session:
        return outbox.put(session, event_type, payload, school_id=school_id)


async def test_a_house_erases_by_itself_and_answers_each_time_it_is_asked(world: World) -> None:
    answers: list[dict[str, Any]] = []

    def hear(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        answers.append(event.payload)

    own, other = bus.erasure_queue(world.service), world.queue("other", "school.erased")
    workers = [
        await world.worker(
            own, {"school.erasing": bus.erase_school(MetaData(), world.service, lambda _: True)}
        ),
        await world.worker(other, {"school.erased": bus.handler(hear, even_erased=True)}),
    ]
    school_id = uuid4()
    async with world.running(*workers, await world.relay()):
        for times in (1, 2):
            tell(world, school_id, "school.erasing")
            await world.until(lambda times=times: len(answers) == times)
    assert answers == [{"house": world.service, "counts": {}}] * 2
    assert (world.database.has_erased(school_id), world.parked()) == (True, [])


async def test_what_retention_does_not_know_of_is_parked_at_once_and_erases_nothing_until_it_is_due(
    world: World,
) -> None:
    asked: list[UUID] = []
    begun: set[UUID] = set()

    def is_due(school_id: UUID) -> bool:
        asked.append(school_id)
        return school_id in begun

    school_id, own = uuid4(), bus.erasure_queue(world.service)
    handlers = {"school.erasing": bus.erase_school(MetaData(), world.service, is_due)}
    async with world.running(await world.worker(own, handlers), await world.relay()):
        tell(world, school_id, "school.erasing")
        await world.until(world.parked)
        (parked,) = world.parked()
        assert (parked.reason, parked.attempts, asked) == ("not_due", 1, [school_id])
        assert not world.database.has_erased(school_id)
        begun.add(school_id)
        with world.database.for_system() as session:
            bus.replay(session, parked.id)
        await world.until(lambda: world.database.has_erased(school_id))
    assert world.parked() == []


async def test_an_erasure_waits_while_retention_is_away(world: World) -> None:
    asked: list[UUID] = []

    def is_due(school_id: UUID) -> bool:
        asked.append(school_id)
        if len(asked) < 3:
            raise Unavailable
        return True

    school_id, own = uuid4(), bus.erasure_queue(world.service)
    handlers = {"school.erasing": bus.erase_school(MetaData(), world.service, is_due)}
    async with world.running(await world.worker(own, handlers), await world.relay()):
        tell(world, school_id, "school.erasing")
        await world.until(lambda: world.database.has_erased(school_id))
    assert world.parked() == []


@pytest.mark.parametrize("asks_another_house", [True, False])
async def test_what_comes_late_for_an_erased_school_does_nothing_and_asks_nobody(
    world: World, asks_another_house: bool
) -> None:
    asked: list[UUID] = []
    gather = (lambda event: asked.append(event.id)) if asks_another_house else None
    # One after the other: what was said last is heard last.
    work = world.queue("work", "message.stopped", concurrency=1)
    erased, other = uuid4(), uuid4()
    with world.database.for_system() as session:
        erasure.begin_erasure(session, erased, clock.now())
    late, last = tell(world, erased), tell(world, other)
    handlers = {"message.stopped": bus.handler(world.note().act, gather=gather)}
    async with world.running(await world.worker(work, handlers), await world.relay()):
        await world.until(lambda: world.effects())
    assert world.effects() == [last]
    assert (late in asked, world.parked()) == (False, [])
