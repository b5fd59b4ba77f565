"""Reading and confirming through a personal link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from common.db import rowcount
from messaging.domain.links import Reader
from messaging.domain.states import OutcomeState
from messaging.store.models import Message, MessageReader, Outcome, Recipient


def find_school_of(session: Session, message_id: UUID) -> UUID | None:
    """Return whose message this is.

    Sees every school: a reader brings a signed token instead of a school.
    """
    return session.scalar(sa.select(Message.school_id).where(Message.id == message_id))


def list_children(session: Session, school_id: UUID, reader: Reader) -> Sequence[Recipient]:
    """Return the recipients of the message for whom this reader stands, by member id."""
    return session.scalars(
        sa.select(Recipient)
        .join(
            MessageReader,
            sa.and_(
                MessageReader.message_id == Recipient.message_id,
                MessageReader.member_id == Recipient.member_id,
            ),
        )
        .where(
            MessageReader.school_id == school_id,
            Recipient.school_id == school_id,
            MessageReader.message_id == reader.message_id,
            MessageReader.reader_id == reader.reader_id,
        )
        .order_by(Recipient.member_id)
    ).all()


def confirm(
    session: Session, school_id: UUID, reader: Reader, recipient_ids: Sequence[UUID], now: datetime
) -> int:
    """Note the confirmation of these recipients unless there is one.

    Return for how many it is the first.
    """
    done = session.execute(
        sa.update(Recipient)
        .where(
            Recipient.id.in_(recipient_ids),
            Recipient.school_id == school_id,
            Recipient.confirmed_at.is_(None),
        )
        .values(
            confirmed_at=now,
            confirmed_by=reader.reader_id,
            opened_at=sa.func.coalesce(Recipient.opened_at, now),
        )
        .execution_options(synchronize_session=False)
    )
    return rowcount(done)


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
    if session.scalar(sa.select(sa.exists().where(*mine))) is False:
        return True
    done = session.execute(
        sa.update(Outcome)
        .where(*mine, Outcome.state != OutcomeState.NOTHING, Outcome.proved_at.is_(None))
        .values(proved_at=now)
        .execution_options(synchronize_session=False)
    )
    return bool(rowcount(done))
