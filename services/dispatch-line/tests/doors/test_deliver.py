"""From a page on the bus to a talk and an answer in the outbox, at the town's LINE (DLV-1, DLV-3,
DLV-5).
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from line_house import AsOperator, House, MakeUser

from common import clock
from dispatch_line.config import Settings
from dispatch_line.domain.content import talk_message
from dispatch_line.store.models import TABLES
from dispatch_line.worker import LineRefused, line_of

DELIVERIES = TABLES.deliveries


async def test_a_message_stands_in_every_familys_talk_and_is_answered_for(
    house: House, make_user: MakeUser
) -> None:
    users = [make_user() for _ in range(3)]
    message_id = house.neighbours.add_message(lane="urgent", mark="urgent")
    async with house.working():
        await house.publish(
            message_id, *(house.neighbours.add_siblings(user) for user in users), lane="urgent"
        )
        await house.until(lambda: house.states() == {"accepted": 3})
    for user in users:
        [said] = house.talk(user)
        assert said.body["altText"] == "【緊急】つばめ野小：運動会の順延について"
        assert [
            part["action"]["label"] for part in said.body["contents"]["footer"]["contents"]
        ] == ["全文を読む", "確認しました"]
        assert "雨天のため" in json.dumps(said.body, ensure_ascii=False)
    assert len({row.batch_id for row in house.rows()}) == 1, "one request for all"
    assert [
        point["state"] for settled in house.said("delivery.settled") for point in settled["points"]
    ] == ["accepted"] * 3


async def test_six_hundred_families_take_two_requests(house: House, make_user: MakeUser) -> None:
    families = [house.neighbours.add_siblings(make_user()) for _ in range(600)]
    async with house.working():
        await house.publish(house.neighbours.add_message(), *families)
        await house.until(lambda: house.states() == {"accepted": 600})
    assert sorted({row.batch_id: row.batch_size for row in house.rows()}.values()) == [100, 500]
    assert (house.line.talks.count(), house.line.talks.count_duplicates()) == (600, 0)


async def test_the_words_of_a_message_are_forgotten_after_ten_minutes(
    house: House, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A school may have been erased meanwhile: its texts and the key of its links must not stay
    with us.
    """
    message_id, real, asked = house.neighbours.add_message(), clock.monotonic, []
    async with house.working():
        for accepted, later in enumerate((0, 590, 610), start=1):
            monkeypatch.setattr(clock, "monotonic", lambda later=later: real() + later)
            await house.publish(message_id, house.neighbours.add_siblings(make_user()))
            await house.until(lambda accepted=accepted: house.states() == {"accepted": accepted})
            asked.append(sum(path.endswith("/content") for _, path, _ in house.neighbours.asked))
    assert asked == [1, 1, 2]


async def test_messages_are_never_mixed_in_one_request(house: House, make_user: MakeUser) -> None:
    family = house.neighbours.add_siblings(make_user())
    messages = [house.neighbours.add_message(subject=subject) for subject in ("遠足", "運動会")]
    async with house.working():
        for message_id in messages:
            await house.publish(message_id, family)
        await house.until(lambda: house.states() == {"accepted": 2})
    assert len({row.batch_id for row in house.rows()}) == 2


async def test_a_time_out_after_acceptance_makes_no_duplicate(
    house: House, make_user: MakeUser
) -> None:
    users = [make_user("U00000408"), make_user(), make_user()]
    async with house.working():
        await house.publish(
            house.neighbours.add_message(), *(house.neighbours.add_siblings(user) for user in users)
        )
        await house.until(lambda: [row.unknowns for row in house.rows()] == [1, 1, 1])
        before = {row.batch_id for row in house.rows()}
        house.let_time_pass()
        await house.until(lambda: house.states() == {"accepted": 3})
    assert {(row.code, row.attempts) for row in house.rows()} == {(409, 2)}, (
        "LINE said that it had taken the first request"
    )
    assert {row.batch_id for row in house.rows()} == before
    assert [len(house.talk(user)) for user in users] == [1, 1, 1]


@pytest.mark.parametrize(
    ("prefix", "code"), [("U00000500", 200), ("U00001500", 409), ("U00000200", 200)]
)
async def test_an_answer_that_says_nothing_certain_is_asked_again_under_the_same_key(
    house: House, make_user: MakeUser, prefix: str, code: int
) -> None:
    users = [make_user(prefix), make_user()]
    async with house.working():
        await house.publish(
            house.neighbours.add_message(), *(house.neighbours.add_siblings(user) for user in users)
        )
        await house.until(lambda: [row.unknowns for row in house.rows()] == [1, 1])
        assert house.states() == {"requested": 2}, "an HTML page with status 200 is no success"
        house.let_time_pass()
        await house.until(lambda: house.states() == {"accepted": 2})
    assert {row.code for row in house.rows()} == {code}
    assert [len(house.talk(user)) for user in users] == [1, 1]


