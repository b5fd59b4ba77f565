"""What the house does with a page and with claimed rows, between real neighbours and the town's FCM
(DLV-4, MSG-9).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from town_fcm import Town

from common import clock
from common.crypto import link_holds, parse_link
from common.db import Database
from common.delivery.outcomes import Accepted, NotPrepared, NotSent, Reason, Rejected
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
from dispatch_push.actions.hand_over import PushChannel
from dispatch_push.clients import Clients
from dispatch_push.store.models import TABLES

BASE_URL = "https://renraku.minamo.example"


def phone(prefix: str = "app") -> str:
    return f"{prefix}-{uuid4().hex}"


async def test_each_phone_gets_its_familys_own_link_by_the_token_that_directory_sealed(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
) -> None:
    message_id, tokens = neighbours.add_message(), [phone(), phone()]
    families = [neighbours.add_family(token) for token in tokens]
    request_page(message_id, *families)
    batch = claim()
    assert not any(token.encode() in row.address for row in batch for token in tokens)
    assert {type(answer) for answer in (await send_batch(channel, batch)).values()} == {Accepted}
    for token, (_, (guardian,)) in zip(tokens, families, strict=True):
        ((title, body, link),) = town.screen(token)
        assert (title, body) == ("つばめ野小 4年2組", "運動会の順延について")
        ids, mac = parse_link(link.removeprefix(f"{BASE_URL}/r/"), 3) or ((), b"")
        (point,) = (row.contact_point_id for row in batch if row.guardian_id == guardian)
        assert ids == (message_id, guardian, point)
        assert link_holds(neighbours.link_key, "r", ids, mac)


def test_a_message_that_leaves_the_app_out_is_not_taken_in(
    request_page: RequestPage, claim: ClaimRows, neighbours: Neighbours
) -> None:
    left_out, sent = neighbours.add_message(), neighbours.add_message()
    request_page(left_out, neighbours.add_family(phone()), channels=["mail", "line"])
    request_page(sent, neighbours.add_family(phone()), channels=["mail", "push"])
    assert [row.message_id for row in claim()] == [sent]


async def test_staff_get_a_link_of_their_own(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
) -> None:
    """S1 7: they got the address of the sign-in page, and nothing to press."""
    token, message_id = phone(), neighbours.add_message()
    own, _ = teacher = neighbours.add_family(token, staff=True)
    request_page(message_id, teacher)
    (row,) = batch = claim()
    await send_batch(channel, batch)
    ids, mac = parse_link(town.screen(token)[0][2].removeprefix(f"{BASE_URL}/r/"), 3) or ((), b"")
    assert ids == (message_id, own, row.contact_point_id)
    assert link_holds(neighbours.link_key, "r", ids, mac)


async def test_while_content_is_away_nothing_is_sent_and_later_everything_is(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
    clients: Clients,
) -> None:
    request_page(neighbours.add_message(), neighbours.add_family(phone()))
    batch = claim()
    for house in ("messaging", "identity"):
        neighbours.away = {house}
        clients.school_keys.drop(neighbours.school_id)
        assert [type(answer) for answer in (await send_batch(channel, batch)).values()] == [
            NotPrepared
        ]
    assert town.fcm.phones.count() == 0
    neighbours.away = set()
    assert [type(answer) for answer in (await send_batch(channel, batch)).values()] == [Accepted]


async def test_a_message_whose_content_is_away_holds_no_other(
    request_page: RequestPage, claim: ClaimRows, channel: PushChannel, neighbours: Neighbours
) -> None:
    known, unknown = neighbours.add_message(), neighbours.add_message()
    request_page(known, neighbours.add_family(phone()))
    await send_batch(channel, claim())  # now its content is held
    request_page(known, neighbours.add_family(phone()))
    request_page(unknown, neighbours.add_family(phone()))
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
    channel: PushChannel,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A school may have been erased meanwhile: its texts and the key of its links must not stay
    with us.
    """
    message_id, real, asked = neighbours.add_message(), clock.monotonic, []
    for later in (0, 590, 610):
        monkeypatch.setattr(clock, "monotonic", lambda later=later: real() + later)
        request_page(message_id, neighbours.add_family(phone()))
        await send_batch(channel, claim())
        asked.append(sum(path.endswith("/content") for _, path, _ in neighbours.asked))
    assert asked == [1, 1, 2]


