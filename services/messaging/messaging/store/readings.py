"""Reading and confirming through a personal link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from common.db import UtcDateTime, rowcount
from common.db.erasure import erased_schools
from messaging.domain.links import Reader
from messaging.domain.states import SENT, OutcomeState
from messaging.store.models import (
    Category,
    Message,
    MessageReader,
    Outcome,
    Recipient,
    RevokedGuardianship,
    RevokedPoint,
)

# Of other names than the columns: an UPDATE takes those for what it sets.
_MESSAGE = bindparam("asked_message", type_=Uuid)
_READER = bindparam("asked_reader", type_=Uuid)
_POINT = bindparam("asked_point", type_=Uuid)
_SCHOOL = bindparam("asked_school", type_=Uuid)
_NOW = bindparam("now", type_=UtcDateTime)
_READER_OF = and_(
    MessageReader.message_id == Message.id,
    MessageReader.reader_id == _READER,
)
# Only what was sent before is revoked: who is a guardian again reads what comes from then on.
_IS_REVOKED_GUARDIANSHIP = exists().where(
    RevokedGuardianship.guardian_id == MessageReader.reader_id,
    RevokedGuardianship.member_id == MessageReader.member_id,
    RevokedGuardianship.school_id == Message.school_id,
    RevokedGuardianship.revoked_at >= Message.released_at,
)
_IS_REVOKED_POINT = exists().where(
    RevokedPoint.contact_point_id == _POINT,
    RevokedPoint.school_id == Message.school_id,
    RevokedPoint.revoked_at >= Message.released_at,
)
_IS_REVOKED = or_(_IS_REVOKED_GUARDIANSHIP, _IS_REVOKED_POINT)
# A message beside a child, as its family reads it.
READ_COLUMNS = (
    Message.id,
    Message.school_id,
    Message.version,
    Message.lane,
    Message.subject,
    Message.body,
    Message.family_label,
    Message.confirmable,
    Message.released_at,
    Message.link_expires_at,
    Category.name.label("category_name"),
    Category.mark.label("category_mark"),
    Category.colour.label("category_colour"),
    MessageReader.member_id,
    MessageReader.display_name,
    MessageReader.class_name,
    Recipient.confirmed_at,
)
# Built once: a page is read by thousands within minutes, and to build it takes as long as to ask.
_READING = (
    select(
        *READ_COLUMNS,
        Message.state,
        _IS_REVOKED.label("is_revoked"),
    )
    .select_from(Message)
    .outerjoin(Category, Category.id == Message.category_id)
    .outerjoin(MessageReader, _READER_OF)
    .outerjoin(
        Recipient,
        and_(
            Recipient.message_id == Message.id,
            Recipient.member_id == MessageReader.member_id,
        ),
    )
    .where(Message.id == _MESSAGE)
    .order_by(MessageReader.member_id)
)
_IS_OF_SCHOOL = or_(_SCHOOL.is_(None), Message.school_id == _SCHOOL)
# Held in the one order in which all hold recipients.
_CONFIRMABLE = (
    select(Recipient.id)
    .join(Message, Message.id == Recipient.message_id)
    .join(
        MessageReader,
        and_(_READER_OF, MessageReader.member_id == Recipient.member_id),
    )
    .where(
        Message.id == _MESSAGE,
        Message.state.in_([state.value for state in SENT]),
        Message.confirmable,
        Message.link_expires_at > _NOW,
        _IS_OF_SCHOOL,
        ~_IS_REVOKED,
        ~exists().where(erased_schools.c.school_id == Message.school_id),
    )
    .order_by(Recipient.id)
    .with_for_update(key_share=True, of=Recipient)
    .cte("confirmable")
)
_CONFIRM = (
    update(Recipient)
    .where(Recipient.id == _CONFIRMABLE.c.id)
    .values(
        confirmed_at=func.coalesce(Recipient.confirmed_at, _NOW),
        confirmed_by=func.coalesce(Recipient.confirmed_by, _READER),
        opened_at=func.coalesce(Recipient.opened_at, _NOW),
    )
    .returning(
        Recipient.id,
        Recipient.school_id,
        Recipient.member_id,
        Recipient.confirmed_at,
    )
    .execution_options(synchronize_session=False)
)


def find_reading(session: Session, reader: Reader) -> Sequence[Any]:
    """Return a message beside each child for whom this reader stands.

    One row without a child where the reader stands for none; no row where the message is gone. Sees
    every school: a reader brings a signed token instead of a school.
    """
    return session.connection().execute(_READING, _asked(reader)).all()


def confirm(
    session: Session, reader: Reader, now: datetime, school_id: UUID | None
) -> Sequence[Any]:
    """Confirm for all of the reader's children; what is confirmed already keeps its first time.

    Return (id, school_id, member_id, confirmed_at) of their recipients. None where the message asks
    for nothing, is too old, not of `school_id`, or nothing of it is this reader's any more.
    """
    given = {**_asked(reader), "now": now, "asked_school": school_id}
    return session.execute(_CONFIRM, given).all()


def _asked(reader: Reader) -> dict[str, UUID | None]:
    return {
        "asked_message": reader.message_id,
        "asked_reader": reader.reader_id,
        "asked_point": reader.contact_point_id,
    }


def prove(
    session: Session,
    school_id: UUID,
    contact_point_id: UUID,
    recipient_ids: Sequence[UUID],
    now: datetime,
) -> bool:
    """Note that a button was pressed which only this contact point had brought.

    Return whether that is news of this message.

    News, too, where the dispatcher's own answer about the contact point has not come yet: a press
    can be quicker.
    """
    mine = (
        Outcome.recipient_id.in_(recipient_ids),
        Outcome.school_id == school_id,
        Outcome.contact_point_id == contact_point_id,
    )
    done = session.execute(
        update(Outcome)
        .where(
            *mine,
            Outcome.state != OutcomeState.NOTHING,
            Outcome.proved_at.is_(None),
        )
        .values(proved_at=now)
        .execution_options(synchronize_session=False)
    )
    if rowcount(done):
        return True
    return session.scalar(select(exists().where(*mine))) is False
