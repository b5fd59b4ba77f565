"""Queries about people who have roles at several schools (兼務, ID-11)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from identity.domain.homes import RoleAt, home_of
from identity.domain.words import OPEN_STATES, RoleStatus
from identity.store.models import School, StaffRole


def list_roles_at(
    session: Session, account_ids: Collection[UUID], today: date
) -> dict[UUID, list[RoleAt]]:
    """Return account → its roles at all schools, the first one first; each account stands there."""
    query = (
        select(
            StaffRole.account_id,
            StaffRole.school_id,
            StaffRole.status,
            StaffRole.ends_on,
            School.state,
        )
        .join(School, School.id == StaffRole.school_id)
        .where(StaffRole.account_id.in_(account_ids))
        .order_by(
            StaffRole.created_at,
            StaffRole.id,
        )
    )
    found: dict[UUID, list[RoleAt]] = {account_id: [] for account_id in account_ids}
    for account_id, school_id, status, ends_on, state in session.execute(query):
        is_open = state in OPEN_STATES
        in_term = ends_on is None or ends_on >= today
        stands = is_open and in_term and status == RoleStatus.ACTIVE
        is_gone = not is_open or status == RoleStatus.DELETED
        found[account_id].append(RoleAt(school_id, stands, is_gone))
    return found


def find_home_school(session: Session, account_id: UUID, today: date) -> UUID | None:
    """Return the school that a person's sign-in belongs to; None: to none any more."""
    return home_of(list_roles_at(session, [account_id], today)[account_id])