@pytest.mark.parametrize("prefix", ["U00000429", "U00001429"])
async def test_a_rate_or_too_many_at_once_is_tried_again_later(
    house: House, make_user: MakeUser, prefix: str
) -> None:
    user = make_user(prefix)
    async with house.working():
        await house.publish(house.neighbours.add_message(), house.neighbours.add_siblings(user))
        await house.until(lambda: house.states() == {"deferred": 1})
        assert house.reasons() == {"rate_limited": 1}
        house.let_time_pass()
        await house.until(lambda: house.states() == {"accepted": 1})
    assert len(house.talk(user)) == 1


async def test_the_months_quota_is_final_at_once_so_that_other_channels_carry_it(
    house: House, make_user: MakeUser
) -> None:
    async with house.working():
        families = [
            house.neighbours.add_siblings(user) for user in (make_user("U00002429"), make_user())
        ]
        await house.publish(house.neighbours.add_message(), *families)
        await house.until(lambda: house.states() == {"refused": 2})
    [settled] = house.said("delivery.settled")
    assert {(point["state"], point["reason"]) for point in settled["points"]} == {
        ("refused", "quota_reached")
    }


async def test_a_message_that_leaves_line_out_is_neither_sent_nor_answered_for(
    house: House, make_user: MakeUser
) -> None:
    left_out, sent = make_user(), make_user()
    async with house.working():
        await house.publish(
            house.neighbours.add_message(),
            house.neighbours.add_siblings(left_out),
            channels=["mail", "push"],
        )
        await house.publish(
            house.neighbours.add_message(),
            house.neighbours.add_siblings(sent),
            channels=["mail", "line"],
        )
        await house.until(lambda: house.states() == {"accepted": 1})
    assert (house.talk(left_out), len(house.talk(sent))) == ([], 1)
    assert len(house.said("delivery.settled")) == 1


async def test_a_batch_with_a_member_erased_in_between_is_not_sent_again(
    house: House, make_user: MakeUser
) -> None:
    users = [make_user("U00000408"), make_user(), make_user()]
    async with house.working():
        await house.publish(
            house.neighbours.add_message(), *(house.neighbours.add_siblings(user) for user in users)
        )
        await house.until(lambda: [row.unknowns for row in house.rows()] == [1, 1, 1])
        with house.database.for_system() as session:
            session.execute(sa.delete(DELIVERIES).where(DELIVERIES.c.id == house.rows()[0].id))
        house.let_time_pass()
        await house.until(lambda: house.states() == {"unknown": 2})
    assert (house.line.talks.count(), house.line.talks.count_duplicates()) == (3, 0)
    assert {
        point["state"] for settled in house.said("delivery.settled") for point in settled["points"]
    } == {"unknown"}


