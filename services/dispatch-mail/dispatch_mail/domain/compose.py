"""From a message's content to the letter that all recipients share, and to each one's envelope."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common.crypto import LinkMaker
from common.words import Lane, SchoolWords, words_of
from dispatch_mail.domain.letters import Footer, Letter, MailEnvelope
from dispatch_mail.domain.unsubscribe import TokenMaker

TO_STAFF = "教職員各位"
# Bytes, written as twice as many digits: nobody guesses 64 bits by mail.
BOUNCE_MAC = 8
_RETURN_LOCAL = re.compile(rf"b\+([0-9a-f]{{32}})([0-9a-f]{{{2 * BOUNCE_MAC}}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who we are in mails.

    `base_url` is for people, `mail_domain` for addresses; `secret` signs unsubscribe and bounce
    tokens.
    """

    base_url: str
    mail_domain: str
    secret: bytes

    def links(self, school_id: UUID, content: Content, today: date) -> Links:
        """Return what makes the envelopes of one message's mails of today."""
        tokens = TokenMaker(self.secret, school_id, today)
        return Links(
            self,
            LinkMaker(content.link_key, "r", content.message_id),
            tokens,
            self.bounces(),
        )

    def bounces(self) -> LinkMaker:
        """Return what signs the addresses to which mails come back."""
        return LinkMaker(self.secret, "bounce")

    def message_id(self, delivery_id: UUID) -> str:
        """Return the Message-ID of a delivery's mail, however often it has to go."""
        return f"<{delivery_id.hex}@{self.mail_domain}>"

    def return_address(self, delivery_id: UUID, bounces: LinkMaker) -> str:
        """Return the VERP address to which a delivery's mail comes back."""
        bounce_mac = bounces.mac(delivery_id)[:BOUNCE_MAC].hex()
        return f"b+{delivery_id.hex}{bounce_mac}@{self.mail_domain}"

    def delivery_of(self, local_part: str) -> UUID | None:
        """Return whose mail comes back to this address of ours; None where we never made it.

        Relays on the way may have changed its case.
        """
        found = _RETURN_LOCAL.fullmatch(local_part)
        if found is None:
            return None
        delivery_id = UUID(hex=found[1])
        ours = self.bounces().mac(delivery_id)[:BOUNCE_MAC]
        is_ours = hmac.compare_digest(ours, bytes.fromhex(found[2]))
        return delivery_id if is_ours else None


@dataclass(frozen=True, slots=True)
class Content:
    """What messaging says of a message: the same for all its recipients.

    `link_key` signs their personal links. `addressing`: what families are called by, empty where
    that would name a child.
    """

    message_id: UUID
    school_kind: str
    school_name: str
    school_short_name: str
    school_phone: str
    school_hours: str
    mail_local: str
    mark: str | None
    subject: str
    body: str
    addressing: str
    lane: str
    link_key: bytes
    sent_at: datetime | None
    confirmable: bool
    pupil_heads: int
    staff_heads: int


@dataclass(frozen=True, slots=True)
class Links:
    """The personal links and addresses of one message's mails."""

    sender: Sender
    readings: LinkMaker
    tokens: TokenMaker
    bounces: LinkMaker

    def envelope(
        self, delivery_id: UUID, contact_point_id: UUID, reader_id: UUID, address: str
    ) -> MailEnvelope:
        """Return what belongs to one recipient.

        The Message-ID is the delivery's: should a mail have to go twice, mailboxes can tell that it
        is the same one. The link names the contact point, so that a press proves that mails arrive
        there.
        """
        sender = self.sender
        reading = self.readings.link(reader_id, contact_point_id)
        unsubscribe = self.tokens.token(contact_point_id)
        message_id = sender.message_id(delivery_id)
        return_address = sender.return_address(delivery_id, self.bounces)
        return MailEnvelope(
            address=address,
            personal_link=f"{sender.base_url}/r/{reading}",
            unsubscribe_link=f"{sender.base_url}/u/{unsubscribe}",
            message_id=message_id,
            sender=return_address,
        )


def letter_of(
    content: Content, sender: Sender, now: datetime, *, for_staff: bool = False
) -> Letter:
    """Return the letter of a message to families, or to staff.

    A preview, not yet sent, bears the present time.
    """
    words = words_of(content.school_kind)
    own_address = f"{content.mail_local}@{sender.mail_domain}"
    return Letter(
        message_id=content.message_id,
        school_name=content.school_name,
        school_short_name=content.school_short_name,
        from_address=own_address,
        reply_to=own_address,
        subject=content.subject,
        mark=content.mark,
        addressing=TO_STAFF if for_staff else _to_families(content.addressing, words),
        body=content.body,
        footer=Footer(content.school_phone, content.school_hours, f"{sender.base_url}/m"),
        lane=Lane(content.lane),
        sent_at=content.sent_at or now,
        is_confirmable=content.confirmable,
        words=words,
        is_for_staff=for_staff,
    )


def _to_families(addressing: str, words: SchoolWords) -> str:
    all_of_them = words.say("{guardian}の皆様")
    return f"{addressing}の{all_of_them}" if addressing else all_of_them
