"""The draft of the next school year: who goes where, and what the office decides (DIR-10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.operations import (
    YEAR_CLASS_ADDED,
    YEAR_CLASS_NUMBERED,
    YEAR_CLASS_REMOVED,
    YEAR_DROPPED,
    YEAR_PLACE_DECIDED,
    YEAR_PLANNED,
)
from directory.domain.errors import InvalidField, NoSuch, YearRefused
from directory.domain.people import MAX_LABEL_GRAPHEMES, check_text
from directory.domain.roster.cells import MAX_NUMBER
from directory.domain.scope import Actor
from directory.domain.tree import MAX_DEPTH, Tree
from directory.domain.words import GroupKind
from directory.domain.year_change.ladder import Ladder, missing_grades
from directory.domain.year_change.plan import Decided, Line, YearOutcome, YearPlan, plan_year
from directory.domain.year_change.seats import find_clashes, number_by_reading
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import years as store
from directory.store.models import Group, YearChange

UNDOABLE = timedelta(days=14)
# What the page shows of a school that plans nothing.
NO_CHANGE: dict[str, Any] = {
    "state": "none",
    "starts_at": None,
    "refused": None,
    "applied_at": None,
    "undo_until": None,
    "first_message_at": None,
    "moves": 0,
    "enters": 0,
    "graduates": 0,
    "open": 0,
    "clashes": 0,
    "classes": [],
}


@dataclass(frozen=True, slots=True)
class LinesOfYear:
    """Which lines of a plan to show: of one class, of one outcome, or what is still to be done."""

    group_id: UUID | None = None
    outcome: str | None = None
    having: str | None = None


def create_draft(session: Session, actor: Actor, *, now: datetime) -> None:
    """Plan the next year: its classes are those of now, until lists say otherwise."""
    group_store.lock_root(session, actor.school_id)
    tree = group_store.load_tree(session, actor.school_id)
    root = tree.root
    if root is None:
        raise YearRefused("year_no_classes", "The school has no classes yet.")
    year = root.fiscal_year + 1
    _check_may_plan(session, actor, year, now)
    change = YearChange(
        id=uuid4(),
        school_id=actor.school_id,
        fiscal_year=year,
        created_at=now,
    )
    new_ids = {group_id: uuid4() for group_id in tree.below(root.id)}
    copied = _copy_classes(tree, new_ids, change)
    added = _add_grades(tree, new_ids, change)
    store.add_change(session, change, [*copied, *added])
    record_operation(session, actor, YEAR_PLANNED, ("roster", None), year=year)


def _check_may_plan(session: Session, actor: Actor, year: int, now: datetime) -> None:
    known = store.find_change(session, actor.school_id)
    if known and known.applied_at is None:
        raise YearRefused("year_planned_already", "There is a draft already.")
    if known and undo_ends_at(known, now):
        raise YearRefused("year_undoable_yet", "The last change can still be undone.")
    next_year = clock.fiscal_year(clock.to_jst(now).date()) + 1
    if year > next_year:
        raise YearRefused("year_too_early", "The year after the next one can't be planned yet.")


def undo_ends_at(change: YearChange, now: datetime) -> datetime | None:
    """Return until when a change can be undone; None where it cannot, or not any more."""
    if change.applied_at is None or change.first_message_at is not None:
        return None
    end = change.applied_at + UNDOABLE
    return end if now < end else None


def _copy_classes(tree: Tree, new_ids: Mapping[UUID, UUID], change: YearChange) -> Iterator[Group]:
    """Yield the classes of the next year, each behind the one above it."""
    for group_id, new_id in new_ids.items():
        node = tree.nodes[group_id]
        parent_id = new_ids[node.parent_id] if node.parent_id else None
        yield _plan_class(change, new_id, node.name, parent_id, node.position)


def _add_grades(tree: Tree, new_ids: Mapping[UUID, UUID], change: YearChange) -> Iterator[Group]:
    """Yield the grades that nobody is in this year, and somebody will be in the next."""
    for parent_id, name in missing_grades(Ladder.of(tree)):
        behind_all = len(tree.children[parent_id]) + 1
        yield _plan_class(change, uuid4(), name, new_ids[parent_id], behind_all)


def _plan_class(
    change: YearChange, group_id: UUID, name: str, parent_id: UUID | None, position: int
) -> Group:
    return Group(
        id=group_id,
        school_id=change.school_id,
        kind=GroupKind.CLASS.value,
        name=name,
        parent_id=parent_id,
        position=position,
        fiscal_year=change.fiscal_year,
        planned=True,
    )


def get_draft(session: Session, school_id: UUID) -> YearChange:
    """Return the change that is still to come, held; raise NotFound, Refused once it is applied."""
    group_store.lock_root(session, school_id)
    change = store.get_change(session, school_id)
    if change.applied_at is not None:
        raise YearRefused("year_applied_already", "The year has turned already.")
    return change


def drop_draft(session: Session, actor: Actor) -> None:
    """Throw a draft away, with what was decided in it."""
    change = get_draft(session, actor.school_id)
    after = group_store.load_year(session, actor.school_id, change.fiscal_year)
    store.drop_change(session, change, after)
    record_operation(session, actor, YEAR_DROPPED, ("roster", None), year=change.fiscal_year)


def load_plan(session: Session, change: YearChange) -> YearPlan:
    """Return who goes where, as the roster stands now."""
    school_id = change.school_id
    before = group_store.load_year(session, school_id, change.fiscal_year - 1)
    after = group_store.load_year(session, school_id, change.fiscal_year)
    pupils = store.list_pupils(session, school_id, before)
    decided = store.list_decided(session, change.id)
    return plan_year(before, after, pupils, decided, first_day_of(change))


def first_day_of(change: YearChange) -> date:
    """Return 1 April of the year that a change begins."""
    return date(change.fiscal_year, 4, 1)


def decide_place(session: Session, actor: Actor, member_id: UUID, place: Decided | None) -> None:
    """Decide for one child, or let the rule apply again (None)."""
    change = get_draft(session, actor.school_id)
    plan = load_plan(session, change)
    if member_id not in {line.pupil.id for line in plan.lines}:
        raise NoSuch("member")
    if place is None:
        store.forget_decided(session, change, [member_id])
    else:
        _check_place(plan, place)
        store.set_decided(session, change, {member_id: place})
    record_operation(session, actor, YEAR_PLACE_DECIDED, ("member", member_id))


def _check_place(plan: YearPlan, place: Decided) -> None:
    if place.graduates:
        return
    node = None
    if place.group_id:
        node = plan.after.tree.nodes.get(place.group_id)
    if node is None or node.is_root:
        raise InvalidField(
            "group_id", "year_class_missing", "A pupil needs a class of the next year."
        )
    is_number = place.number is None or 1 <= place.number <= MAX_NUMBER
    if not is_number:
        raise InvalidField(
            "number", "number_out_of_range", "A number is between 1 and 999.", limit=MAX_NUMBER
        )


def renumber(session: Session, actor: Actor, group_id: UUID) -> int:
    """Give the children of a class 1, 2, 3 … in the order of readings; return how many."""
    change = get_draft(session, actor.school_id)
    plan = load_plan(session, change)
    lines = [line for line in plan.lines if line.group_id == group_id]
    if not lines:
        raise NoSuch("group")
    numbers = number_by_reading(lines)
    places = {member_id: Decided(group_id, number) for member_id, number in numbers.items()}
    store.set_decided(session, change, places)
    record_operation(session, actor, YEAR_CLASS_NUMBERED, ("group", group_id), pupils=len(places))
    return len(places)


def add_class(session: Session, actor: Actor, parent_id: UUID, name: str) -> UUID:
    """Add a class to the next year, behind its sisters."""
    change = get_draft(session, actor.school_id)
    tree = group_store.load_year(session, actor.school_id, change.fiscal_year)
    parent = tree.nodes.get(parent_id)
    if parent is None:
        raise NoSuch("group")
    if parent.depth == MAX_DEPTH:
        raise InvalidField("parent_id", "too_deep", "Groups go 4 levels deep.", limit=MAX_DEPTH)
    name = check_text("name", name, MAX_LABEL_GRAPHEMES)
    behind_all = len(tree.children.get(parent_id, ())) + 1
    group = _plan_class(change, uuid4(), name, parent_id, behind_all)
    group_store.add_group(session, group)
    record_operation(session, actor, YEAR_CLASS_ADDED, ("group", group.id))
    return group.id


def remove_class(session: Session, actor: Actor, group_id: UUID) -> None:
    """Take a class without children, and without classes below, out of the next year."""
    change = get_draft(session, actor.school_id)
    plan = load_plan(session, change)
    node = plan.after.tree.nodes.get(group_id)
    if node is None or node.is_root:
        raise NoSuch("group")
    heads = sum(line.group_id == group_id for line in plan.lines)
    if heads or plan.after.has_classes(group_id):
        raise YearRefused("year_class_in_use", "Children, or classes, are in it.", enrolled=heads)
    group_store.drop_group(session, actor.school_id, group_id)
    record_operation(session, actor, YEAR_CLASS_REMOVED, ("group", group_id))


def show_year(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Return the newest change as its page needs it; `state` none where the school has no draft."""
    change = store.find_change(session, actor.school_id)
    tree = group_store.load_tree(session, actor.school_id)
    this_year = tree.fiscal_year(clock.fiscal_year(clock.to_jst(now).date()))
    if change is None or _is_long_done(change, now):
        return {**NO_CHANGE, "fiscal_year": this_year + 1}
    shown = {
        **NO_CHANGE,
        "state": _state_of(change),
        "fiscal_year": change.fiscal_year,
        "starts_at": change.starts_at,
        "refused": change.refused,
        "applied_at": change.applied_at,
        "undo_until": undo_ends_at(change, now),
        "first_message_at": change.first_message_at,
    }
    if change.applied_at is not None:
        return {**shown, **(change.summary or {})}
    return {**shown, **describe_plan(load_plan(session, change))}


