"""Read the whole roster of a school in a handful of statements.

With a version that any change to it changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.words import Channel
from directory.domain.roster.columns import BIRTH_DATE
from directory.domain.roster.present import (
    KEPT_FIELDS,
    PresentLink,
    PresentMail,
    PresentPhone,
    PresentPupil,
    PresentRoster,
)
from directory.domain.tenure import Tenure
from directory.domain.tree import Tree
from directory.domain.words import ContactState, MemberKind, MembershipKind
from directory.store import groups as group_store
from directory.store.models import (
    ContactPoint,
    Guardian,
    Guardianship,
    Member,
    Membership,
    PhoneNumber,
)
from directory.store.phone_numbers import CALLING_ORDER

# Another one when the form changes in which plans keep their steps. A plan that the program before
# kept is then refused as stale; without it one for an empty roster would be misread.
SHAPE_OF_STEPS = b"5"


def load_present(session: Session, school_id: UUID) -> PresentRoster:
    """Return the classes, pupils, guardians and mail addresses of a school.

    The version is a digest of the rows themselves: whoever changes the roster, by whatever way,
    changes it. Left out is what no import depends on: health, and the stop of ordinary mails, which
    families press at any moment.
    """
    tree = group_store.load_tree(session, school_id)
    memberships = list_memberships(session, school_id, tree)
    pupils = _pupils(session, school_id, memberships)
    guardians = {
        row.id: row.name
        for row in session.execute(
            select(Guardian.id, Guardian.name).where(Guardian.school_id == school_id)
        )
    }
    links = _links(session, school_id)
    points = _mails(session, school_id)
    mails = tuple(
        PresentMail(p.id, p.guardian_id, p.address_index, p.address)
        for p in points
        if p.state != ContactState.ENDED
    )
    ended = {
        (p.guardian_id, p.address_index): p.id for p in points if p.state == ContactState.ENDED
    }
    phones = _phones(session, school_id)
    addresses = ((mail.guardian_id, mail.index) for mail in mails)
    parts = (
        node_rows(tree),
        pupils,
        guardians.items(),
        links.items(),
        addresses,
        ended,
        phones.items(),
    )
    return PresentRoster(tree, digest(parts), pupils, guardians, links, mails, ended, phones)


def node_rows(tree: Tree) -> Iterable[tuple[Any, ...]]:
    """Yield the groups as rows of a digest."""
    return (
        (n.id, n.kind, n.name, n.parent_id, n.position, n.fiscal_year) for n in tree.nodes.values()
    )


def list_memberships(
    session: Session, school_id: UUID, tree: Tree
) -> dict[UUID, list[tuple[UUID, str]]]:
    """Return member → the groups of the tree in which it is, and how."""
    rows = session.execute(
        select(Membership.member_id, Membership.group_id, Membership.kind).where(
            Membership.school_id == school_id
        )
    )
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for member_id, group_id, kind in rows:
        if group_id in tree.nodes:
            found.setdefault(member_id, []).append((group_id, kind))
    return found


def _pupils(
    session: Session, school_id: UUID, memberships: dict[UUID, list[tuple[UUID, str]]]
) -> tuple[PresentPupil, ...]:
    tenure = (
        Member.status,
        Member.status_since,
        Member.planned_status,
        Member.planned_since,
    )
    columns = [getattr(Member, name) for name in KEPT_FIELDS]
    rows = session.execute(
        select(Member.id, Member.deleted_at, *tenure, *columns)
        .where(
            Member.school_id == school_id,
            Member.kind == MemberKind.PUPIL.value,
        )
        .order_by(Member.id)
    )
    pupils = []
    for member_id, deleted_at, status, since, planned_status, planned_since, *kept in rows:
        groups = memberships.get(member_id, [])
        enrolled = next(
            (group_id for group_id, kind in groups if kind == MembershipKind.ENROLLED.value), None
        )
        joined = tuple(
            sorted(group_id for group_id, kind in groups if kind != MembershipKind.ENROLLED.value)
        )
        values = dict(zip(KEPT_FIELDS, kept, strict=True))
        born = values[BIRTH_DATE.field]
        values[BIRTH_DATE.field] = born.isoformat() if born else None
        pupil = PresentPupil(
            values=values,
            id=member_id,
            tenure=Tenure(status, since, planned_status, planned_since),
            is_deleted=deleted_at is not None,
            class_id=enrolled,
            joined=joined,
        )
        pupils.append(pupil)
    return tuple(pupils)


def _links(session: Session, school_id: UUID) -> dict[UUID, tuple[PresentLink, ...]]:
    rows = session.execute(
        select(
            Guardianship.member_id,
            Guardianship.guardian_id,
            Guardianship.label,
            Guardianship.position,
            Guardianship.protected,
        )
        .where(Guardianship.school_id == school_id)
        .order_by(
            Guardianship.member_id,
            Guardianship.position,
            Guardianship.guardian_id,
        )
    )
    links: dict[UUID, list[PresentLink]] = {}
    for row in rows:
        links.setdefault(row[0], []).append(PresentLink(row[1], row[2], row[3], row[4]))
    return {member_id: tuple(found) for member_id, found in links.items()}


def _phones(session: Session, school_id: UUID) -> dict[UUID, tuple[PresentPhone, ...]]:
    columns = (
        PhoneNumber.member_id,
        PhoneNumber.id,
        PhoneNumber.label,
        PhoneNumber.number,
    )
    rows = session.execute(
        select(*columns)
        .where(PhoneNumber.school_id == school_id)
        .order_by(PhoneNumber.member_id, *CALLING_ORDER)
    )
    phones: dict[UUID, tuple[PresentPhone, ...]] = {}
    for member_id, phone_id, label, number in rows:
        before = phones.get(member_id, ())
        phones[member_id] = (*before, PresentPhone(phone_id, label, number))
    return phones


def _mails(session: Session, school_id: UUID) -> list[Any]:
    columns = (
        ContactPoint.id,
        ContactPoint.guardian_id,
        ContactPoint.address_index,
        ContactPoint.address,
        ContactPoint.state,
    )
    statement = select(*columns).where(
        ContactPoint.school_id == school_id,
        ContactPoint.kind == Channel.MAIL.value,
        ContactPoint.guardian_id.is_not(None),
    )
    return list(session.execute(statement.order_by(ContactPoint.created_at, ContactPoint.id)))


def digest(parts: Iterable[Iterable[Any]]) -> str:
    """Return a digest that depends on the rows, not on the order in which they came."""
    whole = hashlib.sha256(SHAPE_OF_STEPS)
    for part in parts:
        for row in sorted(repr(item) for item in part):
            whole.update(row.encode())
        whole.update(b"\x00")
    return whole.hexdigest()