async def test_a_user_who_blocked_the_school_gets_nothing_though_line_says_yes(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    family = house.neighbours.add_siblings(user)
    house.line.talks.set_blocked("みなも市学校連絡", user, True)
    async with house.working():
        await house.publish(house.neighbours.add_message(), family)
        await house.until(lambda: house.states() == {"accepted": 1})
        assert house.talk(user) == []
        house.neighbours.points[0]["health"] = "blocked"  # as directory knows after the unfollow
        await house.publish(house.neighbours.add_message(), family)
        await house.until(lambda: house.states() == {"accepted": 1, "refused": 1})
    assert house.reasons()["blocked_by_user"] == 1
    assert house.said("delivery.settled")[-1]["points"][0]["reason"] == "blocked_by_user"


async def test_an_address_that_is_no_user_id_does_not_spoil_the_request_of_the_others(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    families = [
        house.neighbours.add_siblings(address) for address in ("Uxyz", "haha@mail.town.test", user)
    ]
    async with house.working():
        await house.publish(house.neighbours.add_message(), *families)
        await house.until(lambda: house.states() == {"accepted": 1, "refused": 2})
    assert house.reasons()["address_bad"] == 2
    assert len(house.talk(user)) == 1


async def test_one_user_who_stands_for_two_guardians_gets_the_message_once(
    house: House, make_user: MakeUser
) -> None:
    user = make_user()
    async with house.working():
        await house.publish(
            house.neighbours.add_message(),
            house.neighbours.add_siblings(user),
            house.neighbours.add_siblings(user),
        )
        await house.until(lambda: house.states() == {"accepted": 2})
    assert len(house.talk(user)) == 1


async def test_a_line_that_cannot_be_reached_is_tried_again(
    house: House, make_user: MakeUser
) -> None:
    async with house.working(line_api_url="http://127.0.0.1:9"):
        await house.publish(
            house.neighbours.add_message(), house.neighbours.add_siblings(make_user())
        )
        await house.until(lambda: house.states() == {"deferred": 1})
    assert house.reasons() == {"relay_down": 1}


async def test_a_token_that_line_does_not_take_waits_for_the_operator_to_mend_it(
    house: House, make_user: MakeUser, operator: AsOperator
) -> None:
    good = {
        "name": "みなも市学校連絡",
        "channel_secret": "s",
        "access_token": "token of the school's account",
    }
    assert (
        operator(f"/accounts/{house.account_id}", {**good, "access_token": "old"}).status_code
        == 200
    )
    user = make_user()
    async with house.working():
        await house.publish(house.neighbours.add_message(), house.neighbours.add_siblings(user))
        await house.until(lambda: house.states() == {"deferred": 1})
    assert operator(f"/accounts/{house.account_id}", good).status_code == 200
    house.let_time_pass()
    async with house.working():
        await house.until(lambda: house.states() == {"accepted": 1})
    assert len(house.talk(user)) == 1


async def test_a_school_without_an_account_is_told_so(house: House, make_user: MakeUser) -> None:
    with house.database.for_system() as session:
        session.execute(sa.text("DELETE FROM account_schools"))
    async with house.working():
        await house.publish(
            house.neighbours.add_message(), house.neighbours.add_siblings(make_user())
        )
        await house.until(lambda: house.states() == {"refused": 1})


async def test_a_message_that_is_gone_is_cancelled_and_one_that_cannot_be_had_waits(
    house: House, make_user: MakeUser
) -> None:
    gone, here = house.neighbours.add_message(), house.neighbours.add_message()
    del house.neighbours.contents[gone]
    family = house.neighbours.add_siblings(make_user())
    async with house.working():
        await house.publish(gone, family)
        await house.until(lambda: house.states() == {"refused": 1})
        house.neighbours.away = {"messaging"}
        await house.publish(here, family)
        await house.until(
            lambda: any(row.next_attempt_at > row.requested_at for row in house.rows())
        )
        house.neighbours.away = set()
        await house.until(lambda: house.states() == {"refused": 1, "accepted": 1})
    assert house.reasons()["cancelled"] == 1


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.parametrize("neighbour", ["messaging", "identity"])
async def test_whatever_a_stranger_answers_in_a_houses_place_ends_no_delivery(
    house: House, make_user: MakeUser, neighbour: str, status: int
) -> None:
    """A load balancer whose back end restarts says 404; every waiting delivery was "cancelled" for
    it.
    """
    family = house.neighbours.add_siblings(make_user())
    house.neighbours.strangers = {neighbour: status}
    async with house.working():
        await house.publish(house.neighbours.add_message(), family)
        await house.until(
            lambda: any(row.next_attempt_at > row.requested_at for row in house.rows())
        )
        house.neighbours.strangers = {}
        await house.until(lambda: house.states() == {"accepted": 1})


async def test_a_stopped_message_sends_nothing_more(house: House, make_user: MakeUser) -> None:
    message_id, family = (
        house.neighbours.add_message(),
        house.neighbours.add_siblings(make_user("U00000429")),
    )
    async with house.working():
        await house.publish(message_id, family)
        await house.until(lambda: house.states() == {"deferred": 1})
        await house.say("message.stopped", {"message_id": message_id})
        await house.until(lambda: house.states() == {"cancelled": 1})
        await house.publish(message_id, house.neighbours.add_siblings(make_user()))
        await house.until(lambda: house.states() == {"cancelled": 2})
    assert house.line.talks.count() == 0


async def test_a_child_without_line_is_answered_for(house: House) -> None:
    async with house.working():
        child = house.neighbours.add_siblings("nobody")[0][0]
        house.neighbours.points.clear()
        await house.publish(house.neighbours.add_message(), [(child, [])])
        await house.until(lambda: house.said("delivery.settled"))
    assert house.said("delivery.settled")[0]["nothing"] == [child]


def test_what_is_given_to_line_names_no_child_and_holds_no_link(house: House) -> None:
    message_id = house.neighbours.add_message(
        names_people=True, subject="陽菜さんの忘れ物", body="陽菜さんの水筒"
    )
    content = _content(house, message_id)
    shown = talk_message(content, b"secret")
    assert (shown.title, "陽菜" in repr(shown), "http" in repr(shown)) == (
        "個別の連絡が1件あります",
        False,
        False,
    )
    assert "/r/" not in repr(
        talk_message(_content(house, house.neighbours.add_message()), b"secret")
    )


def _content(house: House, message_id: UUID) -> Any:
    from dispatch_line.clients import Clients

    return Clients.of(house.settings).content(house.neighbours.school_id, message_id)


@pytest.mark.parametrize(
    "url", ["https://api.line.me", "http://10.0.0.5:8000", "http://localhost.example.jp"]
)
def test_standalone_mode_writes_to_this_machine_only(settings: Settings, url: str) -> None:
    alone = settings.model_copy(update={"only_loopback_relay": True, "line_api_url": url})
    with pytest.raises(LineRefused, match="simulated town"):
        line_of(alone)
    assert line_of(settings.model_copy(update={"line_api_url": url})).url == url
