"""Queries on what families last said by one-click links."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from dispatch_mail.store.models import LinkPress


def note_press(
    session: Session,
    school_id: UUID,
    contact_point_id: UUID,
    *,
    is_stopped: bool,
    now: datetime,
    since: datetime,
) -> bool:
    """Note what a family says by a link.

    Return False when it is what the link said last, at `since` or later.

    Two presses at once wait for one another.
    """
    row = {
        "contact_point_id": contact_point_id,
        "school_id": school_id,
        "is_stopped": is_stopped,
        "pressed_at": now,
    }
    if insert_new(session, LinkPress.metadata.tables[LinkPress.__tablename__], [row]):
        return True
    last = session.get(LinkPress, contact_point_id, with_for_update=True)
    # It was old, and was forgotten just now.
    if last is None:
        return True
    is_repeated = last.is_stopped == is_stopped and last.pressed_at >= since
    if not is_repeated:
        last.is_stopped = is_stopped
        last.pressed_at = now
    return not is_repeated


def forget_presses(session: Session, before: datetime) -> None:
    """Delete what was said before a moment."""
    session.execute(delete(LinkPress).where(LinkPress.pressed_at < before))
