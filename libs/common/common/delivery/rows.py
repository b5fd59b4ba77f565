"""Queries on a dispatcher's deliveries.

For sets of rows, since one row at a time costs many times as much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, func, select, text, update
from sqlalchemy.orm import Session

from common.db import among, rowcount
from common.db.listen import wake
from common.delivery.answers import Answer
from common.delivery.claims import WAITING_STATES, Claimed, claimed_columns
from common.delivery.outcomes import Reason
from common.delivery.states import Settlement
from common.words import LANES, DeliveryState

# What a provider said of a row stays true after its lease: nobody else knows it.
SAID_BY_PROVIDER = frozenset(
    {DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.DEFERRED}
)
CLAIMED_ONLY = (DeliveryState.CLAIMED.value,)
NOT_FINAL = (*WAITING_STATES, DeliveryState.CLAIMED.value)
# What tells every claimer of a dispatcher that rows wait, now or until their next attempt.
WAITING = "renraku_waiting"


@dataclass(frozen=True, slots=True)
class Tables:
    """A dispatcher's tables and the name of its channel."""

    channel: str
    deliveries: Table
    stopped_messages: Table
    holders: Table


def put_back(session: Session, table: Table, message_id: UUID, batch_id: UUID) -> None:
    """Let a batch wait that this transaction has written as claimed.

    Its rows are found by their message, which has an index.
    """
    values: dict[str, Any] = {
        "state": DeliveryState.REQUESTED.value,
        "attempts": 0,
        "batch_id": None,
        "lease_until": None,
        "holder": None,
    }
    if "batch_size" in table.c:
        values["batch_size"] = None
    session.execute(
        update(table)
        .where(table.c.message_id == message_id, table.c.batch_id == batch_id)
        .values(values)
    )
    wake(session, WAITING)


def give_back(session: Session, table: Table, holder: UUID, these: Any) -> int:
    """Let rows wait again that a process has claimed and not begun to hand over; return how many.

    `these`: a condition. `holder`: a batch that is repeated keeps its id, which may be in another
    process's hands by now.
    """
    statement = update(table).where(
        table.c.state == DeliveryState.CLAIMED.value,
        table.c.holder == holder,
        these,
    )
    values = {
        "state": DeliveryState.REQUESTED.value,
        "attempts": table.c.attempts - 1,
        "lease_until": None,
        "holder": None,
    }
    wake(session, WAITING)
    return rowcount(session.execute(statement.values(values)))


class Overtaken(Exception):
    """Some rows are no longer in the claim they were settled from.

    Their lease ended, or they were erased. Nothing is written.
    """


def move(
    session: Session, table: Table, settlements: Iterable[tuple[Claimed, Settlement]], now: datetime
) -> list[tuple[Settlement, list[Claimed]]]:
    """Write where rows go, one UPDATE for each group of equals.

    Returns the groups, of each the rows that were still ours. What a provider said counts after the
    lease, too, until the row is claimed anew: it is true, and spares a second hand-over.
    """
    return [
        (settlement, _move_ours(session, table, settlement, rows, now))
        for settlement, rows in _equals(settlements)
    ]


def move_all(
    session: Session, table: Table, settlements: Iterable[tuple[Claimed, Settlement]], now: datetime
) -> list[tuple[Settlement, list[Claimed]]]:
    """The same where all rows still are ours, as nearly always.

    Cheaper, for the database need not name them. Raises Overtaken where some are not.
    """
    groups = list(_equals(settlements))
    for settlement, rows in groups:
        statement = _update(table, settlement, rows, now, CLAIMED_ONLY)
        if rowcount(session.execute(statement)) != len(rows):
            raise Overtaken
    return groups


def _move_ours(
    session: Session, table: Table, settlement: Settlement, rows: list[Claimed], now: datetime
) -> list[Claimed]:
    states = NOT_FINAL if settlement.state in SAID_BY_PROVIDER else CLAIMED_ONLY
    statement = _update(table, settlement, rows, now, states).returning(table.c.id)
    moved = set(session.scalars(statement))
    return [row for row in rows if row.id in moved]


def _update(
    table: Table, settlement: Settlement, rows: list[Claimed], now: datetime, states: Sequence[str]
) -> Any:
    batches = {row.batch_id for row in rows}
    these = (
        among(table.c.id, [row.id for row in rows]),
        table.c.batch_id.in_(batches),
        table.c.state.in_(states),
    )
    return update(table).where(*these).values(**_values(table, settlement, now))


def _equals(
    settlements: Iterable[tuple[Claimed, Settlement]],
) -> Iterable[tuple[Settlement, list[Claimed]]]:
    """Group rows by their settlement."""
    groups: dict[Settlement, list[Claimed]] = {}
    # Most rows share one object, which is found by its identity in a fraction of the time that
    # hashing it takes.
    known: dict[int, list[Claimed]] = {}
    for row, settlement in settlements:
        identity = id(settlement)
        rows = known.get(identity)
        if rows is None:
            rows = groups.setdefault(settlement, [])
            known[identity] = rows
        rows.append(row)
    return groups.items()


