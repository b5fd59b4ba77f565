"""What is open at this moment, measured for the operator's alarms.

Aggregates over the partial indexes of waiting and claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.orm import Session

from common import metrics
from common.delivery.rows import Tables
from common.delivery.states import WAITING
from common.words import LANES, DeliveryState

OPEN = (*sorted(WAITING), DeliveryState.CLAIMED)


def measure(session: Session, tables: Tables, now: datetime) -> None:
    """Set every gauge of a channel, for both lanes and all open states, zeros too."""
    table = tables.deliveries
    # Two queries: neither partial index covers both kinds, and a scan of the whole table costs a
    # second at a million rows.
    waiting = _of(session, table, sorted(WAITING))
    claimed = _of(session, table, [DeliveryState.CLAIMED])
    found = [*waiting, *claimed]
    for lane in LANES:
        here = {row.state: row for row in found if row.lane == lane}
        _record_lane(tables.channel, lane, here, now)


def _record_lane(channel: str, lane: str, here: Mapping[str, Any], now: datetime) -> None:
    """Set the gauges of one lane; `here`: its row of each state that has any."""
    for state in OPEN:
        count = here[state].rows if state in here else 0
        metrics.record_open(channel, lane, state.value, count)
    requested: list[datetime] = []
    due: list[datetime] = []
    leases: list[datetime] = []
    for its_state, row in here.items():
        requested.append(row.requested_at)
        if its_state in WAITING:
            due.append(row.due_at)
        else:
            leases.append(row.lease_until)
    metrics.record_oldest_unclaimed(channel, lane, _age(due, now))
    metrics.record_oldest_open(channel, lane, _age(requested, now))
    metrics.record_claim_overdue(channel, lane, _age(leases, now))


def _of(session: Session, table: Table, states: Sequence[DeliveryState]) -> list[Any]:
    """Return, for each lane and state, how many rows there are and the earliest of their times."""
    return list(session.execute(_states_of(table), {"states": states}))


@lru_cache
def _states_of(table: Table) -> Any:
    query = select(
        table.c.lane,
        table.c.state,
        func.count().label("rows"),
        func.min(table.c.next_attempt_at).label("due_at"),
        func.min(table.c.requested_at).label("requested_at"),
        func.min(table.c.lease_until).label("lease_until"),
    )
    query = query.where(table.c.state.in_(bindparam("states", expanding=True)))
    return query.group_by(table.c.lane, table.c.state)


def _age(moments: Sequence[datetime], now: datetime) -> float:
    """Return the seconds since the earliest moment; 0 when there is none or it is still to come."""
    return max(0.0, (now - min(moments)).total_seconds()) if moments else 0.0
