"""Mails that come back, over real SMTP and LMTP, from the door to what messaging and directory are
told (DLV-4).
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from scripted_relay import StartRelay

from common import clock
from common.db import Database
from common.testing.dispatch import Neighbours, Publish, Said, States, Working, run_jobs
from common.testing.waiting import until
from dispatch_mail import jobs
from dispatch_mail.app import sender_of
from dispatch_mail.config import Settings
from dispatch_mail.inbound import InboundRole, create_inbound
from dispatch_mail.store.models import TABLES

DELIVERIES = TABLES.deliveries
SAMPLES = Path(__file__).parents[1] / "bounces"
UNKNOWN = (SAMPLES / "rfc3464-user-unknown.eml").read_bytes()


class Inbound:
    """The open door, as a relay sees it."""

    def __init__(self, role: InboundRole, port: int) -> None:
        self.role = role
        self.port = port

    async def bring(
        self, recipient: str, raw: bytes = UNKNOWN, sender: str = "", kind: type = smtplib.SMTP
    ) -> str:
        """Hand a mail over as a relay does; return the last answer."""
        return await asyncio.to_thread(self._bring, recipient, raw, sender, kind)

    def _bring(self, recipient: str, raw: bytes, sender: str, kind: type) -> str:
        with kind("127.0.0.1", self.port, "relay.town.test", timeout=10) as relay:
            relay.ehlo_or_helo_if_needed()
            relay.mail(sender)
            code, text = relay.rcpt(recipient)
            if code == 250:
                code, text = relay.data(raw)
            return f"{code} {text.decode()}"


@pytest.fixture
def open_door(settings: Settings, database: Database) -> Callable[..., object]:
    @asynccontextmanager
    async def opened(**changes: int) -> AsyncIterator[Inbound]:
        chosen = settings.model_copy(update=changes)
        role = create_inbound(chosen, database)
        port = await role.listener.start("127.0.0.1", 0)
        try:
            yield Inbound(role, port)
        finally:
            await role.listener.stop()

    return opened


@pytest.fixture
def address_of(settings: Settings) -> Callable[[UUID], str]:
    sender = sender_of(settings)
    return partial(sender.return_address, bounces=sender.bounces())


@pytest.fixture
async def send(
    neighbours: Neighbours,
    working: Working,
    publish: Publish,
    start_relay: StartRelay,
    states: States,
    database: Database,
) -> Callable[..., object]:
    relay = await start_relay()

    async def sent(*families: object) -> UUID:
        """Send a message to these families; return the id of the newest delivery."""
        before = states()["accepted"]
        async with working(relay):
            await publish(neighbours.add_message(), *families)
            await until(lambda: states()["accepted"] == before + len(families))
        with database.for_system(read_only=True) as session:
            newest = sa.select(DELIVERIES.c.id).order_by(DELIVERIES.c.requested_at.desc())
            return session.scalars(newest.limit(1)).one()

    return sent


def _row(database: Database, delivery_id: UUID) -> sa.Row:
    with database.for_system(read_only=True) as session:
        return session.execute(sa.select(DELIVERIES).where(DELIVERIES.c.id == delivery_id)).one()


@pytest.mark.parametrize("kind", [smtplib.SMTP, smtplib.LMTP])
async def test_a_bounce_amends_its_delivery_and_tells_messaging_once(
    open_door, address_of, send, neighbours, database, said: Said, kind: type
) -> None:
    delivery_id = await send(neighbours.add_family("hina@docomo.town.test"))
    async with open_door() as door:
        address = address_of(delivery_id)
        assert (await door.bring(address, kind=kind)).startswith("250")
        assert (await door.bring(address.upper(), kind=kind)).startswith("250")
    row = _row(database, delivery_id)
    assert (row.state, row.bounce_reason) == ("accepted", "user_unknown")
    (event,) = said("delivery.amended")
    assert event.school_id == neighbours.school_id
    assert event.payload["message_id"] == row.message_id
    assert event.payload["contact_point_id"] == row.contact_point_id
    assert event.payload["reason"] == "user_unknown"
    assert list(event.payload["members"].values()) == [1]


async def test_a_forged_bounce_is_refused_before_its_mail_is_read(
    open_door, address_of, send, neighbours, database, said: Said
) -> None:
    delivery_id = await send(neighbours.add_family("hina@docomo.town.test"))
    address = address_of(delivery_id)
    local_part, domain = address.split("@")
    last = "0" if local_part[-1] != "0" else "1"
    forged = [
        f"{local_part[:-1]}{last}@{domain}",
        f"b+{uuid4().hex}{local_part[-16:]}@{domain}",
        f"b+{delivery_id.hex}@{domain}",
        f"{local_part}@elsewhere.example",
        f"{local_part}00@{domain}",
    ]
    async with open_door() as door:
        for each in forged:
            assert (await door.bring(each)).startswith("550 5.1.1")
    assert _row(database, delivery_id).bounced_at is None
    assert said("delivery.amended") == []


async def test_a_delayed_mail_and_a_holiday_answer_amend_nothing(
    open_door, address_of, send, neighbours, database
) -> None:
    delivery_id = await send(neighbours.add_family("hina@docomo.town.test"))
    delayed = UNKNOWN.replace(b"Action: failed", b"Action: delayed")
    holiday = (SAMPLES / "rfc3834-01.eml").read_bytes()
    async with open_door() as door:
        assert (await door.bring(address_of(delivery_id), delayed)).startswith("250")
        assert (await door.bring(address_of(delivery_id), holiday)).startswith("250")
    assert _row(database, delivery_id).bounced_at is None


async def test_a_bounce_that_comes_before_the_settle_is_kept_beside_the_state(
    open_door, address_of, neighbours, publish, database, working, start_relay, states, said: Said
) -> None:
    relay = await start_relay()
    async with working(relay):
        await publish(neighbours.add_message(), neighbours.add_family("hina@docomo.town.test"))
        await until(lambda: states()["accepted"] == 1)
    with database.for_system() as session:
        claimed = {"state": "claimed", "settled_at": None}
        session.execute(sa.update(DELIVERIES).values(**claimed, lease_until=clock.now()))
        delivery_id = session.scalars(sa.select(DELIVERIES.c.id)).one()
    async with open_door() as door:
        assert (await door.bring(address_of(delivery_id))).startswith("250")
    row = _row(database, delivery_id)
    assert (row.state, row.bounce_reason) == ("claimed", "user_unknown")
    assert len(said("delivery.amended")) == 1


async def test_a_bounce_for_a_delivery_that_is_gone_is_taken_and_forgotten(
    open_door, address_of, said: Said
) -> None:
    async with open_door() as door:
        assert (await door.bring(address_of(uuid4()))).startswith("250")
    assert said("delivery.amended") == []


async def test_two_bounces_on_different_days_make_an_address_dead_and_one_never_does(
    open_door, address_of, send, neighbours, database, said: Said
) -> None:
    family = neighbours.add_family("hina@docomo.town.test")
    async with open_door() as door:
        for day in (1, 2):
            await door.bring(address_of(await send(family)))
            _let_night_come(database)
            changed = [event.payload["health"] for event in said("contact_point.changed")]
            assert changed == ["returned", "returned", "user_unknown"][: 2 * day - 1]
    # Its relay takes the next mail like every mail; only a day without a bounce says something.
    await send(family)
    run_jobs(database, jobs.JOBS, clock.now())
    assert len(said("contact_point.changed")) == 3
    _let_night_come(database)
    assert [event.payload["health"] for event in said("contact_point.changed")][3:] == ["ok"]


async def test_a_bounce_is_a_doubt_at_once_and_over_after_a_day_without_another(
    open_door, address_of, send, neighbours, database, said: Said
) -> None:
    family = neighbours.add_family("hina@docomo.town.test")
    delivery_id = await send(family)
    async with open_door() as door:
        await door.bring(address_of(delivery_id))
        await door.bring(address_of(delivery_id))
    (doubt,) = said("contact_point.changed")
    assert doubt.payload["health"] == "returned"
    assert doubt.payload["since"] == _row(database, delivery_id).bounced_at
    await send(family)
    run_jobs(database, jobs.JOBS, clock.now())
    assert len(said("contact_point.changed")) == 1
    _let_night_come(database)
    assert said("contact_point.changed")[-1].payload["health"] == "ok"


async def test_a_mail_that_was_too_large_says_nothing_of_its_address(
    open_door, address_of, send, neighbours, said: Said
) -> None:
    delivery_id = await send(neighbours.add_family("hina@docomo.town.test"))
    too_large = UNKNOWN.replace(b"5.1.1", b"5.3.4")
    async with open_door() as door:
        await door.bring(address_of(delivery_id), too_large)
    (event,) = said("delivery.amended")
    assert event.payload["reason"] == "too_large"
    assert said("contact_point.changed") == []


def _let_night_come(database: Database) -> None:
    """Move the past back by a day and two hours, and let the jobs run."""
    night = timedelta(days=1, hours=2)
    with database.for_system() as session:
        for row in session.execute(sa.select(DELIVERIES)).all():
            earlier = {"settled_at": row.settled_at - night}
            if row.bounced_at is not None:
                earlier["bounced_at"] = row.bounced_at - night
            session.execute(sa.update(DELIVERIES).where(DELIVERIES.c.id == row.id).values(earlier))
    run_jobs(database, jobs.JOBS, clock.now())


async def test_a_flood_is_bounded_in_size_pace_and_connections(open_door, address_of) -> None:
    address = address_of(uuid4())
    async with open_door(
        inbound_max_bytes=100_000, inbound_mails_a_minute=10, inbound_connections=2
    ) as door:
        too_large = UNKNOWN + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 2_000
        assert (await door.bring(address, too_large)).startswith("552")
        answers = [await door.bring(address) for _ in range(12)]
        assert answers[0].startswith("250")
        assert answers[-1].startswith("451 4.7.1")
        readers = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(3)]
        greetings = [await reader.readline() for reader, _ in readers]
        assert [line[:3] for line in greetings] == [b"220", b"220", b"421"]
        for _, writer in readers:
            writer.close()


async def test_while_the_database_is_away_the_relay_keeps_the_mail(
    open_door, address_of, settings
) -> None:
    away = Database.connect("postgresql+psycopg2://nobody@127.0.0.1:9/none")
    role = create_inbound(settings, away)
    port = await role.listener.start("127.0.0.1", 0)
    answer = await Inbound(role, port).bring(address_of(uuid4()))
    await role.listener.stop()
    away.dispose()
    assert answer.startswith("451 4.3.0")
