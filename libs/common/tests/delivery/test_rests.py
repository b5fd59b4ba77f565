"""A message that can't be prepared rests by itself, longer each time (DLV-7).

When it goes on, it calls somebody.
"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from common.delivery.rests import LONGEST_REST_SECONDS, MOST_RESTING, STUCK_AFTER, Rests

MESSAGE = uuid4()


@pytest.fixture
def rests() -> Rests:
    return Rests()


def fail_again_and_again(rests: Rests, message_id: UUID, times: int) -> float:
    """Let a message fail each time its rest is over; return the moment of the last failure."""
    now = 0.0
    for _ in range(times):
        while message_id in rests.messages(now):
            now += 1.0
        rests.failed(message_id, now)
    return now


def test_it_rests_one_second_then_two_then_four_and_never_longer_than_thirty(rests: Rests) -> None:
    lengths = []
    now = 0.0
    for _ in range(7):
        rests.failed(MESSAGE, now)
        began = now
        while MESSAGE in rests.messages(now):
            now += 0.5
        lengths.append(now - began)
    assert lengths == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_REST_SECONDS, LONGEST_REST_SECONDS]


def test_no_other_message_rests_with_it(rests: Rests) -> None:
    rests.failed(MESSAGE, 0.0)
    assert rests.messages(0.0) == [MESSAGE]


def test_batches_side_by_side_that_meet_the_same_trouble_count_once(rests: Rests) -> None:
    assert [rests.failed(MESSAGE, 0.1 * number) for number in range(5)] == [1] * 5


def test_once_prepared_it_is_as_if_nothing_had_been(rests: Rests) -> None:
    fail_again_and_again(rests, MESSAGE, 4)
    rests.prepared(MESSAGE)
    assert rests.messages(0.0) == []
    assert rests.failed(MESSAGE, 1000.0) == 1


def test_who_fails_many_times_in_a_row_is_told_of_until_nobody_tries_it_again(rests: Rests) -> None:
    last = fail_again_and_again(rests, MESSAGE, STUCK_AFTER - 1)
    assert rests.stuck(last) == 0
    last = fail_again_and_again(rests, MESSAGE, 1) + 60.0
    rests.failed(MESSAGE, last)
    assert rests.stuck(last) == 1
    assert rests.stuck(last + 10 * LONGEST_REST_SECONDS) == 0


def test_a_claim_names_no_more_of_them_than_it_can_carry(rests: Rests) -> None:
    for _ in range(MOST_RESTING + 50):
        rests.failed(uuid4(), 0.0)
    assert len(rests.messages(0.0)) == MOST_RESTING
