"""Load a whole roster into an empty school.

Given row by row (the operator's tools) or as an Excel file (DIR-2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.errors import Invalid
from common.operations import ROSTER_LOADED
from directory.actions.members import Terms
from directory.actions.phone_numbers import phone_row
from directory.actions.read_workbook import read_sheets
from directory.actions.roster_steps import (
    Eye,
    compare,
    count_over,
    member_row,
    point_row,
    write_steps,
)
from directory.domain.errors import CellsRefused, MemberLimitReached, RosterNotEmpty
from directory.domain.protection import Sight
from directory.domain.roster.plan import RosterPlan, read_roster
from directory.domain.roster.remarks import Remark
from directory.domain.roster.rows import Roster, check_roster
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store.present_roster import load_present
from directory.store.rosters import write_rows

# Of a roster without children nothing is hidden from whoever fills it.
SEES_ALL = Sight(protected=True, phones=True)


def load_roster(
    session: Session, actor: Actor, roster: Roster, terms: Terms, key: SchoolKey
) -> dict[str, int]:
    """Write a whole roster, or nothing, into a school that has neither pupils nor classes.

    Return the counts of rows.
    """
    check_roster(roster)
    _check_empty(session, actor.school_id)
    _check_limit(session, actor.school_id, roster, terms.limit)
    write_rows(session, _sealed(roster, actor.school_id, key, terms.now))
    record_operation(session, actor, ROSTER_LOADED, ("roster", None), **roster.counts())
    return roster.counts()


def read_file(content: bytes) -> RosterPlan:
    """Read an uploaded workbook, outside any transaction.

    Raise WorkbookRefused, or Invalid with every cell that needs correction. Nobody is there to
    decide: rows that are hidden or struck out are left.
    """
    sheets = read_sheets(content)
    reading = read_roster(sheets)
    if reading.questions:
        careful = {question.key: question.choices[0] for question in reading.questions}
        reading = read_roster(sheets, careful)
    if reading.plan is None:
        raise _refused(reading.errors)
    return reading.plan


def _refused(errors: Iterable[Remark]) -> Invalid:
    return CellsRefused([error.as_json() for error in errors])


def import_roster(
    session: Session, actor: Actor, plan: RosterPlan, terms: Terms, key: SchoolKey
) -> dict[str, int]:
    """Write what a workbook says into a school that has neither pupils nor classes, or nothing.

    Return what the office wants to hear: pupils, families, addresses, classes.
    """
    school_id = actor.school_id
    _check_empty(session, school_id)
    present = load_present(session, school_id)
    comparison = compare(plan, present, Eye(key, SEES_ALL, terms.today))
    if comparison.errors:
        raise _refused(comparison.errors)
    steps = comparison.steps
    if terms.limit is not None and count_over(session, school_id, steps, terms.limit):
        raise MemberLimitReached(terms.limit)
    write_steps(session, key, steps, present.tree, terms.now)
    record_operation(
        session,
        actor,
        ROSTER_LOADED,
        ("roster", None),
        **steps.count_added(),
    )
    return {
        "pupils": len(steps.members),
        "guardians": len(steps.guardians),
        "contact_points": len(steps.contact_points),
        "households": steps.count_households(),
        "classes": len({step.group_id for step in steps.memberships}),
    }


def _check_empty(session: Session, school_id: UUID) -> None:
    group_store.lock_root(session, school_id)
    if not member_store.roster_is_empty(session, school_id):
        raise RosterNotEmpty()


def _check_limit(session: Session, school_id: UUID, roster: Roster, limit: int | None) -> None:
    if limit is None:
        return
    heads = member_store.count_within_limit(session, school_id) + roster.count_within_limit()
    if heads > limit:
        raise MemberLimitReached(limit)


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
