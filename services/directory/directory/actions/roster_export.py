"""The roster as the workbook that an import takes (DIR-2).

What is exported and read again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import Place, SchoolKey
from directory.actions.phone_numbers import open_number
from directory.domain.phone_numbers import MAX_PHONES
from directory.domain.present_roster import IN_FILE, PresentPupil, PresentRoster
from directory.domain.protection import Protection, Sight
from directory.domain.roster_sheet import (
    COLUMNS,
    MANAGEMENT_NUMBER,
    PHONE_COLUMNS,
    is_special_room,
    read_grade,
)
from directory.domain.scope import Actor
from directory.domain.words import GroupKind
from directory.events import record_operation
from directory.store.present_roster import load_present

EXPORT_COLUMNS = (*COLUMNS, MANAGEMENT_NUMBER, *(name for pair in PHONE_COLUMNS for name in pair))
Row = tuple[Any, ...]
NO_NUMBERS: Row = ("",) * (2 * MAX_PHONES)


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
        numbers = _numbers_of(pupil, present, key) if may_call else NO_NUMBERS
        for row in _rows_of(pupil, present, key, hidden):
            rows.append(row + numbers)
            numbers = NO_NUMBERS
    record_operation(session, actor, "roster.exported", ("roster", None), pupils=len(pupils))
    return [EXPORT_COLUMNS, *rows]


def _numbers_of(pupil: PresentPupil, present: PresentRoster, key: SchoolKey) -> Row:
    phones = present.phones.get(pupil.id, ())[:MAX_PHONES]
    cells: list[str] = []
    for phone in phones:
        cells += [open_number(key, phone.id, phone.number), phone.label]
    return (*cells, *NO_NUMBERS[len(cells) :])


def _rows_of(
    pupil: PresentPupil, present: PresentRoster, key: SchoolKey, hidden: Protection
) -> Iterator[Row]:
    grade, room = _class_of(pupil, present)
    place = pupil.number if pupil.number is not None else ""
    seat = (
        grade,
        room,
        place,
        pupil.display_name,
        pupil.kana,
    )
    number = pupil.management_number or ""
    written = False
    for link in present.links_of(pupil.id):
        guardian_id = link.guardian_id
        if guardian_id in hidden.guardians:
            continue
        name = present.guardians[guardian_id] or ""
        mails = _mails_of(guardian_id, present, key)
        if not mails and (name or link.label):
            mails = [""]
        for mail in mails:
            written = True
            yield (*seat, name, link.label, mail, number)
    if not written:
        yield (*seat, "", "", "", number)


def _mails_of(guardian_id: UUID, present: PresentRoster, key: SchoolKey) -> list[str]:
    mails = []
    for mail in present.mails_of(guardian_id):
        place = Place("contact_points", "address", mail.id)
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
    return read_grade(node.name) or ""
