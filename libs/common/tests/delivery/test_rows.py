"""Status is the lock: who claims a row settles it, who comes late changes nothing (DLV-3)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from delivery_house import House

from common import clock
from common.delivery import claims, rows, sweep
from common.delivery.claims import Claimed
from common.delivery.outcomes import Accepted, Deferred, NotSent, Outcome, Reason, Rejected, Unknown
from common.delivery.settle import write_settled
from common.delivery.states import settle

OK = Accepted(250, "ok")


def test_claimers_side_by_side_never_share_a_row_and_take_all(house: House) -> None:
    house.take_in(house.page(250))

    def claim_all(_: int) -> list[Claimed]:
        taken = []
        while batch := house.claim(30):
            assert len(batch) <= 30
            taken += batch
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = Counter(
            row.id for rows_of_one in threads.map(claim_all, range(4)) for row in rows_of_one
        )
    assert set(taken.values()) == {1}
    # A claimer that passed over what another held may leave before that one takes its last rows, so
    # one more looks after them.
    assert sum(taken.values()) + len(house.claim(250)) == 250


def test_a_claim_takes_at_most_its_size_and_the_oldest_first(house: House) -> None:
    old, new = house.page(10), house.page(10)
    house.take_in(old)
    house.take_in(new)
    assert {row.message_id for row in house.claim(10)} == {old.message_id}
    assert len(house.claim(7)) == 7


def test_several_batches_are_claimed_at_once_each_with_its_own_id_and_size(house: House) -> None:
    house.take_in(house.page(25))
    now = clock.now()
    wanted = [claims.Claim("normal", 10, uuid4(), now + timedelta(minutes=2)) for _ in range(4)]
    with house.database.for_system() as session:
        batches = claims.claim(session, house.tables.deliveries, wanted, now)
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [{row.batch_id for row in batch} for batch in batches] == [
        {claim.batch_id} for claim in wanted[:3]
    ]
    assert len({row.id for batch in batches for row in batch}) == 25


def test_closed_routes_are_passed_over(house: House) -> None:
    house.take_in(house.page(5, route="docomo.test"))
    house.take_in(house.page(5, route="b.test"))
    assert {row.route for row in house.claim(closed=["docomo.test", "c.test"])} == {"b.test"}
    assert house.claim(closed=["docomo.test"]) == []


def test_a_claim_takes_its_own_lane_only(house: House) -> None:
    house.take_in(house.page(2))
    house.take_in(house.page(3, lane="urgent"))
    assert [row.lane for row in house.claim(lane="urgent")] == ["urgent"] * 3
    assert [row.lane for row in house.claim()] == ["normal"] * 2


def test_a_claim_counts_the_attempt_and_has_all_that_a_sender_needs(house: House) -> None:
    page = house.page(1)
    house.take_in(page)
    (row,) = house.claim()
    (point,) = page.points
    assert (row.contact_point_id, row.guardian_id, row.address) == (
        point.contact_point_id,
        point.guardian_id,
        b"sealed",
    )
    assert (row.attempts, row.unknowns, row.members) == (
        1,
        0,
        {str(child): 1 for child in page.members},
    )


def test_outcomes_are_written_as_they_are_and_a_final_row_forgets_the_address(house: House) -> None:
    house.take_in(house.page(4))
    one, two, three, four = house.claim()
    now = clock.now()
    outcomes: dict[UUID, Outcome] = {
        one.id: OK,
        two.id: Rejected(Reason.USER_UNKNOWN, 550, "no"),
        three.id: NotSent("pace"),
        four.id: Unknown("lost"),
    }
    house.do(
        write_settled,
        [(row, settle(outcomes[row.id], row, now)) for row in (one, two, three, four)],
        now,
    )
    found = {row.id: row for row in house.rows()}
    assert [
        (found[row.id].state, found[row.id].attempts, found[row.id].unknowns)
        for row in (one, two, three, four)
    ] == [
        ("accepted", 1, 0),
        ("refused", 1, 0),
        ("requested", 0, 0),
        ("requested", 1, 1),
    ]
    assert [found[row.id].address is None for row in (one, two, three, four)] == [
        True,
        True,
        False,
        False,
    ]
    assert {(answer["state"], answer["reason"]) for answer in house.answered()} == {
        ("accepted", None),
        ("refused", "user_unknown"),
    }


def test_what_the_provider_said_counts_after_the_lease_until_the_row_is_claimed_anew(
    house: House,
) -> None:
    house.take_in(house.page(2))
    late = house.claim()
    assert house.do(sweep.sweep_leases, now=clock.now() + timedelta(hours=1)) == 2
    assert house.settle(late, Unknown("no answer")) == 0, "that says no more than the lease did"
    assert house.settle(late, OK) == 2
    assert house.states() == {"accepted": 2}
    assert len(house.answered()) == 2


def test_a_settle_that_comes_after_the_row_is_claimed_anew_changes_nothing(house: House) -> None:
    house.take_in(house.page(2))
    late = house.claim()
    assert house.do(sweep.sweep_leases, now=clock.now() + timedelta(hours=1)) == 2
    house.let_time_pass()
    again = house.claim()
    assert house.settle(late, OK) == 0
    assert house.answers() == []
    assert house.settle(again, OK) == 2


def test_a_dead_holders_rows_go_once_more_and_then_end_as_unknown(house: House) -> None:
    house.take_in(house.page(2))
    for expected in ({"requested": 2}, {"unknown": 2}):
        assert len(house.claim()) == 2
        assert house.do(sweep.sweep_leases, now=clock.now()) == 0, "a lease that runs is left alone"
        assert house.do(sweep.sweep_leases, now=clock.now() + timedelta(hours=1)) == 2
        assert house.states() == expected
        house.let_time_pass()
    assert house.claim() == []
    assert {answer["state"] for answer in house.answered()} == {"unknown"}


def test_the_only_process_need_not_wait_for_the_leases_of_a_dead_one(house: House) -> None:
    house.take_in(house.page(3))
    house.claim(2)
    assert house.do(sweep.sweep_dead, now=clock.now()) == 2
    assert house.states() == {"requested": 3}


def test_what_waited_too_long_is_given_up_and_keeps_what_the_provider_said(house: House) -> None:
    house.take_in(house.page(2))
    (first,) = house.claim(1)
    house.settle([first], Deferred(Reason.GREYLISTED, 450, "later", None))
    assert house.do(sweep.sweep_expired, now=clock.now()) == 0
    assert house.do(sweep.sweep_expired, now=clock.now() + timedelta(days=2)) == 2
    assert {(row.state, row.reason) for row in house.rows()} == {
        ("expired", "greylisted"),
        ("expired", "given_up"),
    }
    assert {answer["state"] for answer in house.answered()} == {"expired"}


def test_a_page_that_slipped_past_the_stop_of_its_message_is_cancelled(house: House) -> None:
    page = house.page(2)
    house.take_in(page)
    stopped = {
        "message_id": page.message_id,
        "school_id": page.school_id,
        "stopped_at": clock.now(),
    }
    # A stop that committed before it could see the page's rows.
    with house.database.for_system() as session:
        session.execute(sa.insert(house.tables.stopped_messages).values(stopped))
    assert house.do(sweep.sweep_stopped, now=clock.now()) == 2
    assert {(row.state, row.reason) for row in house.rows()} == {("cancelled", "cancelled")}


def test_the_backlog_is_counted_no_further_than_asked(house: House) -> None:
    house.take_in(house.page(9))
    house.claim(2)
    with house.database.for_system(read_only=True) as session:
        counted = [
            rows.unclaimed(session, house.tables.deliveries, "normal", at_most)
            for at_most in (5, 50)
        ]
        none = rows.unclaimed(session, house.tables.deliveries, "urgent", 50)
    assert (counted, none) == ([5, 7], 0)
