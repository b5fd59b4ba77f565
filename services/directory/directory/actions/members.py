"""Register, change and delete people one by one (DIR-1, DIR-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey
from common.db.types import as_dict
from common.operations import MEMBER_CHANGED, MEMBER_CREATED
from directory.actions.families import add_mails, check_not_hidden, register_guardians
from directory.actions.groups import check_fits, check_members_in_scope
from directory.actions.places import check_limit, check_places
from directory.domain.errors import InvalidField, MemberChangedMeanwhile, NoSuch, OutsideScope
from directory.domain.people import (
    FIRST_STATUS,
    MemberDraft,
    MemberPatch,
    change_tenure,
    changed_columns,
    check_birth_date,
    check_kana,
    check_mails,
    check_management_number,
    check_note,
    check_text,
    search_key,
    version_of,
)
from directory.domain.scope import Actor
from directory.domain.tenure import tenure_before
from directory.domain.tree import Tree
from directory.domain.words import WITHIN_LIMIT, GroupKind, MemberKind, MembershipKind
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import members as store
from directory.store import numbers as number_store
from directory.store.models import Member

# What only one pupil can have, or what lets two meet in it.
PLACE_COLUMNS = frozenset({"class_id", "number", "management_number", "status"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What a change of the roster is held to.

    The contract's limit of people, asked before the transaction (None: none), and the moment;
    `sees_protected`: whether who asks may see protected families.
    """

    limit: int | None
    now: datetime
    sees_protected: bool = False

    @property
    def today(self) -> date:
        """Return the date in Japan."""
        return clock.to_jst(self.now).date()


def create_member(
    session: Session, actor: Actor, draft: MemberDraft, terms: Terms, key: SchoolKey
) -> UUID:
    """Register a person with class, groups and guardians, and return the id; all or nothing.

    A pupil without a 管理番号 is given one. Whose status begins later is until then what comes
    before it: 入学予定 before 在籍.
    """
    status = draft.status or FIRST_STATUS[draft.kind]
    since = draft.status_since or terms.today
    before = tenure_before(status, terms.today)
    tenure = change_tenure(draft.kind, before, status, since, terms.today)
    name = check_text("display_name", draft.display_name)
    kana = check_kana(draft.kana)
    formal = check_text("formal_name", draft.formal_name) if draft.formal_name else None
    group_store.lock_root(session, actor.school_id)
    check_limit(session, actor.school_id, tenure.status, terms.limit)
    member = Member(
        id=draft.id or uuid4(),
        school_id=actor.school_id,
        kind=draft.kind.value,
        display_name=name,
        formal_name=formal,
        kana=kana,
        search_key=search_key(name, formal, kana),
        number=_number_of(session, actor.school_id, draft),
        management_number=check_management_number(draft.management_number),
        birth_date=check_birth_date(draft.birth_date, terms.today),
        note=check_note(draft.note),
        **tenure.columns(),
        created_at=terms.now,
        deleted_at=None,
    )
    store.add_member(session, member)
    _give_number(session, member, terms)
    seat = {
        "class_id": draft.class_id,
        "group_ids": draft.group_ids,
    }
    _place(session, actor, member, seat)
    check_places(session, member, draft.class_id)
    if draft.kind == MemberKind.PUPIL:
        if not terms.sees_protected:
            check_not_hidden(session, actor.school_id, draft.guardians, key)
        register_guardians(session, member, draft.guardians, key, terms.now)
    else:
        add_mails(session, member, check_mails(draft.mails), key, terms.now)
    record_operation(session, actor, MEMBER_CREATED, ("member", member.id))
    return member.id


def _number_of(session: Session, school_id: UUID, draft: MemberDraft) -> int | None:
    """Return the 出席番号 of a new pupil: as typed, or the next one of the class if so asked."""
    if draft.number is not None or not draft.next_number or draft.class_id is None:
        return draft.number
    last = store.last_numbers(session, school_id)
    return last.get(draft.class_id, 0) + 1


