"""No school and no queue holds up another (MSG-8, DLV-7).

What waits keeps no slot, and what is not taken stands aside.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from bus_world import World
from sqlalchemy.orm import Session

from common import bus, clock
from common.bus import NotConfirmed, Outgoing, handler, held, outbox, relay, waiting, worker
from common.errors import Broken, Unavailable
from common.schemas import Envelope

POISONED, HEALTHY = uuid4(), uuid4()
AWAY = Unavailable("service_away", "directory can't be reached.")
BROKEN = Broken("internal", "directory broke.")


def put(world: World, school_id: UUID, event_type: str = "message.stopped", **more: str) -> UUID:
    with world.database.for_school(school_id) as session:
        return outbox.put(session, event_type, {"message_id": uuid4()}, school_id=school_id, **more)


def held_now(world: World) -> Counter[held.Line]:
    with world.database.for_system(read_only=True) as session:
        return held.count(session)


class Gathering:
    """Asks another house, which fails for some schools. `asked`: how often for which event."""

    def __init__(self, **failing: Exception) -> None:
        self.failing = failing
        self.asked: Counter[UUID] = Counter()
        self.of_school: Counter[UUID | None] = Counter()

    def __call__(self, event: Envelope) -> None:
        self.asked[event.id] += 1
        self.of_school[event.school_id] += 1
        error = self.failing.get("everybody") or (
            self.failing.get("poisoned") if event.school_id == POISONED else None
        )
        if error:
            raise error


@pytest.mark.parametrize("error", [AWAY, BROKEN], ids=["away", "broken"])
async def test_one_schools_lasting_trouble_keeps_no_slot_from_another(
    world: World, error: Exception
) -> None:
    """Two pages of it stopped the normal lane of all schools, for ever."""
    work = world.queue("work", "message.stopped", prefetch=4, concurrency=2)
    gathering = Gathering(poisoned=error)
    troubled = [put(world, POISONED) for _ in range(12)]
    async with world.running(
        await world.worker(work, {"message.stopped": handler(world.note().act, gathering)}),
        await world.relay(),
    ):
        await world.until(lambda: held_now(world)[work.name, POISONED] == 12)
        fine = [put(world, HEALTHY) for _ in range(8)]
        await world.until(lambda: len(world.effects()) == 8)
        assert sorted(world.effects()) == sorted(fine)
        assert gathering.of_school[POISONED] < 12, "a crowd is set aside untried"
        gathering.failing.clear()
        await world.until(lambda: len(world.effects()) == 20)
    assert sorted(world.effects()) == sorted([*troubled, *fine])
    assert held_now(world).total() == 0
    assert world.parked() == []


async def test_what_waits_for_a_house_that_is_away_is_never_parked_and_goes_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.02)
    work = world.queue("work", "message.stopped")
    gathering = Gathering(everybody=AWAY)
    put_in = [put(world, school) for school in (POISONED, HEALTHY) for _ in range(3)]
    async with world.running(
        await world.worker(work, {"message.stopped": handler(world.note().act, gathering)}),
        await world.relay(),
    ):
        await world.until(lambda: max(gathering.asked.values(), default=0) > held.BROKEN_TRIES + 2)
        assert world.effects() == []
        gathering.failing.clear()
        await world.until(lambda: len(world.effects()) == 6)
    assert sorted(world.effects()) == sorted(put_in)
    assert world.parked() == []


async def test_an_event_on_which_a_house_breaks_again_and_again_is_parked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(held, "BROKEN_FOR", timedelta())
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.02)
    work = world.queue("work", "message.stopped")
    event_id = put(world, POISONED)
    gathering = Gathering(poisoned=BROKEN)
    async with world.running(
        await world.worker(work, {"message.stopped": handler(world.note().act, gathering)}),
        await world.relay(),
    ):
        await world.until(world.parked)
    (parked,) = world.parked()
    assert (parked.event_id, parked.reason, parked.queue) == (event_id, "broken", work.name)
    assert gathering.asked[event_id] == held.BROKEN_TRIES
    assert held_now(world).total() == 0


def test_a_house_that_is_slow_for_everybody_has_nothing_parked_within_half_an_hour() -> None:
    now = clock.now()
    event = held.HeldEvent(
        "x.deliver.normal", uuid4(), POISONED, "{}", None, "service_slow", 0, 0, now, now
    )
    tries = 0
    while not event.is_hopeless:
        now = event.due_at
        event = event.failed("service_slow", now, is_broken=True)
        tries += 1
    assert now - event.held_at >= held.BROKEN_FOR - timedelta(seconds=held.LONGEST_WAIT_SECONDS)
    assert tries > held.BROKEN_TRIES


async def test_what_waits_survives_its_process(world: World) -> None:
    work = world.queue("work", "message.stopped")
    event_id = put(world, POISONED)
    failing = Gathering(everybody=AWAY)
    async with world.running(await world.relay()):
        async with world.running(
            await world.worker(work, {"message.stopped": handler(world.note().act, failing)})
        ):
            await world.until(lambda: held_now(world).total() == 1)
        async with world.running(await world.worker(work, {"message.stopped": world.note()})):
            await world.until(lambda: world.effects() == [event_id])
            await world.until(lambda: held_now(world).total() == 0)


async def test_urgent_events_are_tried_again_before_others(world: World) -> None:
    now = clock.now()
    with world.database.for_system() as session:
        for number, lane in enumerate(("normal", "urgent")):
            event = held.HeldEvent(
                f"x.deliver.{lane}", uuid4(), uuid4(), "{}", None, "away", 1, 0, now, now
            )
            held.keep(session, event)
            assert number < 2
    with world.database.for_system() as session:
        due = held.take_due(session, clock.now(), [], 5)
    assert [event.queue for event in due] == ["x.deliver.urgent", "x.deliver.normal"]
    with world.database.for_system() as session:
        assert held.take_due(session, clock.now(), [], 5) == [], "this process has them"


async def test_while_the_own_database_is_away_for_long_events_go_back_and_count_as_no_crash(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LONGEST_HOLD_SECONDS", 0.5)
    monkeypatch.setattr(waiting, "PAUSED_LOOK_SECONDS", 0.05)
    work = world.queue("work", "message.stopped", prefetch=10, concurrency=2)
    is_away = threading.Event()
    is_away.set()

    def act(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
        if is_away.is_set():
            raise worker.DatabaseAway(OSError("gone"))
        world.note().act(session, event, facts, now=now)

    receiver = await world.worker(work, {"message.stopped": handler(act)})
    monkeypatch.setattr(world.database, "is_ready", lambda: not is_away.is_set())
    expected = [put(world, HEALTHY) for _ in range(6)]
    async with world.running(receiver, await world.relay()):
        await world.until(lambda: receiver.pauses.is_on(work.name, waiting.DATABASE_AWAY))
        assert world.effects() == []
        is_away.clear()
        await world.until(lambda: len(world.effects()) == 6)
    assert sorted(world.effects()) == sorted(expected)
    assert world.parked() == []


class TestARelayWhoseBrokerTakesNotEverything:
    """One full or mute queue stopped all that a house had to say, its urgent events too."""

    @pytest.fixture
    def refused(self, monkeypatch: pytest.MonkeyPatch) -> set[str]:
        """Routing keys that the broker nacks."""
        return set()

    async def relay_of(self, world: World, refused: set[str], mute: set[str]) -> bus.Relay:
        made = await world.relay()
        transport = world.opened[-1]
        publish = transport.publish

        async def choosy(message: Outgoing) -> None:
            if message.routing_key in mute:
                await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=10)
                raise NotConfirmed(str(message.event_id))
            if message.routing_key in refused:
                raise NotConfirmed(str(message.event_id))
            await publish(message)

        transport.publish = choosy
        return made

    @pytest.mark.parametrize("how", ["full", "mute"])
    async def test_the_others_pass_at_once_and_the_urgent_ones_first(
        self, world: World, refused: set[str], how: str
    ) -> None:
        work = world.queue("work", "message.released.urgent", "contact_point.stopped")
        sick = {"message.stopped"}
        for _ in range(700):
            put(world, POISONED)
        for _ in range(3):
            world.put("contact_point.stopped", {"contact_point_id": uuid4()})
        made = await self.relay_of(
            world, sick if how == "full" else set(), sick if how == "mute" else set()
        )
        began = clock.monotonic()
        async with world.running(
            await world.worker(work, {"contact_point.stopped": world.note()}), made
        ):
            await world.until(lambda: len(world.effects()) == 3)
            assert clock.monotonic() - began < relay.LONGEST_WAIT_SECONDS
        assert world.unpublished() == 700

    async def test_a_key_that_was_refused_is_tried_with_one_event_and_goes_on_whole(
        self, world: World, refused: set[str]
    ) -> None:
        work = world.queue("work", "message.stopped")
        refused.add("message.stopped")
        for _ in range(30):
            put(world, POISONED)
        receiver, made = (
            await world.worker(work, {"message.stopped": world.note()}),
            await self.relay_of(world, refused, set()),
        )
        async with world.running(receiver, made):
            await asyncio.sleep(0)
            refused.clear()
            await world.until(lambda: len(world.effects()) == 30)
        assert world.unpublished() == 0


async def test_urgent_events_are_published_before_all_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = world.queue("work", "message.stopped", "delivery.requested.urgent")
    ordinary = [put(world, HEALTHY) for _ in range(5)]
    last = world.put(
        "delivery.requested",
        {"message_id": uuid4(), "lane": "urgent", "members": []},
        lane="urgent",
    )
    made = await world.relay("messaging")
    transport, said = world.opened[-1], []
    publish = transport.publish

    async def overheard(message: Outgoing) -> None:
        said.append(message.event_id)
        await publish(message)

    monkeypatch.setattr(transport, "publish", overheard)
    handlers = {"message.stopped": world.note(), "delivery.requested": world.note()}
    async with world.running(await world.worker(work, handlers), made):
        await world.until(lambda: len(world.effects()) == 6)
    assert said == [last, *ordinary]
