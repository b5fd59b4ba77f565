"""What is open at this moment, measured for the operator's alarms: aggregates over the partial indexes of waiting and claimed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from common import metrics
from common.delivery.rows import Tables
from common.delivery.states import WAITING, DeliveryState
from common.schemas.events import LANES

OPEN = (*sorted(WAITING), DeliveryState.CLAIMED)


def measure(session: Session, tables: Tables, now: datetime) -> None:
    """Set every gauge of a channel, for both lanes and all open states, zeros too."""
    table = tables.deliveries
    # Two queries: neither partial index covers both kinds, and a scan of the whole table costs a second at a million rows.
    found = [*_of(session, table, sorted(WAITING)), *_of(session, table, [DeliveryState.CLAIMED])]
    for lane in LANES:
        here = {row.state: row for row in found if row.lane == lane}
        for state in OPEN:
            metrics.record_open(tables.channel, lane, state.value, here[state].rows if state in here else 0)
        due = [row.due_at for state, row in here.items() if state in WAITING]
        leases = [row.lease_until for state, row in here.items() if state == DeliveryState.CLAIMED]
        metrics.record_oldest_unclaimed(tables.channel, lane, _age(due, now))
        metrics.record_oldest_open(tables.channel, lane, _age([row.requested_at for row in here.values()], now))
        metrics.record_claim_overdue(tables.channel, lane, _age(leases, now))


def _of(session: Session, table: Table, states: Sequence[DeliveryState]) -> list[Any]:
    """Return, for each lane and state, how many rows there are and the earliest of their times."""
    query = select(
        table.c.lane,
        table.c.state,
        func.count().label("rows"),
        func.min(table.c.next_attempt_at).label("due_at"),
        func.min(table.c.requested_at).label("requested_at"),
        func.min(table.c.lease_until).label("lease_until"),
    )
    return list(session.execute(query.where(table.c.state.in_(states)).group_by(table.c.lane, table.c.state)))


def _age(moments: Sequence[datetime], now: datetime) -> float:
    """Return the seconds since the earliest moment; 0 when there is none or it is still to come."""
    return max(0.0, (now - min(moments)).total_seconds()) if moments else 0.0