def note_year(session: Session, school_id: UUID, *, now: datetime) -> dict[str, Any] | None:
    """Return what the home page says of the next year; None for a school without classes.

    `fiscal_year`: the one that is planned, or would be.
    """
    change = store.find_change(session, school_id)
    if change is not None and change.applied_at is None:
        return {
            "state": _state_of(change),
            "fiscal_year": change.fiscal_year,
            "starts_at": change.starts_at,
            "refused": change.refused,
        }
    year = group_store.find_year(session, school_id)
    if year is None:
        return None
    return {
        "state": "none",
        "fiscal_year": year + 1,
        "starts_at": None,
        "refused": None,
    }


def _is_long_done(change: YearChange, now: datetime) -> bool:
    """Return whether a change lies so far back that the page speaks of the next one."""
    return change.applied_at is not None and now > change.applied_at + 2 * UNDOABLE


def _state_of(change: YearChange) -> str:
    if change.applied_at is not None:
        return "applied"
    return "scheduled" if change.starts_at else "draft"


def describe_plan(plan: YearPlan) -> dict[str, Any]:
    """Return a plan in numbers, and the classes of the next year with theirs."""
    outcomes = Counter(line.outcome for line in plan.lines)
    heads = Counter(line.group_id for line in plan.lines)
    clashes = find_clashes(plan.lines)
    full = {group_id for group_id, _ in clashes}
    classes = []
    for node in plan.after.tree.nodes.values():
        if node.is_root:
            continue
        classes.append(
            {
                "id": node.id,
                "path": node.path,
                "depth": node.depth,
                "heads": heads[node.id],
                "is_open": plan.after.has_classes(node.id),
                "clashes": node.id in full,
            }
        )
    return {
        "moves": outcomes[YearOutcome.MOVES],
        "enters": outcomes[YearOutcome.ENTERS],
        "graduates": outcomes[YearOutcome.GRADUATES],
        "open": sum(line.is_open for line in plan.lines),
        "clashes": sum(len(lines) for lines in clashes.values()),
        "classes": classes,
    }


