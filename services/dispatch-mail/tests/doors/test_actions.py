"""What the house does with a page and with claimed rows, at real neighbours and a real relay
(DLV-1, MSG-9).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from uuid import uuid4

import pytest
import sqlalchemy as sa
from scripted_relay import StartRelay

from common import clock
from common.crypto import link_holds, parse_link
from common.db import Database
from common.delivery.outcomes import Accepted, NotSent, Reason, Rejected
from common.testing.dispatch import (
    ClaimRows,
    Hear,
    Neighbours,
    RequestPage,
    assert_no_stranger_is_believed,
    assert_no_stranger_says_where_families_are,
    send_batch,
)
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.app import sender_of
from dispatch_mail.config import Settings
from dispatch_mail.domain.unsubscribe import DAYS, read_token
from dispatch_mail.provider.limits import Limit, Limits
from dispatch_mail.store.models import TABLES

MakeChannel = Callable[..., MailChannel]


def text_of(mail: bytes) -> str:
    part = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


async def test_a_mail_reaches_the_address_that_directory_sealed(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    families = [
        neighbours.add_family(address)
        for address in ("hanako@docomo.town.test", "a..b@ezweb.town.test")
    ]
    request_page(neighbours.add_message(), *families)
    batch = claim()
    assert {row.route for row in batch} == {"docomo.town.test", "ezweb.town.test"}
    assert not any(b"town.test" in row.address for row in batch)
    answers = await send_batch(make_channel(relay), batch)
    assert [type(answer) for answer in answers.values()] == [Accepted, Accepted]
    assert relay.contents.keys() == {"hanako@docomo.town.test", '"a..b"@ezweb.town.test'}


async def test_each_mail_carries_its_familys_own_links(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    settings: Settings,
) -> None:
    relay = await start_relay()
    message_id = neighbours.add_message()
    request_page(
        message_id,
        neighbours.add_family("one@a.town.test"),
        neighbours.add_family("two@a.town.test"),
    )
    batch = claim()
    await send_batch(make_channel(relay), batch)
    found = set()
    for content in relay.contents.values():
        token = re.search(r"https://renraku.minamo.example/r/(\S+)", text_of(content))
        assert token is not None
        ids, mac = parse_link(token[1], 3) or ((), b"")
        assert link_holds(neighbours.link_key, "r", ids, mac)
        header = message_from_bytes(content)["List-Unsubscribe"]
        unsubscribe = read_token(sender_of(settings).secret, header.rsplit("/", 1)[1].rstrip(">"))
        assert unsubscribe is not None
        assert unsubscribe.until == clock.today() + DAYS
        found.add((*ids, unsubscribe.school_id, unsubscribe.contact_point_id))
    school = neighbours.school_id
    points = {(row.guardian_id, row.contact_point_id) for row in batch}
    assert found == {(message_id, guardian, point, school, point) for guardian, point in points}


async def test_staff_get_a_salutation_and_a_link_of_their_own(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    """S1 7: they got the families' words and the address of the sign-in page."""
    relay = await start_relay()
    message_id = neighbours.add_message(addressing="全校")
    own, _ = teacher = neighbours.add_family("sensei@a.town.test", staff=True)
    request_page(message_id, teacher, neighbours.add_family("haha@a.town.test"))
    batch = claim()
    await send_batch(make_channel(relay), batch)
    text = text_of(relay.contents["sensei@a.town.test"])
    assert text.startswith("教職員各位\n")
    assert "きょうだい" not in text
    token = re.search(r"https://renraku.minamo.example/r/(\S+)", text)
    assert token is not None
    ids, mac = parse_link(token[1], 3) or ((), b"")
    (point,) = (row.contact_point_id for row in batch if row.guardian_id is None)
    assert ids == (message_id, own, point)
    assert link_holds(neighbours.link_key, "r", ids, mac)
    assert text_of(relay.contents["haha@a.town.test"]).startswith("全校の保護者の皆様\n")


