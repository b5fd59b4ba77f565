"""What becomes of claimed rows while messaging can't say what their message is, and when it is
forgotten.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scripted_relay import StartRelay

from common import clock
from common.delivery.outcomes import Accepted, NotPrepared, NotSent, Reason, Rejected
from common.testing.dispatch import (
    ClaimRows,
    Hear,
    Neighbours,
    RequestPage,
    assert_texts_go_with_the_key,
    send_batch,
)
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.clients import Clients

MakeChannel = Callable[..., MailChannel]


async def test_while_content_is_away_nothing_is_sent_and_later_everything_is(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    clients: Clients,
) -> None:
    relay = await start_relay()
    channel = make_channel(relay)
    request_page(neighbours.add_message(), neighbours.add_family("a@a.town.test"))
    batch = claim()
    for house in ("messaging", "identity"):
        neighbours.away = {house}
        clients.school_keys.drop(neighbours.school_id)
        assert [type(answer) for answer in (await send_batch(channel, batch)).values()] == [
            NotPrepared
        ]
    assert relay.connections == 0
    neighbours.away = set()
    assert [type(answer) for answer in (await send_batch(channel, batch)).values()] == [Accepted]


async def test_a_message_whose_content_is_away_holds_no_other(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    channel = make_channel(relay)
    known, unknown = neighbours.add_message(), neighbours.add_message()
    request_page(known, neighbours.add_family("first@a.town.test"))
    await send_batch(channel, claim())  # now its content is held
    request_page(known, neighbours.add_family("known@a.town.test"))
    request_page(unknown, neighbours.add_family("unknown@a.town.test"))
    neighbours.away = {"messaging"}
    batch = claim()
    answers = await send_batch(channel, batch)
    assert {row.message_id: type(answers[row.id]) for row in batch} == {
        known: Accepted,
        unknown: NotPrepared,
    }


async def test_the_words_of_a_message_are_forgotten_after_ten_minutes(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A school may have been erased meanwhile: its texts and the key of its links must not stay
    with us.
    """
    channel = make_channel(await start_relay())
    message_id, real, asked = neighbours.add_message(), clock.monotonic, []
    for later in (0, 590, 610):
        monkeypatch.setattr(clock, "monotonic", lambda later=later: real() + later)
        request_page(message_id, neighbours.add_family(f"a{later}@a.town.test"))
        await send_batch(channel, claim())
        asked.append(sum(path.endswith("/content") for _, path, _ in neighbours.asked))
    assert asked == [1, 1, 2]


async def test_a_house_that_answers_slowly_does_not_hold_a_batch_beyond_its_lease(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(100):
        request_page(neighbours.add_message(), neighbours.add_family(f"a{number}@a.town.test"))
    batch, real = claim(), clock.monotonic

    def later() -> float:  # every question to messaging takes 2 seconds
        return real() + 2 * sum(service == "messaging" for service, _, _ in neighbours.asked)

    monkeypatch.setattr(clock, "monotonic", later)
    began = clock.monotonic()
    channel = make_channel(await start_relay())
    answers = list((await send_batch(channel, batch)).values())
    assert clock.monotonic() - began < 40
    sent = sum(isinstance(answer, Accepted) for answer in answers)
    assert 1 <= sent <= 10
    assert answers.count(NotSent("not prepared in time")) == 100 - sent


async def test_a_message_that_is_gone_is_cancelled(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    message_id = neighbours.add_message()
    request_page(message_id, neighbours.add_family("a@a.town.test"))
    del neighbours.contents[message_id]
    (answer,) = (await send_batch(make_channel(relay), claim())).values()
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.CANCELLED
    assert relay.connections == 0


async def test_a_schools_texts_leave_the_memory_with_its_key(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    hear: Hear,
) -> None:
    request_page(neighbours.add_message(), neighbours.add_family("a@a.town.test"))
    channel = make_channel(await start_relay())
    await assert_texts_go_with_the_key(neighbours, hear, channel, claim())
