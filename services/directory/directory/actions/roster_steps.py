"""Compare a roster file with the roster in the database, and write what it changes (DIR-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey
from common.words import Channel
from directory.actions.families import index_of, seal_address
from directory.actions.phone_numbers import open_number, phone_row
from directory.domain.protection import Sight
from directory.domain.roster.compare import Comparison, Needs, compare_roster
from directory.domain.roster.plan import RosterPlan
from directory.domain.roster.present import PresentRoster
from directory.domain.roster.pupil import search_key_of
from directory.domain.roster.steps import (
    MemberChange,
    NewContactPoint,
    NewMember,
    NewMembership,
    PointRevival,
    Steps,
    row_of,
)
from directory.domain.tree import Tree
from directory.domain.words import ContactState, MemberStatus
from directory.store import imports as store
from directory.store import members as member_store

Row = dict[str, Any]


def compare(
    plan: RosterPlan, present: PresentRoster, key: SchoolKey, sight: Sight, today: date
) -> Comparison:
    """Return how the roster differs from a file that was understood."""
    terms = Needs(
        index_of=lambda address: index_of(key, Channel.MAIL, address),
        new_id=uuid4,
        today=today,
        fiscal_year=_fiscal_year(present.tree, today),
        open_number=lambda phone: open_number(key, phone.id, phone.number),
        sight=sight,
    )
    return compare_roster(plan, present, terms)


def count_over(session: Session, school_id: UUID, steps: Steps, limit: int | None) -> int:
    """Return by how many people the contract's limit would be passed."""
    more = steps.count_more()
    if limit is None or not more:
        return 0
    heads = member_store.count_within_limit(session, school_id) + more
    return max(0, heads - limit)


def write_steps(session: Session, key: SchoolKey, steps: Steps, tree: Tree, now: datetime) -> None:
    """Write all of it; `tree`: the groups that are there already."""
    years = {node.id: node.fiscal_year for node in tree.nodes.values()}
    years |= {group.id: group.fiscal_year for group in steps.groups}
    added = {
        "groups": _rows_of(steps.groups),
        "members": [_new_member(step, now) for step in steps.members],
        "guardians": _rows_of(steps.guardians),
        "guardianships": _rows_of(steps.guardianships),
        "memberships": [_membership(step, years) for step in steps.memberships],
        "contact_points": [_contact_point(step, key, now) for step in steps.contact_points],
        "phone_numbers": [phone_row(row_of(step), key) for step in steps.phone_numbers],
    }
    owned = {}
    for name, rows in added.items():
        owned[name] = [{**row, "school_id": key.school_id} for row in rows]
    changed = {
        "members": [_member_change(step) for step in steps.member_changes],
        "guardians": _rows_of(steps.guardian_changes),
        "guardianships": _rows_of(steps.label_changes),
        "contact_points": [_revival(step) for step in steps.point_revivals],
    }
    store.write_steps(session, key.school_id, owned, changed)


def member_row(member: Row, now: datetime) -> Row:
    """Return a member's row with what the table wants besides."""
    return {**member, "search_key": search_key_of(member), "created_at": now, "deleted_at": None}


def point_row(point: Row, key: SchoolKey, now: datetime) -> Row:
    """Return a contact point's row, its address sealed."""
    sealed, index = seal_address(key, point["id"], Channel(point["kind"]), point["address"])
    return {**point, "address": sealed, "address_index": index, "created_at": now}


def _rows_of(steps: Iterable[Any]) -> list[Row]:
    return [row_of(step) for step in steps]


def _new_member(step: NewMember, now: datetime) -> Row:
    row = row_of(step)
    values = row.pop("values")
    return member_row({**row, **values}, now)


def _membership(step: NewMembership, years: dict[UUID, int]) -> Row:
    return {**row_of(step), "fiscal_year": years[step.group_id]}


def _contact_point(step: NewContactPoint, key: SchoolKey, now: datetime) -> Row:
    point = {**row_of(step), "member_id": None, "health": None}
    return point_row(point, key, now)


def _member_change(step: MemberChange) -> Row:
    columns: Row = {"id": step.id, "search_key": step.search_key, **step.values}
    if step.enrolled_since is not None:
        columns["status"] = MemberStatus.ENROLLED.value
        columns["status_since"] = step.enrolled_since
    return columns


def _revival(step: PointRevival) -> Row:
    state = ContactState.ACTIVE.value
    return {"id": step.id, "state": state, "health": None, "proved_at": None}


def _fiscal_year(tree: Tree, today: date) -> int:
    root = next((node for node in tree.nodes.values() if node.is_root), None)
    return root.fiscal_year if root else clock.fiscal_year(today)
