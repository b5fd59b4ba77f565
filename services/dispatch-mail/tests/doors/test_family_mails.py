"""The product's own mails to families: from `family_mail.requested` to the relay (MY-1, MY-7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from asked_notices import mail_to, text_of
from scripted_relay import StartRelay

from common.db import Database
from common.testing.dispatch import Neighbours, Said, States, Working
from common.testing.waiting import until
from dispatch_mail.store.models import TABLES

Ask = Callable[[UUID], Awaitable[None]]
Arrive = Callable[..., Awaitable[EmailMessage]]
ADDRESS = "m..takahashi@docomo.town.test"


@pytest.fixture
def arrive(
    start_relay: StartRelay,
    working: Working,
    ask_family_mail: Ask,
    neighbours: Neighbours,
    states: States,
) -> Arrive:
    """Give what lets a mail of this kind arrive at a family, and returns it."""

    async def let_arrive(kind: str, **more: str) -> EmailMessage:
        relay = await start_relay()
        neighbours.add_family("kyoto@a.town.test")
        async with working(relay):
            await ask_family_mail(neighbours.add_family_mail(kind, **more))
            await until(lambda: states() == {"accepted": 1})
        return mail_to(relay, "kyoto@a.town.test")

    return let_arrive


async def test_a_link_to_my_page_arrives_in_the_words_of_the_school(arrive: Arrive) -> None:
    mail = await arrive("sign_in")
    assert mail["Subject"] == "つばめ野小：マイページに入るためのリンク"
    assert mail["From"] == "みなも市立つばめ野小学校 <tsubameno@renraku.minamo.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert text_of(mail) == (
        "みなも市立つばめ野小学校のマイページに入るためのリンクです。\n"
        "\n"
        "▼ 15分以内に、次のリンクを開いてください（使えるのは1回だけです）\n"
        "https://renraku.minamo.example/m/links/token-of-sign_in\n"
        "\n"
        "開いた画面で「マイページを開く」を押すと、その端末では次からリンクなしで開けます。\n"
        "心当たりがないときは、何もしないでください。だれもマイページに入れません。\n"
        "このリンクをほかの人に送らないでください。\n"
        "\n"
        "――――――――――\n"
        "みなも市立つばめ野小学校　電話 03-0000-0000（8:00〜17:00）\n"
        "このメールに返信しても学校には届きません。\n"
    )


@pytest.mark.parametrize(
    ("kind", "language", "subject", "sentence"),
    [
        ("confirmation", "en", "つばめ野小: Confirm your address (code 482 913)", "type this code"),
        ("added", "ja", "つばめ野小：ご家族の受信登録が増えました", "学校へお知らせください"),
        (
            "added",
            "en",
            "つばめ野小: A new address of your family was registered",
            "tell the school",
        ),
        (
            "stopped",
            "ja",
            "つばめ野小：別のアドレスの受信が止められました",
            "これまでどおり届きます",
        ),
        (
            "stopped",
            "en",
            "つばめ野小: Mails to another address of yours were stopped",
            "Nothing changes for this address",
        ),
        (
            "password_chosen",
            "ja",
            "つばめ野小：マイページのパスワードが決まりました",
            "「家族と受信先」でパスワードをなくせます",
        ),
        (
            "password_chosen",
            "en",
            "つばめ野小: A password was chosen for My Page",
            "All other devices were signed out.",
        ),
        (
            "password_removed",
            "ja",
            "つばめ野小：マイページのパスワードがなくなりました",
            "メールで届くリンクで入ります",
        ),
        (
            "password_removed",
            "en",
            "つばめ野小: The password of My Page was removed",
            "by a link that is mailed to you",
        ),
        ("sign_in", "en", "つばめ野小: Your link to My Page", "within 15 minutes; it works once"),
        ("test", "ja", "つばめ野小：届くかどうかのお試し", "「届きました」を押してください"),
        ("test", "en", "つばめ野小: A test of your address", "press “It has arrived”"),
        ("staff_added", "ja", "つばめ野小：あなたの受信先が増えました", "/own/contact-points"),
        (
            "staff_stopped",
            "ja",
            "つばめ野小：別のアドレスの受信が止められました",
            "/own/contact-points",
        ),
        (
            "staff_test",
            "ja",
            "つばめ野小：届くかどうかのお試し",
            "「わたしの受信先」の「届くか試す」",
        ),
    ],
)
async def test_families_and_staff_are_written_to_in_their_words(
    arrive: Arrive,
    kind: str,
    language: str,
    subject: str,
    sentence: str,
) -> None:
    mail = await arrive(kind, language=language)
    assert mail["Subject"] == subject
    assert sentence in text_of(mail)


async def test_an_address_is_confirmed_by_six_digits_or_by_a_link(arrive: Arrive) -> None:
    mail = await arrive("confirmation")
    assert mail["Subject"] == "つばめ野小：受信登録の確認（6けたの番号 482 913）"
    assert text_of(mail) == (
        "みなも市立つばめ野小学校からの連絡を、このアドレスで受け取るための確認です。\n"
        "6けたの番号　482 913\n"
        "\n"
        "▼ 24時間以内に、登録画面へこの番号を入れるか、次のリンクを押してください\n"
        "https://renraku.minamo.example/t/c/token-of-confirmation\n"
        "\n"
        "心当たりがないときは、何もしなければ登録されません。\n"
        "\n"
        "――――――――――\n"
        "みなも市立つばめ野小学校　電話 03-0000-0000（8:00〜17:00）\n"
        "このメールに返信しても学校には届きません。\n"
    )


async def test_an_address_as_carriers_issued_it_gets_its_mail(
    start_relay: StartRelay,
    working: Working,
    ask_family_mail: Ask,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    neighbours.add_family(ADDRESS)
    async with working(relay):
        await ask_family_mail(neighbours.add_family_mail("sign_in"))
        await until(lambda: states() == {"accepted": 1})
    assert list(relay.contents) == ['"m..takahashi"@docomo.town.test']


async def test_the_event_twice_is_one_mail_and_no_address_waits(
    start_relay: StartRelay,
    working: Working,
    ask_family_mail: Ask,
    neighbours: Neighbours,
    states: States,
    said: Said,
    database: Database,
) -> None:
    relay = await start_relay()
    neighbours.add_family("kyoto@a.town.test")
    mail_id = neighbours.add_family_mail("sign_in")
    async with working(relay):
        await ask_family_mail(mail_id)
        await until(lambda: states() == {"accepted": 1})
        await ask_family_mail(mail_id)
        await ask_family_mail(neighbours.add_family_mail("test"))
        await until(lambda: states() == {"accepted": 2})
    assert relay.commands.count("DATA") == 2
    with database.for_system(read_only=True) as session:
        rows = session.execute(sa.select(TABLES.deliveries)).all()
    assert {(row.lane, row.address) for row in rows} == {("urgent", None)}
    assert said("delivery.settled") == []


async def test_what_need_not_go_any_more_goes_nowhere(
    start_relay: StartRelay,
    working: Working,
    ask_family_mail: Ask,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    neighbours.add_family("kyoto@a.town.test")
    async with working(relay):
        await ask_family_mail(uuid4())
        await ask_family_mail(neighbours.add_family_mail("sign_in"))
        await until(lambda: states() == {"accepted": 1})
    assert relay.commands.count("DATA") == 1


async def test_while_directory_is_away_a_mail_waits_and_goes_when_it_is_back(
    start_relay: StartRelay,
    working: Working,
    ask_family_mail: Ask,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    neighbours.add_family("kyoto@a.town.test")
    neighbours.away.add("directory")
    async with working(relay):
        await ask_family_mail(neighbours.add_family_mail("sign_in"))
        await until(lambda: neighbours.missed > 0)
        neighbours.away.clear()
        await until(lambda: states() == {"accepted": 1})
