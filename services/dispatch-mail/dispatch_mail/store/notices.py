"""Queries on notices, and on the deliveries that bring them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.notices import NoticeKind
from dispatch_mail.domain.notices import StaffNotice
from dispatch_mail.store.models import METADATA, TABLES, NoticeRow

_NOTICES = METADATA.tables["notices"]
_DELIVERIES = TABLES.deliveries


def note_notice(session: Session, school_id: UUID, notice: StaffNotice) -> None:
    """Keep what is told, unless it is there."""
    row = {
        "id": notice.id,
        "school_id": school_id,
        "kind": notice.kind.value,
        "params": dict(notice.params),
        "requested_at": notice.requested_at,
    }
    insert_new(session, _NOTICES, [row])


def find_notice(session: Session, school_id: UUID, notice_id: UUID) -> StaffNotice | None:
    found = session.get(NoticeRow, notice_id)
    if found is None or found.school_id != school_id:
        return None
    return StaffNotice(found.id, NoticeKind(found.kind), found.params, found.requested_at)


def list_readers(session: Session, notice_id: UUID) -> set[UUID]:
    """Return the accounts for which a notice has a delivery, whatever became of it."""
    query = select(_DELIVERIES.c.contact_point_id).where(_DELIVERIES.c.message_id == notice_id)
    return set(session.scalars(query))


def count_since(
    session: Session,
    school_id: UUID,
    kind: NoticeKind,
    account_ids: Collection[UUID],
    since: datetime,
) -> dict[UUID, int]:
    """Return account → how many notices of a kind were made for it since a moment."""
    query = (
        select(_DELIVERIES.c.contact_point_id, func.count())
        .join(_NOTICES, _NOTICES.c.id == _DELIVERIES.c.message_id)
        .where(
            _NOTICES.c.school_id == school_id,
            _NOTICES.c.kind == kind.value,
            _NOTICES.c.requested_at > since,
            _DELIVERIES.c.contact_point_id.in_(account_ids),
        )
        .group_by(_DELIVERIES.c.contact_point_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def add_deliveries(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Insert a notice's deliveries, as far as they are not there; return how many went in.

    A refusal of theirs speaks against no contact point of directory's.
    """
    return insert_new(session, _DELIVERIES, rows, {"counts": False})


def forget_notices(session: Session, before: datetime) -> None:
    """Delete what was told before a moment; its deliveries stay, as those of messages do."""
    session.execute(delete(NoticeRow).where(NoticeRow.requested_at < before))
