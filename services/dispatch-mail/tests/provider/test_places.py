"""Who gets a connection to the relay, and how many there are (MSG-9, DLV-2)."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import clock
from dispatch_mail.provider import places as places_module
from dispatch_mail.provider.places import Places


async def taken(places: Places, lane: str, count: int) -> list[asyncio.Task[None]]:
    """Ask for so many places; return the tasks that still wait."""
    asking = [asyncio.create_task(places.take(lane)) for _ in range(count)]
    await asyncio.wait(asking, timeout=0)
    return [task for task in asking if not task.done()]


async def gone(waiting: list[asyncio.Task[None]]) -> None:
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@given(st.integers(2, 100))
def test_normal_mails_get_most_places_and_leave_some(most):
    places = Places(most)
    assert most / 2 <= places.open_to_normal < most


async def test_normal_mails_take_three_of_four_places_and_an_urgent_one_finds_the_fourth():
    places = Places(4)
    waiting = await taken(places, "normal", 5)
    assert len(waiting) == 2
    assert await taken(places, "urgent", 1) == []
    await gone(waiting)


async def test_urgent_mails_may_take_all_places_and_are_let_in_first():
    places = Places(4)
    normal = await taken(places, "normal", 1) + await taken(places, "urgent", 3)
    assert normal == []
    normal, urgent = await taken(places, "normal", 1), await taken(places, "urgent", 1)
    places.give_back("normal")
    await asyncio.wait([*normal, *urgent], return_when=asyncio.FIRST_COMPLETED)
    assert (normal[0].done(), urgent[0].done()) == (False, True)
    await gone(normal)


async def test_a_place_that_is_given_to_somebody_who_has_gone_is_given_to_the_next():
    places = Places(2)
    assert await taken(places, "normal", 1) == []
    first, second = await taken(places, "normal", 2)
    places.give_back("normal")
    first.cancel()
    await asyncio.wait([first, second])
    assert first.cancelled()
    assert second.done()


async def test_a_relay_that_refuses_one_more_has_fewer_places_until_they_grow_again(
    monkeypatch: pytest.MonkeyPatch,
):
    now = clock.monotonic()
    monkeypatch.setattr(places_module.clock, "monotonic", lambda: now)
    places = Places(20)
    places.shrink(4)
    assert (places.open, places.open_to_normal) == (4, 3)
    waiting = await taken(places, "normal", 4)
    assert len(waiting) == 1
    for grown in (5, 6):
        now += places_module.GROW_SECONDS
        places.give_back("normal")
        assert places.open == grown
        await taken(places, "normal", 1)
    places.restore()
    assert places.open == 20


async def test_at_least_one_place_is_always_open():
    places = Places(20)
    places.shrink(0)
    assert (places.open, places.open_to_normal) == (1, 1)
