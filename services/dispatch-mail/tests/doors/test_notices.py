"""The product's own mails to staff: from `notice.requested` on the bus to the relay (ID-8)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from asked_notices import Tell, download_alarm, mail_to, new_device, text_of
from scripted_relay import StartRelay

from common.db import Database
from common.delivery.outcomes import Accepted, NotPrepared, Reason, Rejected
from common.errors import Unavailable
from common.testing.dispatch import (
    ClaimRows,
    Hear,
    Neighbours,
    Said,
    States,
    Working,
    send_batch,
)
from common.testing.waiting import until
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.store.models import TABLES

DELIVERIES = TABLES.deliveries
MakeChannel = Callable[..., MailChannel]


async def test_a_download_alarm_arrives_in_the_words_of_the_school(
    start_relay: StartRelay,
    working: Working,
    tell: Tell,
    neighbours: Neighbours,
    states: States,
    clerk: UUID,
) -> None:
    relay = await start_relay()
    reader = neighbours.add_account("kyoto@a.town.test")
    async with working(relay):
        await tell(download_alarm(reader, by=clerk))
        await until(lambda: states() == {"accepted": 1})
    mail = mail_to(relay, "kyoto@a.town.test")
    assert mail["Subject"] == "【確認】個人の記録の持ち出しがありました（1時間に120件）"
    school_address = "tsubameno@renraku.minamo.example"
    assert mail["From"] == f"みなも市立つばめ野小学校 <{school_address}>"
    assert mail["Reply-To"] == school_address
    assert mail["To"] == "kyoto@a.town.test"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert mail.get_content_type() == "text/plain"
    assert text_of(mail) == (
        "山下 明子 様\n"
        "\n"
        "事務 中野 正 さんの持ち出しが、この1時間に合わせて120件になりました。\n"
        "最後は、11月24日 15:20、「児童の名簿」のExcelへの書き出しです。\n"
        "心当たりがないときは、すぐに利用を止めてください。\n"
        "\n"
        "▼ 利用を止める画面はこちら\n"
        f"https://renraku.minamo.example/accounts/{clerk}\n"
        "\n"
        "――――――――――\n"
        "みなも市立つばめ野小学校　電話 03-0000-0000（8:00〜17:00）\n"
        "このメールに返信しても学校には届きません。\n"
    )


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        (
            "ja",
            "【確認】新しい端末からのログインがありました",
            "11月24日 15:20、はじめての端末（iPhone・Safari）から、",
        ),
        (
            "en",
            "[Please check] Somebody signed in from a new device",
            "On 24 November at 15:20 (Japan time), your account was signed in to from a new device",
        ),
    ],
)
async def test_a_reader_gets_a_notice_in_their_language(
    start_relay: StartRelay,
    working: Working,
    tell: Tell,
    neighbours: Neighbours,
    states: States,
    language: str,
    subject: str,
    sentence: str,
) -> None:
    relay = await start_relay()
    reader = neighbours.add_account("kyoto@a.town.test", language=language)
    async with working(relay):
        await tell(new_device(reader))
        await until(lambda: states() == {"accepted": 1})
    mail = mail_to(relay, "kyoto@a.town.test")
    assert mail["Subject"] == subject
    assert sentence in text_of(mail)
    assert "https://renraku.minamo.example/own\n" in text_of(mail)


async def test_no_address_waits_and_no_message_is_told_what_became_of_a_notice(
    start_relay: StartRelay,
    working: Working,
    tell: Tell,
    neighbours: Neighbours,
    states: States,
    said: Said,
    database: Database,
) -> None:
    relay = await start_relay()
    names = ("grey@a.town.test", "unknown@a.town.test", "kyoto@a.town.test")
    readers = [neighbours.add_account(name) for name in names]
    async with working(relay):
        await tell(new_device(*readers))
        await until(lambda: states() == {"deferred": 1, "refused": 1, "accepted": 1})
    with database.for_system(read_only=True) as session:
        rows = session.execute(sa.select(DELIVERIES)).all()
    assert {(row.lane, row.address) for row in rows} == {("normal", None)}
    assert said("delivery.settled") == []


async def test_the_event_twice_is_one_mail_and_further_readers_get_theirs(
    start_relay: StartRelay,
    working: Working,
    tell: Tell,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    first, second = (neighbours.add_account(f"{name}@a.town.test") for name in ("a", "b"))
    once = new_device(first)
    async with working(relay):
        await tell(once)
        await until(lambda: states() == {"accepted": 1})
        await tell(once)
        await tell({**once, "account_ids": [first, second]})
        await until(lambda: states() == {"accepted": 2})
    assert relay.commands.count("DATA") == 2


async def test_while_identity_is_away_a_notice_waits_and_goes_when_it_is_back(
    start_relay: StartRelay,
    working: Working,
    tell: Tell,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    reader = neighbours.add_account("kyoto@a.town.test")
    neighbours.away = {"identity"}
    async with working(relay):
        await tell(new_device(reader))
        await until(lambda: neighbours.missed > 0)
        assert states() == {}
        neighbours.away = set()
        await until(lambda: states() == {"accepted": 1})


async def test_identity_away_at_the_hand_over_costs_a_notice_no_attempt(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    hear("notice.requested", new_device(neighbours.add_account("kyoto@a.town.test")))
    channel, batch = make_channel(relay), claim()
    neighbours.away = {"identity"}
    assert [type(answer) for answer in (await send_batch(channel, batch)).values()] == [NotPrepared]
    neighbours.away = set()
    assert [type(answer) for answer in (await send_batch(channel, batch)).values()] == [Accepted]


def test_a_notice_is_not_taken_in_while_nobody_says_who_reads_it(
    hear: Hear, neighbours: Neighbours, states: States
) -> None:
    asked = new_device(neighbours.add_account("kyoto@a.town.test"))
    neighbours.away = {"identity"}
    with pytest.raises(Unavailable):
        hear("notice.requested", asked)
    assert states() == {}


async def test_who_left_meanwhile_gets_nothing(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    gone, leaving = (neighbours.add_account(f"{name}@a.town.test") for name in ("a", "b"))
    neighbours.accounts[str(gone)]["is_open"] = False
    hear("notice.requested", new_device(gone, leaving))
    assert states() == {"requested": 1}
    neighbours.accounts[str(leaving)]["is_open"] = False
    answers = await send_batch(make_channel(relay), claim())
    assert list(answers.values()) == [Rejected(Reason.CANCELLED, 0, "gone")]
    assert relay.connections == 0


async def test_a_notice_goes_to_the_address_of_the_moment_in_which_it_is_sent(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    reader = neighbours.add_account("old@a.town.test")
    hear("notice.requested", new_device(reader))
    neighbours.accounts[str(reader)]["mail"] = "new@b.town.test"
    await send_batch(make_channel(relay), claim())
    assert list(relay.contents) == ["new@b.town.test"]


@pytest.mark.parametrize("mail", ["two@@town.test", "日本@town.test"])
async def test_what_is_no_address_is_refused_and_the_others_go(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
    mail: str,
) -> None:
    relay = await start_relay()
    readers = [neighbours.add_account(address) for address in (mail, "kyoto@a.town.test")]
    hear("notice.requested", new_device(*readers))
    answers = await send_batch(make_channel(relay), claim())
    assert Rejected(Reason.ADDRESS_BAD, 0, "address") in answers.values()
    assert list(relay.contents) == ["kyoto@a.town.test"]


async def test_an_address_that_refuses_links_gets_the_notice_without_one(
    start_relay: StartRelay,
    make_channel: MakeChannel,
    hear: Hear,
    claim: ClaimRows,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay(reads_links=True)
    hear("notice.requested", new_device(neighbours.add_account("link@a.town.test")))
    answers = await send_batch(make_channel(relay), claim())
    assert [type(answer) for answer in answers.values()] == [Accepted]
    text = text_of(mail_to(relay, "link@a.town.test"))
    assert "https://" not in text
    assert "リンクは付けていません" in text
