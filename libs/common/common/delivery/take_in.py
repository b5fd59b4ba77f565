"""TAKE IN: how one page of a message becomes rows, and how a channel answers for children it can't reach.

`delivery.requested` may come twice, or again on purpose for children whose answer got lost: rows that exist already are answered
for from the table, never made anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.delivery import rows
from common.delivery.answers import Answer, say_settled
from common.delivery.claims import Claimed
from common.delivery.flight import NO_ROOM, Booking
from common.delivery.outcomes import Reason
from common.delivery.rows import Tables
from common.delivery.states import FINAL, DeliveryState, Policy
from common.ids import new_ids


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A contact point as directory gives it: its owner is a guardian, or (staff) the member itself.

    `refused`: why nothing can reach it, known before anything is handed over (LINE: the user has blocked the school).
    """

    contact_point_id: UUID
    guardian_id: UUID | None
    owner_member_id: UUID | None
    address: bytes
    route: str
    refused: Reason | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a message, with what directory found for it on this channel."""

    school_id: UUID
    message_id: UUID
    lane: str
    members: Mapping[UUID, Sequence[UUID]]  # child → guardians
    points: Sequence[FoundPoint]


def take_in(session: Session, tables: Tables, page: Page, policy: Policy, now: datetime, booking: Booking = NO_ROOM) -> int:
    """Make the page's rows and answer for what needs no sending; return how many rows are new.

    Rows for which room is booked are claimed from the first and go aboard; the others wait to be claimed.
    """
    members_of, nothing = _cover(page)
    stopped = session.scalar(
        select(tables.stopped_messages.c.message_id).where(tables.stopped_messages.c.message_id == page.message_id)
    )
    found = {point.contact_point_id: point for point in page.points if point.contact_point_id in members_of}
    in_order = sorted(found, key=attrgetter("int"))
    ended: dict[Reason, list[dict[str, Any]]] = defaultdict(list)
    claimed: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for point_id, row_id in zip(in_order, new_ids(len(in_order)), strict=True):
        point = found[point_id]
        reason = Reason.CANCELLED if stopped else point.refused
        row = _row(row_id, point, members_of[point_id], None if reason else point.address)
        if reason:
            ended[reason].append(row)
        elif point.route in booking.routes:
            claimed.append(row)
        else:
            waiting.append(row)
    shared = _shared(page, policy, now)
    new = _take_aboard(session, tables.deliveries, claimed, shared, booking, now)
    new += insert_new(session, tables.deliveries, waiting, shared)
    new += sum(insert_new(session, tables.deliveries, some, {**shared, **_end(reason, now)}) for reason, some in ended.items())
    known = in_order if new < len(in_order) else [row["contact_point_id"] for some in ended.values() for row in some]
    answered = _answer_known(session, tables, page, {point_id: members_of[point_id] for point_id in known})
    say_settled(session, tables.channel, answered, {(page.school_id, page.message_id, page.lane): nothing})
    return new


def _take_aboard(
    session: Session, table: Table, claimed: list[dict[str, Any]], shared: dict[str, Any], booking: Booking, now: datetime
) -> int:
    """Insert rows as claimed, return how many are new. A batch of which some were there already waits to be claimed instead."""
    new = 0
    for batch_id, some in booking.batches(claimed):
        claim = {**shared, "state": DeliveryState.CLAIMED.value, "attempts": 1, "batch_id": batch_id}
        claim["lease_until"] = now + booking.lease
        claim["holder"] = booking.holder
        if booking.batch_size:
            claim["batch_size"] = len(some)
        inserted = insert_new(session, table, some, claim)
        if inserted == len(some):
            booking.aboard += [_claimed({**claim, **row}) for row in some]
        elif inserted:
            rows.put_back(session, table, shared["message_id"], batch_id)
        new += inserted
    return new


def _claimed(row: Mapping[str, Any]) -> Claimed:
    return Claimed(*[row[name] for name in Claimed._fields])


def _cover(page: Page) -> tuple[dict[UUID, dict[str, int]], list[UUID]]:
    """Return contact point → the children it serves, each with how many contact points it has here; and children without any."""
    by_owner: dict[UUID, list[UUID]] = defaultdict(list)
    for point in page.points:
        if owner := point.guardian_id or point.owner_member_id:
            by_owner[owner].append(point.contact_point_id)
    members_of: dict[UUID, dict[str, int]] = defaultdict(dict)
    nothing = []
    for member, guardians in page.members.items():
        points = [point_id for owner in guardians or (member,) for point_id in by_owner.get(owner, ())]
        for point_id in points:
            members_of[point_id][str(member)] = len(points)
        if not points:
            nothing.append(member)
    return members_of, nothing


def _row(row_id: UUID, point: FoundPoint, members: dict[str, int], address: bytes | None) -> dict[str, Any]:
    return {
        "id": row_id,
        "contact_point_id": point.contact_point_id,
        "guardian_id": point.guardian_id,
        "members": members,
        "address": address,
        "route": point.route,
    }


def _shared(page: Page, policy: Policy, now: datetime) -> dict[str, Any]:
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


def _end(reason: Reason, now: datetime) -> dict[str, Any]:
    """Return the columns of rows that end before anything is handed over."""
    state = DeliveryState.CANCELLED if reason is Reason.CANCELLED else DeliveryState.REFUSED
    return {"state": state.value, "reason": reason.value, "settled_at": now}


def _answer_known(session: Session, tables: Tables, page: Page, members_of: Mapping[UUID, dict[str, int]]) -> list[Answer]:
    """Note children that a known row serves too; return the rows that are final already, to be answered for (again)."""
    if not members_of:
        return []
    table = tables.deliveries
    answered = []
    for row_id, answer in rows.rows_of(session, table, page.message_id, sorted(members_of)):
        together = {**answer.members, **members_of[answer.contact_point_id]}
        if together != answer.members:
            session.execute(update(table).where(table.c.id == row_id).values(members=together))
        if DeliveryState(answer.state) in FINAL:
            answered.append(answer._replace(members=together))
    return answered


def stop_message(session: Session, tables: Tables, message_id: UUID, school_id: UUID, now: datetime) -> int:
    """Cancel what is not yet handed over, and remember it for pages still to come; return how many were cancelled."""
    insert_new(session, tables.stopped_messages, [{"message_id": message_id, "school_id": school_id, "stopped_at": now}])
    table = tables.deliveries
    cancelled = rows.finish_waiting(session, table, DeliveryState.CANCELLED, table.c.message_id == message_id, now)
    say_settled(session, tables.channel, cancelled)
    return len(cancelled)
