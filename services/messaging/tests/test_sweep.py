"""The clock, on both databases: what an accident left standing goes on by itself (DLV-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from messaging_house import House, MakePoint, MakePupils

from common import clock
from messaging.actions import sweep
from messaging.jobs import JOBS
from messaging.store.models import Message


@pytest.fixture(autouse=True)
def _quiet(request: pytest.FixtureRequest) -> None:
    """End what other tests left on its way: the clock sees every school, with a bound a tick."""
    name = "any_house" if "any_house" in request.fixturenames else "house"
    house = request.getfixturevalue(name)
    with house.database.for_system() as session:
        session.execute(
            sa.update(Message)
            .where(Message.completed_at.is_(None))
            .values(completed_at=clock.now())
        )


def _asked(house: House) -> list[set[UUID]]:
    return [
        {member["member_id"] for member in event.payload["members"]}
        for event in house.said("delivery.requested")
    ]


@pytest.mark.parametrize("pages_before", [0, 1, 2])
def test_a_fan_out_that_stopped_goes_on_from_where_it_was(
    any_house: House, make_pupils: MakePupils, pages_before: int
) -> None:
    """The event of the next page is lost, as with a killed process on memory://."""
    any_house.town.school = replace(any_house.town.school, undo_seconds=0)
    draft = any_house.draft()
    any_house.press(draft["id"], any_house.town.add_snapshot(make_pupils(2_100)))
    for _ in range(pages_before):
        event = [e for e in any_house.said() if e.type in ("message.released", "message.paged")][-1]
        any_house.hear(event)
    any_house.handled.update(event.id for event in any_house.said())
    any_house.run(sweep.sweep_fan_outs, after=timedelta(seconds=50))
    any_house.pump()
    assert len(any_house.recipients(draft["id"])) == 960 * pages_before
    any_house.run(sweep.sweep_fan_outs, after=timedelta(seconds=61))
    any_house.pump()
    assert len(any_house.recipients(draft["id"])) == 2_100
    assert sum(map(len, _asked(any_house))) == 2_100


def test_a_finished_fan_out_is_left_alone(any_house: House, make_pupils: MakePupils) -> None:
    any_house.send(make_pupils(3))
    said = len(any_house.said())
    any_house.run(sweep.sweep_fan_outs, after=timedelta(hours=1))
    assert len(any_house.said()) == said


def test_children_nobody_answered_for_are_asked_for_again(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(3)
    message_id = any_house.send(members)
    any_house.hear(any_house.settled(message_id, [make_point({members[0].member_id: 1})]))
    any_house.run(sweep.sweep_waiting, after=timedelta(seconds=100))
    assert len(_asked(any_house)) == 1
    any_house.run(sweep.sweep_waiting, after=timedelta(seconds=130))
    any_house.run(sweep.sweep_waiting, after=timedelta(seconds=160))
    assert _asked(any_house)[1:] == [{members[1].member_id, members[2].member_id}]
    again = any_house.said("delivery.requested")[-1].payload["members"]
    assert {tuple(member["guardian_ids"]) for member in again} == {
        member.guardian_ids for member in members[1:]
    }
    any_house.run(sweep.sweep_waiting, after=timedelta(seconds=260))
    assert len(_asked(any_house)) == 3


def test_a_large_backlog_is_asked_for_bit_by_bit_and_nobody_is_passed_over(
    house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(1_200)
    house.send(members)
    first = len(_asked(house))
    for _ in range(10):
        house.run(sweep.sweep_waiting, after=timedelta(minutes=3))
    again = _asked(house)[first:]
    assert set().union(*again) == {member.member_id for member in members}
    assert sum(map(len, again)) == 1_200


def test_a_large_send_that_hangs_keeps_no_other_from_its_turn(
    house: House, make_pupils: MakePupils
) -> None:
    house.send(make_pupils(1_200))
    small = make_pupils(3)
    house.send(small)
    first = len(_asked(house))
    for minute in range(5):
        house.run(sweep.sweep_waiting, after=timedelta(minutes=3, seconds=30 * minute))
    assert {member.member_id for member in small} <= set().union(*_asked(house)[first:])


def test_a_stopped_message_is_never_asked_for_again(
    any_house: House, make_pupils: MakePupils
) -> None:
    message_id = any_house.send(make_pupils(3))
    any_house.client.post(f"/messages/{message_id}/stop", headers=any_house.staff())
    any_house.run(sweep.sweep_waiting, after=timedelta(hours=24))
    assert len(_asked(any_house)) == 1
    assert {row.state for row in any_house.recipients(message_id).values()} == {"waiting"}


def test_a_stopped_message_for_which_nobody_answers_ends_all_the_same(
    any_house: House, make_pupils: MakePupils
) -> None:
    message_id = any_house.send(make_pupils(3))
    any_house.client.post(f"/messages/{message_id}/stop", headers=any_house.staff())
    any_house.run(sweep.sweep_waiting, after=timedelta(hours=26))
    any_house.run(sweep.complete_messages, after=timedelta(hours=26))
    assert {row.state for row in any_house.recipients(message_id).values()} == {"cancelled"}
    assert any_house.message(message_id).completed_at is not None


def test_whom_one_channel_reached_is_reached_though_another_never_answers(
    any_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    members = make_pupils(2)
    message_id = any_house.send(members)
    reached, silent = (member.member_id for member in members)
    any_house.hear(any_house.settled(message_id, [make_point({reached: 1})]))
    any_house.client.post(f"/messages/{message_id}/stop", headers=any_house.staff())
    any_house.run(sweep.sweep_waiting, after=timedelta(hours=26))
    ended = {member: row.state for member, row in any_house.recipients(message_id).items()}
    assert ended == {reached: "reached", silent: "cancelled"}


def test_every_job_runs_on_a_quiet_day(any_house: House) -> None:
    for job in JOBS:
        any_house.run(job.action)
    assert len({job.name for job in JOBS}) == len(JOBS)
