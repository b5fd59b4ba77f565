"""What dispatchers answered, on both databases (DLV-1): complete when all have, in any order, twice
or at once.
"""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messaging_house import House, MakePoint, MakePupils

from common import clock
from common.errors import NotFound, Unavailable
from common.testing.statements import count_statements
from messaging.actions import sweep
from messaging.store.models import Outcome


def _states(house: House, message_id: UUID) -> dict[UUID, str]:
    return {member: row.state for member, row in house.recipients(message_id).items()}


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (["accepted"], "reached"),
        (["refused"], "unreached"),
        (["expired"], "unreached"),
        (["unknown"], "unreached"),
        (["cancelled"], "cancelled"),
        (["refused", "accepted"], "reached"),
        (["cancelled", "refused"], "unreached"),
        (["cancelled", "accepted"], "reached"),
    ],
)
def test_a_child_has_ended_when_all_its_contact_points_have(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint, answers: list[str], state: str
) -> None:
    members = make_pupils(1)
    message_id, child = any_house.send(members), members[0].member_id
    for number, answer in enumerate(answers):
        assert _states(any_house, message_id) == {child: "waiting"}, number
        any_house.hear(any_house.settled(message_id, [make_point({child: len(answers)}, answer)]))
    assert _states(any_house, message_id) == {child: state}


