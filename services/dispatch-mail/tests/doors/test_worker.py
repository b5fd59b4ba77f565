"""The worker from a page on the bus to an answer in the outbox, and what heals when one dies
(DLV-1, DLV-2, DLV-3).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from scripted_relay import StartRelay

from common import clock
from common.bus import Outgoing, memory
from common.db import Database
from common.delivery import claims
from common.delivery.claims import Claim
from common.schemas import Envelope
from common.testing.dispatch import Answered, Neighbours, Publish, States, Working, run_jobs
from common.testing.waiting import until
from dispatch_mail import jobs
from dispatch_mail.config import Settings
from dispatch_mail.store.models import TABLES
from dispatch_mail.worker import RelayRefused, relay_of

DELIVERIES = TABLES.deliveries


async def test_every_family_of_a_page_gets_its_mail_and_messaging_an_answer(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    answered: Answered,
) -> None:
    relay = await start_relay()
    names = ["a-1@a.town.test", "a-2@b.town.test", "unknown@a.town.test", "grey@c.town.test"]
    families = [neighbours.add_family(name) for name in names]
    async with working(relay):
        await publish(neighbours.add_message(), *families)
        await until(lambda: states() == {"accepted": 2, "refused": 1, "deferred": 1})
    assert {(point["state"], point["reason"]) for point in answered()} == {
        ("accepted", None),
        ("refused", "user_unknown"),
    }
    assert {child for point in answered() for child in point["members"]} == {
        child for child, _ in families[:3]
    }


async def test_the_same_page_twice_sends_one_mail(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    answered: Answered,
) -> None:
    relay = await start_relay()
    message_id, family = neighbours.add_message(), neighbours.add_family("a@a.town.test")
    async with working(relay):
        await publish(message_id, family)
        await until(lambda: states() == {"accepted": 1})
        await publish(message_id, family)
        await until(lambda: len(answered()) == 2)
    assert relay.commands.count("DATA") == 1
    first, again = answered()
    assert first == again


async def test_urgent_mails_pass_a_normal_one_that_the_relay_holds(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    slow = [neighbours.add_family(f"slow-{number}@a.town.test") for number in range(30)]
    async with working(relay):
        await publish(neighbours.add_message(), *slow)
        await until(lambda: states() == {"claimed": 30})
        await publish(
            neighbours.add_message(lane="urgent", mark="urgent"),
            neighbours.add_family("a@a.town.test"),
            lane="urgent",
        )
        await until(lambda: states() == {"claimed": 30, "accepted": 1})
        relay.released.set()
        await until(lambda: states() == {"accepted": 31})


async def test_mails_wait_for_content_that_is_away_and_go_when_it_is_back(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    database: Database,
) -> None:
    relay = await start_relay()
    message_id = neighbours.add_message()
    neighbours.away = {"messaging"}
    async with working(relay):
        await publish(message_id, neighbours.add_family("a@a.town.test"))
        await until(
            lambda: (
                _row(database) is not None
                and _row(database).next_attempt_at > _row(database).requested_at
            )
        )
        assert relay.connections == 0
        neighbours.away = set()
        await until(lambda: states() == {"accepted": 1})
    assert _row(database).attempts == 1


def _row(database: Database) -> Any:
    with database.for_system(read_only=True) as session:
        return session.execute(sa.select(DELIVERIES)).first()


async def test_a_stopped_message_sends_nothing_more(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    transport: memory.Memory,
) -> None:
    relay = await start_relay()
    message_id = neighbours.add_message()
    async with working(relay):
        await publish(message_id, neighbours.add_family("grey@a.town.test"))
        await until(lambda: states() == {"deferred": 1})
        event = Envelope.of("message.stopped", neighbours.school_id, {"message_id": message_id})
        await transport.publish(Outgoing("message.stopped", event.dump(), event.id))
        await until(lambda: states() == {"cancelled": 1})
        await publish(message_id, neighbours.add_family("a@a.town.test"))
        await until(lambda: states() == {"cancelled": 2})
    assert relay.contents == {}


@pytest.mark.parametrize("single_process", [True, False])
async def test_rows_of_a_dead_process_are_taken_over_at_once_where_nobody_else_claims(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    database: Database,
    single_process: bool,
) -> None:
    relay = await start_relay()
    closed = await start_relay(greeting="421 4.3.2 not now")
    async with working(closed):
        await publish(
            neighbours.add_message(),
            *(neighbours.add_family(f"a-{number}@a.town.test") for number in range(3)),
        )
        await until(lambda: states() == {"requested": 3})
    now = clock.now()
    with database.for_system() as session:
        session.execute(sa.update(DELIVERIES).values(next_attempt_at=now))
        [batch] = claims.claim(
            session, DELIVERIES, [Claim("normal", 2, uuid4(), now + timedelta(minutes=2))], now
        )
        assert len(batch) == 2
    expected = {"accepted": 3} if single_process else {"accepted": 1, "claimed": 2}
    async with working(relay, single_process=single_process):
        await until(lambda: states() == expected)
    with database.for_system(read_only=True) as session:
        assert session.scalar(sa.select(sa.func.sum(DELIVERIES.c.unknowns))) == (
            2 if single_process else 0
        )


async def test_a_jobs_sweep_brings_a_lost_claim_back_after_its_lease(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    database: Database,
) -> None:
    relay = await start_relay()
    async with working(relay):
        await publish(neighbours.add_message(), neighbours.add_family("dropafter@a.town.test"))
        await until(lambda: _row(database) is not None and _row(database).unknowns == 1)
    now = clock.now()
    with database.for_system() as session:
        session.execute(sa.update(DELIVERIES).values(next_attempt_at=now))
        claims.claim(
            session, DELIVERIES, [Claim("normal", 1, uuid4(), now + timedelta(minutes=2))], now
        )
    run_jobs(database, jobs.JOBS, now + timedelta(minutes=3))
    assert states() == {"unknown": 1}


@pytest.mark.parametrize("host", ["mail.example.jp", "10.0.0.5", "localhost.example.jp"])
def test_standalone_mode_sends_to_this_machine_only(settings: Settings, host: str) -> None:
    alone = settings.model_copy(update={"only_loopback_relay": True, "relay_host": host})
    with pytest.raises(RelayRefused, match="on this machine only"):
        relay_of(alone)
    assert relay_of(settings.model_copy(update={"relay_host": host})).host == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_standalone_mode_takes_a_relay_of_this_machine(settings: Settings, host: str) -> None:
    assert (
        relay_of(settings.model_copy(update={"only_loopback_relay": True, "relay_host": host})).host
        == host
    )


def test_a_misspelt_kind_of_tls_is_an_error_and_never_means_none(settings: Settings) -> None:
    with pytest.raises(ValueError, match="of"):
        relay_of(settings.model_copy(update={"relay_tls": "of"}))
