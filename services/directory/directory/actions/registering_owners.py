"""Whose an address is, and of whom somebody is the guardian (DIR-8, DIR-14)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from directory.store import families as family_store
from directory.store import joining as joining_store
from directory.store.models import Guardian, LineLink, RegistrationApp, RegistrationMail

# What a family has given, on its way to be a contact point; its channel says what it reaches.
Ready = RegistrationMail | RegistrationApp | LineLink


def owner_of(session: Session, row: Ready) -> Guardian | None:
    """Return whose an address is already, the oldest contact point first."""
    assert row.address_index is not None
    points = family_store.list_points_at(
        session, row.school_id, row.channel.value, row.address_index
    )
    ids = [point.guardian_id for point in points if point.guardian_id is not None]
    owners = family_store.list_by_ids(session, row.school_id, ids[:1])
    return owners[0] if owners else None


def find_known(session: Session, school_id: UUID, guardian_id: UUID) -> Guardian | None:
    """Return a guardian, or the one into whom it was joined; None where there is none any more."""
    joined = joining_store.find_joined(session, school_id, [guardian_id])
    known_id = joined.get(guardian_id, guardian_id)
    found = family_store.list_by_ids(session, school_id, [known_id])
    return found[0] if found else None


def children_of(session: Session, guardian: Guardian | None) -> set[UUID]:
    if guardian is None:
        return set()
    of_guardians = family_store.list_children_of(session, guardian.school_id, [guardian.id])
    return set(of_guardians.get(guardian.id, []))
