"""What dispatch-push asks of other houses: where (directory), what (messaging), and the school's
key (identity).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

from common.answers.messaging import ContentOut
from common.web.client import ServiceClient
from common.web.contents import content_of, content_seen_by
from common.web.school_keys import SchoolKeys
from dispatch_push.config import Settings
from dispatch_push.domain.compose import Content


@dataclass(frozen=True)
class Clients:
    """The houses that dispatch-push talks to."""

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

    def content(self, school_id: UUID, message_id: UUID) -> Content:
        """Return the content of a message that is on its way; raises NotFound when it is gone."""
        return _read_content(message_id, content_of(self.messaging, school_id, message_id))

    def content_for(self, user_token: str, message_id: UUID, snapshot_id: UUID | None) -> Content:
        """Return a message's content, a draft's too, if this person may see it; raises NotFound."""
        return _read_content(
            message_id, content_seen_by(self.messaging, user_token, message_id, snapshot_id)
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
