"""Compare a roster file with the roster in the database, and write what it changes (DIR-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey, SealedPlace
from common.words import Channel
from directory.actions.families import index_of, seal_address
from directory.actions.phone_numbers import open_number, phone_row
from directory.domain.protection import Sight
from directory.domain.roster.columns import BIRTH_DATE
from directory.domain.roster.compare import compare_roster
from directory.domain.roster.comparison import Comparison, Needs
from directory.domain.roster.plan import RosterPlan
from directory.domain.roster.present import PresentMail, PresentRoster
from directory.domain.roster.pupil import Values, search_key_of
from directory.domain.roster.remarks import Decisions
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
from directory.domain.words import ContactState
from directory.events import put_contact_point_ended
from directory.store import imports as store
from directory.store import members as member_store

Row = dict[str, Any]


@dataclass(frozen=True)
class Eye:
    """Who compares: the key that opens what is sealed, what they may see, and the day."""

    key: SchoolKey
    sight: Sight
    today: date


def compare(
    plan: RosterPlan, present: PresentRoster, eye: Eye, decisions: Decisions | None = None
) -> Comparison:
    """Return how the roster differs from a file that was understood."""

    def index_of_mail(address: str) -> bytes:
        return index_of(eye.key, Channel.MAIL, address)

    this_year = clock.fiscal_year(eye.today)
    fiscal_year = present.tree.fiscal_year(this_year)
    needs = Needs(
        index_of=index_of_mail,
        new_id=uuid4,
        today=eye.today,
        fiscal_year=fiscal_year,
        open_number=lambda phone: open_number(eye.key, phone.id, phone.number),
        open_mail=lambda mail: open_mail(eye.key, mail),
        sight=eye.sight,
        decisions=decisions or {},
    )
    return compare_roster(plan, present, needs)


def open_mail(key: SchoolKey, mail: PresentMail) -> str:
    """Return an address of the roster in the clear."""
    return key.decrypt(mail.address, SealedPlace("contact_points", "address", mail.id))


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
    deleted = [{"id": step.id, "deleted_at": now} for step in steps.member_deletions]
    changed = {
        "members": [*(_member_change(step) for step in steps.member_changes), *deleted],
        "guardians": _rows_of(steps.guardian_changes),
        "guardianships": _rows_of(steps.label_changes),
        "contact_points": [
            *(_revival(step) for step in steps.point_revivals),
            *({"id": step.id, "state": ContactState.ENDED.value} for step in steps.point_ends),
        ],
    }
    left = [(step.group_id, step.member_id) for step in steps.membership_ends]
    store.write_steps(session, key.school_id, owned, changed, left)
    for step in steps.point_ends:
        put_contact_point_ended(session, key.school_id, step.id)


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
    return member_row({**row, **_columns(values)}, now)


def _columns(values: Values) -> Row:
    """Return a child's values as the table takes them: a day as a day."""
    columns: Row = dict(values)
    day = columns.get(BIRTH_DATE.field)
    if day is not None:
        columns[BIRTH_DATE.field] = date.fromisoformat(str(day))
    return columns


def _membership(step: NewMembership, years: dict[UUID, int]) -> Row:
    return {**row_of(step), "fiscal_year": years[step.group_id]}


def _contact_point(step: NewContactPoint, key: SchoolKey, now: datetime) -> Row:
    point = {**row_of(step), "health": None}
    return point_row(point, key, now)


def _member_change(step: MemberChange) -> Row:
    columns: Row = {"id": step.id, "search_key": step.search_key, **_columns(step.values)}
    if step.status is not None:
        columns |= {
            "status": step.status,
            "status_since": step.status_since,
            "planned_status": step.planned_status,
            "planned_since": step.planned_since,
        }
    if step.is_restored:
        columns["deleted_at"] = None
    return columns


def _revival(step: PointRevival) -> Row:
    state = ContactState.ACTIVE.value
    return {"id": step.id, "state": state, "health": None, "proved_at": None}
