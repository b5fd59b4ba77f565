"""Notices that are too many, too old or not identity's (ID-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from asked_notices import Tell, download_alarm, new_device
from prometheus_client import REGISTRY
from scripted_relay import StartRelay
from structlog.testing import capture_logs

from common import clock
from common.bus import Outgoing, memory
from common.db import Database
from common.delivery.outcomes import Reason, Rejected
from common.schemas import Envelope
from common.testing.dispatch import (
    ClaimRows,
    Hear,
    Neighbours,
    Said,
    States,
    Working,
    assert_no_stranger_is_believed,
    run_jobs,
    send_batch,
)
from common.testing.waiting import until
from dispatch_mail import jobs
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.actions.take_in_notice import MOST_AN_HOUR
from dispatch_mail.store.models import TABLES

DELIVERIES = TABLES.deliveries
MakeChannel = Callable[..., MailChannel]


def left_out() -> float:
    """Return how many download alarms were left out in this process."""
    name = "renraku_notices_left_out_total"
    return REGISTRY.get_sample_value(name, {"kind": "download_alarm"}) or 0.0


def test_beyond_five_an_hour_a_reader_gets_no_more_of_a_kind(
    hear: Hear,
    neighbours: Neighbours,
    states: States,
    clerk: UUID,
    database: Database,
) -> None:
    reader, other = (neighbours.add_account(f"{name}@a.town.test") for name in ("a", "b"))
    before = left_out()
    for _ in range(MOST_AN_HOUR):
        hear("notice.requested", download_alarm(reader, by=clerk))
    assert states() == {"requested": MOST_AN_HOUR}
    with capture_logs() as logged:
        hear("notice.requested", download_alarm(reader, other, by=clerk))
    assert states() == {"requested": MOST_AN_HOUR + 1}, "the other reader's"
    assert left_out() == before + 1
    [line] = [line for line in logged if line["event"] == "notice.left_out"]
    assert (line["kind"], line["readers"]) == ("download_alarm", 1)
    hear("notice.requested", new_device(reader))
    assert states() == {"requested": MOST_AN_HOUR + 2}, "of another kind"
    _an_hour_passes(database)
    hear("notice.requested", download_alarm(reader, by=clerk))
    assert states() == {"requested": MOST_AN_HOUR + 3}


def _an_hour_passes(database: Database) -> None:
    notices = TABLES.deliveries.metadata.tables["notices"]
    earlier = clock.now() - timedelta(hours=1)
    with database.for_system() as session:
        session.execute(sa.update(notices).values(requested_at=earlier))


def test_an_account_that_refuses_mails_is_told_to_directory_by_no_notice(
    hear: Hear, neighbours: Neighbours, said: Said, database: Database
) -> None:
    reader = neighbours.add_account("unknown@a.town.test")
    for days in (3, 2):
        hear("notice.requested", new_device(reader))
        refused_at = clock.now() - timedelta(days=days)
        refused = {"state": "refused", "reason": "user_unknown", "settled_at": refused_at}
        with database.for_system() as session:
            of_today = DELIVERIES.c.state == "requested"
            session.execute(sa.update(DELIVERIES).where(of_today).values(refused))
    run_jobs(database, jobs.JOBS, clock.now())
    assert said("contact_point.changed") == []


async def test_a_notice_that_is_long_over_is_forgotten(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
    database: Database,
) -> None:
    relay = await start_relay()
    hear("notice.requested", new_device(neighbours.add_account("kyoto@a.town.test")))
    batch = claim()
    run_jobs(database, jobs.JOBS, clock.now() + timedelta(days=8))
    answers = await send_batch(make_channel(relay), batch)
    assert list(answers.values()) == [Rejected(Reason.CANCELLED, 0, "gone")]
    assert relay.connections == 0


async def test_a_notice_that_identity_has_not_signed_stands_aside(
    start_relay: StartRelay,
    working: Working,
    transport: memory.Memory,
    tell: Tell,
    neighbours: Neighbours,
    states: States,
    database: Database,
) -> None:
    relay = await start_relay()
    asked = new_device(neighbours.add_account("kyoto@a.town.test"))
    event = Envelope.of("notice.requested", neighbours.school_id, asked)

    def is_parked() -> bool:
        with database.for_system(read_only=True) as session:
            reasons = session.scalars(sa.text("SELECT reason FROM parked_events")).all()
        return reasons == ["unsigned"]

    async with working(relay):
        await transport.publish(Outgoing("notice.requested", event.dump(), event.id))
        await until(is_parked)
    assert states() == {}


async def test_whatever_a_stranger_answers_in_identitys_place_ends_no_notice(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
) -> None:
    hear("notice.requested", new_device(neighbours.add_account("kyoto@a.town.test")))
    channel = make_channel(await start_relay())
    await assert_no_stranger_is_believed(neighbours, "identity", channel, claim())
