"""From a message's content to the letter that all its recipients share, and to each one's envelope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common.crypto import link_mac, make_link
from dispatch_mail.domain.letters import Envelope, Footer, Lane, Letter, Mark
from dispatch_mail.domain.unsubscribe import Term

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

    def links(self, school_id: UUID, content: Content, today: date) -> Links:
        """Return what makes the envelopes of one message's mails of today."""
        return Links(self, school_id, content, Term.of(today))


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


@dataclass(frozen=True, slots=True)
class Links:
    """The personal links and addresses of one message's mails."""

    sender: Sender
    school_id: UUID
    content: Content
    term: Term

    def envelope(self, delivery_id: UUID, contact_point_id: UUID, guardian_id: UUID | None, address: str) -> Envelope:
        """Return what belongs to one recipient. The Message-ID is the delivery's: should a mail have to go twice, mailboxes can
        tell that it is the same one."""
        sender, number = self.sender, delivery_id.hex
        token = link_mac(sender.secret, "bounce", (delivery_id,)).hex()[:16]
        return Envelope(
            delivery_id=delivery_id,
            address=address,
            personal_link=self._reading_link(guardian_id),
            unsubscribe_link=f"{sender.base_url}/u/{self.term.token(sender.secret, self.school_id, contact_point_id)}",
            message_id=f"<{number}@{sender.mail_domain}>",
            sender=f"b+{number}{token}@{sender.mail_domain}",
        )

    def _reading_link(self, guardian_id: UUID | None) -> str:
        """Return the guardian's link to the message; staff have no page of their own and get My Page's address."""
        if guardian_id is None:
            return self.sender.base_url
        link = make_link(self.content.link_key, "r", self.content.message_id, guardian_id)
        return f"{self.sender.base_url}/r/{link}"


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
