"""Queries about My Page: sessions of families, links that were mailed, and how often."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from common.db import rowcount
from common.db.bulk import insert_new
from directory.domain.words import ContactState
from directory.store.models import ContactPoint, FamilyLink, FamilySession, LinkAsk
from directory.store.models.base import table

_ASKS = table(LinkAsk)
_UNSYNCHRONISED = {"synchronize_session": False}


def find_session(session: Session, school_id: UUID, token_hash: bytes) -> FamilySession | None:
    """Return a session of this school, or None."""
    found = session.get(FamilySession, token_hash)
    return found if found is not None and found.school_id == school_id else None


def end_session(session: Session, school_id: UUID, token_hash: bytes) -> None:
    """Forget a browser; one that is not known is no error."""
    session.execute(
        delete(FamilySession).where(
            FamilySession.school_id == school_id, FamilySession.token_hash == token_hash
        )
    )


def end_sessions_of(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID], but: bytes = b""
) -> int:
    """Forget all browsers of these guardians but one; return how many there were."""
    statement = delete(FamilySession).where(
        FamilySession.school_id == school_id,
        FamilySession.guardian_id.in_(guardian_ids),
        FamilySession.token_hash != but,
    )
    return rowcount(session.execute(statement.execution_options(**_UNSYNCHRONISED)))


def free_from_point(session: Session, point: ContactPoint, token_hash: bytes) -> None:
    """Let a session go on that was let in by a contact point which its own family takes away."""
    statement = update(FamilySession).where(
        FamilySession.school_id == point.school_id,
        FamilySession.token_hash == token_hash,
        FamilySession.contact_point_id == point.id,
    )
    session.execute(statement.values(contact_point_id=None))


def move_sessions(session: Session, school_id: UUID, guardian_id: UUID, into_id: UUID) -> None:
    """Give the browsers of a guardian to the one it was joined into."""
    mine = update(FamilySession).where(
        FamilySession.school_id == school_id, FamilySession.guardian_id == guardian_id
    )
    moved = mine.values(guardian_id=into_id)
    session.execute(moved.execution_options(**_UNSYNCHRONISED))


def forget_sessions(session: Session, made_before: datetime, used_before: datetime) -> None:
    """Delete sessions of all schools that are too old, or were not used for too long."""
    is_over = or_(FamilySession.created_at < made_before, FamilySession.used_at < used_before)
    session.execute(delete(FamilySession).where(is_over).execution_options(**_UNSYNCHRONISED))


def list_sharing(session: Session, school_id: UUID, guardian_ids: Collection[UUID]) -> list[UUID]:
    """Return who has an address in common with these guardians, they themselves among them."""
    own, other = aliased(ContactPoint), aliased(ContactPoint)
    is_same = (
        (other.school_id == own.school_id)
        & (other.kind == own.kind)
        & (other.address_index == own.address_index)
    )
    is_live = other.state != ContactState.ENDED.value
    rows = session.scalars(
        select(other.guardian_id)
        .join(own, is_same)
        .where(
            own.school_id == school_id,
            own.guardian_id.in_(guardian_ids),
            own.state != ContactState.ENDED.value,
            is_live,
            other.guardian_id.is_not(None),
        )
        .distinct()
    )
    return sorted({*guardian_ids, *(guardian_id for guardian_id in rows if guardian_id)})


def lock_link(session: Session, school_id: UUID, link_id: UUID) -> FamilyLink | None:
    """Return a link of this school, held: of two presses one is the first."""
    query = select(FamilyLink).where(FamilyLink.school_id == school_id, FamilyLink.id == link_id)
    return session.scalars(query.with_for_update()).one_or_none()


def find_link(session: Session, school_id: UUID, link_id: UUID) -> FamilyLink | None:
    """Return a link of this school, or None."""
    found = session.get(FamilyLink, link_id)
    return found if found is not None and found.school_id == school_id else None


def lock_place(session: Session, school_id: UUID, place: bytes, now: datetime) -> None:
    """Let those who ask at one place stand in line: its row is made if need be, and held."""
    values = {"id": _turn_of(place), "school_id": school_id, "place": place, "asked_at": now}
    insert_new(session, _ASKS, [values], instead=_touch)


def _turn_of(place: bytes) -> UUID:
    """Return the id of the row by which a place is held; it is no ask."""
    return UUID(bytes=place[:16])


def _touch(statement: Any) -> Any:
    # A row that is there is updated, and so locked.
    touched = {"asked_at": statement.excluded.asked_at}
    return statement.on_conflict_do_update(index_elements=["id"], set_=touched)


def count_asks(session: Session, place: bytes, since: datetime) -> int:
    """Return how often links were asked for at a place since a moment."""
    is_ask = LinkAsk.id != _turn_of(place)
    query = select(func.count()).where(LinkAsk.place == place, is_ask, LinkAsk.asked_at > since)
    return session.scalar(query) or 0


def forget_links(session: Session, before: datetime) -> None:
    """Delete links of all schools that were over before a moment."""
    session.execute(delete(FamilyLink).where(FamilyLink.expires_at < before))


def forget_asks(session: Session, before: datetime) -> None:
    """Delete what was asked for before a moment, at all schools."""
    session.execute(delete(LinkAsk).where(LinkAsk.asked_at < before))
