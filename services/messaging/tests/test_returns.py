"""Mails that came back after they had been accepted: 配信済み becomes 届いていません, whatever is
heard first (DLV-4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from messaging_house import House, MakePoint, MakePupils

from common import clock
from messaging.store.models import Outcome, Recipient
from messaging.store.progress import count_recipients


def _state(house: House, message_id: UUID, child: UUID) -> str:
    return house.recipients(message_id)[child].state


def _reasons(house: House, message_id: UUID) -> list[tuple[str, str | None]]:
    with house.database.for_school(house.school_id, read_only=True) as session:
        rows = session.execute(
            sa.select(Outcome.state, Outcome.reason)
            .join(Recipient, Recipient.id == Outcome.recipient_id)
            .where(Recipient.message_id == message_id)
            .order_by(Outcome.state)
        )
        return [(row.state, row.reason) for row in rows]


def _sent(house: House, make_pupils: MakePupils) -> tuple[UUID, UUID]:
    members = make_pupils(1)
    return house.send(members), members[0].member_id


@pytest.mark.parametrize("is_told_first", [False, True])
def test_a_child_whose_only_mail_came_back_is_not_reached_in_either_order(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint, is_told_first: bool
) -> None:
    message_id, child = _sent(any_house, make_pupils)
    point = make_point({child: 1})
    events = [
        any_house.settled(message_id, [point]),
        any_house.came_back(message_id, point, "user_unknown"),
    ]
    if is_told_first:
        events.reverse()
    for event in events:
        any_house.hear(event)
    assert _state(any_house, message_id, child) == "unreached"
    assert _reasons(any_house, message_id) == [("bounced", "user_unknown")]


def test_a_return_heard_again_and_the_acceptance_said_again_change_nothing(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    message_id, child = _sent(any_house, make_pupils)
    point = make_point({child: 1})
    settled = any_house.settled(message_id, [point])
    back = any_house.came_back(message_id, point, "mailbox_full")
    any_house.hear(settled)
    any_house.hear(back)
    completed_at = any_house.recipients(message_id)[child].completed_at
    any_house.hear(back)
    any_house.hear(replace(back, id=uuid4()))
    any_house.hear(replace(settled, id=uuid4()))
    assert _state(any_house, message_id, child) == "unreached"
    assert any_house.recipients(message_id)[child].completed_at == completed_at
    assert _reasons(any_house, message_id) == [("bounced", "mailbox_full")]


def test_a_child_that_another_address_has_reached_stays_reached(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    message_id, child = _sent(any_house, make_pupils)
    first, second = make_point({child: 2}), make_point({child: 2})
    any_house.hear(any_house.settled(message_id, [first, second]))
    any_house.hear(any_house.came_back(message_id, first, "user_unknown"))
    assert _state(any_house, message_id, child) == "reached"
    any_house.hear(any_house.came_back(message_id, second, "user_unknown"))
    assert _state(any_house, message_id, child) == "unreached"


def test_siblings_of_one_letter_are_all_not_reached(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(3)  # the third is the sibling of the second
    message_id = any_house.send(members)
    siblings = {member.member_id: 1 for member in members[1:]}
    letter = make_point(siblings)
    any_house.hear(any_house.settled(message_id, [letter]))
    any_house.hear(any_house.came_back(message_id, letter, "user_unknown"))
    found = {_state(any_house, message_id, child) for child in siblings}
    assert found == {"unreached"}


def test_a_confirmed_child_is_never_counted_as_not_reached_again(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    message_id, child = _sent(any_house, make_pupils)
    point = make_point({child: 1})
    any_house.hear(any_house.settled(message_id, [point]))
    with any_house.database.for_school(any_house.school_id) as session:
        pressed = sa.update(Recipient).where(Recipient.member_id == child)
        session.execute(pressed.values(confirmed_at=clock.now()))
    any_house.hear(any_house.came_back(message_id, point, "user_unknown"))
    counts = _counts(any_house, message_id)
    assert (counts["confirmed"], counts["unreached"]) == (1, 0)


def _counts(house: House, message_id: UUID) -> dict[str, Any]:
    with house.database.for_school(house.school_id, read_only=True) as session:
        return count_recipients(session, Recipient.message_id == message_id)
