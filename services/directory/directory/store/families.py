"""Queries on guardians, their children and their contact points."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import Session

from common.db import among
from common.words import Channel
from directory.domain.errors import NoSuch
from directory.domain.protection import Protection, protect
from directory.domain.words import ContactState
from directory.store.models import ContactPoint, Guardian, Guardianship, JoinedContactPoint, Member


@dataclass(frozen=True, slots=True)
class Standing:
    """How one contact point of a member stands: `health` is a code, None for well."""

    member_id: UUID
    kind: str
    state: str
    health: str | None


def list_guardians(
    session: Session, school_id: UUID, member_id: UUID
) -> list[tuple[Guardian, Guardianship]]:
    """Return a pupil's guardians in their order."""
    rows = session.execute(
        select(Guardian, Guardianship)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.school_id == school_id, Guardianship.member_id == member_id)
        .order_by(Guardianship.position, Guardian.id)
    )
    return [(guardian, link) for guardian, link in rows]


def load_protection(session: Session, school_id: UUID) -> Protection:
    """Return who is protected at a school; protected families are few, so all of them are read."""
    marked = select(Guardianship.guardian_id).where(
        Guardianship.school_id == school_id, Guardianship.protected
    )
    rows = session.execute(
        select(Guardianship.member_id, Guardianship.guardian_id, Guardianship.protected).where(
            Guardianship.school_id == school_id, Guardianship.guardian_id.in_(marked)
        )
    )
    return protect(
        (member_id, guardian_id, protected) for member_id, guardian_id, protected in rows
    )


def find_link(
    session: Session, school_id: UUID, member_id: UUID, guardian_id: UUID
) -> Guardianship | None:
    """Return the link from a child to a guardian, held for a change, or None."""
    return session.scalar(
        select(Guardianship)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.member_id == member_id,
            Guardianship.guardian_id == guardian_id,
        )
        .with_for_update()
    )


def list_links_of(session: Session, school_id: UUID, guardian_id: UUID) -> Sequence[Guardianship]:
    """Return the links from all of a guardian's children."""
    return session.scalars(
        select(Guardianship).where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id == guardian_id,
        )
    ).all()


def list_children(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID]
) -> list[Member]:
    """Return the children of these guardians, each once, eldest class unknown: by reading."""
    children = select(Guardianship.member_id).where(
        Guardianship.school_id == school_id, Guardianship.guardian_id.in_(guardian_ids)
    )
    statement = select(Member).where(
        Member.school_id == school_id, Member.id.in_(children), Member.deleted_at.is_(None)
    )
    return list(session.scalars(statement.order_by(Member.kana, Member.id)))


def list_points(
    session: Session,
    school_id: UUID,
    owners: Collection[UUID],
) -> list[ContactPoint]:
    """Return the contact points of these guardians and members of staff, the oldest first."""
    return list(session.scalars(_points_of(school_id, owners)))


def hold_points(session: Session, school_id: UUID, owners: Collection[UUID]) -> list[ContactPoint]:
    """Return what `list_points` does, held, and as it is once nobody else holds it."""
    held = _points_of(school_id, owners).with_for_update()
    return list(session.scalars(held.execution_options(populate_existing=True)))


def _points_of(school_id: UUID, owners: Collection[UUID]) -> Select[ContactPoint]:
    statement = select(ContactPoint).where(
        ContactPoint.school_id == school_id,
        or_(ContactPoint.guardian_id.in_(owners), ContactPoint.member_id.in_(owners)),
        ContactPoint.state.in_([ContactState.ACTIVE.value, ContactState.STOPPED.value]),
    )
    return statement.order_by(ContactPoint.created_at, ContactPoint.id)


def list_sealed(
    session: Session,
    school_id: UUID,
    usable: tuple[str, Collection[ContactState]],
    *,
    guardians: Collection[UUID],
    members: Collection[UUID],
) -> Sequence[Row[Any]]:
    """Return these owners' contact points of a kind and of these states, as columns.

    Every page of every send asks this, once a channel: entities and one list of owners for both
    columns cost twice as much.
    """
    kind, states = usable
    point = ContactPoint
    owned = among(point.guardian_id, guardians)
    statement = select(
        point.id,
        point.guardian_id,
        point.member_id,
        point.address,
        point.state,
        point.health,
    ).where(
        point.school_id == school_id,
        or_(owned, among(point.member_id, members)) if members else owned,
        point.kind == kind,
        point.state.in_([state.value for state in states]),
    )
    return session.execute(statement.order_by(point.created_at, point.id)).all()


