"""Queries about LINE users that families are about to link."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from directory.store.models import LineLink, Registration

_UNSYNCHRONISED = {"synchronize_session": False}


def hold_link(session: Session, school_id: UUID, link_id: UUID) -> LineLink | None:
    """Return a link of this school, held: of two LINE users one is the first. Or None.

    Its registration is held first, as by all who change both.
    """
    wanted = LineLink.school_id == school_id, LineLink.id == link_id
    whose = select(LineLink.registration_id).where(*wanted)
    registration = select(Registration.id).where(Registration.id.in_(whose))
    session.execute(registration.with_for_update())
    return session.scalar(select(LineLink).where(*wanted).with_for_update())


def list_links(session: Session, registration: Registration) -> Sequence[LineLink]:
    """Return the links of a registration, the oldest first."""
    query = select(LineLink).where(
        LineLink.school_id == registration.school_id,
        LineLink.registration_id == registration.id,
    )
    return session.scalars(query.order_by(LineLink.asked_at, LineLink.id)).all()


def count_asked(session: Session, school_id: UUID, guardian_id: UUID, since: datetime) -> int:
    """Return how many links a family asked for from its own page since a moment."""
    query = select(func.count()).where(
        LineLink.school_id == school_id,
        LineLink.guardian_id == guardian_id,
        LineLink.asked_at > since,
    )
    return session.scalar(query) or 0


def count_proved(
    session: Session, school_id: UUID, registration_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Return registration → how many LINE users were linked in it."""
    query = (
        select(LineLink.registration_id, func.count())
        .where(
            LineLink.school_id == school_id,
            LineLink.registration_id.in_(registration_ids),
            LineLink.proved_at.is_not(None),
        )
        .group_by(LineLink.registration_id)
    )
    counts = {}
    for registration_id, count in session.execute(query):
        if registration_id is not None:
            counts[registration_id] = count
    return counts


def drop_waiting(session: Session, registration: Registration) -> None:
    """Erase the LINE users of a registration that are no contact points."""
    mine = delete(LineLink).where(
        LineLink.school_id == registration.school_id,
        LineLink.registration_id == registration.id,
        LineLink.contact_point_id.is_(None),
    )
    session.execute(mine)


def erase_old(session: Session, now: datetime, used_before: datetime) -> None:
    """Erase links of all schools that nobody used in time, and used ones of no registration."""
    is_late = (LineLink.proved_at.is_(None)) & (LineLink.expires_at < now)
    is_used = (LineLink.registration_id.is_(None)) & (LineLink.expires_at < used_before)
    old = delete(LineLink).where(or_(is_late, is_used))
    session.execute(old.execution_options(**_UNSYNCHRONISED))
