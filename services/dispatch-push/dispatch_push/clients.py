"""What dispatch-push asks of other houses: where (directory), what (messaging), and the school's
name and key (identity).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

from common.answers.directory import FamilyNotificationOut
from common.answers.identity import SchoolOut
from common.answers.messaging import ContentOut
from common.errors import NotFound
from common.ids import read_id
from common.web.client import ServiceClient
from common.web.contents import content_of, content_seen_by
from common.web.school_keys import SchoolKeys
from common.words import Language
from dispatch_push.config import Settings
from dispatch_push.domain.compose import Content
from dispatch_push.domain.family_notifications import FamilyNotification


@dataclass(frozen=True)
class Clients:
    """The houses that dispatch-push talks to."""

    directory: ServiceClient
    messaging: ServiceClient
    identity: ServiceClient
    school_keys: SchoolKeys

    @classmethod
    def of(cls, settings: Settings) -> Clients:
        identity = ServiceClient.of(settings, "identity")
        return cls(
            ServiceClient.of(settings, "directory"),
            ServiceClient.of(settings, "messaging"),
            identity,
            SchoolKeys(identity),
        )

    def content(self, school_id: UUID, message_id: UUID) -> Content:
        """Return the content of a message that is on its way; raises NotFound when it is gone."""
        return _read_content(message_id, content_of(self.messaging, school_id, message_id))

    def content_for(self, user_token: str, message_id: UUID, snapshot_id: UUID | None) -> Content:
        """Return a message's content, a draft's too, if this person may see it; raises NotFound."""
        return _read_content(
            message_id, content_seen_by(self.messaging, user_token, message_id, snapshot_id)
        )

    def school_short_name(self, school_id: UUID) -> str:
        """Return what a school is called where there is little room."""
        answer: SchoolOut = self.identity.call("GET", "/schools/current", school_id=school_id)
        return answer["short_name"]

    def family_notification(
        self, school_id: UUID, notification_id: UUID
    ) -> FamilyNotification | None:
        """Return what is to go to a family's app; None where it need not go any more."""
        path = {"notification_id": notification_id}
        try:
            answer: FamilyNotificationOut = self.directory.call(
                "GET",
                "/family-notifications/{notification_id}",
                path=path,
                school_id=school_id,
            )
        except NotFound:
            return None
        return FamilyNotification(
            id=notification_id,
            kind=answer["kind"],
            contact_point_id=read_id(answer["contact_point_id"]),
            guardian_id=read_id(answer["guardian_id"]),
            address=base64.b64decode(answer["address"]),
            language=Language(answer["language"]),
            token=answer["token"] or "",
        )


def _read_content(message_id: UUID, answer: ContentOut) -> Content:
    return Content(
        message_id=message_id,
        lane=answer["lane"],
        mark=answer["mark"],
        subject=answer["subject"],
        short_text=answer["short_text"],
        addressing=answer["addressing"] or "",
        school_short_name=answer["school"]["short_name"],
        link_key=base64.b64decode(answer["link_key"] or ""),
        names_people=answer["names_people"],
        pupil_heads=answer["pupil_heads"],
    )
