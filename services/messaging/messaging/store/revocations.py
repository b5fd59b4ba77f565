"""Who may no longer read what was sent before; of two revocations the later one stands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Table, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from messaging.store.models import RevokedGuardianship, RevokedPoint, table_of


def revoke_guardianship(
    session: Session, school_id: UUID, guardian_id: UUID, member_id: UUID, at: datetime
) -> None:
    """Note that a guardian no longer reads of a child what was released by then."""
    table = table_of(RevokedGuardianship)
    row = {
        "guardian_id": guardian_id,
        "member_id": member_id,
        "school_id": school_id,
        "revoked_at": at,
    }
    insert_new(session, table, [row])
    mine = (
        table.c.guardian_id == guardian_id,
        table.c.member_id == member_id,
        table.c.school_id == school_id,
    )
    _put_off(session, table, mine, at)


def revoke_point(session: Session, school_id: UUID, contact_point_id: UUID, at: datetime) -> None:
    """Note that links which went by a contact point until then name no child any more."""
    table = table_of(RevokedPoint)
    row = {
        "contact_point_id": contact_point_id,
        "school_id": school_id,
        "revoked_at": at,
    }
    insert_new(session, table, [row])
    mine = (
        table.c.contact_point_id == contact_point_id,
        table.c.school_id == school_id,
    )
    _put_off(session, table, mine, at)


def _put_off(
    session: Session, table: Table, mine: tuple[ColumnElement[bool], ...], at: datetime
) -> None:
    is_earlier = table.c.revoked_at < at
    session.execute(update(table).where(*mine, is_earlier).values(revoked_at=at))
