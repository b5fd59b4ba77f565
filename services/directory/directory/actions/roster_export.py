"""The roster as the workbook that an import takes: what is exported and read again changes nothing (DIR-2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from common.crypto import Place, SchoolKey
from directory.actions.phone_numbers import open_number
from directory.domain.phone_numbers import MAX_PHONES
from directory.domain.present_roster import IN_FILE, PresentPupil, PresentRoster
from directory.domain.protection import Protection, Sight
from directory.domain.roster_sheet import COLUMNS, MANAGEMENT_NUMBER, PHONE_COLUMNS, is_special_room, read_grade
from directory.domain.scope import Actor
from directory.domain.words import GroupKind
from directory.events import record_operation
from directory.store.present_roster import load_present

EXPORT_COLUMNS = (*COLUMNS, MANAGEMENT_NUMBER, *(name for pair in PHONE_COLUMNS for name in pair))
Row = tuple[Any, ...]
NO_NUMBERS: Row = ("",) * (2 * MAX_PHONES)


def export_roster(session: Session, actor: Actor, key: SchoolKey, sight: Sight) -> list[Row]:
    """Return the rows of an export, header first, and note in the operation log that the roster left the house.

    One row a mail address, as the import wants it; a child's numbers to call stand on its first. Protected guardians, and numbers,
    stand in it only for who may see them.
    """
    present = load_present(session, actor.school_id)
    hidden = present.protection().hidden_from(sees_protected=sight.protected)
    pupils = [pupil for pupil in present.in_order() if pupil.status in IN_FILE]
    rows: list[Row] = []
    for pupil in pupils:
        may_call = sight.phones and pupil.id not in hidden.children
        numbers = _numbers_of(pupil, present, key) if may_call else NO_NUMBERS
        for index, row in enumerate(_rows_of(pupil, present, key, hidden)):
            rows.append((*row, *(NO_NUMBERS if index else numbers)))
    record_operation(session, actor, "roster.exported", ("roster", None), pupils=len(pupils))
    return [EXPORT_COLUMNS, *rows]


def _numbers_of(pupil: PresentPupil, present: PresentRoster, key: SchoolKey) -> Row:
    phones = present.phones.get(pupil.id, ())[:MAX_PHONES]
    cells = [cell for phone in phones for cell in (open_number(key, phone.id, phone.number), phone.label)]
    return (*cells, *NO_NUMBERS[len(cells) :])


def _rows_of(pupil: PresentPupil, present: PresentRoster, key: SchoolKey, hidden: Protection) -> Iterator[Row]:
    seat = (*_class_of(pupil, present), pupil.number if pupil.number is not None else "", pupil.display_name, pupil.kana)
    number = pupil.management_number or ""
    written = False
    for link in present.links_of(pupil.id):
        if link.guardian_id in hidden.guardians:
            continue
        name = present.guardians[link.guardian_id] or ""
        mails = [key.decrypt(m.address, Place("contact_points", "address", m.id)) for m in present.mails_of(link.guardian_id)]
        for mail in mails or ([""] if name or link.label else []):
            written = True
            yield (*seat, name, link.label, mail, number)
    if not written:
        yield (*seat, "", "", "", number)


def _class_of(pupil: PresentPupil, present: PresentRoster) -> tuple[Any, str]:
    """Return (grade, class): of a class beside the grades the grade is that of the class the child joins, if any."""
    node = present.tree.nodes.get(pupil.class_id) if pupil.class_id else None
    if node is None:
        return "", ""
    if not is_special_room(node.name):
        return _grade_of(present, node.parent_id), node.name
    joined = [present.tree.nodes[group_id] for group_id in pupil.joined if _is_class(present, group_id)]
    grades = [_grade_of(present, room.parent_id) for room in joined]
    return next((grade for grade in grades if grade), ""), node.name


def _is_class(present: PresentRoster, group_id: Any) -> bool:
    node = present.tree.nodes.get(group_id)
    return node is not None and node.kind == GroupKind.CLASS


def _grade_of(present: PresentRoster, group_id: Any) -> Any:
    node = present.tree.nodes.get(group_id)
    return (read_grade(node.name) or "") if node else ""
