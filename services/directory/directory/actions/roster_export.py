"""The roster as the workbook that an import takes (DIR-2).

What is exported and read again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.operations import ROSTER_EXPORTED
from directory.actions.phone_numbers import open_number
from directory.actions.roster_steps import open_mail
from directory.domain.protection import Protection, Sight
from directory.domain.roster.cells import STATUS_WORDS, Unreadable, is_special_room, read_grade
from directory.domain.roster.columns import (
    COLUMNS,
    GRADE,
    GROUPS,
    GUARDIANS,
    GUARDIANS_BESIDE,
    HEADINGS,
    KANA,
    MANAGEMENT_NUMBER,
    NAME,
    NUMBER,
    PHONES,
    PUPIL_COLUMNS,
    ROOM,
    SINCE,
    STATUS,
)
from directory.domain.roster.present import PresentPupil, PresentRoster
from directory.domain.scope import Actor
from directory.domain.words import GroupKind
from directory.events import record_operation
from directory.store.present_roster import load_present

Row = tuple[Any, ...]
# What stands in a row, by field; a field that is absent is an empty cell.
Cells = dict[str, Any]
_SAME_CHILD = tuple(each.field for each in (MANAGEMENT_NUMBER, NAME, KANA, GRADE, ROOM, NUMBER))


def export_roster(session: Session, actor: Actor, key: SchoolKey, sight: Sight) -> list[Row]:
    """Return the rows of an export, header first; the operation log notes that it left the house.

    A child's first row has two guardians with an address each and the numbers to call; what is more
    stands on rows below, as the import wants it. Protected guardians, and numbers, stand in it only
    for who may see them.
    """
    present = load_present(session, actor.school_id)
    protection = present.protection()
    hidden = protection.hidden_from(sees_protected=sight.protected)
    pupils = [pupil for pupil in present.in_order() if pupil.is_compared]
    rows: list[Row] = []
    for pupil in pupils:
        child = _cells_of(pupil, present)
        may_call = sight.phones and pupil.id not in hidden.children
        numbers = _numbers_of(pupil, present, key) if may_call else {}
        for guardians in _guardians_of(pupil, present, key, hidden) or [{}]:
            rows.append(_in_order({**child, **guardians, **numbers}))
            # Behind the first row only what tells that it is the same child.
            child = {field: child[field] for field in _SAME_CHILD}
            numbers = {}
    record_operation(
        session,
        actor,
        ROSTER_EXPORTED,
        ("roster", None),
        pupils=len(pupils),
    )
    return [HEADINGS, *rows]


def _in_order(cells: Cells) -> Row:
    return tuple(cells.get(column.field, "") for column in COLUMNS)


def _numbers_of(pupil: PresentPupil, present: PresentRoster, key: SchoolKey) -> Cells:
    phones = present.phones.get(pupil.id, ())
    cells: Cells = {}
    for phone, columns in zip(phones, PHONES, strict=False):
        cells[columns.number.field] = open_number(key, phone.id, phone.number)
        cells[columns.label.field] = phone.label
    return cells


def _guardians_of(
    pupil: PresentPupil, present: PresentRoster, key: SchoolKey, hidden: Protection
) -> list[Cells]:
    """Return a child's guardians by rows, two beside each other, an address each."""
    columns = []
    for link in present.links_of(pupil.id):
        guardian_id = link.guardian_id
        if guardian_id in hidden.guardians:
            continue
        name = present.guardians[guardian_id] or ""
        mails = [open_mail(key, mail) for mail in present.mails_of(guardian_id)]
        if mails or name or link.label:
            below = [(name, link.label, mail) for mail in mails or [""]]
            columns.append(below)
    rows: list[Cells] = []
    for first in range(0, len(columns), GUARDIANS_BESIDE):
        pair = columns[first : first + GUARDIANS_BESIDE]
        rows += [_beside(beside) for beside in zip_longest(*pair)]
    return rows


def _beside(guardians: Iterable[tuple[str, str, str] | None]) -> Cells:
    cells: Cells = {}
    for columns, guardian in zip(GUARDIANS, guardians, strict=False):
        if guardian is not None:
            name, label, mail = guardian
            cells[columns.name.field] = name
            cells[columns.label.field] = label
            cells[columns.mail.field] = mail
    return cells


def _cells_of(pupil: PresentPupil, present: PresentRoster) -> Cells:
    """Return what stands of a child itself."""
    grade, room = _class_of(pupil, present)
    since = pupil.tenure.status_since.isoformat()
    groups = "、".join(_free_groups_of(pupil, present))
    cells: Cells = {
        GRADE.field: grade,
        ROOM.field: room,
        STATUS.field: STATUS_WORDS[pupil.tenure.status],
        SINCE.field: since,
        GROUPS.field: groups,
    }
    for column in PUPIL_COLUMNS:
        value = pupil.values[column.field]
        cells[column.field] = "" if value is None else value
    return cells


def _free_groups_of(pupil: PresentPupil, present: PresentRoster) -> Iterator[str]:
    for group_id in pupil.joined:
        node = present.tree.nodes.get(group_id)
        if node is not None and node.kind == GroupKind.FREE:
            yield node.name


def _class_of(pupil: PresentPupil, present: PresentRoster) -> tuple[str, str]:
    """Return (grade, class); a child may sit in the grade itself, where it has one class only.

    Of a class beside the grades the grade is that of the class the child joins, if any.
    """
    node = present.tree.nodes.get(pupil.class_id) if pupil.class_id else None
    if node is None or node.is_root:
        return "", ""
    if _grade_name(node.name):
        return node.name, ""
    if not is_special_room(node.name):
        return _grade_of(present, node.parent_id), node.name
    for group_id in pupil.joined:
        if _is_class(present, group_id):
            grade = _grade_of(present, present.tree.nodes[group_id].parent_id)
            if grade:
                return grade, node.name
    return "", node.name


def _is_class(present: PresentRoster, group_id: Any) -> bool:
    node = present.tree.nodes.get(group_id)
    return node is not None and node.kind == GroupKind.CLASS


def _grade_of(present: PresentRoster, group_id: UUID | None) -> str:
    node = present.tree.nodes.get(group_id) if group_id else None
    return _grade_name(node.name) if node else ""


def _grade_name(name: str) -> str:
    """Return a name if it is a grade's, else nothing."""
    try:
        return read_grade(name)
    except Unreadable:
        return ""