async def test_a_house_that_answers_slowly_does_not_hold_a_batch_beyond_its_lease(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(100):
        request_page(neighbours.add_message(), neighbours.add_family(phone()))
    batch, real = claim(), clock.monotonic

    def later() -> float:  # every question to messaging takes 2 seconds
        return real() + 2 * sum(service == "messaging" for service, _, _ in neighbours.asked)

    monkeypatch.setattr(clock, "monotonic", later)
    answers = list((await send_batch(channel, batch)).values())
    sent = sum(isinstance(answer, Accepted) for answer in answers)
    assert 1 <= sent <= 10
    assert answers.count(NotSent("not prepared in time")) == 100 - sent


@pytest.mark.parametrize("house", ["messaging", "identity"])
async def test_whatever_a_stranger_answers_in_a_houses_place_ends_no_delivery(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    neighbours: Neighbours,
    hear: Hear,
    house: str,
) -> None:
    """A load balancer whose back end restarts says 404; every waiting delivery was "cancelled" for
    it.
    """
    request_page(neighbours.add_message(), neighbours.add_family(phone()))
    batch, door = claim(), channel
    hear("key.destroyed", {"fingerprint": "0" * 64})  # so that the key is asked for again
    await assert_no_stranger_is_believed(neighbours, house, door, batch)
    assert {type(answer) for answer in (await send_batch(door, batch)).values()} == {Accepted}


async def test_a_schools_texts_leave_the_memory_with_its_key(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    neighbours: Neighbours,
    hear: Hear,
) -> None:
    request_page(neighbours.add_message(), neighbours.add_family(phone()))
    await assert_texts_go_with_the_key(neighbours, hear, channel, claim())


async def test_a_message_that_is_gone_is_cancelled(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
) -> None:
    message_id = neighbours.add_message()
    request_page(message_id, neighbours.add_family(phone()))
    del neighbours.contents[message_id]
    (answer,) = (await send_batch(channel, claim())).values()
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.CANCELLED
    assert town.fcm.phones.count() == 0


async def test_a_token_sealed_for_another_place_is_refused(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
) -> None:
    request_page(neighbours.add_message(), neighbours.add_family(phone()))
    (row,) = claim()
    moved = row._replace(contact_point_id=uuid4())
    (answer,) = (await send_batch(channel, [moved])).values()
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.ADDRESS_BAD
    assert town.fcm.phones.count() == 0


async def test_while_fcm_is_left_alone_its_route_is_closed(
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
) -> None:
    assert channel.closed_routes(clock.now()) == ()
    town.fcm.is_token_down = True
    request_page(neighbours.add_message(), neighbours.add_family(phone()))
    batch = claim()
    await send_batch(channel, batch)
    now = clock.now()
    assert list(channel.closed_routes(now)) == [row.route for row in batch]
    assert channel.closed_routes(now + timedelta(seconds=31)) == ()


def test_a_stopped_messages_notifications_are_cancelled(
    request_page: RequestPage,
    claim: ClaimRows,
    hear: Hear,
    database: Database,
    neighbours: Neighbours,
) -> None:
    message_id = neighbours.add_message()
    request_page(message_id, neighbours.add_family(phone()))
    hear("message.stopped", {"message_id": message_id})
    assert claim() == []
    with database.for_system(read_only=True) as session:
        assert session.scalars(sa.select(TABLES.deliveries.c.state)).all() == ["cancelled"]


def test_directory_is_asked_once_a_page_and_only_for_apps(
    request_page: RequestPage, neighbours: Neighbours
) -> None:
    child, guardians = neighbours.add_family(phone())
    request_page(neighbours.add_message(), (child, guardians))
    look_ups = [
        body
        for service, path, body in neighbours.asked
        if (service, path) == ("directory", "/contact-points/look-up")
    ]
    members = [{"member_id": str(child), "guardian_ids": [str(guardian) for guardian in guardians]}]
    assert look_ups == [{"kind": "push", "lane": "normal", "members": members}]


def test_whatever_a_stranger_answers_in_directorys_place_leaves_no_family_out(
    request_page: RequestPage, claim: ClaimRows, neighbours: Neighbours
) -> None:
    assert_no_stranger_says_where_families_are(neighbours, request_page)
    assert len(claim()) == 1
