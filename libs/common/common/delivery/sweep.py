"""What heals after a crash, run every few seconds by the jobs role and once at start.

Each action does a bounded part and returns how many rows that were: as many as BATCH, and there may
be more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from common import metrics
from common.delivery import holders, rows
from common.delivery.answers import say_settled
from common.delivery.claims import Claimed
from common.delivery.outcomes import Unknown
from common.delivery.rows import Tables
from common.delivery.settle import write_settled
from common.delivery.states import settle
from common.words import LANES, DeliveryState

log = structlog.get_logger()
# Rows of one transaction: an event tells of as many, and locks and the journal stay small beside a
# send.
BATCH = 500
STOPPED_LATELY = timedelta(hours=1)


def sweep_leases(session: Session, tables: Tables, *, now: datetime) -> int:
    """Treat rows whose lease is over as unknown: one further try, then final."""
    return _settle_dead(session, tables, tables.deliveries.c.lease_until <= now, now)


def sweep_dead(session: Session, tables: Tables, *, now: datetime) -> int:
    """The same for every claimed row, its lease over or not.

    For the start of the only process that claims.
    """
    return _settle_dead(session, tables, tables.deliveries.c.id.is_not(None), now)


def sweep_silent(session: Session, tables: Tables, watch: holders.Watch, *, now: datetime) -> int:
    """The same for rows of processes that ended or fell silent, long before their lease is over."""
    silent = watch.silent(session, tables.holders)
    settled = _settle_dead(session, tables, _is_of_the_dead(tables, silent), now)
    if not settled:
        for holder, seconds in silent.items():
            if seconds > holders.FORGOTTEN_SECONDS:
                holders.leave(session, tables.holders, holder)
    return settled


def _is_of_the_dead(tables: Tables, silent: dict[Any, float]) -> ColumnElement[bool]:
    """Return the condition of rows whose holder is dead.

    It is gone from the table of holders, or silent for as long as the row's lane allows.
    """
    table = tables.deliveries
    known = select(tables.holders.c.id)
    is_held = table.c.holder.is_not(None)
    is_gone = table.c.holder.not_in(known)
    conditions = [and_(is_held, is_gone)]
    for lane in LANES:
        allowed = holders.SILENCE_SECONDS[lane]
        dead = [holder for holder, seconds in silent.items() if seconds >= allowed]
        if dead:
            is_silent = and_(table.c.lane == lane, table.c.holder.in_(dead))
            conditions.append(is_silent)
    return or_(*conditions)


def _settle_dead(
    session: Session, tables: Tables, condition: ColumnElement[bool], now: datetime
) -> int:
    if not rows.is_any_claimed(session, tables.deliveries):
        return 0
    dead: list[Claimed] = rows.find_claimed(session, tables.deliveries, condition, BATCH)
    if dead:
        log.warning("delivery.taken_back", channel=tables.channel, count=len(dead))
        outcome = Unknown("the worker ended between hand-over and settling")
        settlements = [(row, settle(outcome, row, now)) for row in dead]
        write_settled(session, tables, settlements, now)
    return len(dead)


def sweep_expired(session: Session, tables: Tables, *, now: datetime) -> int:
    """End what has been tried long enough (urgent 30 minutes, normal 24 hours)."""
    is_over = tables.deliveries.c.give_up_at < now
    return _finish(session, tables, DeliveryState.EXPIRED, is_over, now)


def sweep_stopped(session: Session, tables: Tables, *, now: datetime) -> int:
    """Cancel rows of a page that was being taken in at the very moment its message was stopped."""
    table, stopped = tables.deliveries, tables.stopped_messages
    if rows.find_next_attempt(session, table) is None:
        return 0
    lately = select(stopped.c.message_id).where(stopped.c.stopped_at > now - STOPPED_LATELY)
    return _finish(session, tables, DeliveryState.CANCELLED, table.c.message_id.in_(lately), now)


def _finish(
    session: Session, tables: Tables, state: DeliveryState, condition: Any, now: datetime
) -> int:
    """End waiting rows that meet `condition`, answer for them and count them by lane."""
    table = tables.deliveries
    count = 0
    for lane in LANES:
        here = and_(table.c.lane == lane, condition)
        some = rows.some_waiting(table, here, BATCH)
        ended = rows.finish(session, table, state, some, now)
        metrics.record_settled(tables.channel, lane, state.value, len(ended))
        say_settled(session, tables.channel, ended)
        count += len(ended)
    return count
