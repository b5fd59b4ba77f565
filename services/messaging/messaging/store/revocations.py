"""Who may no longer read what was sent before; of two revocations the later one stands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from messaging.store.models import JoinedReader, RevokedGuardianship, RevokedPoint, table_of


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


def join_guardians(
    session: Session, school_id: UUID, guardian_id: UUID, into_id: UUID, at: datetime
) -> None:
    """Note that a guardian is another one; who was joined into the former follows."""
    table = table_of(JoinedReader)
    of_school = table.c.school_id == school_id
    target = session.scalar(
        select(table.c.into_id).where(table.c.guardian_id == into_id, of_school)
    )
    last = target or into_id
    row = {
        "guardian_id": guardian_id,
        "school_id": school_id,
        "into_id": last,
        "joined_at": at,
    }
    insert_new(
        session,
        table,
        [row],
    )
    followers = update(table).where(table.c.into_id == guardian_id, of_school)
    session.execute(followers.values(into_id=last))


def list_joined_into(session: Session, guardian_id: UUID, school_id: UUID) -> list[UUID]:
    """Return who was found to be this guardian."""
    joined = select(JoinedReader.guardian_id).where(
        JoinedReader.into_id == guardian_id, JoinedReader.school_id == school_id
    )
    return list(session.scalars(joined.order_by(JoinedReader.guardian_id)))


def list_same_readers(session: Session, guardian_id: UUID) -> list[UUID]:
    """Return by which other ids this guardian was addressed before it was joined from two.

    Sees every school: who reads brings a signed id instead of a school.
    """
    joined = select(JoinedReader.guardian_id).where(JoinedReader.into_id == guardian_id)
    return list(session.scalars(joined.order_by(JoinedReader.guardian_id)))


def list_revoked_since(
    session: Session, school_id: UUID, guardian_id: UUID, since: datetime
) -> list[tuple[UUID, datetime]]:
    """Return (child, moment) of what a guardian may no longer read since a moment."""
    rows = session.execute(
        select(RevokedGuardianship.member_id, RevokedGuardianship.revoked_at).where(
            RevokedGuardianship.school_id == school_id,
            RevokedGuardianship.guardian_id == guardian_id,
            RevokedGuardianship.revoked_at > since,
        )
    )
    return [(row.member_id, row.revoked_at) for row in rows]


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
