"""The next year's class lists, as an office has them in a file (DIR-10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from directory.domain.roster.columns import GRADE, NAME, STATUS
from directory.domain.roster.match import match_by_name
from directory.domain.roster.places import find_classes
from directory.domain.roster.plan import FileReading, PlannedPupil, RosterPlan
from directory.domain.roster.present import PresentPupil, PresentRoster
from directory.domain.roster.remarks import Remark
from directory.domain.roster.steps import NewGroup
from directory.domain.tree import Tree
from directory.domain.words import MemberStatus
from directory.domain.year_change.plan import Decided

HEADINGS = ("管理番号", "氏名", "フリガナ", "いまの学級", "いまの番号", "学年", "組", "出席番号")
# A list says who goes where; who leaves or pauses does so in the roster itself.
STATUSES_OF_LISTS = ("", MemberStatus.ENROLLED, MemberStatus.PROSPECTIVE, MemberStatus.GRADUATED)


@dataclass
class ClassLists:
    """What lists say: each child's place, the classes that are not there yet; or all errors."""

    places: dict[UUID, Decided] = field(default_factory=dict)
    classes: list[NewGroup] = field(default_factory=list)
    errors: list[Remark] = field(default_factory=list)


def read_lists(
    reading: FileReading,
    present: PresentRoster,
    after: Tree,
    fiscal_year: int,
    new_id: Callable[[], UUID],
) -> ClassLists:
    """Find the children of a file in the roster, and their classes in the next year.

    Whose 組 is empty in a grade that has some is not decided yet, and goes by the rule.
    """
    lists = ClassLists(errors=[*reading.errors, *_unanswered(reading)])
    if reading.plan is None or lists.errors:
        return lists
    class_ids, lists.classes = find_classes(reading.plan, after, fiscal_year, new_id)
    found = _find(reading.plan, present, lists)
    parents = {room.parent for room in reading.plan.classes}
    grades = {node.parent_id for node in after.nodes.values()}
    for pupil in reading.plan.pupils:
        child = found.get(pupil.key)
        has_rooms = pupil.class_key in parents or class_ids.get(pupil.class_key) in grades
        says_nothing_yet = has_rooms and pupil.status != MemberStatus.GRADUATED
        if child is not None and not says_nothing_yet:
            _place(lists, pupil, child, class_ids)
    return lists


def _unanswered(reading: FileReading) -> list[Remark]:
    """Return hidden and struck rows as errors: whether they count, only the office knows."""
    remarks = []
    for question in reading.questions:
        is_hidden = question.kind == "hidden_rows"
        code = "list_hidden_rows" if is_hidden else "list_struck_rows"
        remarks.append(Remark(question.spot, code, question.params))
    return remarks


def _find(
    plan: RosterPlan, present: PresentRoster, lists: ClassLists
) -> Mapping[str, PresentPupil]:
    there = [pupil for pupil in present.pupils if pupil.is_compared]
    match = match_by_name(plan.pupils, there)
    ambiguous = {pupil.key for pupil in match.ambiguous}
    for pupil in plan.pupils:
        if pupil.key in match.pairs:
            continue
        code = "list_pupil_ambiguous" if pupil.key in ambiguous else "list_pupil_unknown"
        lists.errors.append(Remark(pupil.spot(NAME), code, {"name": pupil.display_name}))
    return match.pairs


def _place(
    lists: ClassLists, pupil: PlannedPupil, child: PresentPupil, class_ids: Mapping[str, UUID]
) -> None:
    if pupil.status not in STATUSES_OF_LISTS:
        lists.errors.append(Remark(pupil.spot(STATUS), "list_status"))
    elif pupil.status == MemberStatus.GRADUATED:
        lists.places[child.id] = Decided(None, None, graduates=True)
    elif not pupil.class_key:
        lists.errors.append(Remark(pupil.spot(GRADE), "list_class_missing"))
    else:
        lists.places[child.id] = Decided(class_ids[pupil.class_key], pupil.number)
