"""A family registers in the talk: school code, ID, passcode (DLV-5, DIR-8, ADR 51)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from line_house import House, MakeUser

from common import clock
from common.keys import Keys
from dispatch_line.domain import words
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.domain.talk_state import VALID_FOR
from dispatch_line.jobs import purge_talk_registrations
from dispatch_line.store.models import EVENTS, TalkRegistration

CODE, LOGIN_ID, PASSCODE = "208114825", "ABCD2345", "7HMXP3WA9T"
ASKED = [
    "学校コード（9けた）を送ってください",
    "登録用IDを送ってください",
    "パスコードを送ってください",
]
DONE = "受信登録ができました（お子様1人）。ご家族のほかの受信先にもお知らせしました。"
WRONG = "番号が合いません（あと4回）。登録手順書をご確認ください。"


@pytest.fixture
def user(house: House, make_user: MakeUser) -> str:
    """Return somebody who wants to register at a school that allows it in the talk."""
    house.neighbours.talk_code = CODE
    house.neighbours.talk_sheets[LOGIN_ID] = PASSCODE
    return make_user()


def typed(house: House, user: str, text: str) -> dict[str, Any]:
    return house.event("message", user, message={"type": "text", "id": "1", "text": text})


def agreed(house: House, user: str) -> dict[str, Any]:
    return house.tap(user, "agree:2026-12")


async def hear(house: House, user: str, *events: dict[str, Any], answers: int) -> list[str]:
    """Let the house deal with events; return the first line of each of its answers."""
    before = len(house.handled())
    async with house.working():
        house.hear(*events)
        await house.until(lambda: len(house.replies(user)) >= answers)
        await house.until(lambda: len(house.handled()) >= before + len(events))
    return [reply.splitlines()[0] for reply in house.replies(user)]


async def say(house: House, user: str, *texts: str) -> list[str]:
    """Type something, one after another; return the answers to it."""
    before = len(house.replies(user))
    for number, text in enumerate(texts, 1):
        await hear(house, user, typed(house, user, text), answers=before + number)
    return [reply.splitlines()[0] for reply in house.replies(user)[before:]]


async def begin(house: House, user: str) -> None:
    await hear(house, user, agreed(house, user), answers=1)


def rows(house: House) -> list[Any]:
    with house.database.for_system(read_only=True) as session:
        return list(session.execute(sa.select(TalkRegistration.__table__)))


async def test_words_of_ours_are_read_and_agreed_to_before_a_number_is_asked(
    house: House, user: str
) -> None:
    assert await say(house, user, "登録") == [words.TERMS]
    [*_, said] = house.talk(user)
    read, agree, on_page = [part["action"] for part in said.body["contents"]["footer"]["contents"]]
    assert read["uri"] == "https://renraku.minamo.example/p"
    assert (agree["label"], agree["data"]) == ("同意する", "agree:2026-12")
    assert "/t/line?linkToken=" in on_page["uri"]
    assert await hear(house, user, agreed(house, user), answers=2) == [words.TERMS, ASKED[0]]


async def test_a_new_friend_is_offered_it(house: House, user: str) -> None:
    assert await hear(house, user, house.event("follow", user), answers=1) == [words.TERMS]


async def test_three_numbers_register_a_family(house: House, user: str) -> None:
    await begin(house, user)
    assert house.replies(user) == ASKED[:1]
    assert await say(house, user, CODE, LOGIN_ID, PASSCODE) == [*ASKED[1:], DONE]
    assert house.neighbours.talk_users == [user]


async def test_numbers_are_read_as_phones_write_them(house: House, user: str) -> None:
    await begin(house, user)
    answers = await say(house, user, "２０８－１１４ ８２５", "abcd-2345", "7hmxp　3wa9t")
    assert answers == [*ASKED[1:], DONE]


async def test_the_sheet_of_a_sibling_follows_at_once(house: House, user: str) -> None:
    house.neighbours.talk_sheets["WXYZ6789"] = "PPPPPPPPPP"
    await begin(house, user)
    await say(house, user, CODE, LOGIN_ID, PASSCODE)
    assert await say(house, user, "WXYZ6789", "PPPPPPPPPP") == [ASKED[2], DONE]
    assert house.neighbours.talk_users == [user, user]


async def test_who_is_done_may_write_what_they_like(house: House, user: str) -> None:
    await begin(house, user)
    await say(house, user, CODE, LOGIN_ID, PASSCODE)
    assert await say(house, user, "ありがとうございます") == [words.WRONG_WORDS]


async def test_a_wrong_number_says_how_many_are_left_and_leads_back_to_the_id(
    house: House, user: str
) -> None:
    await begin(house, user)
    answers = await say(house, user, CODE, LOGIN_ID, "2222222222", LOGIN_ID, PASSCODE)
    assert answers == [*ASKED[1:], WRONG, ASKED[2], DONE]


async def test_after_five_wrong_numbers_it_is_over_and_said_what_to_do(
    house: House, user: str
) -> None:
    await begin(house, user)
    answers = await say(house, user, *[f"10000000{number}" for number in range(5)])
    assert answers[0] == WRONG
    assert answers[-1] == words.LOCKED
    assert rows(house) == []
    assert (await hear(house, user, agreed(house, user), answers=7))[-1] == ASKED[0]
    assert await say(house, user, CODE) == [words.LOCKED]


async def test_words_that_are_no_number_are_asked_again_and_cost_no_try(
    house: House, user: str
) -> None:
    await begin(house, user)
    assert await say(house, user, "どこに書いてありますか", "12345678") == [ASKED[0]] * 2
    assert house.neighbours.talk_left == 5


async def test_whoever_stops_is_forgotten(house: House, user: str) -> None:
    await begin(house, user)
    assert await say(house, user, CODE, "やめる") == [ASKED[1], words.STOPPED]
    assert rows(house) == []
    assert await say(house, user, LOGIN_ID) == [words.WRONG_WORDS]


async def test_where_no_school_allows_it_the_page_alone_is_offered(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    assert await say(house, user, "登録") == [words.OFFER]
    assert (await hear(house, user, agreed(house, user), answers=2))[-1] == words.TALK_OFF
    assert await say(house, user, CODE) == [words.WRONG_WORDS]
    assert rows(house) == []


async def test_a_school_that_allows_it_no_more_in_the_middle_leads_to_the_page(
    house: House, user: str
) -> None:
    await begin(house, user)
    await say(house, user, CODE, LOGIN_ID)
    house.neighbours.talk_code = ""
    assert await say(house, user, PASSCODE) == [words.TALK_OFF]
    assert (house.neighbours.talk_users, rows(house)) == ([], [])


async def test_nobody_agrees_to_words_that_are_others_now(house: House, user: str) -> None:
    old = house.tap(user, "agree:2025-01")
    assert await hear(house, user, old, answers=1) == [words.TERMS]
    assert rows(house) == []


@pytest.mark.parametrize("kind", ["group", "room"])
async def test_groups_and_rooms_are_never_heard(house: House, user: str, kind: str) -> None:
    await begin(house, user)
    events = [typed(house, user, "登録"), agreed(house, user), typed(house, user, CODE)]
    for event in events:
        event["source"] = {"type": kind, f"{kind}Id": "C" + "1" * 32, "userId": user}
    assert house.hear(*events).json == {"new": 0}
    assert [row.step for row in rows(house)] == ["school"]


async def test_a_forged_word_is_refused(house: House, user: str) -> None:
    await begin(house, user)
    answer = house.hear(typed(house, user, CODE), signature="A" * 43 + "=")
    assert answer.status_code == 401
    assert [row.step for row in rows(house)] == ["school"]


async def test_a_word_that_line_tells_twice_counts_once(house: House, user: str) -> None:
    await begin(house, user)
    wrong = typed(house, user, "100000001")
    await hear(house, user, wrong, answers=2)
    again = {**wrong, "deliveryContext": {"isRedelivery": True}}
    assert house.hear(again).json == {"new": 0}
    assert house.neighbours.talk_left == 4


async def test_two_people_at_once_do_not_meet(house: House, user: str, make_user: MakeUser) -> None:
    other = make_user()
    house.neighbours.talk_sheets["WXYZ6789"] = "PPPPPPPPPP"
    mine = [agreed(house, user), *(typed(house, user, x) for x in (CODE, LOGIN_ID, PASSCODE))]
    theirs = [
        agreed(house, other),
        *(typed(house, other, text) for text in (CODE, "WXYZ6789", "PPPPPPPPPP")),
    ]
    events = [event for pair in zip(mine, theirs, strict=True) for event in pair]
    for place, event in enumerate(events):
        event["timestamp"] += place
    async with house.working():
        house.hear(*events)
        await house.until(lambda: len(house.handled()) == len(events))
    assert sorted(house.neighbours.talk_users) == sorted([user, other])
    assert house.replies(user)[-1].startswith(DONE)
    assert house.replies(other)[-1].startswith(DONE)


async def test_a_quarter_of_an_hour_later_it_is_over(
    house: House, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(house, user)
    now = clock.now()
    with house.database.for_system() as session:
        purge_talk_registrations(session, now=now + VALID_FOR - timedelta(seconds=30))
    assert len(rows(house)) == 1
    with house.database.for_system() as session:
        purge_talk_registrations(session, now=now + VALID_FOR + timedelta(seconds=30))
    assert rows(house) == []
    assert await say(house, user, CODE) == [words.WRONG_WORDS]


async def test_a_number_is_typed_again_while_directory_is_away(house: House, user: str) -> None:
    await begin(house, user)
    house.neighbours.away = {"directory"}
    assert await say(house, user, CODE) == [words.TYPE_AGAIN]
    house.neighbours.away = set()
    assert await say(house, user, CODE) == [ASKED[1]]


async def test_nothing_that_was_typed_is_kept_and_nobody_is_named(
    house: House, user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await begin(house, user)
    await say(house, user, CODE, LOGIN_ID)
    [row] = rows(house)
    kept = repr(row)
    assert user not in kept
    assert LOGIN_ID not in kept
    await say(house, user, PASSCODE)
    [row] = rows(house)
    assert row.login_id is None
    with house.database.for_system(read_only=True) as session:
        assert set(session.scalars(sa.select(EVENTS.c.body))) == {None}
    spoken = capsys.readouterr()
    for secret in (CODE, LOGIN_ID, PASSCODE, user):
        assert secret not in spoken.out + spoken.err


async def test_of_other_words_nothing_is_stored_at_all(house: House, user: str) -> None:
    event = typed(house, user, "花子は熱があるので休みます")
    house.hear(event)
    with house.database.for_system(read_only=True) as session:
        [(account_id, event_id, body)] = session.execute(
            sa.select(EVENTS.c.account_id, EVENTS.c.id, EVENTS.c.body)
        ).all()
    key = OwnKey(Keys(house.settings.keys_dir, "dispatch-line").secret("accounts"))
    assert json.loads(key.open(account_id, "webhook", body, event_id))["data"] is None