def test_a_child_without_a_contact_point_is_not_reached(
    any_house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(1)
    message_id, child = any_house.send(members), members[0].member_id
    any_house.hear(any_house.settled(message_id, nothing=[child]))
    assert _states(any_house, message_id) == {child: "unreached"}


def test_one_letter_to_a_guardian_answers_for_all_its_children(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(3)  # the third is the sibling of the second
    message_id = any_house.send(members)
    siblings = {member.member_id: 1 for member in members[1:]}
    any_house.hear(any_house.settled(message_id, [make_point(siblings)]))
    assert _states(any_house, message_id) == {
        **dict.fromkeys(siblings, "reached"),
        members[0].member_id: "waiting",
    }


def test_an_event_heard_twice_changes_nothing(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(2)
    message_id = any_house.send(members)
    event = any_house.settled(
        message_id, [make_point({members[0].member_id: 2})], [members[1].member_id]
    )
    any_house.hear(event, now=clock.now())
    before = {m: (r.state, r.completed_at) for m, r in any_house.recipients(message_id).items()}
    any_house.hear(event)
    any_house.hear(
        replace(event, id=uuid4()), now=clock.now() + timedelta(minutes=1)
    )  # said again from the dispatcher's rows
    assert {
        m: (r.state, r.completed_at) for m, r in any_house.recipients(message_id).items()
    } == before
    assert before[members[0].member_id][0] == "waiting"  # the second contact point has not answered


def test_a_late_acceptance_lifts_a_child_that_was_given_up(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(1)
    message_id, child = any_house.send(members), members[0].member_id
    unsure = make_point({child: 1}, "unknown")
    any_house.hear(any_house.settled(message_id, [unsure]))
    ended = any_house.recipients(message_id)[child].completed_at
    any_house.hear(
        any_house.settled(message_id, [{**unsure, "state": "accepted"}]),
        now=clock.now() + timedelta(minutes=1),
    )
    any_house.hear(any_house.settled(message_id, [unsure]))
    row = any_house.recipients(message_id)[child]
    assert (row.state, row.completed_at) == ("reached", ended)


def test_a_contact_point_named_twice_in_one_batch_counts_once_by_its_highest_word(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(1)
    message_id, child = any_house.send(members), members[0].member_id
    accepted = make_point({child: 1})
    any_house.hear(
        any_house.settled(message_id, [{**accepted, "state": "unknown"}, accepted], [child, child])
    )
    assert _states(any_house, message_id) == {child: "reached"}


def test_answers_about_an_unknown_message_park(any_house: House, make_point: MakePoint) -> None:
    with pytest.raises(NotFound):
        any_house.hear(any_house.settled(uuid4(), [make_point({uuid4(): 1})]))


def test_a_batch_of_five_hundred_takes_a_handful_of_statements(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(480)
    message_id = any_house.send(members)
    event = any_house.settled(message_id, [make_point({member.member_id: 1}) for member in members])
    count = count_statements(any_house.database.engine)
    any_house.hear(event)
    assert (
        count() <= 10
    )  # SQLite's BEGIN, PostgreSQL's savepoint and the look at erased schools among them
    assert set(_states(any_house, message_id).values()) == {"reached"}


def test_batches_of_one_message_at_once_neither_deadlock_nor_overlook_each_other(
    house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    """Each child has four contact points, each in another batch, each batch in another order, all
    at once.
    """
    members = make_pupils(120)
    message_id = house.send(members)
    batches = []
    for number in range(4):
        points = [
            make_point({member.member_id: 4}, "accepted" if number == 2 else "refused")
            for member in members
        ]
        random.Random(number).shuffle(points)
        batches.append(house.settled(message_id, points))
    together = threading.Barrier(4)

    def work(event: Any) -> None:
        together.wait()
        house.hear(event)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, batches))
    assert set(_states(house, message_id).values()) == {"reached"}


def test_a_deadlock_with_somebody_else_is_a_reason_to_wait_not_to_park(
    house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    """Somebody holds two rows in the wrong order: PostgreSQL gives up one of the two; ours says
    Unavailable and works again.
    """
    members = make_pupils(2)
    message_id = house.send(members)
    event = house.settled(message_id, [make_point({member.member_id: 1}) for member in members])
    hold = sa.text("SELECT 1 FROM recipients WHERE id = :id FOR UPDATE")
    names = [
        {"id": row_id} for row_id in sorted(row.id for row in house.recipients(message_id).values())
    ]
    with house.database.engine.connect() as other:
        other.execute(
            sa.text("SET deadlock_timeout = '20s'")
        )  # so that ours is the one that is given up
        other.execute(hold, names[1])
        with ThreadPoolExecutor(1) as pool:
            ours = pool.submit(house.hear, event)
            waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            with house.database.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as watch:
                deadline = clock.monotonic() + 10
                while not watch.scalar(waiting) and clock.monotonic() < deadline:
                    pass
            other.execute(hold, names[0])
            with pytest.raises(Unavailable):
                ours.result(10)
        other.rollback()
    house.hear(event)
    assert set(_states(house, message_id).values()) == {"reached"}


def test_a_message_ends_when_nobody_waits(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(2)
    message_id = any_house.send(members)
    for number, member in enumerate(members):
        any_house.run(sweep.complete_messages)
        assert any_house.message(message_id).state == "released", number
        any_house.hear(any_house.settled(message_id, [make_point({member.member_id: 1})]))
    last = max(row.completed_at for row in any_house.recipients(message_id).values())
    any_house.run(sweep.complete_messages, after=timedelta(minutes=5))
    message = any_house.message(message_id)
    assert (message.state, message.completed_at) == ("complete", last)


def test_a_stopped_message_ends_with_the_dispatchers_answers(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(2)
    message_id = any_house.send(members)
    any_house.client.post(f"/messages/{message_id}/stop", headers=any_house.staff())
    points = [
        make_point({m.member_id: 1}, state)
        for m, state in zip(members, ("accepted", "cancelled"), strict=True)
    ]
    any_house.hear(any_house.settled(message_id, points))
    any_house.run(sweep.complete_messages)
    message = any_house.message(message_id)
    assert (message.state, message.completed_at is not None) == ("stopped", True)
    assert sorted(_states(any_house, message_id).values()) == ["cancelled", "reached"]


@pytest.mark.parametrize(
    ("elsewhere", "end"),
    [("nothing", "cancelled"), ("refused", "unreached"), ("accepted", "reached")],
)
def test_a_child_that_was_stopped_and_has_nothing_on_another_channel_counts_as_stopped(
    three_channels: House, make_pupils: MakePupils, make_point: MakePoint, elsewhere: str, end: str
) -> None:
    """Most children have one channel: the page said 「止めた 0人」 and the list of those to be told
    by phone held them all.
    """
    [member] = make_pupils(1)
    message_id = three_channels.send([member])
    three_channels.client.post(f"/messages/{message_id}/stop", headers=three_channels.staff())
    for channel, state in (("push", "nothing"), ("mail", "cancelled"), ("line", elsewhere)):
        points = [] if state == "nothing" else [make_point({member.member_id: 1}, state)]
        nothing = [member.member_id] if state == "nothing" else []
        three_channels.hear(three_channels.settled(message_id, points, nothing, channel=channel))
    assert _states(three_channels, message_id) == {member.member_id: end}
    stand = three_channels.get(f"/messages/{message_id}/progress")
    assert (stand["stopped_heads"], stand["handed_heads"]) == (
        int(end == "cancelled"),
        int(end == "reached"),
    )


# Two children, three contact points (the last one shared), each said to be in one state; a
# dispatcher that lost its lease may say another one later. Whatever comes first, twice or late, the
# end is the same.
FINAL = st.sampled_from(["accepted", "refused", "expired", "unknown", "cancelled"])


@st.composite
def _histories(draw: st.DrawFn) -> tuple[list[list[tuple[int, str]]], list[list[int]]]:
    said = draw(st.lists(st.tuples(st.integers(0, 2), FINAL), min_size=3, max_size=7))
    batches = [said[start : start + 2] for start in range(0, len(said), 2)]
    orders = [
        draw(st.lists(st.sampled_from(range(len(batches))), max_size=4))
        + list(draw(st.permutations(range(len(batches)))))
    ]
    orders.append(list(draw(st.permutations(range(len(batches))))))
    return batches, orders


@given(history=_histories())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_and_duplication_of_answers_ends_the_same(
    any_house: House,
    make_pupils: MakePupils,
    make_point: MakePoint,
    history: tuple[list[list[tuple[int, str]]], list[list[int]]],
) -> None:
    batches, orders = history
    ends = []
    for order in orders:
        members = make_pupils(2)
        message_id = any_house.send(members)
        first, second = (member.member_id for member in members)
        known = [make_point({first: 2}), make_point({second: 2}), make_point({first: 2, second: 2})]
        events = [
            any_house.settled(
                message_id, [{**known[number], "state": state} for number, state in batch]
            )
            for batch in batches
        ]
        for position in order:
            any_house.hear(replace(events[position], id=uuid4()))
        states = _states(any_house, message_id)
        with any_house.database.for_school(any_house.school_id, read_only=True) as session:
            query = sa.select(Outcome.state).where(Outcome.school_id == any_house.school_id)
            rows = {
                number: session.scalars(
                    query.where(Outcome.contact_point_id == point["contact_point_id"])
                ).all()
                for number, point in enumerate(known)
            }
        ends.append((states[first], states[second], rows))
    assert ends[0] == ends[1]
