"""What the three dispatchers share at their doors.

Whom they ask for a page, and how its contact points get their routes.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from delivery_house import House

from common import clock
from common.bus import tables
from common.crypto import SchoolKey, SealedPlace
from common.delivery.doors import erase_deliveries, find_page, jobs_of, queues_of
from common.delivery.outcomes import Reason
from common.delivery.points import SealedPoint, address_of, look_up
from common.delivery.take_in import FoundPoint
from common.errors import Unavailable
from common.schemas import Envelope

SCHOOL = UUID("018f0000-0000-7000-8000-0000000000aa")


class Directory:
    """directory with these contact points for whoever asks."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = items
        self.asked: list[tuple[UUID, Any]] = []

    def call(self, method: str, template: str, *, school_id: UUID, json: Any) -> Any:
        assert (method, template) == ("POST", "/contact-points/look-up")
        self.asked.append((school_id, json))
        return {"items": self.items}


def item(**more: Any) -> dict[str, Any]:
    sealed = base64.b64encode(b"sealed").decode()
    return {
        "contact_point_id": str(uuid4()),
        "guardian_id": str(uuid4()),
        "owner_member_id": None,
        "address": sealed,
        "health": None,
    } | more


@pytest.fixture
def asked_page() -> Envelope:
    payload = {
        "message_id": uuid4(),
        "lane": "urgent",
        "members": [{"member_id": uuid4(), "guardian_ids": [uuid4()]}],
    }
    return Envelope.load(
        Envelope.of("delivery.requested", SCHOOL, {**payload, "channels": ["line", "push"]}).dump()
    )


def by_health(_school_id: UUID, points: Sequence[SealedPoint]) -> list[FoundPoint]:
    return [point.on("route", Reason.BLOCKED_BY_USER if point.health else None) for point in points]


def test_a_page_is_what_directory_knows_of_its_children_each_point_with_its_route(
    asked_page: Envelope,
) -> None:
    directory = Directory(item(), item(health="blocked"))
    page = find_page("push", directory, by_health)(asked_page)
    assert page is not None
    assert [(point.route, point.refused, point.address) for point in page.points] == [
        ("route", None, b"sealed"),
        ("route", Reason.BLOCKED_BY_USER, b"sealed"),
    ]
    (member,) = asked_page.payload["members"]
    assert directory.asked == [(SCHOOL, {"kind": "push", "lane": "urgent", "members": [member]})]
    assert dict(page.members) == {member["member_id"]: member["guardian_ids"]}


def test_a_page_that_leaves_the_channel_out_asks_nobody(asked_page: Envelope) -> None:
    directory = Directory()
    assert find_page("mail", directory, by_health)(asked_page) is None
    assert directory.asked == []


def test_where_nothing_is_found_no_route_is_asked_for_and_the_page_still_comes(
    asked_page: Envelope,
) -> None:
    def none_to_route(_school_id: UUID, _points: Sequence[SealedPoint]) -> list[FoundPoint]:
        raise AssertionError("there is nothing to route")

    page = find_page("push", Directory(), none_to_route)(asked_page)
    assert page is not None
    assert list(page.points) == []


def test_an_address_opens_only_for_its_own_contact_point() -> None:
    key, child = SchoolKey(SCHOOL, bytes(32)), uuid4()
    point_id = uuid4()
    sealed = base64.b64encode(
        key.encrypt("a@town.test", SealedPlace("contact_points", "address", point_id))
    ).decode()
    directory = Directory(
        item(
            contact_point_id=str(point_id),
            guardian_id=None,
            owner_member_id=str(child),
            address=sealed,
        )
    )
    (found,) = look_up(directory, SCHOOL, "mail", "normal", {child: []})
    assert (found.guardian_id, found.owner_member_id, found.health) == (None, child, None)
    assert address_of(key, found.contact_point_id, found.address) == "a@town.test"


def erase(house: House) -> None:
    """Do one batch of the school's erasure, as the worker does."""
    handler = erase_deliveries("dispatch-x", house.tables, lambda _: True)
    with house.database.for_school(SCHOOL, even_erased=True) as session:
        handler.act(session, Envelope.of("school.erasing", SCHOOL, {}), None, now=clock.now())


def answers(house: House) -> list[dict[str, Any]]:
    with house.database.for_system(read_only=True) as session:
        bodies = session.scalars(
            sa.select(tables.outbox.c.body).where(tables.outbox.c.type == "school.erased")
        )
        return [Envelope.load(body).payload["counts"] for body in bodies]


@pytest.mark.parametrize("ends", ["settled", "lease"])
def test_a_school_is_erased_when_nothing_of_it_is_with_a_provider(house: House, ends: str) -> None:
    house.take_in(house.page(5))
    claimed = house.claim(2)
    erase(house)  # marks the school
    erase(house)
    deliveries = house.tables.deliveries
    with house.database.for_system() as session:
        assert set(session.scalars(sa.select(deliveries.c.id))) == {row.id for row in claimed}, (
            "what nobody has is gone"
        )
    with pytest.raises(Unavailable):
        erase(house)
    assert answers(house) == []
    with house.database.for_system() as session:
        over = (
            {"lease_until": clock.now()}
            if ends == "lease"
            else {"state": "accepted", "lease_until": None}
        )
        session.execute(sa.update(deliveries).values(over))
    erase(house)
    erase(house)
    assert answers(house) == [{deliveries.name: 5}]


def test_the_lanes_are_queues_of_their_own_and_jobs_have_names(house: House) -> None:
    assert [queue.name.removeprefix("dispatch-x.") for queue in queues_of("dispatch-x")] == [
        "deliver.urgent",
        "deliver.normal",
        "stops",
        "erasure",
    ]
    assert [job.name for job in jobs_of(house.tables)] == [
        "sweep_silent",
        "sweep_leases",
        "sweep_stopped",
        "sweep_expired",
        "measure_open",
        "purge",
    ]
