"""Queries on deliveries whose mails came back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch_mail.store.models import TABLES

_TABLE = TABLES.deliveries


class SentMail(NamedTuple):
    """A delivery as its return needs it; columns of its row, in their order.

    `members`: empty for a notice.
    """

    id: UUID
    school_id: UUID
    message_id: UUID
    contact_point_id: UUID
    guardian_id: UUID | None
    members: Mapping[str, int]
    bounced_at: datetime | None


def lock_sent(session: Session, delivery_id: UUID) -> SentMail | None:
    """Return a delivery, held against other returns and its own settling; None when it is gone."""
    columns = [_TABLE.c[name] for name in SentMail._fields]
    row = session.execute(select(*columns).where(_TABLE.c.id == delivery_id).with_for_update())
    found = row.one_or_none()
    return SentMail(*found) if found is not None else None


def note_bounce(session: Session, delivery_id: UUID, reason: str, now: datetime) -> None:
    """Note that a mail came back; its state is left as it is."""
    _change(session, delivery_id, bounced_at=now, bounce_reason=reason)


def note_told_doubt(session: Session, delivery_id: UUID, now: datetime) -> None:
    """Note that directory was told that a mail came back."""
    _change(session, delivery_id, told_doubt_at=now)


def _change(session: Session, delivery_id: UUID, **values: Any) -> None:
    session.execute(update(_TABLE).where(_TABLE.c.id == delivery_id).values(**values))
