"""What the house makes of what other houses answer, or something else in their place (DLV-4)."""

from __future__ import annotations

from uuid import UUID

import pytest
from line_house import MakeUser

from common.delivery.outcomes import Accepted
from common.testing.dispatch import (
    ClaimRows,
    Hear,
    Neighbours,
    RequestPage,
    assert_no_stranger_is_believed,
    assert_no_stranger_says_where_families_are,
    assert_texts_go_with_the_key,
    send_batch,
)
from dispatch_line.actions.hand_over import LineChannel


def test_whatever_a_stranger_answers_in_directorys_place_leaves_no_family_out(
    request_page: RequestPage, claim: ClaimRows, neighbours: Neighbours, account_id: UUID
) -> None:
    assert_no_stranger_says_where_families_are(neighbours, request_page)
    assert len(claim()) == 1


@pytest.mark.parametrize("house", ["messaging", "identity"])
async def test_whatever_a_stranger_answers_in_a_houses_place_ends_no_delivery(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: LineChannel,
    neighbours: Neighbours,
    make_user: MakeUser,
    house: str,
) -> None:
    request_page(neighbours.add_message(), neighbours.add_family(make_user()))
    batch = claim()
    await assert_no_stranger_is_believed(neighbours, house, channel, batch)
    outcomes = await send_batch(channel, batch)
    assert {type(outcome) for outcome in outcomes.values()} == {Accepted}


async def test_a_schools_texts_leave_the_memory_with_its_key(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: LineChannel,
    neighbours: Neighbours,
    make_user: MakeUser,
    hear: Hear,
) -> None:
    request_page(neighbours.add_message(), neighbours.add_family(make_user()))
    await assert_texts_go_with_the_key(neighbours, hear, channel, claim())
