"""Queries on groups and memberships."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from common.db import rowcount
from common.errors import ChangedMeanwhile
from directory.domain.errors import NoSuch
from directory.domain.tree import Node, Tree
from directory.domain.words import (
    ADDRESSED,
    STAYING,
    GroupKind,
    MembershipKind,
    MemberStatus,
)
from directory.store.models import Group, Member, Membership, YearPlace

# After the year has turned, last year's classes can be written to until the end of April.
LAST_DAY_OF_BOTH_YEARS = (4, 30)


def is_current(school_id: UUID) -> ColumnElement[bool]:
    """Return the condition of a group that the school works with now.

    It is neither deleted nor planned; a class is besides of the newest year whose root is not
    planned. The trees of former years stay, and that of the next may stand beside it as a plan.
    """
    return _is_of(school_id, Group.fiscal_year == _current_year(school_id))


def _is_of(school_id: UUID, year: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of a group that is in use, where a class is of the right year."""
    return and_(
        Group.school_id == school_id,
        Group.planned.is_(False),
        Group.deleted_at.is_(None),
        or_(Group.kind != GroupKind.CLASS.value, year),
    )


def _current_year(school_id: UUID) -> ScalarSelect[Any]:
    root = aliased(Group)
    return (
        select(func.max(root.fiscal_year))
        .where(
            root.school_id == school_id,
            root.kind == GroupKind.CLASS.value,
            root.parent_id.is_(None),
            root.planned.is_(False),
        )
        .scalar_subquery()
    )


def is_seat(school_id: UUID) -> ColumnElement[bool]:
    """Return the condition that joins a member to its enrolment in a class of now."""
    current = select(Group.id).where(is_current(school_id))
    return and_(
        Membership.member_id == Member.id,
        Membership.kind == MembershipKind.ENROLLED.value,
        Membership.group_id.in_(current),
    )


def load_tree(session: Session, school_id: UUID) -> Tree:
    """Return the groups that a school works with now."""
    return _load(session, is_current(school_id))


def load_reach(session: Session, school_id: UUID, today: date) -> Tree:
    """Return the groups to which messages may go: of now, and in April last year's classes too.

    Who has just left a class together is still to be reached together.
    """
    is_over = today > date(today.year, *LAST_DAY_OF_BOTH_YEARS)
    if is_over:
        return load_tree(session, school_id)
    newest = _current_year(school_id)
    has_turned = newest >= today.year
    is_last = and_(has_turned, Group.fiscal_year == newest - 1)
    both = or_(Group.fiscal_year == newest, is_last)
    return _load(session, _is_of(school_id, both)).with_years()


def find_year(session: Session, school_id: UUID) -> int | None:
    """Return the year of the classes of now, None where there are none."""
    return session.scalar(select(_current_year(school_id)))


def load_year(session: Session, school_id: UUID, fiscal_year: int) -> Tree:
    """Return the classes of one year, planned ones too."""
    return _load(
        session,
        and_(
            Group.school_id == school_id,
            Group.kind == GroupKind.CLASS.value,
            Group.fiscal_year == fiscal_year,
            Group.deleted_at.is_(None),
        ),
    )


def load_former(session: Session, school_id: UUID) -> Tree:
    """Return the classes of all years before the one of now: what was sent to them names them."""
    return _load(
        session,
        and_(
            Group.school_id == school_id,
            Group.kind == GroupKind.CLASS.value,
            Group.planned.is_(False),
            Group.fiscal_year != _current_year(school_id),
        ),
    )


def name_classes(
    session: Session, school_id: UUID, class_ids: Collection[UUID | None]
) -> dict[UUID, str]:
    """Return class → its name, also of classes of other years: 5年2組."""
    tree = load_tree(session, school_id)
    wanted = {class_id for class_id in class_ids if class_id is not None}
    if not wanted <= tree.nodes.keys():
        former = load_former(session, school_id)
        tree = Tree({**former.nodes, **tree.nodes}, tree.children)
    return {class_id: tree.nodes[class_id].path for class_id in wanted if class_id in tree.nodes}


