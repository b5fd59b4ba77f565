"""Answers to the mails of a school, over real SMTP: counted, and answered once a day (DLV-10)."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from asked_notices import mail_to, text_of
from flask import Flask
from scripted_relay import ScriptedRelay, StartRelay

from common import clock
from common.db import Database
from common.testing.dispatch import Neighbours, Working, run_jobs
from common.testing.tokens import bearer, staff_token
from common.testing.waiting import until
from dispatch_mail import jobs
from dispatch_mail.config import Settings
from dispatch_mail.inbound import create_inbound
from dispatch_mail.store.models import TABLES, ReplyAnswer

OWN = "tsubameno@renraku.minamo.example"
MOTHER = "m..takahashi@docomo.town.test"
QUOTED = '"m..takahashi"@docomo.town.test'
WRITTEN = "きょうは休みます"
DELIVERIES = TABLES.deliveries


def a_mail(**headers: str) -> bytes:
    mail = EmailMessage()
    named = {"Subject": "Re: 運動会の順延について", "From": MOTHER, "To": OWN, **headers}
    for name, value in named.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(WRITTEN)
    return mail.as_bytes(policy=policy.SMTP)


Bring = Callable[..., object]


@pytest.fixture
def open_door(
    settings: Settings, database: Database, neighbours: Neighbours
) -> Callable[..., object]:
    @asynccontextmanager
    async def opened(**changes: int) -> AsyncIterator[Bring]:
        role = create_inbound(settings.model_copy(update=changes), database)
        port = await role.listener.start("127.0.0.1", 0)

        def hand_over(sender: str, raw: bytes, recipient: str) -> str:
            with smtplib.SMTP("127.0.0.1", port, "relay.town.test", timeout=30) as relay:
                relay.ehlo()
                relay.mail(sender)
                code, text = relay.rcpt(recipient)
                if code == 250:
                    code, text = relay.data(raw)
                return f"{code} {text.decode()}"

        async def bring(
            sender: str = QUOTED, raw: bytes | None = None, recipient: str = OWN
        ) -> str:
            return await asyncio.to_thread(hand_over, sender, raw or a_mail(), recipient)

        try:
            yield bring
        finally:
            await role.listener.stop()

    return opened


@pytest.fixture
def count(app: Flask, settings: Settings, neighbours: Neighbours) -> Callable[[], int]:
    def counted() -> int:
        token = staff_token(
            settings.keys_dir, school_id=neighbours.school_id, functions=["messages.read"]
        )
        answer = app.test_client().get("/replies", headers=bearer(token))
        assert answer.json["days"] == 7
        return answer.json["replies"]

    return counted


def answers(database: Database) -> int:
    with database.for_system(read_only=True) as session:
        return len(session.execute(sa.select(DELIVERIES.c.id)).all())


async def test_a_family_that_answers_is_told_by_mail_and_the_office_sees_the_count(
    open_door, neighbours, database, working: Working, start_relay: StartRelay, count
) -> None:
    neighbours.add_family(MOTHER)
    relay: ScriptedRelay = await start_relay()
    async with open_door() as bring, working(relay):
        assert (await bring()).startswith("250")
        await until(lambda: QUOTED in relay.contents or MOTHER in relay.contents)
    mail = mail_to(relay, next(iter(relay.contents)))
    assert mail["Auto-Submitted"] == "auto-replied"
    assert "学校では読めません" in mail["Subject"]
    assert mail["From"].addresses[0].addr_spec == OWN
    words = text_of(mail)
    assert "このアドレスは送信専用で、学校では読んでいません。" in words
    assert "please telephone the school" in words
    assert "電話 03-0000-0000（8:00〜17:00）" in words
    assert WRITTEN not in words, "what they wrote goes nowhere"
    assert count() == 1


async def test_an_address_is_answered_once_a_day_and_counted_each_time(
    open_door, neighbours, database, count
) -> None:
    neighbours.add_family(MOTHER)
    async with open_door() as bring:
        for _ in range(3):
            assert (await bring()).startswith("250")
        assert (answers(database), count()) == (1, 3)
        tomorrow = clock.now().timestamp() + 86_400
        with time_machine.travel(tomorrow, tick=True):
            assert (await bring()).startswith("250")
    assert answers(database) == 2


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("", {}),
        (QUOTED, {"Auto_Submitted": "auto-replied"}),
        (QUOTED, {"Auto_Submitted": "auto-generated; owner-email=x"}),
        (QUOTED, {"Precedence": "bulk"}),
        (QUOTED, {"Precedence": "auto_reply"}),
        (QUOTED, {"List_Id": "<kobetsu.town.test>"}),
        (QUOTED, {"Return_Path": "<>"}),
        (QUOTED, {"Subject": "自動返信：ただいま不在です"}),
        (QUOTED, {"Subject": "Automatic reply: 運動会"}),
        ("mailer-daemon@docomo.town.test", {}),
        ("no-reply@docomo.town.test", {}),
        ("owner-parents@docomo.town.test", {}),
        (OWN, {}),
        ("other@renraku.minamo.example", {}),
    ],
)
async def test_what_a_program_sent_is_never_answered_nor_counted(
    open_door, neighbours, database, count, sender: str, headers: dict[str, str]
) -> None:
    for address in (MOTHER, "mailer-daemon@docomo.town.test", OWN):
        neighbours.add_family(address)
    async with open_door() as bring:
        assert (await bring(sender, a_mail(**headers))).startswith("250")
        assert (answers(database), count()) == (0, 0)
        assert (await bring()).startswith("250")
    assert (answers(database), count()) == (1, 1), "who writes by hand is answered"


async def test_our_own_answer_that_comes_back_to_us_is_not_answered(
    open_door, neighbours, database, working: Working, start_relay: StartRelay
) -> None:
    """Two machines would write to one another for ever."""
    neighbours.add_family(MOTHER)
    relay: ScriptedRelay = await start_relay()
    async with open_door() as bring, working(relay):
        await bring()
        await until(lambda: bool(relay.contents))
        (raw,) = relay.contents.values()
        for _ in range(2):
            assert (await bring(QUOTED, raw)).startswith("250")
    assert answers(database) == 1


async def test_a_stranger_gets_no_answer_and_counts_only_with_a_mail_of_ours(
    open_door, neighbours, database, count
) -> None:
    """Whoever forges a sender would have us write to somebody who never wrote."""
    neighbours.add_family(MOTHER)
    async with open_door() as bring:
        assert (await bring("victim@elsewhere.test")).startswith("250")
        assert (answers(database), count()) == (0, 0)
        forged = a_mail(In_Reply_To=f"<{uuid4().hex}@renraku.minamo.example>")
        await bring("victim@elsewhere.test", forged)
        assert (answers(database), count()) == (0, 0)
        await bring()
        with database.for_system(read_only=True) as session:
            (delivery_id,) = session.scalars(sa.select(DELIVERIES.c.id))
        passed_on = a_mail(References=f"<x@y> <{delivery_id.hex}@renraku.minamo.example>")
        await bring("father@elsewhere.test", passed_on)
    assert (answers(database), count()) == (1, 2)


async def test_an_address_of_no_school_is_refused_before_the_mail_is_read(
    open_door, neighbours
) -> None:
    asked_before = len(neighbours.asked)
    async with open_door() as bring:
        for local in ("nobody", "a" * 64, "b+x", "../keys", "a%2fb"):
            answer = await bring(recipient=f"{local}@renraku.minamo.example")
            assert answer.startswith("550 5.1.1"), local
        assert (await bring(recipient="tsubameno@elsewhere.test")).startswith("550 5.1.1")
        assert (await bring(recipient=OWN.upper())).startswith("250")
    names = [path for service, path, _ in neighbours.asked[asked_before:] if service == "identity"]
    assert [each.rpartition("/")[2] for each in names] == ["nobody", "tsubameno"]


@pytest.mark.parametrize("away", ["identity", "directory"])
async def test_while_another_house_is_away_the_relay_keeps_the_answer(
    open_door, neighbours, database, away: str
) -> None:
    neighbours.add_family(MOTHER)
    neighbours.away = {away}
    async with open_door() as bring:
        assert (await bring()).startswith("451")
        neighbours.away = set()
        assert (await bring()).startswith("250")
    assert answers(database) == 1


async def test_a_bomb_of_answers_is_bounded_in_size_and_pace(
    open_door, neighbours, database
) -> None:
    neighbours.add_family(MOTHER)
    too_large = a_mail() + (b"y" * 70 + b"\r\n") * 2_000
    async with open_door(inbound_max_bytes=100_000, inbound_mails_a_minute=10) as bring:
        assert (await bring(raw=too_large)).startswith("552")
        said = [await bring() for _ in range(12)]
    assert said[0].startswith("250")
    assert said[-1].startswith("451 4.7.1")
    assert answers(database) == 1


async def test_headers_in_an_answer_lead_nowhere(open_door, neighbours, database) -> None:
    neighbours.add_family(MOTHER)
    odd = b"Subject: =?utf-8?B?AAA?= =?nothing?Q?=FF?=\r\nIn-Reply-To: " + b"<" * 900 + b"\r\n\r\nx"
    async with open_door() as bring:
        assert (await bring(raw=odd)).startswith("250")
    assert answers(database) == 1


async def test_old_answers_are_forgotten(open_door, neighbours, database, count) -> None:
    neighbours.add_family(MOTHER)
    async with open_door() as bring:
        await bring()
    run_jobs(database, jobs.JOBS, clock.now())
    assert count() == 1
    with time_machine.travel(clock.now().timestamp() + 40 * 86_400, tick=True):
        run_jobs(database, jobs.JOBS, clock.now())
        with database.for_system(read_only=True) as session:
            assert session.scalars(sa.select(ReplyAnswer.id)).all() == []


def test_the_mail_is_plain_to_read() -> None:
    assert message_from_bytes(a_mail(), policy=policy.default)["To"] == OWN