def list_standings(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> list[Standing]:
    """Return how each contact point stands through which these members are reached."""
    columns = (
        ContactPoint.kind,
        ContactPoint.state,
        ContactPoint.health,
    )
    there = (
        ContactPoint.school_id == school_id,
        ContactPoint.state != ContactState.ENDED.value,
    )
    of_guardians = (
        select(Guardianship.member_id, *columns)
        .join(ContactPoint, ContactPoint.guardian_id == Guardianship.guardian_id)
        .where(*there, Guardianship.member_id.in_(member_ids))
    )
    own = select(ContactPoint.member_id, *columns).where(
        *there,
        ContactPoint.member_id.in_(member_ids),
    )
    rows = [*session.execute(of_guardians), *session.execute(own)]
    standings = []
    for member_id, kind, state, health in rows:
        code = health.get("code") if health else None
        standings.append(Standing(member_id, kind, state, code))
    return standings


def list_stopped(session: Session, school_id: UUID) -> list[ContactPoint]:
    """Return the contact points of a school that their owners stopped.

    The latest first, those of an unknown time last.
    """
    latest_first = ContactPoint.stopped_at.desc().nulls_last()
    statement = select(ContactPoint).where(
        ContactPoint.school_id == school_id, ContactPoint.state == ContactState.STOPPED.value
    )
    return list(session.scalars(statement.order_by(latest_first, ContactPoint.id)))


def list_children_of(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """Return guardian → children who are on the roster."""
    rows = session.execute(
        select(Guardianship.guardian_id, Guardianship.member_id)
        .join(Member, Member.id == Guardianship.member_id)
        .where(
            Guardianship.school_id == school_id,
            Guardianship.guardian_id.in_(guardian_ids),
            Member.deleted_at.is_(None),
        )
        .order_by(Guardianship.guardian_id, Member.kana, Member.id)
    )
    found: dict[UUID, list[UUID]] = {}
    for guardian_id, member_id in rows:
        found.setdefault(guardian_id, []).append(member_id)
    return found


def list_guardians_of(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> list[Guardian]:
    """Return the guardians of these children, each once, in the order of the children's names."""
    rows = session.scalars(
        select(Guardian)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Member, Member.id == Guardianship.member_id)
        .where(Guardianship.school_id == school_id, Guardianship.member_id.in_(member_ids))
        .order_by(Member.kana, Member.id, Guardianship.position, Guardian.id)
    )
    return list(rows.unique())


def list_by_ids(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID]
) -> list[Guardian]:
    """Return those of these guardians who are this school's."""
    statement = select(Guardian).where(
        Guardian.school_id == school_id, Guardian.id.in_(guardian_ids)
    )
    return list(session.scalars(statement.order_by(Guardian.name, Guardian.id)))


def list_labels(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID]
) -> dict[UUID, str]:
    """Return guardian → what it is to one of its children."""
    rows = session.execute(
        select(Guardianship.guardian_id, Guardianship.label)
        .where(Guardianship.school_id == school_id, Guardianship.guardian_id.in_(guardian_ids))
        .order_by(Guardianship.guardian_id, Guardianship.member_id)
    )
    return {row.guardian_id: row.label for row in rows}


def get_guardian(session: Session, school_id: UUID, guardian_id: UUID) -> Guardian:
    """Return a guardian of this school, held for a change; raise NotFound."""
    guardian = session.scalar(
        select(Guardian)
        .where(Guardian.school_id == school_id, Guardian.id == guardian_id)
        .with_for_update()
    )
    if guardian is None:
        raise NoSuch("guardian")
    return guardian


def find_guardian_by_index(
    session: Session, school_id: UUID, indexes: Collection[bytes]
) -> list[tuple[bytes, Guardian]]:
    """Return (blind index, guardian) where a mail address is registered already.

    So siblings find each other (DIR-15).
    """
    rows = session.execute(
        select(ContactPoint.address_index, Guardian)
        .join(Guardian, Guardian.id == ContactPoint.guardian_id)
        .where(
            ContactPoint.school_id == school_id,
            ContactPoint.kind == "mail",
            ContactPoint.address_index.in_(indexes),
            ContactPoint.state != ContactState.ENDED.value,
        )
        .order_by(ContactPoint.created_at, ContactPoint.id)
    )
    return [(index, guardian) for index, guardian in rows]


def find_point(session: Session, school_id: UUID, contact_point_id: UUID) -> ContactPoint | None:
    """Return a contact point of this school for a change, or None."""
    return session.scalar(
        select(ContactPoint)
        .where(ContactPoint.school_id == school_id, _is_point(contact_point_id))
        .with_for_update()
    )


def find_known_point(
    session: Session, school_id: UUID, contact_point_id: UUID
) -> ContactPoint | None:
    """Return a contact point of this school to be looked at, or None."""
    return session.scalar(
        select(ContactPoint).where(ContactPoint.school_id == school_id, _is_point(contact_point_id))
    )


def _is_point(contact_point_id: UUID) -> ColumnElement[bool]:
    """Return the condition of being a contact point, or the one into which it was joined."""
    joined = select(JoinedContactPoint.into_id).where(
        JoinedContactPoint.contact_point_id == contact_point_id
    )
    return or_(ContactPoint.id == contact_point_id, ContactPoint.id.in_(joined))


def find_point_state(session: Session, school_id: UUID, contact_point_id: UUID) -> str | None:
    """Return the state of a contact point of this school, or None."""
    return session.scalar(
        select(ContactPoint.state).where(
            ContactPoint.school_id == school_id,
            _is_point(contact_point_id),
        )
    )


def find_point_of(
    session: Session, owner: Guardian | Member, kind: Channel, address_index: bytes
) -> ContactPoint | None:
    """Return somebody's contact point with this address, ended or not, or None."""
    is_guardian = isinstance(owner, Guardian)
    column = ContactPoint.guardian_id if is_guardian else ContactPoint.member_id
    return session.scalar(
        select(ContactPoint).where(
            ContactPoint.school_id == owner.school_id,
            column == owner.id,
            ContactPoint.kind == kind.value,
            ContactPoint.address_index == address_index,
        )
    )


def list_points_at(
    session: Session, school_id: UUID, kind: str, address_index: bytes
) -> Sequence[ContactPoint]:
    """Return the contact points with this very address that are not ended.

    One LINE user may stand for two guardians.
    """
    return session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.school_id == school_id,
            ContactPoint.kind == kind,
            ContactPoint.address_index == address_index,
            ContactPoint.state != ContactState.ENDED.value,
        )
        .order_by(ContactPoint.created_at, ContactPoint.id)
    ).all()
