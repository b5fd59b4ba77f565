"""Read the whole staff of a school, with a version that any change to them changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.words import Channel
from directory.domain.roster.columns import BIRTH_DATE
from directory.domain.roster.present import KEPT_FIELDS
from directory.domain.roster.staff.present import PresentStaff, StaffMail, StaffRoster
from directory.domain.tenure import Tenure
from directory.domain.words import ContactState, MemberKind
from directory.store import groups as group_store
from directory.store.models import ContactPoint, Member
from directory.store.present_roster import digest, list_memberships, node_rows


def load_staff(session: Session, school_id: UUID) -> StaffRoster:
    """Return the groups and the staff of a school, with their addresses."""
    tree = group_store.load_tree(session, school_id)
    memberships = list_memberships(session, school_id, tree)
    people = tuple(_people(session, school_id, memberships))
    mails: dict[UUID, tuple[StaffMail, ...]] = {}
    ended = {}
    for point in _points(session, school_id):
        if point.state == ContactState.ENDED:
            ended[point.member_id, point.address_index] = point.id
            continue
        mail = StaffMail(point.id, point.address_index, point.address)
        mails[point.member_id] = (*mails.get(point.member_id, ()), mail)
    parts = (node_rows(tree), people, mails.items(), ended.items())
    return StaffRoster(tree, digest(parts), people, mails, ended)


def _people(
    session: Session, school_id: UUID, memberships: dict[UUID, list[tuple[UUID, str]]]
) -> list[PresentStaff]:
    members = session.scalars(
        select(Member)
        .where(
            Member.school_id == school_id,
            Member.kind == MemberKind.STAFF.value,
        )
        .order_by(Member.id)
    )
    people = []
    for member in members:
        values = {name: getattr(member, name) for name in KEPT_FIELDS}
        values[BIRTH_DATE.field] = None
        tenure = Tenure(
            member.status,
            member.status_since,
            member.planned_status,
            member.planned_since,
        )
        groups = sorted(group_id for group_id, _ in memberships.get(member.id, ()))
        person = PresentStaff(
            values=values,
            id=member.id,
            tenure=tenure,
            joined=tuple(groups),
            is_deleted=member.deleted_at is not None,
        )
        people.append(person)
    return people


def _points(session: Session, school_id: UUID) -> list[Any]:
    columns = (
        ContactPoint.id,
        ContactPoint.member_id,
        ContactPoint.address_index,
        ContactPoint.address,
        ContactPoint.state,
    )
    statement = select(*columns).where(
        ContactPoint.school_id == school_id,
        ContactPoint.kind == Channel.MAIL.value,
        ContactPoint.member_id.is_not(None),
    )
    return list(session.execute(statement.order_by(ContactPoint.created_at, ContactPoint.id)))
