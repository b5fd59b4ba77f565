"""What dispatch-push asks of other houses: where (directory), what (messaging), and the school's key (identity)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

from common.web.client import ServiceClient
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

    def content(self, school_id: UUID, message_id: UUID, snapshot_id: UUID | None = None) -> Content:
        """Return a message's content; raises NotFound when it is gone. `snapshot_id`: how a draft's audience is called."""
        query = {"snapshot_id": str(snapshot_id)} if snapshot_id else None
        path = {"message_id": message_id}
        answer = self.messaging.call("GET", "/messages/{message_id}/content", path=path, school_id=school_id, params=query)
        return Content(
            message_id=message_id,
            kind=answer["kind"],
            lane=answer["lane"],
            mark=answer.get("mark"),
            subject=answer["subject"],
            short_text=answer.get("short_text") or "",
            addressing=answer.get("addressing") or "",
            school_short_name=answer["school"]["short_name"],
            link_key=base64.b64decode(answer.get("link_key") or ""),
        )
