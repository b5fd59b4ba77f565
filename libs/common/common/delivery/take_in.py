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
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from common.db.dialect import insert_new
from common.delivery import rows
from common.delivery.answers import Answer, say_settled
from common.delivery.outcomes import Reason
from common.delivery.rows import Tables
from common.delivery.states import FINAL, DeliveryState, Policy


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


def take_in(session: Session, tables: Tables, page: Page, policy: Policy, now: datetime) -> int:
    """Make the page's rows and answer for what needs no sending; return how many rows are new."""
    of_point, of_member = _cover(page)
    nothing = [member for member in page.members if member not in of_member]
    stopped = session.scalar(
        select(tables.stopped_messages.c.message_id).where(tables.stopped_messages.c.message_id == page.message_id)
    )
    wanted = {
        point.contact_point_id: _row(
            page, point, {str(m): len(of_member[m]) for m in of_point[point.contact_point_id]}, policy, now
        )
        for point in page.points
        if point.contact_point_id in of_point
    }
    if stopped:
        for row in wanted.values():
            row |= _final(DeliveryState.CANCELLED, Reason.CANCELLED, now)
    table = tables.deliveries
    in_order = [wanted[key] for key in sorted(wanted, key=attrgetter("int"))]
    new = {row[0] for row in insert_new(session, table, in_order, table.c.contact_point_id)}
    known = [key for key, row in wanted.items() if row["settled_at"] or key not in new]
    answered = _answer_known(session, tables, page, {key: wanted[key]["members"] for key in known})
    say_settled(session, tables.channel, answered, {(page.school_id, page.message_id, page.lane): nothing})
    return len(new)


def _cover(page: Page) -> tuple[dict[UUID, list[UUID]], dict[UUID, list[UUID]]]:
    """Return contact point → children it serves, and child → its contact points on this channel."""
    by_guardian: dict[UUID, list[UUID]] = defaultdict(list)
    for point in page.points:
        if owner := point.guardian_id or point.owner_member_id:
            by_guardian[owner].append(point.contact_point_id)
    of_point: dict[UUID, list[UUID]] = defaultdict(list)
    of_member: dict[UUID, list[UUID]] = defaultdict(list)
    for member, guardians in page.members.items():
        for owner in guardians or (member,):
            for contact_point in by_guardian.get(owner, ()):
                of_point[contact_point].append(member)
                of_member[member].append(contact_point)
    return of_point, of_member


def _final(state: DeliveryState, reason: Reason, now: datetime) -> dict[str, Any]:
    return {"state": state.value, "reason": reason.value, "settled_at": now, "address": None}


def _row(page: Page, point: FoundPoint, members: dict[str, int], policy: Policy, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "school_id": page.school_id,
        "message_id": page.message_id,
        "contact_point_id": point.contact_point_id,
        "guardian_id": point.guardian_id,
        "members": members,
        "address": point.address,
        "route": point.route,
        "lane": page.lane,
        "state": DeliveryState.REQUESTED.value,
        "reason": None,
        "attempts": 0,
        "unknowns": 0,
        "requested_at": now,
        "next_attempt_at": now,
        "give_up_at": policy.give_up_at(page.lane, now),
        "settled_at": None,
        **(_final(DeliveryState.REFUSED, point.refused, now) if point.refused else {}),
    }


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
