"""Delete people, and bring them back for 30 days (DIR-1, DIR-3).

A deleted member is in no list, audience or count; all rows stay until the erasure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import MEMBER_DELETED, MEMBER_RESTORED
from directory.actions.groups import check_members_in_scope
from directory.actions.members import Terms
from directory.actions.places import check_limit, check_places
from directory.actions.show import describe_member
from directory.domain.cursors import read_cursor, write_cursor
from directory.domain.errors import NoSuch
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import members as store
from directory.store.members import DeletedFilter, EnrolledMember


@dataclass(frozen=True, slots=True)
class DeletedSearch:
    """A list of deleted people as asked for."""

    kind: str
    after: str | None = None
    limit: int = 100


def delete_member(session: Session, actor: Actor, member_id: UUID, *, now: datetime) -> None:
    """Take a person off the roster; raise NotFound where nobody is there."""
    if not delete_members(session, actor, [member_id], now=now):
        raise NoSuch("member")


def delete_members(
    session: Session, actor: Actor, member_ids: Collection[UUID], *, now: datetime
) -> int:
    """Take people off the roster and return how many; who is gone already is left out.

    Raise NotFound where one of them is not the school's, NotAllowed where one is out of scope: then
    all stay.
    """
    chosen = set(member_ids)
    known = store.find_members(session, actor.school_id, chosen, with_deleted=True)
    if len(known) < len(chosen):
        raise NoSuch("member")
    people = store.hold_members(session, actor.school_id, chosen)
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {person.id for person in people})
    for person in people:
        person.deleted_at = now
        record_operation(session, actor, MEMBER_DELETED, ("member", person.id))
    return len(people)


def restore_member(session: Session, actor: Actor, member_id: UUID, terms: Terms) -> None:
    """Bring a deleted person back, with class, groups and family.

    Raise NotFound for who is not deleted, or erased by now; Refused where the contract's limit is
    reached; Invalid where somebody else has the seat or the 管理番号 by now.
    """
    school_id = actor.school_id
    group_store.lock_root(session, school_id)
    seated = store.hold_deleted(session, school_id, member_id)
    tree = group_store.load_tree(session, school_id)
    check_members_in_scope(session, actor, tree, {member_id})
    check_limit(session, school_id, seated.member.status, terms.limit)
    check_places(session, seated.member, seated.class_id)
    seated.member.deleted_at = None
    record_operation(session, actor, MEMBER_RESTORED, ("member", member_id))


def list_deleted_members(session: Session, actor: Actor, search: DeletedSearch) -> dict[str, Any]:
    """Return a page of the people who can be brought back, the latest deleted first."""
    tree = group_store.load_tree(session, actor.school_id)
    wanted = DeletedFilter(
        kind=search.kind,
        # One more than is shown says whether there is a next page.
        limit=search.limit + 1,
        before=_read_place(search.after),
        scope=actor.scope.groups(tree),
    )
    rows = store.list_deleted(session, actor.school_id, wanted)
    shown = rows[: search.limit]
    items = []
    for row in shown:
        described = describe_member(row, tree)
        items.append({**described, "deleted_at": row.member.deleted_at})
    has_more = len(rows) > len(shown)
    return {"items": items, "next": _write_place(shown[-1]) if has_more else None}


def _write_place(row: EnrolledMember) -> str:
    deleted_at = row.member.deleted_at
    assert deleted_at is not None
    return write_cursor(deleted_at.isoformat(), str(row.member.id))


def _read_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    moment, member_id = read_cursor(cursor, 2)
    try:
        place = datetime.fromisoformat(moment), UUID(member_id)
    except (ValueError, TypeError) as error:
        raise NoSuch("page") from error
    if place[0].tzinfo is None:
        raise NoSuch("page")
    return place