def _load(session: Session, condition: ColumnElement[bool]) -> Tree:
    rows = session.execute(
        select(
            Group.id,
            Group.kind,
            Group.name,
            Group.parent_id,
            Group.position,
            Group.fiscal_year,
            Group.version,
        ).where(condition)
    )
    return Tree.of(
        Node(
            id=row.id,
            kind=GroupKind(row.kind),
            name=row.name,
            parent_id=row.parent_id,
            position=row.position,
            fiscal_year=row.fiscal_year,
            version=row.version,
        )
        for row in rows
    )


def get_group(session: Session, school_id: UUID, group_id: UUID) -> Group:
    """Return a group that the school works with now; raise NotFound."""
    group = session.scalar(select(Group).where(is_current(school_id), Group.id == group_id))
    if group is None:
        raise NoSuch("group")
    return group


def add_group(session: Session, group: Group) -> None:
    """Add a group; raise Refused where somebody else just made the same root."""
    session.add(group)
    try:
        session.flush()
    except IntegrityError as error:
        raise ChangedMeanwhile() from error


def drop_group(session: Session, school_id: UUID, group_id: UUID) -> None:
    """Delete a planned class in which nobody is; who was decided into it has left meanwhile."""
    session.execute(delete(YearPlace).where(YearPlace.group_id == group_id))
    session.execute(delete(Group).where(Group.school_id == school_id, Group.id == group_id))


def lock_root(session: Session, school_id: UUID) -> None:
    """Let one change of the roster's shape or size at a time pass.

    Two at once would both see room within the limit, or move two groups below each other. All
    groups at the top are held, because a school without classes has no root.
    """
    session.execute(
        select(Group.id)
        .where(Group.school_id == school_id, Group.parent_id.is_(None))
        .order_by(Group.id)
        # Not to hold up who puts people into these groups, as plain FOR UPDATE would.
        .with_for_update(key_share=True)
    )


def list_addressed(
    session: Session, school_id: UUID, former: Collection[UUID] = ()
) -> Iterator[tuple[UUID, UUID]]:
    """Yield (group, member) of everybody whom messages reach, enrolled or joined.

    `former`: last year's classes, through which who has graduated from them is reached.

    Two plain reads, put together here: right after a bulk load PostgreSQL has no statistics yet,
    and would join them by going through all members for each membership (docs/measured.md).
    """
    graduated = MemberStatus.GRADUATED.value
    reached = (*ADDRESSED, graduated) if former else ADDRESSED
    here = Member.school_id == school_id, Member.status.in_(reached), Member.deleted_at.is_(None)
    people = session.execute(select(Member.id, Member.status).where(*here))
    statuses = {row.id: row.status for row in people}
    rows = session.execute(
        select(Membership.group_id, Membership.member_id).where(Membership.school_id == school_id)
    )
    for group_id, member_id in rows:
        status = statuses.get(member_id)
        has_left = status == graduated and group_id not in former
        if status is not None and not has_left:
            yield group_id, member_id


def count_heads(session: Session, school_id: UUID, tree: Tree) -> dict[UUID, int]:
    """Return how many distinct people each group holds, with what is below it.

    A child in two of its classes counts once. Groups of other years count nobody.
    """
    inside: dict[UUID, set[UUID]] = {group_id: set() for group_id in tree.nodes}
    chains = {group_id: (group_id, *tree.above(group_id)) for group_id in tree.nodes}
    former = tree.older_classes()
    for group_id, member_id in list_addressed(session, school_id, former):
        for above in chains.get(group_id, ()):
            inside[above].add(member_id)
    return {group_id: len(members) for group_id, members in inside.items()}


def list_groups_of(
    session: Session, school_id: UUID, tree: Tree, member_ids: Collection[UUID]
) -> list[tuple[UUID, UUID, str]]:
    """Return (member, group, kind) of these members' memberships in the groups of a tree."""
    rows = session.execute(
        select(Membership.member_id, Membership.group_id, Membership.kind).where(
            Membership.school_id == school_id, Membership.member_id.in_(member_ids)
        )
    )
    return [(row.member_id, row.group_id, row.kind) for row in rows if row.group_id in tree.nodes]


