"""Queries about recoveries of administrators."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.errors import NotFound
from identity.store.models import AdministratorRecovery


def list_open(session: Session, school_id: UUID, since: datetime) -> list[AdministratorRecovery]:
    """Return what was asked for a school since a moment and not agreed to, the newest first."""
    query = (
        select(AdministratorRecovery)
        .where(
            AdministratorRecovery.school_id == school_id,
            AdministratorRecovery.agreed_at.is_(None),
            AdministratorRecovery.asked_at > since,
        )
        .order_by(AdministratorRecovery.asked_at.desc(), AdministratorRecovery.id)
    )
    return list(session.scalars(query))


def lock_recovery(session: Session, school_id: UUID, recovery_id: UUID) -> AdministratorRecovery:
    """Return and lock a recovery of a school; raise NotFound."""
    recovery = session.get(AdministratorRecovery, recovery_id, with_for_update=True)
    if recovery is None or recovery.school_id != school_id:
        raise NotFound()
    return recovery
