"""The worker from a page on the bus to an answer in the outbox, and what heals when something
breaks (DLV-1, DLV-2, DLV-4).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from town_fcm import Town

from common import clock
from common.bus import Outgoing, memory
from common.db import Database
from common.delivery import claims
from common.delivery.claims import Claim
from common.schemas import Envelope
from common.testing.dispatch import (
    Answered,
    Neighbours,
    Publish,
    Said,
    States,
    Working,
    at_work,
    run_jobs,
)
from common.testing.events import published
from common.testing.waiting import until
from dispatch_push import jobs
from dispatch_push.config import Settings
from dispatch_push.provider.settings import ServiceAccountRefused
from dispatch_push.store.models import TABLES
from dispatch_push.worker import FcmRefused, create_worker, fcm_of

DELIVERIES = TABLES.deliveries


def phone(prefix: str = "app") -> str:
    return f"{prefix}-{uuid4().hex}"


@pytest.fixture
def working(settings: Settings, database: Database, neighbours: Neighbours, town: Town) -> Working:
    @asynccontextmanager
    async def run(**changes: Any) -> AsyncIterator[None]:
        """Run the worker for the length of a block, on a connection of its own to the bus."""
        towards = {"fcm_url": town.url, "fcm_service_account_file": town.service_account}
        async with at_work(
            lambda bus: create_worker(settings.model_copy(update=towards | changes), database, bus)
        ):
            yield

    return run


def _row(database: Database) -> Any:
    with database.for_system(read_only=True) as session:
        return session.execute(sa.select(DELIVERIES)).first()


async def test_every_family_of_a_page_gets_its_notification_and_messaging_an_answer(
    working: Working, publish: Publish, neighbours: Neighbours, states: States, answered: Answered
) -> None:
    families = [neighbours.add_family(phone(prefix)) for prefix in ("app", "app", "gone", "other")]
    async with working():
        await publish(neighbours.add_message(), *families)
        await until(lambda: states() == {"accepted": 2, "refused": 2})
    assert {(point["state"], point["reason"]) for point in answered()} == {
        ("accepted", None),
        ("refused", "token_dead"),
    }
    assert {child for point in answered() for child in point["members"]} == {
        child for child, _ in families
    }


async def test_a_family_without_the_app_is_answered_for_at_once(
    working: Working, publish: Publish, neighbours: Neighbours, said: Said
) -> None:
    child = uuid4()
    async with working():
        await publish(neighbours.add_message(), (child, [uuid4()]))
        await until(lambda: said("delivery.settled"))
    (event,) = said("delivery.settled")
    assert (event.payload["channel"], event.payload["nothing"], event.payload["points"]) == (
        "push",
        [child],
        [],
    )


async def test_a_dead_token_is_told_to_directory_once_and_only_when_it_is_dead(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    said: Said,
    database: Database,
) -> None:
    families = [neighbours.add_family(phone(prefix)) for prefix in ("gone", "quota", "busy", "app")]
    async with working():
        await publish(neighbours.add_message(), *families)
        await until(lambda: states() == {"refused": 1, "deferred": 2, "accepted": 1})
    dead = next(
        point for point in neighbours.points if point["guardian_id"] == str(families[0][1][0])
    )
    now = clock.now()
    run_jobs(database, jobs.JOBS, now)
    run_jobs(database, jobs.JOBS, now + timedelta(seconds=5))
    (event,) = said("contact_point.changed")
    assert event.school_id == neighbours.school_id
    assert (str(event.payload["contact_point_id"]), event.payload["health"]) == (
        dead["contact_point_id"],
        "token_dead",
    )
    with database.for_system(read_only=True) as session:
        settled_at = session.scalar(
            sa.select(DELIVERIES.c.settled_at).where(DELIVERIES.c.reason == "token_dead")
        )
    assert event.payload["since"] == settled_at


async def test_directory_is_told_of_tokens_that_fcm_calls_malformed_or_another_senders(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    said: Said,
    database: Database,
) -> None:
    """B02, B12: neither was ever told, so each message tried them anew."""
    families = [
        neighbours.add_family(token) for token in ("no token", phone("other"), phone(), phone())
    ]
    async with working():
        await publish(neighbours.add_message(), *families)
        await until(lambda: states() == {"refused": 2, "accepted": 2})
    run_jobs(database, jobs.JOBS, clock.now())
    told = {
        (str(event.payload["contact_point_id"]), event.payload["health"])
        for event in said("contact_point.changed")
    }
    assert told == {(point["contact_point_id"], "token_dead") for point in neighbours.points[:2]}


async def test_a_phone_that_was_told_to_wait_gets_its_notification_after_the_wait(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    database: Database,
    town: Town,
) -> None:
    town.fcm.retry_seconds = 100
    before = clock.now()
    async with working():
        await publish(
            neighbours.add_message(),
            neighbours.add_family(phone("quota")),
            neighbours.add_family(phone("busy")),
        )
        await until(lambda: states() == {"deferred": 2})
        with database.for_system() as session:
            assert min(
                session.scalars(sa.select(DELIVERIES.c.next_attempt_at))
            ) >= before + timedelta(seconds=100)
            session.execute(sa.update(DELIVERIES).values(next_attempt_at=clock.now()))
        await until(lambda: states() == {"accepted": 2})


async def test_while_the_token_endpoint_is_down_deliveries_wait_and_then_all_go(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    database: Database,
    town: Town,
) -> None:
    town.fcm.is_token_down = True
    async with working():
        await publish(neighbours.add_message(), *(neighbours.add_family(phone()) for _ in range(5)))
        await until(lambda: states() == {"deferred": 5})
        town.fcm.is_token_down = False
        with database.for_system() as session:
            session.execute(sa.update(DELIVERIES).values(next_attempt_at=clock.now()))
        await until(lambda: states() == {"accepted": 5})
    assert town.fcm.phones.count_duplicates() == 0


async def test_a_wrong_project_costs_no_family_its_phone(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    said: Said,
    database: Database,
    town: Town,
) -> None:
    town.fcm.project = "another"
    async with working():
        await publish(neighbours.add_message(), neighbours.add_family(phone()))
        await until(lambda: states() == {"deferred": 1})
    run_jobs(database, jobs.JOBS, clock.now())
    assert said("contact_point.changed") == []
    assert _row(database).address is not None


async def test_the_same_page_twice_sends_one_notification(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    answered: Answered,
    town: Town,
) -> None:
    message_id, family = neighbours.add_message(), neighbours.add_family(phone())
    async with working():
        await publish(message_id, family)
        await until(lambda: states() == {"accepted": 1})
        await publish(message_id, family)
        await until(lambda: len(answered()) == 2)
    assert town.fcm.phones.count() == 1
    first, again = answered()
    assert first == again


async def test_a_stopped_message_sends_nothing_more(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    transport: memory.Memory,
    town: Town,
) -> None:
    message_id = neighbours.add_message()
    async with working():
        await publish(message_id, neighbours.add_family(phone("other")))
        await until(lambda: states() == {"deferred": 1})
        event = Envelope.of("message.stopped", neighbours.school_id, {"message_id": message_id})
        await transport.publish(Outgoing("message.stopped", event.dump(), event.id))
        await until(lambda: states() == {"cancelled": 1})
        await publish(message_id, neighbours.add_family(phone()))
        await until(lambda: states() == {"cancelled": 2})
    assert town.fcm.phones.count() == 0


async def test_a_claim_of_a_dead_process_goes_once_more_after_its_lease(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    database: Database,
    town: Town,
) -> None:
    async with working():
        await publish(neighbours.add_message(), neighbours.add_family(phone("other")))
        await until(lambda: states() == {"deferred": 1})
    now = clock.now()
    with database.for_system() as session:
        session.execute(sa.update(DELIVERIES).values(next_attempt_at=now))
        claims.claim(
            session, DELIVERIES, [Claim("normal", 1, uuid4(), now + timedelta(minutes=2))], now
        )
    run_jobs(database, jobs.JOBS, now + timedelta(minutes=3))
    assert (states(), _row(database).unknowns) == ({"requested": 1}, 1)
    assert {job.name for job in jobs.JOBS} == {
        "sweep_silent",
        "sweep_leases",
        "sweep_stopped",
        "sweep_expired",
        "report_dead_tokens",
        "measure_open",
        "purge",
    }


async def test_an_ended_school_leaves_no_delivery_behind(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    said: Said,
    transport: memory.Memory,
    settings: Settings,
) -> None:
    async with working():
        await publish(
            neighbours.add_message(),
            neighbours.add_family(phone()),
            neighbours.add_family(phone("busy")),
        )
        await until(lambda: states() == {"accepted": 1, "deferred": 1})
        neighbours.is_erasing = True
        event = Envelope.of("school.erasing", neighbours.school_id, {})
        await transport.publish(published(settings.keys_dir, event))
        await until(
            lambda: said("school.erasing")
        )  # after the mark it asks itself for the first batch
        await transport.publish(published(settings.keys_dir, said("school.erasing")[0]))
        await until(lambda: states() == {})


@pytest.mark.parametrize(
    "url", ["https://fcm.googleapis.com", "http://10.0.0.5/fcm", "http://localhost.example.jp/fcm"]
)
def test_standalone_mode_sends_to_this_machine_only(
    settings: Settings, town: Town, url: str
) -> None:
    towards = {"fcm_url": url, "fcm_service_account_file": town.service_account}
    with pytest.raises(FcmRefused, match="simulated town"):
        fcm_of(settings.model_copy(update=towards | {"only_loopback_relay": True}))
    assert fcm_of(settings.model_copy(update=towards)).url == url


def test_standalone_mode_takes_the_town(settings: Settings, town: Town) -> None:
    towards = {
        "fcm_url": town.url,
        "fcm_service_account_file": town.service_account,
        "only_loopback_relay": True,
    }
    assert fcm_of(settings.model_copy(update=towards)).url == town.url


def test_a_worker_without_a_service_account_does_not_start(settings: Settings) -> None:
    with pytest.raises(ServiceAccountRefused, match="RENRAKU_FCM_SERVICE_ACCOUNT_FILE"):
        fcm_of(settings)
