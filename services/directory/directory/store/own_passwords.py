"""Queries about the passwords that guardians have chosen for their page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from common.db.erasure import erased_schools
from common.words import Channel
from directory.domain.words import ContactState
from directory.store.models import ContactPoint, FamilyPassword, Guardian

_UNSYNCHRONISED = {"synchronize_session": False}


class KnownPassword(NamedTuple):
    """A guardian's password, with the contact point by whose address it was found."""

    school_id: UUID
    guardian_id: UUID
    contact_point_id: UUID
    password_hash: str


def find(session: Session, school_id: UUID, guardian_id: UUID) -> FamilyPassword | None:
    """Return a guardian's own password, or None."""
    found = session.get(FamilyPassword, guardian_id, populate_existing=True)
    return found if found is not None and found.school_id == school_id else None


def hold_guardians(session: Session, school_id: UUID, guardian_ids: Collection[UUID]) -> None:
    """Let who changes a guardian's password, who comes in by it, and who ends it, stand in line."""
    mine = select(Guardian.id).where(Guardian.school_id == school_id, Guardian.id.in_(guardian_ids))
    # Nobody waits who only gives them a child or an address.
    session.execute(mine.order_by(Guardian.id).with_for_update(key_share=True))


def list_schools(session: Session) -> Sequence[UUID]:
    """Return at which schools somebody has an own password; not those that are being erased."""
    erased = select(erased_schools.c.school_id)
    kept = select(FamilyPassword.school_id).where(FamilyPassword.school_id.not_in(erased))
    return session.scalars(kept.distinct()).all()


def list_with_address(
    session: Session, indexes: Collection[bytes], most: int
) -> list[KnownPassword]:
    """Return the passwords of who has an address, of all schools; those chosen last, so many.

    `indexes`: of the address, each under a school's own key.
    """
    rows = (
        select(
            FamilyPassword.school_id,
            FamilyPassword.guardian_id,
            ContactPoint.id.label("contact_point_id"),
            FamilyPassword.password_hash,
        )
        .join(ContactPoint, ContactPoint.guardian_id == FamilyPassword.guardian_id)
        .where(
            ContactPoint.school_id == FamilyPassword.school_id,
            ContactPoint.kind == Channel.MAIL.value,
            ContactPoint.address_index.in_(indexes),
            ContactPoint.state != ContactState.ENDED.value,
        )
        .order_by(FamilyPassword.chosen_at.desc(), FamilyPassword.guardian_id)
        .limit(most)
    )
    return [KnownPassword(*row) for row in session.execute(rows)]


def remove(session: Session, school_id: UUID, guardian_ids: Collection[UUID]) -> None:
    """Forget the passwords of these guardians."""
    mine = delete(FamilyPassword).where(
        FamilyPassword.school_id == school_id, FamilyPassword.guardian_id.in_(guardian_ids)
    )
    session.execute(mine.execution_options(**_UNSYNCHRONISED))


def move(session: Session, school_id: UUID, guardian_id: UUID, into_id: UUID) -> None:
    """Give the password of a guardian to the one it was joined into, who keeps an own one."""
    if find(session, school_id, into_id) is not None:
        remove(session, school_id, [guardian_id])
        return
    mine = update(FamilyPassword).where(
        FamilyPassword.school_id == school_id, FamilyPassword.guardian_id == guardian_id
    )
    session.execute(mine.values(guardian_id=into_id).execution_options(**_UNSYNCHRONISED))
