"""A message's words, asked of messaging.

By a dispatcher that sends it, or for a person who wants to see it before.
"""

from __future__ import annotations

from uuid import UUID

from common.answers.messaging import ContentOut
from common.web.client import ServiceClient

# What a dispatcher makes of contents is kept for the messages that are on their way, and no longer
# than ten minutes: the texts of a school that has been erased are then gone from the memory too.
KEPT_MESSAGES = 64
KEPT_SECONDS = 600.0
# A school and one of its messages: so the school's texts are found when it is erased.
OfSchool = tuple[UUID, UUID]


def content_of(messaging: ServiceClient, school_id: UUID, message_id: UUID) -> ContentOut:
    """Return messaging's `Content` of a message that is on its way.

    Raises NotFound when it is gone.
    """
    path = {"message_id": message_id}
    answer: ContentOut = messaging.call(
        "GET", "/messages/{message_id}/content", path=path, school_id=school_id
    )
    return answer


def content_seen_by(
    messaging: ServiceClient, user_token: str, message_id: UUID, snapshot_id: UUID | None
) -> ContentOut:
    """Return a message's `Content`, a draft's too, if this person may see it; raises NotFound.

    Messaging knows who may. `snapshot_id`: of the audience by whose name a draft calls its readers.
    """
    query = {"snapshot_id": str(snapshot_id)} if snapshot_id else None
    path = {"message_id": message_id}
    answer: ContentOut = messaging.call(
        "GET", "/messages/{message_id}/content", path=path, user_token=user_token, params=query
    )
    return answer