def change_member(
    session: Session,
    actor: Actor,
    member_id: UUID,
    change: MemberPatch,
    terms: Terms,
) -> None:
    """Change a person's names, reading, numbers, status with its date, class, groups.

    Raise MemberChangedMeanwhile where what was on the screen is no longer so.
    """
    wanted = change.wanted
    group_store.lock_root(session, actor.school_id)
    seated = store.hold_member(session, actor.school_id, member_id)
    member = seated.member
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {member_id})
    before = as_dict(member)
    if change.version not in (None, version_of(before, seated.class_id)):
        raise MemberChangedMeanwhile()
    columns = changed_columns(MemberKind(member.kind), before, wanted, terms.today)
    counted_before = member.status in WITHIN_LIMIT
    if "status" in columns and not counted_before:
        check_limit(session, actor.school_id, columns["status"], terms.limit)
    for name, value in columns.items():
        setattr(member, name, value)
    _give_number(session, member, terms)
    is_moved = "class_id" in wanted or "group_ids" in wanted
    if is_moved:
        _place(session, actor, member, wanted)
    takes_a_place = not PLACE_COLUMNS.isdisjoint(wanted)
    if takes_a_place:
        check_places(session, member, wanted.get("class_id", seated.class_id))
    fields = _named(wanted, terms.today)
    record_operation(session, actor, MEMBER_CHANGED, ("member", member_id), fields=fields)


def _named(wanted: Mapping[str, Any], today: date) -> list[str]:
    """Return what the operation log says was changed; a status to come is only planned."""
    since = wanted.get("status_since")
    is_planned = since is not None and since > today
    if not is_planned:
        return sorted(wanted)
    others = wanted.keys() - {"status", "status_since"}
    return sorted([*others, "planned_status"])


def _give_number(session: Session, member: Member, terms: Terms) -> None:
    """Give a pupil a 管理番号 where it has none."""
    if member.kind != MemberKind.PUPIL.value or member.management_number:
        return
    year = clock.fiscal_year(terms.today)
    member.management_number = number_store.take_number(session, member.school_id, year)


def _place(session: Session, actor: Actor, member: Member, wanted: Mapping[str, Any]) -> None:
    """Enrol in `class_id` and join exactly `group_ids`, where these are named.

    Groups outside the actor's scope stay as they are.
    """
    tree = group_store.load_tree(session, actor.school_id)
    class_id = wanted.get("class_id")
    group_ids = set(wanted.get("group_ids") or ())
    targets = set(group_ids)
    if class_id:
        targets.add(class_id)
    _check_targets(actor, tree, member, class_id, targets)
    if "class_id" in wanted:
        _check_leaves(session, actor, tree, member, class_id)
    school_id, ids = actor.school_id, [member.id]
    inside = actor.scope.groups(tree)
    mine = set(tree.nodes) if inside is None else inside
    if "class_id" in wanted and tree.root:
        group_store.leave_class(session, school_id, ids, tree.root.fiscal_year)
    if "group_ids" in wanted:
        group_store.remove_memberships(session, school_id, ids, mine, MembershipKind.JOINED)
    if class_id:
        group_store.remove_memberships(session, school_id, ids, [class_id])
        group_store.add_memberships(
            session, school_id, tree.nodes[class_id], ids, MembershipKind.ENROLLED
        )
    memberships = group_store.list_groups_of(session, school_id, tree, ids)
    taken = {group_id for _, group_id, _ in memberships}
    for group_id in sorted(group_ids - taken):
        group_store.add_memberships(
            session, school_id, tree.nodes[group_id], ids, MembershipKind.JOINED
        )


def _check_leaves(
    session: Session, actor: Actor, tree: Tree, member: Member, class_id: UUID | None
) -> None:
    """Raise NotAllowed where somebody would leave a class outside the actor's scope."""
    now = store.get_member(session, actor.school_id, member.id).class_id
    if now is not None and now != class_id and not actor.scope.holds(tree, {now}):
        raise OutsideScope()


def _check_targets(
    actor: Actor, tree: Tree, member: Member, class_id: UUID | None, targets: set[UUID]
) -> None:
    if not targets <= set(tree.nodes):
        raise NoSuch("group")
    would_be_lost = actor.scope.limit is not None and not targets
    if would_be_lost or not actor.scope.holds(tree, targets):
        raise OutsideScope()
    member_kind = MemberKind(member.kind)
    for group_id in targets:
        group_kind = GroupKind(tree.nodes[group_id].kind)
        how = MembershipKind.ENROLLED if group_id == class_id else MembershipKind.JOINED
        check_fits(member_kind, group_kind, how)
    if class_id is not None and tree.nodes[class_id].is_root:
        raise InvalidField(
            "class_id", "class_missing", "A pupil is enrolled in a class, not in the whole school."
        )
