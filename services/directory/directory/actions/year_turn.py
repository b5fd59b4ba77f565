"""The year turns: at once, at a chosen moment, as a rehearsal; and it turns back (DIR-10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common.errors import ServiceError
from common.operations import (
    YEAR_SCHEDULE_DROPPED,
    YEAR_SCHEDULED,
    YEAR_TURNED,
    YEAR_UNDONE,
)
from common.schemas import Envelope
from directory import events
from directory.actions.members import Terms
from directory.actions.year_plans import (
    UNDOABLE,
    describe_plan,
    get_draft,
    load_plan,
    undo_ends_at,
)
from directory.domain.errors import InvalidField, MemberLimitReached, YearRefused
from directory.domain.scope import Actor
from directory.domain.words import MembershipKind, MemberStatus
from directory.domain.year_change.plan import Line, YearOutcome, YearPlan
from directory.domain.year_change.seats import clear_clashes, find_clashes
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store import years as store
from directory.store.models import Member, YearChange, YearPlace

log = structlog.get_logger()

# The columns of a child that the turn of the year writes over.
TURNED = ("number", "status", "status_since", "planned_status", "planned_since")
LEAVING = (MemberStatus.TRANSFERRED.value, MemberStatus.GRADUATED.value)
Row = dict[str, Any]


def schedule_turn(session: Session, actor: Actor, starts_at: datetime, terms: Terms) -> None:
    """Choose the moment at which the year turns by itself."""
    change = get_draft(session, actor.school_id)
    if starts_at <= terms.now:
        raise InvalidField("starts_at", "in_the_past", "The moment is over already.")
    _check_ready(load_plan(session, change))
    change.starts_at, change.starts_by = starts_at, actor.id
    change.refused = None
    record_operation(
        session,
        actor,
        YEAR_SCHEDULED,
        ("roster", None),
        year=change.fiscal_year,
        starts_at=starts_at.isoformat(),
    )


def drop_schedule(session: Session, actor: Actor) -> None:
    """Let the year not turn by itself; the draft stays."""
    change = get_draft(session, actor.school_id)
    if change.starts_at is None:
        return
    change.starts_at, change.starts_by, change.refused = None, None, None
    year = change.fiscal_year
    record_operation(session, actor, YEAR_SCHEDULE_DROPPED, ("roster", None), year=year)


def turn_now(session: Session, actor: Actor, terms: Terms) -> dict[str, Any]:
    """Turn the year at once; raise Refused while two children have one seat."""
    change = get_draft(session, actor.school_id)
    _check_ready(load_plan(session, change))
    return _turn(session, actor, change, terms)


def rehearse(session: Session, actor: Actor, terms: Terms) -> dict[str, Any]:
    """Turn the year as it will be turned, say what came of it, and take all of it back."""
    change = get_draft(session, actor.school_id)
    _check_ready(load_plan(session, change))
    with session.begin_nested() as savepoint:
        turned = _turn(session, actor, change, terms)
        tree = group_store.load_tree(session, actor.school_id)
        heads = group_store.count_heads(session, actor.school_id, tree)
        savepoint.rollback()
    classes = [
        {"path": node.path, "depth": node.depth, "heads": heads[node.id]}
        for node in tree.nodes.values()
    ]
    return {**turned, "classes": classes}


def _check_ready(plan: YearPlan) -> None:
    clashes = find_clashes(plan.lines)
    if clashes:
        heads = sum(len(lines) for lines in clashes.values())
        raise YearRefused("year_clashes", "Some children have one seat.", count=heads)


def tell_due_years(session: Session, *, now: datetime) -> None:
    """Have each school turn its year whose moment has come.

    A job: the worker asks for the contract's limit first, outside of every transaction.
    """
    for school_id in store.list_due(session, now):
        events.put_year_due(session, school_id)


def turn_due_year(session: Session, event: Envelope, limit: int | None, *, now: datetime) -> None:
    """Turn a school's year whose moment has come (`year.due`).

    What is refused is kept with the draft, for its page and the home page to say.
    """
    assert event.school_id is not None
    group_store.lock_root(session, event.school_id)
    change = store.find_change(session, event.school_id)
    is_due = change is not None and change.starts_at is not None and change.starts_at <= now
    if change is None or not is_due or change.applied_at is not None:
        return
    by_itself = Actor(event.school_id, "system", None)
    try:
        with session.begin_nested():
            _turn(session, by_itself, change, Terms(limit, now))
    except ServiceError as refused:
        change.refused = refused.code
        log.warning("year.refused", code=refused.code)


def _turn(session: Session, actor: Actor, change: YearChange, terms: Terms) -> dict[str, Any]:
    """Write the new year; return what it did, in numbers."""
    plan = load_plan(session, change)
    lines = clear_clashes(plan.lines)
    ids = [line.pupil.id for line in lines]
    members = store.hold_members(session, change.school_id, ids)
    places = []
    for line in lines:
        member = members[line.pupil.id]
        places.append(_place_of(line, member))
        _write(line, member, change.fiscal_year, terms.today)
    session.flush()
    _check_limit(session, change.school_id, terms.limit)
    store.replace_places(session, change, places)
    store.set_planned(session, change.school_id, change.fiscal_year, planned=False)
    store.enrol(session, change.school_id, change.fiscal_year, _memberships(lines))
    counts = describe_plan(plan)
    summary = {name: counts[name] for name in ("moves", "enters", "graduates", "open")}
    change.applied_at = terms.now
    change.summary = summary
    details = {"year": change.fiscal_year, **summary}
    record_operation(session, actor, YEAR_TURNED, ("roster", None), **details)
    return summary


def _check_limit(session: Session, school_id: UUID, limit: int | None) -> None:
    if limit is not None and member_store.count_within_limit(session, school_id) > limit:
        raise MemberLimitReached(limit)


def _place_of(line: Line, member: Member) -> Row:
    before = {name: _as_json(getattr(member, name)) for name in TURNED}
    return {
        "member_id": member.id,
        "group_id": line.group_id,
        "number": line.number,
        "graduates": line.outcome == YearOutcome.GRADUATES,
        "decided": line.is_decided,
        "before": before,
    }


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write(line: Line, member: Member, fiscal_year: int, today: date) -> None:
    """Let a child be what it is in the new year; a status of a later day keeps its day."""
    first_day = date(fiscal_year, 4, 1)
    if line.outcome == YearOutcome.GRADUATES:
        leaves_by_itself = member.planned_status in LEAVING
        if not leaves_by_itself:
            last_day = first_day - timedelta(days=1)
            _begin(member, MemberStatus.GRADUATED, min(today, last_day))
        return
    member.number = line.number
    comes_later = member.planned_since is not None and member.planned_since > max(today, first_day)
    if member.status == MemberStatus.PROSPECTIVE and not comes_later:
        _begin(member, MemberStatus.ENROLLED, min(today, first_day))


def _begin(member: Member, status: MemberStatus, since: date) -> None:
    member.status, member.status_since = status.value, since
    member.planned_status, member.planned_since = None, None


def _memberships(lines: list[Line]) -> list[Row]:
    rows = []
    for line in lines:
        if line.group_id is not None:
            rows.append(_membership(line, line.group_id, MembershipKind.ENROLLED))
        rows += [_membership(line, each, MembershipKind.JOINED) for each in line.joined]
    return rows


def _membership(line: Line, group_id: UUID, kind: MembershipKind) -> Row:
    return {"group_id": group_id, "member_id": line.pupil.id, "kind": kind.value}


def turn_back(session: Session, actor: Actor, terms: Terms) -> None:
    """Undo the turn of the year; the draft is there again, with the classes as they are now.

    Raise Refused after 14 days, and once a message went to a new class.
    """
    group_store.lock_root(session, actor.school_id)
    change = store.get_change(session, actor.school_id)
    if change.applied_at is None:
        raise YearRefused("year_not_applied", "The year has not turned yet.")
    if change.first_message_at is not None:
        raise YearRefused("year_message_sent", "A message went to a new class.")
    if undo_ends_at(change, terms.now) is None:
        raise YearRefused("year_undo_over", "The year has turned more than 14 days ago.")
    after = group_store.load_year(session, actor.school_id, change.fiscal_year)
    places = store.list_places(session, change.id)
    members = store.hold_members(session, actor.school_id, [place.member_id for place in places])
    present = {pupil.id: pupil for pupil in store.list_pupils(session, actor.school_id, after)}
    seats = {member_id: (pupil.class_id, pupil.number) for member_id, pupil in present.items()}
    kept = [row for row in _kept_places(places, seats) if row["group_id"] in (None, *after.nodes)]
    for place in places:
        _restore(place, members[place.member_id])
    session.flush()
    _check_limit(session, actor.school_id, terms.limit)
    store.leave_year(session, actor.school_id, after)
    store.drop_deleted(session, actor.school_id, change.fiscal_year)
    store.set_planned(session, actor.school_id, change.fiscal_year, planned=True)
    store.replace_places(session, change, kept)
    change.applied_at, change.summary = None, None
    change.starts_at, change.starts_by = None, None
    year = change.fiscal_year
    record_operation(session, actor, YEAR_UNDONE, ("roster", None), year=year)


Seats = Mapping[UUID, tuple[UUID | None, int | None]]


def _kept_places(places: list[YearPlace], seats: Seats) -> list[Row]:
    """Return what was decided, before the year turned or since: another class, somebody new."""
    kept = []
    unmoved = set()
    for place in places:
        if _has_moved(place, seats):
            continue
        unmoved.add(place.member_id)
        if place.decided:
            kept.append(_kept(place))
    for member_id, (group_id, number) in seats.items():
        is_elsewhere = member_id not in unmoved
        if is_elsewhere and group_id is not None:
            seat_of_now = _decided_row(member_id, group_id, number, graduates=False)
            kept.append(seat_of_now)
    return kept


def _has_moved(place: YearPlace, seats: Seats) -> bool:
    """Return whether a child has another seat than the one to which the year turned it."""
    seat = seats.get(place.member_id)
    return seat is not None and seat != (place.group_id, place.number)


def _kept(place: YearPlace) -> Row:
    return _decided_row(place.member_id, place.group_id, place.number, graduates=place.graduates)


def _decided_row(
    member_id: UUID, group_id: UUID | None, number: int | None, *, graduates: bool
) -> Row:
    return {
        "member_id": member_id,
        "group_id": group_id,
        "number": number,
        "graduates": graduates,
        "decided": True,
        "before": None,
    }


def _restore(place: YearPlace, member: Member) -> None:
    """Let a child be what it was; a status that was changed by hand since then stays."""
    before = place.before
    if before is None:
        return
    member.number = before["number"]
    is_entered = member.status == MemberStatus.ENROLLED
    is_as_turned = member.status == MemberStatus.GRADUATED if place.graduates else is_entered
    if not is_as_turned or before["status"] == member.status:
        return
    member.status = before["status"]
    member.status_since = date.fromisoformat(before["status_since"])
    member.planned_status = before["planned_status"]
    since = before["planned_since"]
    member.planned_since = date.fromisoformat(since) if since else None


def note_message(
    session: Session, school_id: UUID, audience: Mapping[str, Any], *, now: datetime
) -> None:
    """Note that a message went to these groups: once it is a new class nothing can be undone.

    Holds the classes, so that no undo passes between the look and the note.
    """
    group_store.lock_root(session, school_id)
    change = store.find_change(session, school_id)
    if change is None or undo_ends_at(change, now) is None:
        return
    group_ids = [UUID(each) for each in audience.get("group_ids", ())]
    if store.count_new_classes(session, school_id, change.fiscal_year, group_ids):
        change.first_message_at = now


def forget_turned_years(session: Session, *, now: datetime) -> None:
    """Erase what children were before the year turned, once nothing can be undone any more."""
    gone = store.forget_places(session, now - UNDOABLE)
    if gone:
        log.info("year_places.erased", count=gone)
