"""Queries on groups and memberships."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from directory.domain.errors import NoSuch
from directory.domain.tree import Node, Tree
from directory.domain.words import ADDRESSED, GroupKind, MembershipKind
from directory.store.models import Group, Member, Membership


def load_tree(session: Session, school_id: UUID) -> Tree:
    """Return all groups of a school."""
    rows = session.execute(
        select(
            Group.id,
            Group.kind,
            Group.name,
            Group.parent_id,
            Group.position,
            Group.fiscal_year,
        ).where(Group.school_id == school_id)
    )
    return Tree.of(
        Node(r.id, GroupKind(r.kind), r.name, r.parent_id, r.position, r.fiscal_year) for r in rows
    )


def get_group(session: Session, school_id: UUID, group_id: UUID) -> Group:
    """Return a group of this school; raise NotFound."""
    group = session.scalar(select(Group).where(Group.school_id == school_id, Group.id == group_id))
    if group is None:
        raise NoSuch("group")
    return group


def lock_root(session: Session, school_id: UUID) -> None:
    """Let one change of the roster's size at a time pass.

    Two at once would both see room within the limit.
    """
    session.execute(
        select(Group.id)
        .where(Group.school_id == school_id, Group.kind == "class", Group.parent_id.is_(None))
        .with_for_update()
    )


def list_addressed(session: Session, school_id: UUID) -> Iterator[tuple[UUID, UUID]]:
    """Yield (group, member) of everybody whom messages reach, enrolled or joined.

    Two plain reads, put together here: right after a bulk load PostgreSQL has no statistics yet,
    and would join them by going through all members for each membership (docs/measured.md).
    """
    here = Member.school_id == school_id, Member.status.in_(ADDRESSED), Member.deleted_at.is_(None)
    addressed = set(session.scalars(select(Member.id).where(*here)))
    rows = session.execute(
        select(Membership.group_id, Membership.member_id).where(Membership.school_id == school_id)
    )
    return ((group_id, member_id) for group_id, member_id in rows if member_id in addressed)


def count_heads(session: Session, school_id: UUID, tree: Tree) -> dict[UUID, int]:
    """Return how many distinct people each group holds, with what is below it.

    A child in two of its classes counts once.
    """
    inside: dict[UUID, set[UUID]] = {group_id: set() for group_id in tree.nodes}
    chains = {group_id: (group_id, *tree.above(group_id)) for group_id in tree.nodes}
    for group_id, member_id in list_addressed(session, school_id):
        for above in chains[group_id]:
            inside[above].add(member_id)
    return {group_id: len(members) for group_id, members in inside.items()}


def list_groups_of(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> list[tuple[UUID, UUID, str]]:
    """Return (member, group, kind) of these members' memberships."""
    rows = session.execute(
        select(Membership.member_id, Membership.group_id, Membership.kind).where(
            Membership.school_id == school_id, Membership.member_id.in_(member_ids)
        )
    )
    return [(row.member_id, row.group_id, row.kind) for row in rows]


def list_members_in(session: Session, school_id: UUID, group_id: UUID) -> list[tuple[UUID, str]]:
    """Return (member, kind) of everybody who is directly in a group, whatever their status."""
    rows = session.execute(
        select(Membership.member_id, Membership.kind).where(
            Membership.school_id == school_id, Membership.group_id == group_id
        )
    )
    return [(member_id, kind) for member_id, kind in rows]


def add_memberships(
    session: Session,
    school_id: UUID,
    group: Node | Group,
    member_ids: Sequence[UUID],
    kind: MembershipKind,
) -> None:
    """Put members into a group they are not in."""
    if member_ids:
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
        session.execute(insert(Membership), rows)


def remove_memberships(
    session: Session,
    school_id: UUID,
    member_ids: Collection[UUID],
    *,
    group_id: UUID | None,
    kind: MembershipKind | None,
) -> None:
    """Take members out of one group (or any), in one kind of membership (or both)."""
    statement = delete(Membership).where(
        Membership.school_id == school_id, Membership.member_id.in_(member_ids)
    )
    if group_id is not None:
        statement = statement.where(Membership.group_id == group_id)
    if kind is not None:
        statement = statement.where(Membership.kind == kind.value)
    session.execute(statement.execution_options(synchronize_session=False))


def next_position(session: Session, school_id: UUID, parent_id: UUID | None, kind: str) -> int:
    """Return the place behind the last brother or sister of a new group."""
    last = session.scalar(
        select(func.max(Group.position)).where(
            Group.school_id == school_id, Group.parent_id == parent_id, Group.kind == kind
        )
    )
    return (last or 0) + 1
