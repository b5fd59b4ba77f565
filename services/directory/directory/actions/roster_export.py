"""The roster as the workbook that an import takes (DIR-2).

What is exported and read again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.operations import ROSTER_EXPORTED
from directory.actions.phone_numbers import open_number
from directory.domain.protection import Protection, Sight
from directory.domain.roster.cells import Unreadable, is_special_room, read_grade
from directory.domain.roster.columns import (
    COLUMNS,
    GRADE,
    GUARDIAN,
    HEADINGS,
    LABEL,
    MAIL,
    PHONES,
    PUPIL_COLUMNS,
    ROOM,
)
from directory.domain.roster.present import IN_FILE, PresentPupil, PresentRoster
from directory.domain.scope import Actor
from directory.domain.words import GroupKind
from directory.events import record_operation
from directory.store.present_roster import load_present

Row = tuple[Any, ...]
# What stands in a row, by field; a field that is absent is an empty cell.
Cells = dict[str, Any]


def export_roster(session: Session, actor: Actor, key: SchoolKey, sight: Sight) -> list[Row]:
    """Return the rows of an export, header first; the operation log notes that it left the house.

    One row a mail address, as the import wants it; a child's numbers to call stand on its first.
    Protected guardians, and numbers, stand in it only for who may see them.
    """
    present = load_present(session, actor.school_id)
    protection = present.protection()
    hidden = protection.hidden_from(sees_protected=sight.protected)
    pupils = [pupil for pupil in present.in_order() if pupil.status in IN_FILE]
    rows: list[Row] = []
    for pupil in pupils:
        may_call = sight.phones and pupil.id not in hidden.children
        numbers: Cells = {}
        if may_call:
            numbers = _numbers_of(pupil, present, key)
        for cells in _rows_of(pupil, present, key, hidden):
            line = {**cells, **numbers}
            rows.append(_in_order(line))
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
    for phone, (number_column, label_column) in zip(phones, PHONES, strict=False):
        cells[number_column.field] = open_number(key, phone.id, phone.number)
        cells[label_column.field] = phone.label
    return cells


def _rows_of(
    pupil: PresentPupil, present: PresentRoster, key: SchoolKey, hidden: Protection
) -> Iterator[Cells]:
    child = _cells_of(pupil, present)
    is_written = False
    for link in present.links_of(pupil.id):
        guardian_id = link.guardian_id
        if guardian_id in hidden.guardians:
            continue
        name = present.guardians[guardian_id] or ""
        mails = _mails_of(guardian_id, present, key)
        if not mails and (name or link.label):
            mails = [""]
        for mail in mails:
            is_written = True
            guardian = {
                GUARDIAN.field: name,
                LABEL.field: link.label,
                MAIL.field: mail,
            }
            yield {**child, **guardian}
    if not is_written:
        yield child


def _cells_of(pupil: PresentPupil, present: PresentRoster) -> Cells:
    """Return what stands on each row of a child."""
    grade, room = _class_of(pupil, present)
    cells: Cells = {GRADE.field: grade, ROOM.field: room}
    for column in PUPIL_COLUMNS:
        value = pupil.values[column.field]
        cells[column.field] = "" if value is None else value
    return cells


def _mails_of(guardian_id: UUID, present: PresentRoster, key: SchoolKey) -> list[str]:
    mails = []
    for mail in present.mails_of(guardian_id):
        place = SealedPlace("contact_points", "address", mail.id)
        mails.append(key.decrypt(mail.address, place))
    return mails


def _class_of(pupil: PresentPupil, present: PresentRoster) -> tuple[Any, str]:
    """Return (grade, class).

    Of a class beside the grades the grade is that of the class the child joins, if any.
    """
    node = present.tree.nodes.get(pupil.class_id) if pupil.class_id else None
    if node is None:
        return "", ""
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


def _grade_of(present: PresentRoster, group_id: Any) -> Any:
    node = present.tree.nodes.get(group_id)
    if node is None:
        return ""
    try:
        return read_grade(node.name)
    except Unreadable:
        return ""
