"""CLAIM: due rows become one process's own, in one statement.

It is committed before the provider is called. The statements as PostgreSQL gets them, with a word
on each condition: tests/delivery/sql.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Table, Uuid, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from common.delivery.states import WAITING
from common.ids import read_id
from common.words import DeliveryState

WAITING_STATES = tuple(sorted(WAITING))


class Claimed(NamedTuple):
    """A row that is ours until its lease ends; its columns, in their order.

    A tuple, for one is made for each delivery.
    """

    id: UUID
    school_id: UUID
    message_id: UUID
    contact_point_id: UUID
    guardian_id: UUID | None
    members: Mapping[str, int]
    address: bytes
    route: str
    lane: str
    attempts: int
    unknowns: int
    give_up_at: datetime
    batch_id: UUID

    @property
    def is_notice(self) -> bool:
        """Return whether it tells something of the product itself, and is of no message."""
        return not self.members

    @property
    def is_for_staff(self) -> bool:
        """Return whether it goes to a member of staff and not to a guardian."""
        return self.guardian_id is None

    @property
    def reader_id(self) -> UUID:
        """Return by which id the recipient reads and confirms.

        It is the guardian's, or a member of staff's own.
        """
        if self.guardian_id is not None:
            return self.guardian_id
        # A contact point of staff serves nobody but its owner.
        (own,) = self.members
        return read_id(own)


def claimed_columns(table: Table) -> list[Any]:
    return [table.c[name] for name in Claimed._fields]


@dataclass(frozen=True, slots=True)
class Passed:
    """What a claim passes over.

    Routes that are closed or full; messages that rest because they could not be prepared.
    """

    routes: Collection[str] = ()
    messages: Collection[UUID] = ()

    @property
    def kinds(self) -> tuple[bool, bool]:
        """Return which conditions a statement needs: it is built once for each answer."""
        return bool(self.routes), bool(self.messages)


NOTHING = Passed()


@dataclass(frozen=True, slots=True)
class Claim:
    """How to claim: which lane, up to how many rows, until when, for whom.

    `batch_id`: under which id (LINE: the retry key).
    """

    lane: str
    size: int
    batch_id: UUID
    lease_until: datetime
    holder: UUID | None = None
    passed: Passed = NOTHING


def has_due(session: Session, table: Table, wanted: Claim, now: datetime) -> bool:
    """Return whether a claim would find anything; cheap, and takes no lock."""
    query = due(table, wanted.passed.kinds).limit(1)
    return session.execute(query, due_values(wanted, now)).first() is not None


def due(table: Table, passes: tuple[bool, bool]) -> Any:
    """Return the query for rows of a lane that may be claimed; its parameters are `due_values`."""
    passes_routes, passes_messages = passes
    query = select(table.c.id).where(
        table.c.state.in_(WAITING_STATES),
        table.c.lane == bindparam("of_lane"),
        table.c.next_attempt_at <= bindparam("due_at"),
    )
    if passes_routes:
        query = query.where(table.c.route.not_in(bindparam("closed", expanding=True)))
    if passes_messages:
        query = query.where(table.c.message_id.not_in(bindparam("resting", expanding=True)))
    return query


def due_values(wanted: Claim, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"of_lane": wanted.lane, "due_at": now}
    if wanted.passed.routes:
        values["closed"] = sorted(wanted.passed.routes)
    if wanted.passed.messages:
        values["resting"] = list(wanted.passed.messages)
    return values


def claim(
    session: Session, table: Table, wanted: Sequence[Claim], now: datetime
) -> list[list[Claimed]]:
    """Take due rows, oldest first, passing over what others hold.

    To be committed before the provider is called. Returns as many batches as are wanted, as far as
    rows are due; the claims differ in their batch id only. One statement for all of them: each one
    more is a turn more at the interpreter.
    """
    statement = claim_statement(table, len(wanted), wanted[0].passed.kinds)
    batches: dict[UUID, list[Claimed]] = {one.batch_id: [] for one in wanted}
    for row in session.execute(statement, _claim_values(wanted, now)):
        claimed = Claimed._make(row)
        batches[claimed.batch_id].append(claimed)
    return [batch for batch in batches.values() if batch]


def _claim_values(wanted: Sequence[Claim], now: datetime) -> dict[str, Any]:
    first = wanted[0]
    values = {
        **due_values(first, now),
        "most": first.size * len(wanted),
        "size": first.size,
        "leased_until": first.lease_until,
        "held_by": first.holder,
    }
    for number, one in enumerate(wanted):
        values[f"batch_{number}"] = one.batch_id
    return values


@lru_cache
def claim_statement(table: Table, count: int, passes: tuple[bool, bool]) -> Any:
    """Return the UPDATE of a claim of `count` batches; its parameters are `_claim_values`.

    Built once, for building it takes longer than running it.
    """
    waiting = due(table, passes).order_by(table.c.next_attempt_at)
    oldest = waiting.limit(bindparam("most", type_=Integer))
    # A CTE: PostgreSQL may run an IN (SELECT … LIMIT … FOR UPDATE) more than once and so take more
    # than the limit.
    taken = oldest.with_for_update(skip_locked=True).cte("due")
    number = func.row_number().over() - 1
    numbered = select(taken.c.id, number.label("number")).cte("numbered")
    changes = claiming(table)
    changes["batch_id"] = _batch_of(numbered.c.number, count)
    return (
        update(table)
        .where(table.c.id == numbered.c.id)
        .values(changes)
        .returning(*claimed_columns(table))
    )


def _batch_of(number: ColumnElement[int], count: int) -> Any:
    """Return the CASE by which a row's number among those taken says in which batch it goes."""
    size = bindparam("size", type_=Integer)
    cases = []
    for at in range(count):
        is_in_batch = number < (at + 1) * size
        cases.append((is_in_batch, bindparam(f"batch_{at}", type_=Uuid)))
    return case(*cases)


def claiming(table: Table) -> dict[str, Any]:
    """Return what each claim writes into a row; its parameters: leased_until, held_by."""
    return {
        "state": DeliveryState.CLAIMED.value,
        "attempts": table.c.attempts + 1,
        "lease_until": bindparam("leased_until"),
        "holder": bindparam("held_by", type_=Uuid),
    }
