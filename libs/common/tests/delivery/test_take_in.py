"""A page of a message becomes rows once, and every child of it is answered for (DLV-1, MSG-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from delivery_house import House

from common import clock
from common.db.bulk import insert_new
from common.delivery.outcomes import Accepted
from common.delivery.states import Policy
from common.delivery.sweep import sweep_expired, sweep_leases
from common.delivery.take_in import FoundPoint, rows_of_notice

OK = Accepted(250, "ok")


def test_the_same_page_twice_changes_nothing(house: House) -> None:
    page = house.page(3)
    assert house.take_in(page) == 3
    before = house.rows()
    assert house.take_in(page) == 0
    assert house.rows() == before
    assert house.answers() == []


def test_a_page_asked_for_again_is_answered_from_rows_that_are_final(house: House) -> None:
    page = house.page(2)
    house.take_in(page)
    house.settle(house.claim(1), OK)
    told = house.answered()
    house.take_in(page)
    assert house.answered() == told * 2


def test_a_row_counts_for_each_child_how_many_contact_points_it_has(house: House) -> None:
    mother, father, older, younger = (uuid4() for _ in range(4))
    points = [
        FoundPoint(uuid4(), owner, None, b"sealed", "a.test") for owner in (mother, mother, father)
    ]
    page = replace(
        house.page(0), members={older: [mother, father], younger: [mother]}, points=points
    )
    assert house.take_in(page) == 3
    members = {row.contact_point_id: row.members for row in house.rows()}
    of_mother = {str(older): 3, str(younger): 2}
    assert members == {
        points[0].contact_point_id: of_mother,
        points[1].contact_point_id: of_mother,
        points[2].contact_point_id: {str(older): 3},
    }


def test_a_sibling_on_a_later_page_is_answered_from_the_existing_row(house: House) -> None:
    first = house.page(1)
    (guardian,) = next(iter(first.members.values()))
    house.take_in(first)
    house.settle(house.claim(), OK)
    sibling = uuid4()
    later = replace(first, members={sibling: [guardian]})
    assert house.take_in(later) == 0
    answer = house.answered()[-1]
    assert answer["state"] == "accepted"
    assert answer["members"] == dict.fromkeys([*first.members, sibling], 1)
    assert house.claim() == []


def test_a_sibling_that_comes_before_the_mail_went_is_answered_for_with_it(house: House) -> None:
    first = house.page(1)
    house.take_in(first)
    sibling = uuid4()
    house.take_in(replace(first, members={sibling: next(iter(first.members.values()))}))
    house.settle(house.claim(), OK)
    (answer,) = house.answered()
    assert set(answer["members"]) == {*first.members, sibling}


def test_staff_are_reached_by_their_own_contact_points(house: House) -> None:
    teacher = uuid4()
    point = FoundPoint(uuid4(), None, teacher, b"sealed", "a.test")
    house.take_in(replace(house.page(0), members={teacher: []}, points=[point]))
    (row,) = house.rows()
    assert row.guardian_id is None
    assert row.members == {str(teacher): 1}


def test_children_with_nothing_on_this_channel_are_answered_for_at_once(house: House) -> None:
    page, child = house.page(1), uuid4()
    house.take_in(replace(page, members={**page.members, child: [uuid4()]}))
    (answer,) = house.answers()
    assert answer["nothing"] == [child]
    assert answer["points"] == []


def test_a_page_of_a_stopped_message_is_cancelled_and_says_so(house: House) -> None:
    page = house.page(2)
    house.stop(page.message_id)
    assert house.take_in(page) == 2
    assert {(row.state, row.reason, row.address) for row in house.rows()} == {
        ("cancelled", "cancelled", None)
    }
    assert {answer["state"] for answer in house.answered()} == {"cancelled"}
    assert house.claim() == []


def test_stopping_cancels_what_waits_and_leaves_what_is_under_way(house: House) -> None:
    page, other = house.page(3), house.page(1)
    house.take_in(page)
    under_way = house.claim(1)
    house.take_in(other)
    assert house.stop(page.message_id) == 2
    assert house.stop(page.message_id) == 0
    assert house.settle(under_way, OK) == 1
    assert house.states() == {"cancelled": 2, "accepted": 1, "requested": 1}


def test_answers_of_a_large_batch_come_in_events_of_at_most_five_hundred(house: House) -> None:
    house.take_in(house.page(650))
    while batch := house.claim():
        house.settle(batch, OK)
    house.take_in(page := house.page(650))
    house.stop(page.message_id)
    assert {len(answer["points"]) for answer in house.answers()} == {100, 50, 500, 150}
    assert len(house.answered()) == 1300


def test_a_notice_goes_as_a_message_does_and_nobody_is_told_what_became_of_it(
    house: House,
) -> None:
    table = house.tables.deliveries
    notice, now = replace(house.page(3), members={}), clock.now()
    with house.database.for_school(notice.school_id) as session:
        insert_new(session, table, rows_of_notice(notice, Policy(), now))
    accepted, *_ = batch = house.claim(2)
    assert [row.is_notice for row in batch] == [True, True]
    assert {row.address for row in house.rows()} == {None}
    house.settle([accepted], OK)
    day_later = now + timedelta(days=1, seconds=1)
    assert house.do(sweep_leases, now=day_later) == 1
    assert house.do(sweep_expired, now=day_later) == 1
    assert house.states() == {"accepted": 1, "unknown": 1, "expired": 1}
    assert house.answers() == []
