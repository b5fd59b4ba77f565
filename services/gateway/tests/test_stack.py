"""The one bar of a send means confirmation (MSG-11).

Its parts fill it, in order, and nobody is too few to be seen.
"""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.stack import ORDER, SMALLEST, segments

numbers = st.dictionaries(st.sampled_from(ORDER), st.integers(0, 5_000))


@given(counts=numbers)
def test_the_parts_fill_the_bar_in_their_order(counts: dict[str, int]) -> None:
    found = segments(counts, sum(counts.values()))
    assert [part.name for part in found] == [name for name in ORDER if counts.get(name)]
    assert not found or abs(sum(part.width for part in found) - 100) < 0.1
    for before, after in itertools.pairwise(found):
        assert abs(before.x + before.width - after.x) < 0.05


@given(counts=numbers)
def test_nobody_is_too_few_to_be_seen(counts: dict[str, int]) -> None:
    for part in segments(counts, sum(counts.values())):
        assert part.width > SMALLEST * 0.9


def test_a_send_that_nobody_confirmed_has_no_solid_green() -> None:
    assert [
        part.name for part in segments({"confirmed": 0, "delivered": 291, "unreached": 9}, 300)
    ] == ["delivered", "unreached"]


def test_heads_without_a_state_leave_the_end_of_the_bar_empty() -> None:
    (part,) = segments({"delivered": 30}, 300)
    assert (part.x, part.width) == (0, 10)
