"""CLAIM for a provider that knows a repeated request by its key (LINE: X-Line-Retry-Key).

One batch is of one message and has one key.

What is unknown goes again under the same batch id to exactly the same recipients: the provider then
answers that it took the first request (409), or takes this one; nobody gets it twice. Composed anew
it would be another request, and so a duplicate. A batch whose rows are no longer all there (a
member was erased in between) is therefore never sent again: what is left of it ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Integer, Table, Uuid, bindparam, func, select, text, update
from sqlalchemy.orm import Session

from common.db import among
from common.delivery.claims import Claim, Claimed, claimed_columns, claiming, due, due_values
from common.delivery.outcomes import Reason
from common.delivery.rows import Tables
from common.delivery.settle import write_settled
from common.delivery.states import WAITING, Settlement
from common.delivery.tables import UNKNOWN
from common.words import DeliveryState

log = structlog.get_logger()
# Batches to be repeated at which one claim looks; one that still has claimed rows is passed over.
LOOKED_AT = 5


def claim(
    session: Session, tables: Tables, wanted: Sequence[Claim], now: datetime
) -> list[list[Claimed]]:
    """Take for each claim a batch, as long as there is any; to be committed before the call.

    It is a whole batch that must go again, else up to the claim's `size` new rows of one message.
    """
    batches: list[list[Claimed]] = []
    may_repeat = True
    for one in wanted:
        batch = _claim_again(session, tables, one, now) if may_repeat else []
        may_repeat = bool(batch)
        if not batch:
            batch = _claim_new(session, tables.deliveries, one, now)
        if not batch:
            break
        batches.append(batch)
    return batches


def _claim_new(session: Session, table: Table, wanted: Claim, now: datetime) -> list[Claimed]:
    """Take rows of the message that has waited longest, in one statement."""
    values = due_values(wanted, now)
    values["most"] = wanted.size
    values["new_batch"] = wanted.batch_id
    values["leased_until"] = wanted.lease_until
    values["held_by"] = wanted.holder
    statement = new_batch_statement(table, wanted.passed.kinds)
    return [Claimed._make(row) for row in session.execute(statement, values)]


@lru_cache
def new_batch_statement(table: Table, passes: tuple[bool, bool]) -> Any:
    """Return the UPDATE of a claim, built once.

    `batch_size` is how many rows it takes, which a repetition is held against.
    """
    taken = _new_of_oldest_message(table, passes).cte("taken")
    counted = select(taken.c.id, func.count().over().label("size")).cte("counted")
    batch = {
        "batch_id": bindparam("new_batch", type_=Uuid),
        "batch_size": counted.c.size,
    }
    return _claiming(table).where(table.c.id == counted.c.id).values(batch)


def _new_of_oldest_message(table: Table, passes: tuple[bool, bool]) -> Any:
    """Return the query that locks new rows of the message that has waited longest."""
    new = due(table, passes).where(table.c.unknowns == 0).order_by(table.c.next_attempt_at)
    oldest = new.with_only_columns(table.c.message_id).limit(1)
    first = oldest.with_for_update(skip_locked=True).cte("first")
    message_id = select(first.c.message_id).scalar_subquery()
    of_message = new.where(table.c.message_id == message_id)
    most = bindparam("most", type_=Integer)
    return of_message.limit(most).with_for_update(skip_locked=True)


def _claiming(table: Table) -> Any:
    return update(table).values(claiming(table)).returning(*claimed_columns(table))


def _claim_again(session: Session, tables: Tables, wanted: Claim, now: datetime) -> list[Claimed]:
    statement = _batches_due(tables.deliveries, wanted.passed.kinds)
    for message_id, batch_id in session.execute(statement, due_values(wanted, now)).all():
        batch = _repeat(session, tables, (message_id, batch_id), wanted, now)
        if batch:
            return batch
    return []


@lru_cache
def _batches_due(table: Table, passes: tuple[bool, bool]) -> Any:
    """Return the query for batches that must go again, the longest waiting first."""
    unknown = due(table, passes).where(text(UNKNOWN))
    batch = (table.c.message_id, table.c.batch_id)
    batches = unknown.with_only_columns(*batch).group_by(*batch)
    return batches.order_by(func.min(table.c.next_attempt_at)).limit(LOOKED_AT)


def _repeat(
    session: Session, tables: Tables, batch: tuple[UUID, UUID], wanted: Claim, now: datetime
) -> list[Claimed]:
    """Claim a batch (message and id) as it was, or end it.

    Empty while some of its rows are in another's hands.
    """
    table = tables.deliveries
    members = _lock_members(session, table, batch)
    states = {row.state for row in members}
    if DeliveryState.CLAIMED in states:
        return []
    waiting = [row.id for row in members if row.state in WAITING]
    claimed = _claim_rows(session, table, waiting, wanted)
    if claimed and not _is_whole(members):
        _end(session, tables, claimed, states, now)
        return []
    return claimed


def _lock_members(session: Session, table: Table, batch: tuple[UUID, UUID]) -> Sequence[Any]:
    """Return the rows of a batch, locked in one order, so that two claimers can't deadlock.

    They are looked for among their message's rows: an index of batches would be written for every
    delivery, and read for the few that are repeated.
    """
    message_id, batch_id = batch
    whole = select(table.c.id, table.c.state, table.c.batch_size).where(
        table.c.message_id == message_id, table.c.batch_id == batch_id
    )
    return session.execute(whole.order_by(table.c.id).with_for_update()).all()


def _claim_rows(
    session: Session, table: Table, row_ids: Collection[UUID], wanted: Claim
) -> list[Claimed]:
    statement = _claiming(table).where(among(table.c.id, row_ids))
    values = {"leased_until": wanted.lease_until, "held_by": wanted.holder}
    return [Claimed._make(row) for row in session.execute(statement, values)]


def _is_whole(members: Sequence[Any]) -> bool:
    """Return whether the request can be made again as it was.

    Rows refused before it was made were never part of it.
    """
    states = {row.state for row in members}
    return len(members) == members[0].batch_size and states <= {*WAITING, DeliveryState.REFUSED}


def _end(
    session: Session, tables: Tables, claimed: list[Claimed], states: Collection[str], now: datetime
) -> None:
    """Settle what is left of a batch.

    Accepted if one of its rows was, for there was one answer; else nobody knows.
    """
    was_accepted = DeliveryState.ACCEPTED in states
    log.warning(
        "delivery.batch_broken",
        channel=tables.channel,
        rows=len(claimed),
        was_accepted=was_accepted,
    )
    if was_accepted:
        end = Settlement(DeliveryState.ACCEPTED)
    else:
        end = Settlement(DeliveryState.UNKNOWN, Reason.TIME_OUT)
    write_settled(session, tables, [(row, end) for row in claimed], now)