def _values(table: Table, settlement: Settlement, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": settlement.state.value,
        "code": settlement.code,
        "lease_until": None,
        "holder": None,
    }
    if settlement.reason is not None:
        values["reason"] = settlement.reason.value
    elif settlement.is_final:
        values["reason"] = None
    if settlement.attempts_change:
        values["attempts"] = table.c.attempts + settlement.attempts_change
    if settlement.is_final:
        return {**values, "settled_at": now, "address": None}
    values["next_attempt_at"] = settlement.next_attempt_at
    if settlement.unknowns_change:
        values["unknowns"] = table.c.unknowns + settlement.unknowns_change
    return values


def find_next_attempt(session: Session, table: Table) -> datetime | None:
    """Return when the first of the rows that wait may be tried; None when none waits."""
    moments = session.execute(_next_attempts(table)).one()
    return min((moment for moment in moments if moment is not None), default=None)


@lru_cache
def _next_attempts(table: Table) -> Any:
    """Return the query for the first moment of each lane: a step into the index for each."""
    # Written out, as in the index of what is due: SQLite takes it for nothing else.
    is_waiting = text("state IN ('requested', 'deferred')")
    first = select(func.min(table.c.next_attempt_at)).where(is_waiting)
    return select(*[first.where(table.c.lane == lane).scalar_subquery() for lane in LANES])


def is_any_claimed(session: Session, table: Table) -> bool:
    """Return whether any row is in anybody's hands: on most nights none is."""
    return session.scalar(_any_claimed(table)) is not None


@lru_cache
def _any_claimed(table: Table) -> Any:
    return select(table.c.id).where(text("state = 'claimed'")).limit(1)


def find_claimed(session: Session, table: Table, condition: Any, limit: int) -> list[Claimed]:
    """Return claimed rows that meet a condition, urgent ones first, locked.

    Passes over what another transaction holds.
    """
    # Alphabetically from behind, "urgent" comes before "normal".
    urgent_first = table.c.lane.desc()
    query = (
        select(*claimed_columns(table))
        .where(
            table.c.state == DeliveryState.CLAIMED.value,
            condition,
        )
        .order_by(urgent_first, table.c.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Claimed._make(row) for row in session.execute(query)]


def all_waiting(table: Table, condition: Any) -> Any:
    """Return which rows wait and meet a condition, for `finish`."""
    return and_(table.c.state.in_(WAITING_STATES), condition)


def some_waiting(table: Table, condition: Any, limit: int) -> Any:
    """The same of at most `limit` rows, passing over what another transaction holds."""
    some = (
        select(table.c.id)
        .where(all_waiting(table, condition))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("some")
    )
    return table.c.id == some.c.id


def finish(
    session: Session, table: Table, state: DeliveryState, these: Any, now: datetime
) -> list[Answer]:
    """End waiting rows without a further try (given up, cancelled), and return them.

    `these`: which, by `all_waiting` or `some_waiting`.
    """
    reason = _reason_to_finish(table, state)
    statement = (
        update(table)
        .where(these)
        .values(
            state=state.value,
            reason=reason,
            settled_at=now,
            address=None,
            lease_until=None,
        )
        .returning(*answer_columns(table))
    )
    return [Answer(*row) for row in session.execute(statement)]


def _reason_to_finish(table: Table, state: DeliveryState) -> Any:
    """Return the reason of rows that end without a further try.

    What was given up keeps the last thing that the provider said.
    """
    if state is DeliveryState.CANCELLED:
        return Reason.CANCELLED.value
    return func.coalesce(table.c.reason, Reason.GIVEN_UP.value)


def answer_columns(table: Table) -> tuple[Any, ...]:
    """Return the columns that an answer about a settled row is made of."""
    return tuple(table.c[name] for name in Answer._fields)


def rows_of(
    session: Session, table: Table, message_id: UUID, contact_point_ids: Sequence[UUID]
) -> list[tuple[UUID, Answer]]:
    """Return a message's rows to these contact points.

    They are locked in a fixed order, so that two pages can't deadlock.
    """
    query = (
        select(table.c.id, *answer_columns(table))
        .where(table.c.message_id == message_id, table.c.contact_point_id.in_(contact_point_ids))
        .order_by(table.c.id)
        .with_for_update()
    )
    return [(row[0], Answer(*row[1:])) for row in session.execute(query)]


def unclaimed(
    session: Session, table: Table, lane: str, at_most: int, resting: Collection[UUID] = ()
) -> int:
    """Return how many rows of a lane wait, counting no further than `at_most`.

    Those of messages that rest are not counted.
    """
    some = select(table.c.id).where(
        table.c.state == DeliveryState.REQUESTED.value, table.c.lane == lane
    )
    if resting:
        some = some.where(table.c.message_id.not_in(resting))
    return session.scalar(select(func.count()).select_from(some.limit(at_most).subquery())) or 0
