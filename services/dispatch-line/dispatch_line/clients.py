"""What dispatch-line asks of other houses: where and who (directory), what and the confirmation
(messaging), keys (identity).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from common.answers.directory import (
    GivenLinkOut,
    LinkedOut,
    Owners,
    SchoolsOfTalk,
    TypedSchoolOut,
)
from common.answers.messaging import ConfirmedOut, ContentOut
from common.delivery.points import uuid_or_none
from common.web.client import ServiceClient
from common.web.contents import content_of, content_seen_by
from common.web.school_keys import SchoolKeys
from dispatch_line.config import Settings
from dispatch_line.domain.content import Content

KIND = "line"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose LINE user it is: a guardian, or (staff) the member itself."""

    contact_point_id: UUID
    guardian_id: UUID | None
    owner_member_id: UUID | None

    @property
    def reader_id(self) -> UUID:
        """Return by which id this person reads and confirms."""
        reader = self.guardian_id or self.owner_member_id
        assert reader is not None
        return reader


@dataclass(frozen=True, slots=True)
class TypedSheet:
    """What a LINE user typed from a sheet, and to which words on addresses they agreed before."""

    user_id: str
    login_id: str
    passcode: str = field(repr=False)
    terms_version: str
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class Confirmed:
    confirmed_at: datetime
    children: frozenset[UUID]


@dataclass(frozen=True)
class Clients:
    """The houses that dispatch-line talks to."""

    directory: ServiceClient
    messaging: ServiceClient
    school_keys: SchoolKeys

    @classmethod
    def of(cls, settings: Settings) -> Clients:
        return cls(
            ServiceClient.of(settings, "directory"),
            ServiceClient.of(settings, "messaging"),
            SchoolKeys(ServiceClient.of(settings, "identity")),
        )

    def owners(self, school_id: UUID, user_id: str) -> list[Owner]:
        """Return whose a LINE user is at a school; nobody's when the list is empty."""
        body = {"kind": KIND, "address": user_id}
        answer: Owners = self.directory.call(
            "POST", "/contact-points/owners", school_id=school_id, json=body
        )
        return [
            Owner(
                UUID(item["contact_point_id"]),
                uuid_or_none(item["guardian_id"]),
                uuid_or_none(item["owner_member_id"]),
            )
            for item in answer["items"]
        ]

    def link(self, school_id: UUID, user_id: str, nonce: str) -> LinkedOut:
        """Let a LINE user stand for the guardian to whom a nonce was given.

        Raise NotFound, Refused with the codes of directory's `/line-links/told`.
        """
        body = {"nonce": nonce, "user_id": user_id}
        answer: LinkedOut = self.directory.call(
            "POST", "/line-links/told", school_id=school_id, json=body
        )
        return answer

    def allowing(self, school_ids: Sequence[UUID]) -> Sequence[str]:
        """Return which of these schools let families register in the talk."""
        answer: SchoolsOfTalk = self.directory.call(
            "POST",
            "/talk-registrations/schools/look-up",
            json={"school_ids": list(school_ids)},
        )
        return answer["school_ids"]

    def school_of_code(self, school_ids: Sequence[UUID], user_id: str, typed: str) -> UUID:
        """Return which of these schools has a typed code; the try counts.

        Raise Invalid `registration_codes_wrong`, Refused `talk_registration_off`, Busy.
        """
        body = {"user_id": user_id, "school_code": typed, "school_ids": list(school_ids)}
        answer: TypedSchoolOut = self.directory.call(
            "POST", "/talk-registrations/schools", json=body
        )
        return UUID(answer["school_id"])

    def register(self, school_id: UUID, sheet: TypedSheet) -> LinkedOut:
        """Register a LINE user by the numbers of a sheet; the try counts.

        Raise as `school_of_code`, and NotFound, Refused with what settling declines.
        """
        answer: LinkedOut = self.directory.call(
            "POST", "/talk-registrations", school_id=school_id, json=asdict(sheet)
        )
        return answer

    def sign_in(self, school_id: UUID, user_id: str) -> str:
        """Return the token of a link to a LINE user's own page at a school, good once.

        Raise NotFound `contact_point_not_found`, Refused `no_family_page` for one of the staff,
        Busy `links_slowed`.
        """
        answer: GivenLinkOut = self.directory.call(
            "POST", "/family-links/of-line", school_id=school_id, json={"user_id": user_id}
        )
        return answer["token"]

    def confirm(self, school_id: UUID, message_id: UUID, owner: Owner) -> Confirmed:
        """Confirm a message.

        Raises NotFound `link_unknown`, Refused `link_expired`, `link_revoked` or
        `not_confirmable`.

        The contact point is named because the tap proves that messages arrive there.
        """
        path = {"message_id": message_id}
        body = {
            "guardian_id": str(owner.reader_id),
            "contact_point_id": str(owner.contact_point_id),
        }
        answer: ConfirmedOut = self.messaging.call(
            "POST",
            "/messages/{message_id}/confirmations",
            path=path,
            school_id=school_id,
            json=body,
        )
        children = frozenset(UUID(child) for child in answer["children"])
        return Confirmed(datetime.fromisoformat(answer["confirmed_at"]), children)

    def content(self, school_id: UUID, message_id: UUID) -> Content:
        """Return the content of a message that is on its way; raises NotFound when it is gone."""
        return _read_content(message_id, content_of(self.messaging, school_id, message_id))

    def content_for(self, user_token: str, message_id: UUID, snapshot_id: UUID | None) -> Content:
        """Return a message's content, a draft's too, if this person may see it; raises NotFound."""
        return _read_content(
            message_id, content_seen_by(self.messaging, user_token, message_id, snapshot_id)
        )


def _read_content(message_id: UUID, answer: ContentOut) -> Content:
    school = answer["school"]
    return Content(
        message_id=message_id,
        school_name=school["name"],
        school_short_name=school["short_name"],
        mark=answer["mark"],
        subject=answer["subject"],
        body=answer["body"],
        short_text=answer["short_text"],
        names_people=answer["names_people"],
        confirmable=answer["confirmable"],
        link_key=base64.b64decode(answer["link_key"] or ""),
        released_at=datetime.fromisoformat(answer["released_at"])
        if answer["released_at"]
        else None,
        pupil_heads=answer["pupil_heads"],
    )