def list_members_in(session: Session, school_id: UUID, group_id: UUID) -> dict[UUID, str]:
    """Return member → kind of everybody who is directly in a group, whatever their status."""
    rows = session.execute(
        select(Membership.member_id, Membership.kind).where(
            Membership.school_id == school_id, Membership.group_id == group_id
        )
    )
    return {row.member_id: row.kind for row in rows}


def count_present(session: Session, school_id: UUID, group_ids: Collection[UUID]) -> dict[str, int]:
    """Return how many people who are at the school, or come to it, these groups hold, by kind."""
    people = (
        select(Membership.kind, func.count(Membership.member_id.distinct()).label("people"))
        .join(Member, Member.id == Membership.member_id)
        .where(
            Membership.school_id == school_id,
            Membership.group_id.in_(group_ids),
            Member.status.in_(STAYING),
            Member.deleted_at.is_(None),
        )
        .group_by(Membership.kind)
    )
    return {row.kind: row.people for row in session.execute(people)}


def add_memberships(
    session: Session,
    school_id: UUID,
    group: Node | Group,
    member_ids: Sequence[UUID],
    kind: MembershipKind,
) -> None:
    """Put members into a group they are not in; raise Refused where somebody else just did."""
    rows = [
        {
            "group_id": group.id,
            "member_id": member_id,
            "school_id": school_id,
            "kind": kind.value,
            "fiscal_year": group.fiscal_year,
        }
        for member_id in member_ids
    ]
    if not rows:
        return
    try:
        session.execute(insert(Membership), rows)
    except IntegrityError as error:
        raise ChangedMeanwhile() from error


def remove_memberships(
    session: Session,
    school_id: UUID,
    member_ids: Collection[UUID],
    group_ids: Collection[UUID],
    kind: MembershipKind | None = None,
) -> None:
    """Take members out of these groups, in one kind of membership (or both)."""
    statement = delete(Membership).where(
        Membership.school_id == school_id,
        Membership.member_id.in_(member_ids),
        Membership.group_id.in_(group_ids),
    )
    if kind is not None:
        statement = statement.where(Membership.kind == kind.value)
    session.execute(statement.execution_options(synchronize_session=False))


def leave_class(
    session: Session, school_id: UUID, member_ids: Collection[UUID], fiscal_year: int
) -> None:
    """Take members out of the class in which they are enrolled in a year; other years stay."""
    statement = delete(Membership).where(
        Membership.school_id == school_id,
        Membership.member_id.in_(member_ids),
        Membership.kind == MembershipKind.ENROLLED.value,
        Membership.fiscal_year == fiscal_year,
    )
    session.execute(statement.execution_options(synchronize_session=False))


def set_order(session: Session, group_ids: Sequence[UUID]) -> None:
    """Let these sisters stand in this order."""
    places = [{"id": each, "position": place} for place, each in enumerate(group_ids, start=1)]
    session.execute(update(Group), places)


def mark_deleted(
    session: Session, school_id: UUID, group_ids: Collection[UUID], now: datetime
) -> None:
    """Take groups away; their memberships stay for the 30 days in which they may come back."""
    session.execute(
        update(Group)
        .where(Group.school_id == school_id, Group.id.in_(group_ids))
        .values(deleted_at=now)
    )


def list_deleted(session: Session, school_id: UUID, since: datetime) -> list[Group]:
    """Return the groups that were deleted by hand since a moment, the last ones first."""
    deleted = (
        select(Group)
        .where(Group.school_id == school_id, Group.deleted_at >= since)
        .order_by(Group.deleted_at.desc(), Group.position, Group.id)
    )
    return list(session.scalars(deleted))


def erase_deleted(session: Session, before: datetime) -> int:
    """Erase the groups of all schools that were deleted before a moment; return how many."""
    gone = list(session.scalars(select(Group.id).where(Group.deleted_at < before)))
    if not gone:
        return 0
    for model in (Membership, YearPlace):
        session.execute(delete(model).where(model.group_id.in_(gone)))
    return rowcount(session.execute(delete(Group).where(Group.id.in_(gone))))
