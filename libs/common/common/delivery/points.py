"""Contact points as directory gives them to a dispatcher.

The address is sealed, and opened only in the moment of use.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from common.answers.directory import SealedPoints
from common.crypto import SchoolKey, SealedPlace
from common.delivery.outcomes import Reason
from common.delivery.take_in import FoundPoint
from common.ids import read_id


class AsksDirectory(Protocol):
    """How directory is asked (`common.web.client.ServiceClient`)."""

    def call(self, method: str, template: str, *, school_id: UUID, json: Any) -> Any: ...


class SealedPoint(NamedTuple):
    """A contact point of a guardian, or (staff) of the member itself.

    `health`: why nothing arrives there; None where it does.
    """

    contact_point_id: UUID
    guardian_id: UUID | None
    owner_member_id: UUID | None
    address: bytes
    health: str | None

    def on(self, route: str, refused: Reason | None = None) -> FoundPoint:
        """Return it with its route, and why it is refused before anything is handed over."""
        return FoundPoint(
            self.contact_point_id,
            self.guardian_id,
            self.owner_member_id,
            self.address,
            route,
            refused,
        )


def look_up(
    directory: AsksDirectory,
    school_id: UUID,
    kind: str,
    lane: str,
    members: Mapping[UUID, Sequence[UUID]],
) -> list[SealedPoint]:
    """Return the contact points of one kind of these children's guardians (of staff: their own).

    `members`: child → guardians.
    """
    asked = [
        {"member_id": member, "guardian_ids": guardians} for member, guardians in members.items()
    ]
    body = {"kind": kind, "lane": lane, "members": asked}
    answer: SealedPoints = directory.call(
        "POST", "/contact-points/look-up", school_id=school_id, json=body
    )
    return [
        SealedPoint(
            read_id(item["contact_point_id"]),
            uuid_or_none(item["guardian_id"]),
            uuid_or_none(item["owner_member_id"]),
            base64.b64decode(item["address"]),
            item["health"],
        )
        for item in answer["items"]
    ]


def uuid_or_none(value: str | None) -> UUID | None:
    return read_id(value) if value else None


def address_of(key: SchoolKey, contact_point_id: UUID, sealed: bytes) -> str:
    """Return a contact point's address (LINE user, app token) in plain; raises Undecipherable."""
    return key.decrypt(sealed, SealedPlace("contact_points", "address", contact_point_id))
