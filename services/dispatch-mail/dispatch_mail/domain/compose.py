"""From a message's content to the letter that all its recipients share, and to each one's envelope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common.crypto import link_mac, make_link
from dispatch_mail.domain.letters import Envelope, Footer, Lane, Letter, Mark
from dispatch_mail.domain.unsubscribe import make_token

MARKS = {
    "urgent": Mark.URGENT,
    "answer": Mark.ANSWER_WANTED,
    "correction": Mark.CORRECTION,
    "again": Mark.AGAIN,
    "drill": Mark.DRILL,
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who we are in mails: `base_url` for people, `mail_domain` for addresses, `secret` signs unsubscribe and bounce tokens."""

    base_url: str
    mail_domain: str
    secret: bytes

    def reading_link(self, link_key: bytes, message_id: UUID, guardian_id: UUID | None) -> str:
        """Return the guardian's link to a message; staff have no page of their own and get My Page's address."""
        if guardian_id is None:
            return self.base_url
        return f"{self.base_url}/r/{make_link(link_key, 'r', message_id, guardian_id)}"

    def envelope(
        self, delivery_id: UUID, contact_point: tuple[UUID, UUID], address: str, reading_link: str, today: date
    ) -> Envelope:
        """Return what belongs to one recipient; `contact_point` is (school id, contact point id). The Message-ID is the delivery's:
        should a mail have to go twice, mailboxes can tell that it is the same one."""
        token = link_mac(self.secret, "bounce", (delivery_id,)).hex()[:16]
        return Envelope(
            delivery_id=delivery_id,
            address=address,
            personal_link=reading_link,
            unsubscribe_link=f"{self.base_url}/u/{make_token(self.secret, *contact_point, today=today)}",
            message_id=f"<{delivery_id.hex}@{self.mail_domain}>",
            sender=f"b+{delivery_id.hex}{token}@{self.mail_domain}",
        )


@dataclass(frozen=True, slots=True)
class Content:
    """What messaging says of a message: the same for all its recipients. `link_key` signs their personal links."""

    message_id: UUID
    school_name: str
    school_short_name: str
    school_phone: str
    school_hours: str
    mail_local: str
    mark: str | None
    subject: str
    body: str
    addressing: str
    attachments: int
    lane: str
    link_key: bytes
    sent_at: datetime | None


def letter_of(content: Content, sender: Sender, now: datetime) -> Letter:
    """Return the letter of a message; a preview, not yet sent, bears the present time."""
    own_address = f"{content.mail_local}@{sender.mail_domain}"
    return Letter(
        message_id=content.message_id,
        school_name=content.school_name,
        school_short_name=content.school_short_name,
        from_address=own_address,
        reply_to=own_address,
        subject=content.subject,
        mark=MARKS.get(content.mark or ""),
        addressing=f"{content.addressing}の保護者の皆様" if content.addressing else "保護者の皆様",
        body=content.body,
        attachments=content.attachments,
        footer=Footer(content.school_phone, content.school_hours, sender.base_url),
        lane=Lane(content.lane),
        is_drill=content.mark == "drill",
        sent_at=content.sent_at or now,
    )
