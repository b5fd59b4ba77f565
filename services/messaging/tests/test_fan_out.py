"""The unfolding of an audience, page by page, on both databases (DLV-1): a crash resumes, an echo
changes nothing.
"""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from messaging_house import House, MakePupils

from common import clock, transactions
from common.errors import NotFound, Unavailable
from common.schemas import Envelope
from messaging.actions import fan_out
from messaging.domain.audience import Addressed


class PowerCut(Exception):
    """The process is gone in the middle of its work."""


def _release(house: House, members: list[Addressed], **content: Any) -> UUID:
    house.town.school = replace(house.town.school, undo_seconds=0, urgent_undo_seconds=0)
    draft = house.draft(**content)
    assert house.press(draft["id"], house.town.add_snapshot(members)).status_code == 202
    return UUID(draft["id"])


def _asked_for(house: House) -> list[UUID]:
    return [
        m["member_id"]
        for event in house.said("delivery.requested")
        for m in event.payload["members"]
    ]


def test_every_child_becomes_a_recipient_and_is_asked_for_once(
    any_house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(2_100)
    message_id = _release(any_house, members)
    any_house.pump()
    rows = any_house.recipients(message_id)
    assert set(rows) == {member.member_id for member in members}
    assert {row.state for row in rows.values()} == {"waiting"}
    assert sorted(_asked_for(any_house)) == sorted(rows)
    assert all(
        len(event.payload["members"]) <= 500 for event in any_house.said("delivery.requested")
    )
    assert [event.payload["after"] for event in any_house.said("message.paged")] == [
        960,
        1920,
        None,
    ]
    assert any_house.message(message_id).fan_out_done_at is not None


def test_each_child_is_asked_for_with_its_guardians(
    any_house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(4)
    _release(any_house, members, lane="urgent")
    any_house.pump()
    [event] = any_house.said("delivery.requested")
    assert event.payload["lane"] == "urgent"
    asked = {
        member["member_id"]: tuple(member["guardian_ids"]) for member in event.payload["members"]
    }
    assert asked == {member.member_id: member.guardian_ids for member in members}


def test_the_same_page_twice_changes_nothing(any_house: House, make_pupils: MakePupils) -> None:
    message_id = _release(any_house, make_pupils(600))
    any_house.pump()
    said = len(any_house.said())
    for event in any_house.said():
        if event.type in ("message.released", "message.paged"):
            any_house.hear(replace(event, id=uuid4()))
    assert len(any_house.said()) == said
    assert len(any_house.recipients(message_id)) == 600


def test_a_crash_after_any_page_resumes_where_it_was(
    any_house: House, make_pupils: MakePupils
) -> None:
    message_id = _release(any_house, make_pupils(1_100))
    database, clients = any_house.database, any_house.town.clients()
    while pages := [e for e in any_house.said() if e.type in ("message.released", "message.paged")]:
        event: Envelope = pages[-1]
        if event.payload.get("after", 0) is None:
            break
        facts = fan_out.gather_page(database, clients)(event)
        with contextlib.suppress(PowerCut), database.for_school(any_house.school_id) as session:
            fan_out.record_page(session, event, facts, now=clock.now())
            raise PowerCut
        any_house.hear(event)
    assert len(any_house.recipients(message_id)) == 1_100
    assert len(_asked_for(any_house)) == 1_100


def test_two_workers_with_the_same_page_write_it_once(
    any_house: House, make_pupils: MakePupils
) -> None:
    message_id = _release(any_house, make_pupils(300))
    [event] = any_house.said("message.released")
    together = threading.Barrier(4)

    def work(_: int) -> None:
        together.wait()
        any_house.hear(replace(event, id=uuid4()))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(any_house.recipients(message_id)) == len(_asked_for(any_house)) == 300


def test_a_page_is_fetched_before_the_transaction(
    any_house: House, make_pupils: MakePupils
) -> None:
    _release(any_house, make_pupils(3))
    [event] = any_house.said("message.released")
    seen: list[bool] = []
    clients = any_house.town.clients()

    def page(*arguments: Any) -> Any:
        seen.append(transactions.is_open())
        return clients.page(*arguments)

    fan_out.gather_page(any_house.database, replace(clients, page=page))(event)
    assert seen == [False]


def test_a_directory_that_is_away_is_waited_for(any_house: House, make_pupils: MakePupils) -> None:
    """The worker holds an event whose handler says Unavailable; this must not become another error
    on the way.
    """
    message_id = _release(any_house, make_pupils(3))
    [event] = any_house.said("message.released")

    def away(*_: Any) -> Any:
        raise Unavailable()

    with pytest.raises(Unavailable):
        fan_out.gather_page(any_house.database, replace(any_house.town.clients(), page=away))(event)
    assert any_house.recipients(message_id) == {}


def test_an_event_about_no_message_of_ours_is_an_error_that_parks(any_house: House) -> None:
    event = Envelope.of("message.paged", any_house.school_id, {"message_id": uuid4(), "after": 960})
    with pytest.raises(NotFound):
        any_house.hear(event)


def test_after_a_stop_the_rest_of_the_audience_is_written_as_cancelled(
    any_house: House, make_pupils: MakePupils
) -> None:
    message_id = _release(any_house, make_pupils(1_400))
    [first] = any_house.said("message.released")
    any_house.hear(first)
    any_house.handled.add(first.id)
    assert (
        any_house.client.post(f"/messages/{message_id}/stop", headers=any_house.staff()).status_code
        == 202
    )
    any_house.pump()
    states = [row.state for row in any_house.recipients(message_id).values()]
    assert (len(states), states.count("waiting"), states.count("cancelled")) == (1400, 960, 440)
    assert len(_asked_for(any_house)) == 960
