"""A mail came back to its delivery's own address: the delivery is amended, messaging is told, and
directory that the address wants a look (DLV-4).

The final state stays as it is. Whether the address is dead, the jobs judge when the day is over.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from dispatch_mail.domain.dead_addresses import DOUBTS
from dispatch_mail.provider.bounces import Returned, ReturnKind
from dispatch_mail.store import returns
from dispatch_mail.store.returns import SentMail


class Arrival(StrEnum):
    """What became of a mail that came in; also the word by which it is counted.

    `repeated`: the delivery had come back before. `gone`: its school is erased, or it is too old.
    `replied`: somebody answered a school's mail; `stranger`: somebody wrote who never got one.
    `registering`: a family wrote an empty mail; `declined`: directory answers it with nothing.
    """

    BOUNCED = "bounced"
    REPEATED = "repeated"
    GONE = "gone"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    OTHER = "other"
    REPLIED = "replied"
    STRANGER = "stranger"
    REGISTERING = "registering"
    DECLINED = "declined"


def take_return(
    session: Session, delivery_id: UUID, returned: Returned, *, now: datetime
) -> Arrival:
    """Amend a delivery whose mail came back.

    Returns may come before the delivery is settled, by its worker or after its lease: the column
    is its own, so neither overwrites the other.
    """
    if returned.kind is not ReturnKind.BOUNCED:
        return Arrival(returned.kind.value)
    sent = returns.lock_sent(session, delivery_id)
    if sent is None:
        return Arrival.GONE
    if sent.bounced_at is not None:
        return Arrival.REPEATED
    reason = returned.reason.value
    returns.note_bounce(session, sent.id, reason, now)
    if sent.members:
        _tell(session, sent, reason, now)
        _tell_doubt(session, sent, reason, now)
    return Arrival.BOUNCED


def _tell(session: Session, sent: SentMail, reason: str, now: datetime) -> None:
    payload = {
        "message_id": sent.message_id,
        "channel": "mail",
        "contact_point_id": sent.contact_point_id,
        "guardian_id": sent.guardian_id,
        "reason": reason,
        "amended_at": now,
        "members": sent.members,
    }
    outbox.put(session, "delivery.amended", payload, school_id=sent.school_id)


def _tell_doubt(session: Session, sent: SentMail, reason: str, now: datetime) -> None:
    doubt = DOUBTS.get(reason)
    if doubt is None:
        return
    returns.note_told_doubt(session, sent.id, now)
    payload = {"contact_point_id": sent.contact_point_id, "health": doubt, "since": now}
    outbox.put(session, "contact_point.changed", payload, school_id=sent.school_id)
