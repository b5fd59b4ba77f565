"""What LINE tells by webhook, and what the talk answers (DLV-4, DLV-5, MSG-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from line_house import AsOperator, House, MakeUser, SendToFamily

from common import clock
from common.crypto import link_holds, make_link, parse_link
from common.keys import Keys
from dispatch_line import jobs
from dispatch_line.domain import words
from dispatch_line.store.models import EVENTS


async def test_a_tap_confirms_for_both_children_and_says_so(
    house: House, sent: SendToFamily
) -> None:
    user, data = await sent(children=2)
    async with house.working():
        assert house.hear(house.tap(user, data["確認しました"])).status_code == 200
        await house.until(lambda: house.replies(user))
    assert house.replies(user) == ["確認を受け付けました（6:12）。2人分です。"]
    assert len(house.neighbours.confirmed) == 1


async def test_a_member_of_staff_confirms_for_themselves(house: House, sent: SendToFamily) -> None:
    user, data = await sent(staff=True)
    async with house.working():
        house.hear(house.tap(user, data["確認しました"]))
        await house.until(lambda: house.replies(user))
    assert house.replies(user) == ["確認を受け付けました（6:12）。"]


async def test_one_user_who_stands_for_two_guardians_confirms_for_all_their_children(
    house: House, sent: SendToFamily
) -> None:
    user, _ = await sent()
    house.neighbours.add_siblings(user, children=2)
    async with house.working():
        house.hear(house.tap(user, house.buttons(user)["確認しました"]))
        await house.until(lambda: house.replies(user))
    assert house.replies(user) == ["確認を受け付けました（6:12）。3人分です。"]


async def test_the_whole_text_opens_by_the_guardians_own_signed_link(
    house: House, sent: SendToFamily
) -> None:
    user, data = await sent()
    async with house.working():
        house.hear(house.tap(user, data["全文を読む"]))
        await house.until(lambda: house.replies(user))
    token = house.replies(user)[0].rpartition("https://renraku.minamo.example/r/")[2]
    parsed = parse_link(token, 3)
    assert parsed is not None
    assert link_holds(house.neighbours.link_key, "r", *parsed)
    point = house.neighbours.points[0]
    assert [str(named) for named in parsed[0][1:]] == [
        point["guardian_id"],
        point["contact_point_id"],
    ]
    assert house.neighbours.confirmed == {}, "reading confirms nothing"


async def test_a_member_of_staff_opens_the_whole_text_by_a_link_of_their_own(
    house: House, sent: SendToFamily
) -> None:
    """S1 7."""
    user, data = await sent(staff=True)
    async with house.working():
        house.hear(house.tap(user, data["全文を読む"]))
        await house.until(lambda: house.replies(user))
    [reply] = house.replies(user)
    ids, _ = parse_link(reply.rpartition("/r/")[2], 3) or ((), b"")
    point = house.neighbours.points[0]
    assert [str(named) for named in ids[1:]] == [
        point["owner_member_id"],
        point["contact_point_id"],
    ]
    assert "ご家庭" not in reply


async def test_a_tap_proves_the_contact_point_to_directory_and_messaging(
    house: House, sent: SendToFamily
) -> None:
    user, data = await sent()
    opened = house.tap(user, data["全文を読む"])
    async with house.working():
        house.hear(opened, house.tap(user, data["確認しました"]))
        await house.until(lambda: len(house.replies(user)) == 2)
    point = house.neighbours.points[0]["contact_point_id"]
    [proved] = house.said("contact_point.proved")
    assert str(proved["contact_point_id"]) == point
    assert int(proved["proved_at"].timestamp() * 1000) == opened["timestamp"]
    [confirmed] = [
        body for _, path, body in house.neighbours.asked if path.endswith("/confirmations")
    ]
    assert confirmed["contact_point_id"] == point, "messaging tells directory of a confirmation"


async def test_a_repeated_webhook_is_answered_once(house: House, sent: SendToFamily) -> None:
    user, data = await sent()
    event = house.tap(user, data["確認しました"])
    assert [house.hear(event, event).json, house.hear(event).json] == [{"new": 1}, {"new": 0}]
    async with house.working():
        await house.until(lambda: house.handled())
        repeated = {**event, "deliveryContext": {"isRedelivery": True}}
        assert house.hear(repeated).json == {"new": 0}
    assert len(house.replies(user)) == 1
    assert [path for _, path, _ in house.neighbours.asked].count("/contact-points/owners") == 1


async def test_events_are_dealt_with_in_the_order_in_which_they_occurred(
    house: House, sent: SendToFamily
) -> None:
    user, _ = await sent()
    began = int(clock.now().timestamp() * 1000)
    house.hear(house.event("unfollow", user, timestamp=began + 20))
    house.hear(
        house.event("follow", user, timestamp=began + 10),
        house.event("follow", user, timestamp=began + 30),
    )
    async with house.working():
        await house.until(lambda: len(house.handled()) == 3)
    changes = house.said("contact_point.changed")
    assert [change["health"] for change in changes] == ["ok", "blocked", "ok"]
    assert sorted(change["since"] for change in changes) == [change["since"] for change in changes]


async def test_an_event_that_comes_late_keeps_its_own_time_so_that_it_cannot_undo_a_later_one(
    house: House, sent: SendToFamily
) -> None:
    user, _ = await sent()
    began = int(clock.now().timestamp() * 1000)
    async with house.working():
        house.hear(house.event("unfollow", user, timestamp=began))
        await house.until(lambda: len(house.handled()) == 1)
        house.hear(house.event("follow", user, timestamp=began - 5000))
        await house.until(lambda: len(house.handled()) == 2)
    blocked, late = house.said("contact_point.changed")
    assert (blocked["health"], late["health"]) == ("blocked", "ok")
    assert blocked["since"] - late["since"] == timedelta(seconds=5)
    assert str(blocked["contact_point_id"]) == house.neighbours.points[0]["contact_point_id"]


async def test_a_block_by_somebody_who_is_not_registered_changes_nothing(
    house: House, make_user: MakeUser
) -> None:
    house.hear(house.event("unfollow", make_user()))
    async with house.working():
        await house.until(lambda: house.handled())
    assert house.said("contact_point.changed") == []


async def test_typed_words_are_told_not_to_reach_the_school_and_are_not_kept(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    house.hear(
        house.event(
            "message", user, message={"type": "text", "id": "1", "text": "熱が39度あります"}
        )
    )
    with house.database.for_system(read_only=True) as session:
        kept = b"".join(session.scalars(sa.select(EVENTS.c.body)))
    assert "熱".encode() not in kept
    assert user.encode() not in kept, "not even who typed stands there in plain"
    async with house.working():
        await house.until(lambda: house.replies(user))
    assert house.replies(user) == [words.WRONG_WORDS]
    assert [row.body for row in house.handled()] == [None]


async def test_taps_that_are_not_ours_confirm_nothing(
    house: House, sent: SendToFamily, make_user: MakeUser, operator: AsOperator
) -> None:
    user, data = await sent()
    stranger, secret = make_user(), Keys(house.settings.keys_dir, "dispatch-line").secret("links")
    message_id = UUID(bytes=parse_link(data["確認しました"][2:], 1)[0][0].bytes)  # type: ignore[index]
    cases = {
        "nonsense": (user, "x", words.NOT_OURS),
        "no signature": (user, f"c:{message_id}", words.NOT_OURS),
        "another key": (user, f"c:{make_link(b'k', 'line', message_id)}", words.NOT_OURS),
        "another purpose": (user, f"c:{make_link(secret, 'r', message_id)}", words.NOT_OURS),
        "a message never sent here": (
            user,
            f"c:{make_link(secret, 'line', uuid4())}",
            words.NOT_OURS,
        ),
        "somebody not registered": (stranger, data["確認しました"], words.NOT_REGISTERED),
    }
    for name, (who, what, answer) in cases.items():
        before = len(house.replies(who))
        async with house.working():
            house.hear(house.tap(who, what))
            await house.until(lambda who=who, before=before: len(house.replies(who)) > before)
        assert house.replies(who)[-1] == answer, name
    other = uuid4()
    operator(
        f"/accounts/{other}",
        {
            "name": "よその学校",
            "channel_secret": "secret of the school's account",
            "access_token": "t",
        },
    )
    house.hear(house.tap(user, data["確認しました"]), account_id=other)
    async with house.working():
        await house.until(lambda: len(house.handled()) == len(cases) + 1)
    assert house.neighbours.confirmed == {}


async def test_what_messaging_declines_is_told_in_words(house: House, sent: SendToFamily) -> None:
    user, data = await sent()
    [content] = house.neighbours.contents.values()
    content["expired"] = True
    async with house.working():
        house.hear(house.tap(user, data["確認しました"]))
        await house.until(lambda: len(house.replies(user)) == 1)
        house.neighbours.contents.clear()
        house.hear(house.tap(user, data["確認しました"]))
        await house.until(lambda: len(house.replies(user)) == 2)
    assert house.replies(user) == [words.EXPIRED, words.NOT_ADDRESSED]


@pytest.mark.parametrize(
    "signature", ["", "x", "髙橋", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
)
async def test_a_webhook_without_lines_signature_is_refused(
    house: House, make_user: MakeUser, signature: str
) -> None:
    event = house.event("follow", make_user())
    answer = house.hear(event, signature=signature)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "bad_signature")
    answer = house.hear(event, account_id=uuid4())
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "account_unknown")
    assert house.handled() == []


NONSENSE = [
    "",
    "nonsense",
    "[]",
    "null",
    '{"events": null}',
    '{"events": {}}',
    '{"events": [1, null, [], {}]}',
    '{"events": [{"type": "follow"}]}',
    '{"events": [{"type": ["follow"], "mode": "active"}]}',
    "[" * 5000,
    (
        '{"events": [{"type": "postback", "mode": "active", "webhookEventId": "A", '
        '"timestamp": "1", "source": {"userId": "U1"}}]}'
    ),
]


@pytest.mark.parametrize("body", NONSENSE)
async def test_signed_nonsense_is_taken_calmly_and_leaves_nothing(house: House, body: str) -> None:
    answer = house.hear(body=body.encode())
    assert (answer.status_code, answer.json) == (200, {"new": 0})


async def test_signed_events_with_strange_parts_are_passed_over_and_their_neighbours_are_not(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    good = house.event("follow", user)
    strange = [
        {**good, "webhookEventId": "B", "timestamp": 10**30},
        {**good, "webhookEventId": "C", "timestamp": True},
        {**good, "webhookEventId": "D", "source": {"type": "group", "groupId": "C1"}},
        {**good, "webhookEventId": "E\x00"},
        {**good, "webhookEventId": "F" * 65},
        {**good, "webhookEventId": "G", "mode": "standby"},
        {**good, "webhookEventId": "H", "type": "brandNewEvent"},
    ]
    assert house.hear(*strange, good).json == {"new": 1}
    odd = {
        **good,
        "type": "postback",
        "webhookEventId": "I",
        "replyToken": 5,
        "postback": {"data": ["c"]},
    }
    assert house.hear(odd).json == {"new": 1}
    async with house.working():
        await house.until(lambda: len(house.handled()) == 2)


async def test_what_was_handled_is_forgotten_after_a_fortnight(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    house.hear(house.event("message", user, message={"type": "text"}))
    async with house.working():
        await house.until(lambda: house.handled())
    house.hear(house.event("message", user, message={"type": "text"}))
    for job in jobs.JOBS:
        with house.database.for_system() as session:
            job.action(session, now=clock.now() + timedelta(days=15))
    with house.database.for_system(read_only=True) as session:
        assert [row.handled_at for row in session.execute(sa.select(EVENTS))] == [None], (
            "what still waits is kept"
        )


async def test_a_person_taps_in_the_towns_page_and_reads_the_answer_there(
    house: House, sent: SendToFamily, serve: Callable[..., Any]
) -> None:
    user, _ = await sent(children=2)
    [channel] = house.line.talks.list_channels()
    with serve(house.app) as url:
        house.line.talks.put_channel(
            replace(channel, webhook_url=f"{url}/webhooks/{house.account_id}")
        )
        [said] = house.talk(user)
        form = {"channel": channel.name, "user": user, "message": str(said.id), "button": "1"}
        async with house.working(), httpx.AsyncClient(timeout=10) as browser:
            page = await browser.post(f"{house.settings.line_api_url}/taps", data=form)
            assert (page.status_code, "told=200" in page.headers["location"]) == (303, True)
            await house.until(lambda: house.replies(user))
            shown = await browser.get(
                f"{house.settings.line_api_url}/talk",
                params={"channel": channel.name, "user": user},
            )
            blocked = await browser.post(
                f"{house.settings.line_api_url}/blocks", data={**form, "blocked": "yes"}
            )
            assert "told=200" in blocked.headers["location"]
            await house.until(lambda: house.said("contact_point.changed"))
    assert "2人分です。" in shown.text
    assert house.said("contact_point.changed")[0]["health"] == "blocked"
