"""The next year's class lists as a file: given out as the draft stands, read back (DIR-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from common.operations import YEAR_LISTS_EXPORTED, YEAR_LISTS_READ
from directory.actions.year_plans import get_draft, load_plan
from directory.domain.errors import CellsRefused
from directory.domain.roster.plan import read_roster
from directory.domain.roster.steps import NewGroup
from directory.domain.scope import Actor
from directory.domain.workbooks import Sheet
from directory.domain.year_change.lists import HEADINGS, read_lists
from directory.domain.year_change.plan import Line, YearOutcome, YearPlan
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import years as store
from directory.store.models import Group
from directory.store.present_roster import load_present

Row = Sequence[Any]


def take_lists(session: Session, actor: Actor, sheets: Sequence[Sheet]) -> dict[str, Any]:
    """Keep what class lists decide; children of whom they say nothing stay as planned.

    Raise Invalid with every cell to correct; then nothing is kept.
    """
    change = get_draft(session, actor.school_id)
    after = group_store.load_year(session, actor.school_id, change.fiscal_year)
    present = load_present(session, actor.school_id)
    reading = read_roster(sheets, needs_rooms=False)
    lists = read_lists(reading, present, after, change.fiscal_year, uuid4)
    if lists.errors:
        raise CellsRefused([error.as_json() for error in lists.errors])
    for new_class in lists.classes:
        group_store.add_group(session, _planned(new_class, actor))
    store.set_decided(session, change, lists.places)
    counts = {"pupils": len(lists.places), "classes": len(lists.classes)}
    year = change.fiscal_year
    record_operation(session, actor, YEAR_LISTS_READ, ("roster", None), year=year, **counts)
    unused = [each.text for each in reading.unused if each.kind == "column"]
    return {**counts, "sheets": list(reading.sheets), "unused": unused}


def _planned(new_class: NewGroup, actor: Actor) -> Group:
    return Group(
        id=new_class.id,
        school_id=actor.school_id,
        kind=new_class.kind,
        name=new_class.name,
        parent_id=new_class.parent_id,
        position=new_class.position,
        fiscal_year=new_class.fiscal_year,
        planned=True,
    )


def export_lists(session: Session, actor: Actor) -> list[Row]:
    """Return the draft as rows of a file, header first, to be changed and read back."""
    change = get_draft(session, actor.school_id)
    plan = load_plan(session, change)
    present = load_present(session, actor.school_id)
    numbers = {pupil.id: pupil.management_number or "" for pupil in present.pupils}
    rows = []
    for line in plan.lines:
        if line.outcome != YearOutcome.GRADUATES:
            rows.append([numbers[line.pupil.id], *_cells_of(line, plan)])
    record_operation(session, actor, YEAR_LISTS_EXPORTED, ("roster", None), pupils=len(rows))
    return [HEADINGS, *rows]


def _cells_of(line: Line, plan: YearPlan) -> list[Any]:
    pupil = line.pupil
    now = plan.before.tree.path(pupil.class_id) or ""
    seat_now = "" if pupil.number is None else pupil.number
    grade, room = _name_class(line, plan)
    seat = "" if line.number is None else line.number
    return [pupil.name, pupil.kana, now, seat_now, grade, room, seat]


def _name_class(line: Line, plan: YearPlan) -> tuple[str, str]:
    """Return a child's grade and class; a class beside the grades has no grade."""
    if line.group_id is None:
        return "", ""
    tree = plan.after.tree
    grades = set(plan.after.grades.values())
    if line.group_id in grades:
        return tree.nodes[line.group_id].name, ""
    above = [each for each in tree.above(line.group_id) if each in grades]
    grade = tree.nodes[above[0]].name if above else ""
    return grade, tree.nodes[line.group_id].name
