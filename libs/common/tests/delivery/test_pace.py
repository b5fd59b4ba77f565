"""What the claimer may do next (DLV-2, DLV-7).

Urgent first, slower when rows come back, never beyond its room.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import clock
from common.delivery.pace import MOST_BATCHES, URGENT_SECONDS, Pace

BOTH = ["urgent", "normal"]


@pytest.fixture
def pace() -> Pace:
    return Pace()


def test_both_lanes_are_awake_at_first_urgent_before_normal(pace: Pace) -> None:
    assert pace.awake_lanes(0.0) == BOTH


def test_the_normal_lane_rests_for_a_second_after_new_urgent_rows(pace: Pace) -> None:
    assert pace.urgent_began(clock.now(), 100.0)
    assert pace.awake_lanes(100.0) == ["urgent"]
    assert pace.awake_lanes(100.0 + URGENT_SECONDS) == BOTH


def test_urgent_rows_that_are_only_tried_again_let_nobody_rest(pace: Pace) -> None:
    gives_up_at = clock.now()
    pace.urgent_began(gives_up_at, 100.0)
    assert not pace.urgent_began(gives_up_at, 105.0)
    assert not pace.urgent_began(gives_up_at - timedelta(minutes=1), 105.0)
    assert pace.awake_lanes(105.0) == BOTH


@pytest.mark.parametrize(
    ("open_lanes", "awake"), [(BOTH, BOTH), (["urgent"], ["urgent"]), ([], [])]
)
def test_a_lane_in_which_nothing_can_go_is_not_claimed_in(
    pace: Pace, open_lanes: list[str], awake: list[str]
) -> None:
    assert pace.awake_lanes(0.0, open_lanes) == awake


def test_batches_double_while_all_goes_well_and_begin_anew_when_rows_come_back(pace: Pace) -> None:
    seen = [pace.batches_at_once]
    for came_back in (False, False, False, False, True, False):
        pace.settled(came_back=came_back)
        seen.append(pace.batches_at_once)
    assert seen == [1, 2, 4, MOST_BATCHES, MOST_BATCHES, 1, 2]


@given(st.integers(0, 3000), st.integers(0, 1500), st.integers(1, 500))
def test_what_is_claimed_always_has_room(room: int, free_on_route: int, claim_size: int) -> None:
    pace = Pace()
    for _ in range(4):
        pace.settled(came_back=False)
    count = pace.batches(claim_size, room, free_on_route)
    assert 0 <= count <= MOST_BATCHES
    assert count * claim_size <= room
    assert count <= 1 or count * claim_size <= free_on_route
