"""Load a whole roster into an empty school.

Given row by row (the operator's tools) or as an Excel file (DIR-2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey
from common.words import Channel
from directory.actions.families import seal_address
from directory.actions.members import Terms
from directory.actions.phone_numbers import phone_row
from directory.actions.read_workbook import read_workbook
from directory.domain.errors import import_refused, member_limit, roster_not_empty
from directory.domain.people import search_key
from directory.domain.phone_numbers import put_into_places
from directory.domain.roster_file import RosterPlan, plan_roster
from directory.domain.roster_sheet import CellError
from directory.domain.roster_words import explain_cell, explain_refusal
from directory.domain.rosters import Roster, check_roster
from directory.domain.scope import Actor
from directory.domain.words import ContactState, Language, MemberKind, MembershipKind, MemberStatus
from directory.domain.workbooks import WorkbookRefused
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store.rosters import write_rows


def load_roster(
    session: Session, actor: Actor, roster: Roster, terms: Terms, *, now: datetime
) -> dict[str, int]:
    """Write a whole roster, or nothing, into a school that has neither pupils nor classes.

    Return the counts of rows.
    """
    check_roster(roster)
    _check_room(session, actor.school_id, roster, terms.limit)
    write_rows(session, _sealed(roster, actor.school_id, terms.key, now))
    record_operation(session, actor, "roster.imported", ("roster", None), **roster.counts())
    return roster.counts()


def read_roster(content: bytes, *, today: date) -> Roster:
    """Read an uploaded workbook, outside any transaction.

    Raise Invalid with every cell that needs correction, in words.
    """
    try:
        plan = plan_roster(read_workbook(content))
    except WorkbookRefused as refusal:
        refusal.fields["words"] = explain_refusal(refusal)
        raise
    if not isinstance(plan, RosterPlan):
        errors = [describe_error(error) for error in plan]
        raise import_refused(errors)
    return _roster_of(plan, today)


def describe_error(error: CellError) -> dict[str, Any]:
    """Return an error as it goes over HTTP, with its sentence."""
    return {
        "row": error.row,
        "column": error.column_name,
        "cell": error.cell,
        "code": error.code,
        "params": error.params,
        "words": explain_cell(error),
    }


def import_roster(
    session: Session, actor: Actor, roster: Roster, terms: Terms, *, now: datetime
) -> dict[str, int]:
    """Write what a workbook says, or nothing, and return what the office wants to hear.

    Pupils, families, addresses, classes.
    """
    counts = load_roster(session, actor, roster, terms, now=now)
    return {
        "pupils": counts["members"],
        "guardians": counts["guardians"],
        "contact_points": counts["contact_points"],
        "households": roster.count_households(),
        "classes": len({row["group_id"] for row in roster.memberships}),
    }


def _check_room(session: Session, school_id: UUID, roster: Roster, limit: int | None) -> None:
    group_store.lock_root(session, school_id)
    if not member_store.roster_is_empty(session, school_id):
        raise roster_not_empty()
    if (
        limit is not None
        and member_store.count_within_limit(session, school_id) + roster.count_within_limit()
        > limit
    ):
        raise member_limit(limit)


def _sealed(roster: Roster, school_id: UUID, key: SchoolKey, now: datetime) -> dict[str, Any]:
    """Return rows as the tables take them.

    With the school, search keys, sealed addresses, groups parents first.
    """
    nodes = roster.tree().nodes
    by_id = {group["id"]: group for group in roster.groups}
    owned = replace(
        roster,
        groups=[by_id[group_id] for group_id in nodes],
        members=[member_row(member, now) for member in roster.members],
        memberships=[
            {
                **row,
                "fiscal_year": nodes[row["group_id"]].fiscal_year,
            }
            for row in roster.memberships
        ],
        contact_points=[point_row(point, key, now) for point in roster.contact_points],
        phone_numbers=[phone_row(row, key) for row in roster.phone_numbers],
    )
    rows = {}
    for name in roster.counts():
        table = getattr(owned, name)
        rows[name] = [{**row, "school_id": school_id} for row in table]
    return rows


def member_row(member: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return a member's row with what the table wants besides."""
    folded = search_key(member["display_name"], member["formal_name"], member["kana"])
    return {**member, "search_key": folded, "created_at": now, "deleted_at": None}


def point_row(point: dict[str, Any], key: SchoolKey, now: datetime) -> dict[str, Any]:
    """Return a contact point's row, its address sealed."""
    sealed, index = seal_address(key, point["id"], Channel(point["kind"]), point["address"])
    return {**point, "address": sealed, "address_index": index, "created_at": now}


def _roster_of(plan: RosterPlan, today: date) -> Roster:
    """Turn a file's plan into rows with ids."""
    ids: dict[str, UUID] = {}

    def id_of(key: str) -> UUID:
        return ids.setdefault(key, uuid4())

    return Roster(
        groups=[
            {
                "id": id_of(room.key),
                "kind": "class",
                "name": room.name,
                "parent_id": id_of(room.parent) if room.parent else None,
                "position": room.position,
                "fiscal_year": clock.fiscal_year(today),
            }
            for room in plan.classes
        ],
        members=[
            {
                "id": id_of(pupil.key),
                "kind": MemberKind.PUPIL.value,
                "display_name": pupil.display_name,
                "formal_name": None,
                "kana": pupil.kana,
                "number": pupil.number,
                "management_number": pupil.management_number or None,
                "status": MemberStatus.ENROLLED.value,
                "status_since": today,
            }
            for pupil in plan.pupils
        ],
        memberships=[
            {
                "group_id": id_of(pupil.class_key),
                "member_id": id_of(pupil.key),
                "kind": MembershipKind.ENROLLED.value,
            }
            for pupil in plan.pupils
        ],
        phone_numbers=_phone_rows(plan, id_of),
        **_family_rows(plan, id_of),
    )


def _phone_rows(plan: RosterPlan, id_of: Callable[[str], UUID]) -> list[dict[str, Any]]:
    rows = []
    for pupil_key, given in plan.phones.items():
        phones = put_into_places([], dict(given))
        for position, phone in enumerate(phones, start=1):
            rows.append(
                {
                    "id": uuid4(),
                    "member_id": id_of(pupil_key),
                    "position": position,
                    "label": phone.label,
                    "number": phone.number,
                }
            )
    return rows


def _family_rows(plan: RosterPlan, id_of: Callable[[str], UUID]) -> dict[str, Any]:
    return {
        "guardians": [
            {"id": id_of(g.key), "name": g.name, "language": Language.JA.value}
            for g in plan.guardians
        ],
        "guardianships": [
            {
                "member_id": id_of(link.pupil_key),
                "guardian_id": id_of(link.guardian_key),
                "label": link.label,
                "position": link.position,
                "protected": False,
            }
            for link in plan.guardianships
        ],
        "contact_points": [
            {
                "id": id_of(point.key),
                "guardian_id": id_of(point.guardian_key),
                "member_id": None,
                "kind": point.kind,
                "address": point.address,
                "state": ContactState.ACTIVE.value,
                "health": None,
            }
            for point in plan.contact_points
        ],
    }
