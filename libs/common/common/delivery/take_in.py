"""TAKE IN: how one page of a message becomes rows.

A channel answers at once for children it can't reach. `delivery.requested` may come twice, or again
on purpose for children whose answer got lost: rows that exist already are answered for from the
table, never made anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.db.listen import wake
from common.delivery import rows
from common.delivery.answers import Answer, say_settled
from common.delivery.claims import Claimed
from common.delivery.flight import Booking
from common.delivery.outcomes import Reason
from common.delivery.rows import Tables
from common.delivery.states import Policy
from common.ids import new_ids
from common.words import FINAL, DeliveryState

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A contact point as directory gives it: its owner is a guardian, or (staff) the member itself.

    `refused`: why nothing can reach it, known before anything is handed over (LINE: the user has
    blocked the school).
    """

    contact_point_id: UUID
    guardian_id: UUID | None
    owner_member_id: UUID | None
    address: bytes
    route: str
    refused: Reason | None = None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of a message, with what directory found for it on this channel.

    `members`: child → guardians.
    """

    school_id: UUID
    message_id: UUID
    lane: str
    members: Mapping[UUID, Sequence[UUID]]
    points: Sequence[FoundPoint]


@dataclass(frozen=True, slots=True)
class BookedPage:
    """A page on its way in, and the room that is booked for its rows."""

    page: DeliveryPage
    booking: Booking


@dataclass(frozen=True, slots=True)
class _TakenIn:
    """A page's rows, to be inserted unless they are there; `points`: all their contact points.

    Some end at once, each for its reason; some are claimed from the first; the others wait.
    """

    points: list[UUID]
    ended: dict[Reason, list[Row]] = field(default_factory=lambda: defaultdict(list))
    claimed: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)

    @property
    def ended_points(self) -> list[UUID]:
        return [row["contact_point_id"] for some in self.ended.values() for row in some]


def take_in(
    session: Session, tables: Tables, booked: BookedPage, policy: Policy, now: datetime
) -> int:
    """Make the page's rows and answer for what needs no sending; return how many rows are new.

    Rows for which room is booked are claimed from the first and go aboard; the others wait to be
    claimed.
    """
    table = tables.deliveries
    page, booking = booked.page, booked.booking
    members_of, nothing = _cover(page)
    is_stopped = _is_stopped(session, tables.stopped_messages, page.message_id)
    made = _make_rows(page, members_of, booking, is_stopped=is_stopped)
    shared = _shared(page, policy, now)
    claim = {**shared, **_claim(booking, now)}
    new = _take_aboard(session, table, made.claimed, claim, booking)
    waiting = insert_new(session, table, made.waiting, shared)
    if waiting:
        wake(session, rows.WAITING)
    new += waiting
    for reason, some in made.ended.items():
        ended = {**shared, **_end(reason, now)}
        new += insert_new(session, table, some, ended)
    were_some_there = new < len(made.points)
    to_answer = made.points if were_some_there else made.ended_points
    answered = _answer_known(session, tables, page, to_answer, members_of)
    message = (page.school_id, page.message_id, page.lane)
    say_settled(session, tables.channel, answered, {message: nothing})
    return new


def _is_stopped(session: Session, stopped: Table, message_id: UUID) -> bool:
    found = session.scalar(select(stopped.c.message_id).where(stopped.c.message_id == message_id))
    return found is not None


def _make_rows(
    page: DeliveryPage,
    members_of: Mapping[UUID, dict[str, int]],
    booking: Booking,
    *,
    is_stopped: bool,
) -> _TakenIn:
    """Make a row for each contact point that serves a child of the page."""
    found = {
        point.contact_point_id: point
        for point in page.points
        if point.contact_point_id in members_of
    }
    made = _TakenIn(sorted(found, key=attrgetter("int")))
    ids = new_ids(len(made.points))
    for point_id, row_id in zip(made.points, ids, strict=True):
        point = found[point_id]
        reason = Reason.CANCELLED if is_stopped else point.refused
        address = None if reason else point.address
        row = _row(row_id, point, members_of[point_id], address)
        if reason:
            made.ended[reason].append(row)
        elif point.route in booking.routes:
            made.claimed.append(row)
        else:
            made.waiting.append(row)
    return made


def _take_aboard(
    session: Session, table: Table, claimed: list[Row], claim: Row, booking: Booking
) -> int:
    """Insert rows as claimed, return how many are new.

    `claim`: the columns in which they are equal. A batch of which some were there already waits to
    be claimed instead.
    """
    new = 0
    for batch_id, some in booking.batches(claimed):
        of_batch = {
            **claim,
            "batch_id": batch_id,
        }
        if booking.batch_size:
            of_batch["batch_size"] = len(some)
        inserted = insert_new(session, table, some, of_batch)
        if inserted == len(some):
            booking.aboard += [_claimed({**of_batch, **row}) for row in some]
        elif inserted:
            rows.put_back(session, table, claim["message_id"], batch_id)
        new += inserted
    return new


def _claim(booking: Booking, now: datetime) -> Row:
    """Return the columns of rows for which room is booked."""
    return {
        "state": DeliveryState.CLAIMED.value,
        "attempts": 1,
        "lease_until": now + booking.lease,
        "holder": booking.holder,
    }


def _claimed(row: Mapping[str, Any]) -> Claimed:
    return Claimed(*[row[name] for name in Claimed._fields])


def _cover(page: DeliveryPage) -> tuple[dict[UUID, dict[str, int]], list[UUID]]:
    """Return contact point → the children it serves; and the children without any.

    With each child stands how many contact points it has here.
    """
    by_owner: dict[UUID, list[UUID]] = defaultdict(list)
    for point in page.points:
        owner = point.guardian_id or point.owner_member_id
        if owner:
            by_owner[owner].append(point.contact_point_id)
    members_of: dict[UUID, dict[str, int]] = defaultdict(dict)
    nothing = []
    for member, guardians in page.members.items():
        owners = guardians or (member,)
        points: list[UUID] = []
        for owner in owners:
            points += by_owner.get(owner, ())
        for point_id in points:
            members_of[point_id][str(member)] = len(points)
        if not points:
            nothing.append(member)
    return members_of, nothing


def _row(row_id: UUID, point: FoundPoint, members: dict[str, int], address: bytes | None) -> Row:
    return {
        "id": row_id,
        "contact_point_id": point.contact_point_id,
        "guardian_id": point.guardian_id,
        "members": members,
        "address": address,
        "route": point.route,
    }


def _shared(page: DeliveryPage, policy: Policy, now: datetime) -> Row:
    """Return the columns in which the rows of a page are equal."""
    return {
        "school_id": page.school_id,
        "message_id": page.message_id,
        "lane": page.lane,
        "state": DeliveryState.REQUESTED.value,
        "attempts": 0,
        "unknowns": 0,
        "requested_at": now,
        "next_attempt_at": now,
        "give_up_at": policy.give_up_at(page.lane, now),
    }


def _end(reason: Reason, now: datetime) -> Row:
    """Return the columns of rows that end before anything is handed over."""
    state = DeliveryState.CANCELLED if reason is Reason.CANCELLED else DeliveryState.REFUSED
    return {"state": state.value, "reason": reason.value, "settled_at": now}


def _answer_known(
    session: Session,
    tables: Tables,
    page: DeliveryPage,
    points: Sequence[UUID],
    members_of: Mapping[UUID, dict[str, int]],
) -> list[Answer]:
    """Note children that the known rows of these contact points serve too.

    Returns the rows that are final already, to be answered for (again).
    """
    if not points:
        return []
    table = tables.deliveries
    answered = []
    known = rows.rows_of(session, table, page.message_id, sorted(points))
    for row_id, answer in known:
        together = {**answer.members, **members_of[answer.contact_point_id]}
        if together != answer.members:
            this_row = update(table).where(table.c.id == row_id)
            session.execute(this_row.values(members=together))
        if DeliveryState(answer.state) in FINAL:
            answered.append(answer._replace(members=together))
    return answered


def rows_of_notice(page: DeliveryPage, policy: Policy, now: datetime) -> list[Row]:
    """Return the rows of a notice, one for each point, to be inserted unless they are there.

    They wait to be claimed, serve nobody of the roster, and keep no address: whoever hands them
    over asks for it.
    """
    shared = _shared(page, policy, now)
    ids = new_ids(len(page.points))
    return [
        {**shared, **_row(row_id, point, {}, None)}
        for row_id, point in zip(ids, page.points, strict=True)
    ]


def stop_message(
    session: Session, tables: Tables, message_id: UUID, school_id: UUID, now: datetime
) -> int:
    """Cancel what is not yet handed over, and remember it for pages still to come.

    Returns how many were cancelled.
    """
    stop = {"message_id": message_id, "school_id": school_id, "stopped_at": now}
    insert_new(session, tables.stopped_messages, [stop])
    table = tables.deliveries
    of_message = rows.all_waiting(table, table.c.message_id == message_id)
    cancelled = rows.finish(session, table, DeliveryState.CANCELLED, of_message, now)
    say_settled(session, tables.channel, cancelled)
    return len(cancelled)