def list_lines(session: Session, actor: Actor, wanted: LinesOfYear) -> list[dict[str, Any]]:
    """Return what becomes of these children, in the order of next year's lists."""
    change = store.get_change(session, actor.school_id)
    if change.applied_at is not None:
        raise YearRefused("year_applied_already", "The year has turned already.")
    plan = load_plan(session, change)
    clashing = {line.pupil.id for lines in find_clashes(plan.lines).values() for line in lines}
    found = _pick(plan.lines, wanted, clashing)
    return [_describe_line(line, plan, clashing) for line in found]


def _pick(lines: Iterable[Line], wanted: LinesOfYear, clashing: set[UUID]) -> Iterator[Line]:
    for line in lines:
        is_of_class = wanted.group_id in (None, line.group_id)
        is_of_outcome = wanted.outcome in (None, line.outcome)
        is_such = wanted.having is None or _has(line, wanted.having, clashing)
        if is_of_class and is_of_outcome and is_such:
            yield line


def _has(line: Line, what: str, clashing: set[UUID]) -> bool:
    if what == "open":
        return line.is_open
    if what == "clashes":
        return line.pupil.id in clashing
    return line.is_decided


def _describe_line(line: Line, plan: YearPlan, clashing: set[UUID]) -> dict[str, Any]:
    pupil = line.pupil
    return {
        "member_id": pupil.id,
        "display_name": pupil.name,
        "kana": pupil.kana,
        "from_class": plan.before.tree.path(pupil.class_id),
        "from_number": pupil.number,
        "outcome": line.outcome.value,
        "group_id": line.group_id,
        "to_class": plan.after.tree.path(line.group_id),
        "number": line.number,
        "is_decided": line.is_decided,
        "is_open": line.is_open,
        "clashes": pupil.id in clashing,
    }