async def test_an_address_that_refuses_links_gets_the_mail_without_any(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay(reads_links=True)
    families = [
        neighbours.add_family(address)
        for address in ("link-1@softbank.town.test", "link-2@b.town.test", "a@b.town.test")
    ]
    request_page(neighbours.add_message(), *families)
    answers = await send_batch(make_channel(relay), claim())
    assert [type(answer) for answer in answers.values()] == [Accepted] * 3
    for recipient in ("link-1@softbank.town.test", "link-2@b.town.test"):
        text = text_of(relay.contents[recipient])
        assert "https://" not in text
        assert "リンク付きのメールを受け取らない設定" in text
    assert "https://" in text_of(relay.contents["a@b.town.test"])


async def test_an_address_that_refuses_the_variant_too_is_refused(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    request_page(neighbours.add_message(), neighbours.add_family("link@softbank.town.test"))
    (answer,) = (await send_batch(make_channel(relay), claim())).values()
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.LINK_REFUSED
    assert [command.split()[0] for command in relay.commands].count("DATA") == 2


async def test_the_variant_is_left_for_later_when_the_batch_took_too_long(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    request_page(neighbours.add_message(), neighbours.add_family("link@softbank.town.test"))
    batch = claim()
    channel = make_channel(relay)
    assert await channel.send_without_link(batch, clock.monotonic() - 21) == [
        (batch[0].id, NotSent("not begun in time"))
    ]
    assert relay.commands == []


def test_a_message_that_leaves_mail_out_is_not_taken_in(
    request_page: RequestPage, claim: ClaimRows, neighbours: Neighbours
) -> None:
    left_out, sent = neighbours.add_message(), neighbours.add_message()
    request_page(left_out, neighbours.add_family("a@a.town.test"), channels=["line", "push"])
    request_page(sent, neighbours.add_family("b@a.town.test"), channels=["mail", "push"])
    assert [row.message_id for row in claim()] == [sent]


@pytest.mark.parametrize("house", ["messaging", "identity"])
async def test_whatever_a_stranger_answers_in_a_houses_place_ends_no_delivery(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    hear: Hear,
    house: str,
) -> None:
    """A load balancer whose back end restarts says 404; every waiting delivery was "cancelled" for
    it.
    """
    request_page(neighbours.add_message(), neighbours.add_family("a@a.town.test"))
    batch, door = claim(), make_channel(await start_relay())
    hear("key.destroyed", {"fingerprint": "0" * 64})  # so that the key is asked for again
    await assert_no_stranger_is_believed(neighbours, house, door, batch)
    assert {type(answer) for answer in (await send_batch(door, batch)).values()} == {Accepted}


@pytest.mark.parametrize(
    "address", ["no at sign", "日本@a.town.test", "a@b@c.town.test", "evil@a.test\r\nRCPT TO:<x@y>"]
)
async def test_an_address_that_is_none_is_refused_in_words_and_never_vanishes(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    address: str,
) -> None:
    relay = await start_relay()
    request_page(
        neighbours.add_message(),
        neighbours.add_family(address),
        neighbours.add_family("good@a.town.test"),
    )
    batch = claim()
    answers = await send_batch(make_channel(relay), batch)
    assert {row.route: type(answers[row.id]) for row in batch} == {
        "invalid": Rejected,
        "a.town.test": Accepted,
    }
    assert list(relay.contents) == ["good@a.town.test"]


async def test_an_address_sealed_for_another_place_is_refused(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    request_page(neighbours.add_message(), neighbours.add_family("a@a.town.test"))
    (row,) = claim()
    moved = row._replace(contact_point_id=uuid4())
    (answer,) = (await send_batch(make_channel(relay), [moved])).values()
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.ADDRESS_BAD


async def test_a_subject_with_a_line_break_reaches_nobody(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    request_page(
        neighbours.add_message(subject="明日\r\nBcc: all@town.test"),
        neighbours.add_family("a@a.town.test"),
    )
    (answer,) = (await send_batch(make_channel(relay), claim())).values()
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.CONTENT_REFUSED
    assert relay.connections == 0


async def test_what_is_beyond_a_domains_pace_is_not_sent_and_its_route_is_closed(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    relay = await start_relay()
    channel = make_channel(
        relay, Limits({"slow.town.test": Limit(concurrency=1, per_second=0.001, burst=2)})
    )
    request_page(
        neighbours.add_message(),
        *(neighbours.add_family(f"a{number}@slow.town.test") for number in range(5)),
    )
    answers = await send_batch(channel, claim())
    assert (
        sorted(type(answer).__name__ for answer in answers.values())
        == ["Accepted"] * 2 + ["NotSent"] * 3
    )
    assert list(channel.closed_routes(clock.now())) == ["slow.town.test"]


async def test_one_provider_is_spoken_to_on_a_few_lines_whatever_its_domains(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    """B18: each of its domains had lines of its own, and the provider counts them together."""
    relay = await start_relay()
    channel = make_channel(
        relay, Limits({"icloud.com": Limit(concurrency=2, per_second=1000.0, burst=1000)})
    )
    domains = ("icloud.com", "me.com", "mac.com")
    families = [
        neighbours.add_family(f"a{number}@{domain}") for domain in domains for number in range(33)
    ]
    request_page(neighbours.add_message(), *families)
    batch = claim()
    assert {row.route for row in batch} == {"icloud.com"}
    answers = await send_batch(channel, batch)
    assert {type(answer) for answer in answers.values()} == {Accepted}
    assert {address.partition("@")[2] for address in relay.contents} == set(domains)
    assert relay.most_open <= 2


async def test_while_a_provider_is_closed_rows_that_name_another_domain_of_it_stay_where_they_are(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
) -> None:
    """Rows of before an alias was known would be claimed and put back as long as the provider's
    pause lasts.
    """
    channel = make_channel(
        await start_relay(), Limits({"icloud.com": Limit(concurrency=2, per_second=0.001, burst=1)})
    )
    request_page(
        neighbours.add_message(),
        *(neighbours.add_family(f"a{number}@me.com") for number in range(2)),
    )
    await send_batch(channel, claim())
    assert set(channel.closed_routes(clock.now())) == {"icloud.com", "me.com", "mac.com"}


async def test_while_the_relay_is_away_no_lane_is_open_and_nothing_is_put_off(
    request_page: RequestPage,
    claim: ClaimRows,
    make_channel: MakeChannel,
    start_relay: StartRelay,
    neighbours: Neighbours,
    unused_port: int,
) -> None:
    relay = await start_relay()
    request_page(neighbours.add_message(), neighbours.add_family("a@a.town.test"))
    channel = make_channel(relay, port=unused_port)
    assert set(channel.open_lanes(clock.now())) == {"urgent", "normal"}
    (answer,) = (await send_batch(channel, claim())).values()
    assert isinstance(answer, NotSent)
    assert list(channel.open_lanes(clock.now())) == []


def test_a_stopped_messages_mails_are_cancelled(
    request_page: RequestPage,
    claim: ClaimRows,
    hear: Hear,
    database: Database,
    neighbours: Neighbours,
) -> None:
    message_id = neighbours.add_message()
    request_page(message_id, neighbours.add_family("a@a.town.test"))
    hear("message.stopped", {"message_id": message_id})
    assert claim() == []
    with database.for_system(read_only=True) as session:
        assert session.scalars(sa.select(TABLES.deliveries.c.state)).all() == ["cancelled"]


def test_directory_is_asked_once_a_page_and_only_what_it_must_know(
    request_page: RequestPage, claim: ClaimRows, neighbours: Neighbours
) -> None:
    family = neighbours.add_family("a@a.town.test")
    request_page(neighbours.add_message(), family)
    look_ups = [
        body
        for service, path, body in neighbours.asked
        if (service, path) == ("directory", "/contact-points/look-up")
    ]
    child, guardians = family
    members = [{"member_id": str(child), "guardian_ids": [str(guardian) for guardian in guardians]}]
    assert look_ups == [{"kind": "mail", "lane": "normal", "members": members}]
    (row,) = claim()
    assert base64.b64decode(neighbours.points[0]["address"]) == row.address


def test_whatever_a_stranger_answers_in_directorys_place_leaves_no_family_out(
    request_page: RequestPage, claim: ClaimRows, neighbours: Neighbours
) -> None:
    assert_no_stranger_says_where_families_are(neighbours, request_page)
    assert len(claim()) == 1
