"""A strict relay is greeted with a name that it takes (MSG-9)."""

from __future__ import annotations

import pytest
from scripted_relay import StartRelay

from common.testing.dispatch import Neighbours, Publish, States, Working
from common.testing.waiting import until


@pytest.mark.parametrize(
    ("relay_ehlo", "said"),
    [(None, "renraku.minamo.example"), ("mx1.minamo.example", "mx1.minamo.example")],
)
async def test_the_relay_is_greeted_with_a_name_that_it_takes(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    relay_ehlo: str | None,
    said: str,
) -> None:
    relay = await start_relay(wants_a_name=True)
    async with working(relay, relay_ehlo=relay_ehlo):
        await publish(neighbours.add_message(), neighbours.add_family("a@a.town.test"))
        await until(lambda: states() == {"accepted": 1})
    assert relay.commands[0] == f"EHLO {said}"
