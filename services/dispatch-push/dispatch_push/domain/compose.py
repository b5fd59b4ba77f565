"""From a message's content to the notification that all its phones share, and to each one's link."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.crypto import make_link
from dispatch_push.domain.words import Notice, Told, notice_of


@dataclass(frozen=True, slots=True)
class Content:
    """What messaging says of a message: the same for all its recipients. `link_key` signs their personal links."""

    message_id: UUID
    kind: str
    lane: str
    mark: str | None
    subject: str
    short_text: str
    addressing: str
    school_short_name: str
    link_key: bytes

    @property
    def notice(self) -> Notice:
        """Return what a lock screen shows."""
        told = Told(
            self.school_short_name,
            self.mark,
            self.addressing,
            self.subject,
            self.short_text,
            is_urgent=self.lane == "urgent",
            is_personal=self.kind == "personal",
        )
        return notice_of(told)


def reading_link(base_url: str, content: Content, guardian_id: UUID | None) -> str:
    """Return the guardian's own link to a message; staff have no page of their own and get My Page's address."""
    if guardian_id is None:
        return base_url
    return f"{base_url}/r/{make_link(content.link_key, 'r', content.message_id, guardian_id)}"
