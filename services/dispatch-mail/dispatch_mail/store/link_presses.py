"""Queries on what families last said by one-click links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from dispatch_mail.store.models import LinkPress


@dataclass(frozen=True, slots=True)
class SaidPress:
    """A family says that ordinary mails to a contact point stop, or that they come again."""

    school_id: UUID
    contact_point_id: UUID
    is_stopped: bool


def lock_press(session: Session, contact_point_id: UUID) -> LinkPress | None:
    """Return what was last said of a contact point, held against other presses, or None."""
    return session.get(LinkPress, contact_point_id, with_for_update=True)


def note_first_press(session: Session, press: SaidPress, now: datetime) -> bool:
    """Note a press where none is; return False where another press was faster."""
    row = {
        "contact_point_id": press.contact_point_id,
        "school_id": press.school_id,
        "is_stopped": press.is_stopped,
        "pressed_at": now,
    }
    table = LinkPress.metadata.tables[LinkPress.__tablename__]
    return insert_new(session, table, [row]) == 1


def forget_presses(session: Session, before: datetime) -> None:
    """Delete what was said before a moment."""
    session.execute(delete(LinkPress).where(LinkPress.pressed_at < before))
