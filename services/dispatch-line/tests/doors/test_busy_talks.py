"""Where the talk must not answer, and how it answers while another house is away (DLV-5)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from line_house import House, MakeUser, SendToFamily

from dispatch_line.actions.answer import TOGETHER
from dispatch_line.domain import words


def source_of_group(user_id: str, group_id: str) -> dict[str, str]:
    """Return where an event occurred that a person caused in a group (C…) or a room (R…).

    The account was invited there. LINE names the person as in a talk of their own; whatever is
    answered by the event's token, all members read.
    """
    kind, name = ("room", "roomId") if group_id.startswith("R") else ("group", "groupId")
    return {"type": kind, name: group_id, "userId": user_id}


@pytest.mark.parametrize(
    "group", ["C01230123012301230123012301230123", "R01230123012301230123012301230123"]
)
async def test_nothing_is_ever_answered_in_a_group_or_a_room(
    house: House, sent: SendToFamily, group: str
) -> None:
    """B07: a family's link, or its confirmation, would be read by the whole group."""
    user, data = await sent()
    source = source_of_group(user, group)
    in_group = [
        house.event(
            "message",
            user,
            source=source,
            message={"type": "text", "id": "1", "text": "明日何時？"},
        ),
        *(house.tap(user, carried, source=source) for carried in data.values()),
    ]
    for event in in_group:
        event["replyToken"] = house.line.talks.give_reply_token("みなも市学校連絡", group)
    assert house.hear(*in_group).json == {"new": 0}
    own = house.event("message", user, message={"type": "text", "id": "2", "text": "明日何時？"})
    assert house.hear(own).json == {"new": 1}
    async with house.working():
        await house.until(lambda: house.replies(user))
    assert house.replies(user) == [words.WRONG_WORDS]
    assert house.talk(group) == []
    assert house.neighbours.confirmed == {}


@pytest.mark.parametrize("away", ["messaging", "directory"])
async def test_a_tap_while_a_house_is_away_is_told_to_come_again_and_counts_later(
    house: House, sent: SendToFamily, make_user: MakeUser, away: str
) -> None:
    """B13: the tap was answered after its token had died, so the family saw nothing at all."""
    user, data = await sent()
    typist = make_user()
    house.neighbours.away = {away}
    async with house.working():
        house.hear(
            house.tap(user, data["確認しました"]),
            house.event("message", typist, message={"type": "sticker"}),
        )
        await house.until(lambda: house.replies(typist) and house.replies(user))
        assert house.replies(user) == [words.BUSY]
        assert house.neighbours.confirmed == {}
        house.neighbours.away = set()
        await house.until(lambda: len(house.handled()) == 2)
        assert len(house.neighbours.confirmed) == 1, "the first tap counts"
        house.hear(house.tap(user, data["確認しました"]))
        await house.until(lambda: len(house.replies(user)) == 2)
    assert house.replies(user)[1] == "確認を受け付けました（6:12）。1人分です。"


async def test_a_no_without_a_meaning_closes_no_tap(house: House, sent: SendToFamily) -> None:
    """A route that an older version does not have is answered "not found" in our own shape, too."""
    user, data = await sent()
    known, house.neighbours.school_id = house.neighbours.school_id, uuid4()
    async with house.working():
        house.hear(house.tap(user, data["確認しました"]))
        await house.until(lambda: house.replies(user) == [words.BUSY])
        house.neighbours.school_id = known
        await house.until(lambda: len(house.neighbours.confirmed) == 1)


async def test_every_tap_while_a_house_is_away_is_answered_and_none_twice(
    house: House, sent: SendToFamily
) -> None:
    user, data = await sent()
    house.neighbours.away = {"messaging"}
    async with house.working():
        house.hear(*(house.tap(user, data["確認しました"]) for _ in range(12)))
        await house.until(lambda: len(house.replies(user)) == 12)
        house.hear(house.tap(user, data["全文を読む"]))
        await house.until(lambda: len(house.replies(user)) == 13)
        house.neighbours.away = set()
        await house.until(lambda: len(house.handled()) == 13)
    assert house.replies(user) == [words.BUSY] * 13


async def test_a_house_that_is_away_is_not_asked_for_each_tap_before_families_hear(
    house: House, sent: SendToFamily, make_user: MakeUser
) -> None:
    """A house that hangs takes ten seconds for each question: of 200 families 30 heard anything
    before their tokens were dead.
    """
    _, data = await sent()
    families = [make_user() for _ in range(60)]
    house.neighbours.away = {"directory"}
    house.hear(*(house.tap(user, data["確認しました"]) for user in families))
    async with house.working():
        await house.until(lambda: all(house.replies(user) for user in families))
        assert house.neighbours.missed < 30
    assert {reply for user in families for reply in house.replies(user)} == {words.BUSY}


async def test_a_tap_whose_reply_token_has_passed_still_counts(
    house: House, sent: SendToFamily
) -> None:
    """B13: LINE refuses the answer; the confirmation is messaging's."""
    user, data = await sent()
    event = house.tap(user, data["確認しました"])
    house.line.talks.spend_reply_token("みなも市学校連絡", event["replyToken"])
    async with house.working():
        house.hear(event)
        await house.until(lambda: house.handled())
    assert (house.replies(user), len(house.neighbours.confirmed)) == ([], 1)


async def test_a_message_whose_confirmation_is_broken_keeps_no_other_tap_waiting(
    house: House, sent: SendToFamily
) -> None:
    """Messaging answers, with an error of its own: that is no house that may hang."""
    broken, data = await sent()
    next(iter(house.neighbours.contents.values()))["broken"] = True
    others = [await sent() for _ in range(TOGETHER + 2)]  # some of them begin after it has failed
    async with house.working():
        house.hear(
            house.tap(broken, data["確認しました"]),
            *(house.tap(user, own["確認しました"]) for user, own in others),
        )
        await house.until(
            lambda: house.replies(broken) and all(house.replies(user) for user, _ in others)
        )
    assert house.replies(broken) == [words.BUSY]
    assert [house.replies(user) for user, _ in others] == [
        ["確認を受け付けました（6:12）。1人分です。"]
    ] * len(others)
