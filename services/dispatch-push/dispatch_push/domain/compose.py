"""From a message's content to the notification its phones share, and to each one's link."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.crypto import LinkMaker
from dispatch_push.domain.words import Notice, NoticeTold, notice_of


@dataclass(frozen=True, slots=True)
class Content:
    """What messaging says of a message: the same for all its recipients.

    `link_key` signs their personal links; `names_people`: they were chosen one by one.
    """

    message_id: UUID
    lane: str
    mark: str | None
    subject: str
    short_text: str
    addressing: str
    school_short_name: str
    link_key: bytes
    names_people: bool = False
    pupil_heads: int = 1

    @property
    def notice(self) -> Notice:
        """Return what a lock screen shows."""
        told = NoticeTold(
            self.school_short_name,
            self.mark,
            self.addressing,
            self.subject,
            self.short_text,
            is_urgent=self.lane == "urgent",
            # Its text may speak of one child. A message to staff alone speaks to all.
            is_personal=self.names_people and self.pupil_heads > 0,
        )
        return notice_of(told)


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the personal links of one message's notifications."""

    base_url: str
    readings: LinkMaker

    @classmethod
    def of(cls, base_url: str, content: Content) -> Links:
        return cls(base_url, LinkMaker(content.link_key, "r", content.message_id))

    def reading(self, reader_id: UUID, contact_point_id: UUID) -> str:
        """Return a reader's own link.

        It names the contact point: a press by it proves that notifications arrive there.
        """
        return f"{self.base_url}/r/{self.readings.link(reader_id, contact_point_id)}"
