"""Lists of people, page by page (DIR-1, DIR-4, DIR-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.web.paging import page_of
from directory.actions.show import channels_of, describe_group, describe_member
from directory.domain.cursors import read_cursor, write_cursor
from directory.domain.errors import NoSuch, OutsideScope
from directory.domain.names import fold_for_search
from directory.domain.scope import Actor
from directory.domain.tree import Tree, parse_seat
from directory.domain.words import Reachability
from directory.store import groups as group_store
from directory.store import member_lists as store
from directory.store.member_lists import MemberFilter, SortKey, Stretch
from directory.store.members import EnrolledMember


@dataclass(frozen=True, slots=True)
class Search:
    """A list of people as asked for; `query` is a name, a reading, or a seat such as 4-2-12.

    `after`, `before`: a page's `next` or `previous`.
    """

    query: str = ""
    group_id: UUID | None = None
    kind: str | None = None
    status: str | None = None
    reach: Reachability | None = None
    after: str | None = None
    before: str | None = None
    limit: int = 100


def list_members_of(
    session: Session, actor: Actor, group_id: UUID, *, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of the people of one group, without those below it, and how each is in it."""
    tree = group_store.load_tree(session, actor.school_id)
    _check_sees_group(actor, tree, group_id)
    wanted = MemberFilter(groups=frozenset({group_id}))
    part = Stretch(limit + 1, behind=_read_place(after))
    rows = store.list_members(session, actor.school_id, tree, wanted, part)
    page = page_of(rows, limit, lambda row: _write_place(row, tree))
    kinds = group_store.list_members_in(session, actor.school_id, group_id)
    items = []
    for row in page["items"]:
        if row.member.id in kinds:
            items.append({**describe_member(row, tree), "membership": kinds[row.member.id]})
    return {**page, "items": items}


def _check_sees_group(actor: Actor, tree: Tree, group_id: UUID) -> None:
    if group_id not in tree.nodes:
        raise NoSuch("group")
    if not actor.scope.holds(tree, [group_id]):
        raise OutsideScope()


def show_group(
    session: Session, actor: Actor, group_id: UUID, *, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a group and a page of the people in it and below it."""
    tree = group_store.load_tree(session, actor.school_id)
    _check_sees_group(actor, tree, group_id)
    heads = group_store.count_heads(session, actor.school_id, tree)
    search = Search(
        group_id=group_id,
        after=after,
        limit=limit,
    )
    group = describe_group(tree.nodes[group_id], heads)
    group["members"] = list_members(session, actor, search)
    return group


def list_members(session: Session, actor: Actor, search: Search) -> dict[str, Any]:
    """Return a page of the people in the caller's scope, by class, number and reading.

    A page goes on from a place in the list, so it does though who stood there was moved or deleted.
    """
    tree = group_store.load_tree(session, actor.school_id)
    if search.group_id is not None and search.group_id not in tree.nodes:
        raise NoSuch("group")
    wanted = _read_search(search, tree, actor)
    part = Stretch(
        # One more than is shown says whether there is another page.
        limit=search.limit + 1,
        behind=_read_place(search.after),
        before=_read_place(search.before),
    )
    school_id = actor.school_id
    rows = store.list_members(session, school_id, tree, wanted, part)
    page = _page_of(rows, search, tree)
    shown = page["items"]
    channels = channels_of(session, school_id, [row.member.id for row in shown])
    items = []
    for row in shown:
        described = describe_member(row, tree)
        items.append(described | channels[row.member.id])
    page["items"] = items
    page["total"] = store.count_members(session, school_id, wanted)
    return page


def _read_search(search: Search, tree: Tree, actor: Actor) -> MemberFilter:
    seat = parse_seat(search.query)
    room = tree.find_room(seat) if seat else None
    return MemberFilter(
        search=fold_for_search(search.query),
        room=room,
        number=seat.number if seat and room else None,
        groups=tree.spread([search.group_id]) if search.group_id else None,
        scope=actor.scope.groups(tree),
        kind=search.kind,
        status=search.status,
        reach=search.reach,
    )


def _page_of(rows: Sequence[EnrolledMember], search: Search, tree: Tree) -> dict[str, Any]:
    """Return the rows to show, and the places from which the pages beside them go on."""
    has_more = len(rows) > search.limit
    is_backwards = search.before is not None
    shown = rows[-search.limit :] if is_backwards else rows[: search.limit]
    has_next = is_backwards or has_more
    has_previous = has_more if is_backwards else search.after is not None
    return {
        "items": shown,
        "next": _write_place(shown[-1], tree) if shown and has_next else None,
        "previous": _write_place(shown[0], tree) if shown and has_previous else None,
    }


def _write_place(row: EnrolledMember, tree: Tree) -> str:
    rank, number, kana, member_id = store.sort_key_of(row, store.class_ranks(tree))
    return write_cursor(rank, number, kana, str(member_id))


def _read_place(cursor: str | None) -> SortKey | None:
    """Return the place in a list that one of our pages named; raise NotFound for another text."""
    if cursor is None:
        return None
    rank, number, kana, member_id = read_cursor(cursor, 4)
    is_ours = isinstance(rank, int) and isinstance(number, int) and isinstance(kana, str)
    if not is_ours or not isinstance(member_id, str):
        raise NoSuch("page")
    try:
        return (rank, number, kana, UUID(member_id))
    except ValueError as error:
        raise NoSuch("page") from error
