"""What heals after a crash, run every few seconds by the jobs role and once at start."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import structlog
from sqlalchemy.orm import Session

from common import metrics
from common.delivery import rows
from common.delivery.outcomes import Unknown
from common.delivery.rows import Claimed, Tables
from common.delivery.states import DeliveryState, Settlement, settle
from common.delivery.take_in import say_settled

log = structlog.get_logger()
BATCH = 500


def sweep_leases(session: Session, tables: Tables, *, now: datetime) -> int:
    """Treat rows whose holder died between claim and settle as unknown: one further try, then final. Return how many."""
    dead = rows.expired_leases(session, tables.deliveries, now, BATCH)
    if dead:
        log.warning("delivery.lease_expired", channel=tables.channel, count=len(dead))
        outcome = Unknown("the worker ended between hand-over and settling")
        settle_rows(session, tables, [(row, settle(outcome, row.trial, now)) for row in dead], now)
    return len(dead)


def sweep_expired(session: Session, tables: Tables, *, now: datetime) -> int:
    """End what has been tried long enough (urgent 30 minutes, normal 24 hours); return how many."""
    table = tables.deliveries
    given_up = rows.finish_waiting(session, table, DeliveryState.EXPIRED, table.c.give_up_at < now, now)
    say_settled(session, tables.channel, given_up)
    return len(given_up)


def settle_rows(session: Session, tables: Tables, settlements: list[tuple[Claimed, Settlement]], now: datetime) -> int:
    """Write outcomes and answer for the final ones, in the caller's transaction; return how many rows were still ours."""
    settled = rows.apply(session, tables.deliveries, settlements, now)
    final = [_answer(row, settlement, now) for row, settlement in settled if settlement.is_final]
    say_settled(session, tables.channel, final)
    for row, settlement in settled:
        metrics.record_settled(tables.channel, row.lane, settlement.state.value, 1)
        if settlement.unknowns_change:
            metrics.record_unknown_retried(tables.channel, 1)
    return len(settled)


def _answer(row: Claimed, settlement: Settlement, now: datetime) -> SimpleNamespace:
    return SimpleNamespace(
        school_id=row.school_id,
        message_id=row.message_id,
        contact_point_id=row.contact_point_id,
        guardian_id=row.guardian_id,
        members=row.members,
        state=settlement.state.value,
        reason=settlement.reason.value if settlement.reason else None,
        settled_at=now,
    )


def watch_ages(session: Session, tables: Tables, *, now: datetime) -> None:
    """Measure how long the oldest unclaimed delivery of each lane has been waiting."""
    for lane in ("urgent", "normal"):
        oldest = rows.oldest_due(session, tables.deliveries, lane)
        age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
        metrics.record_oldest_unclaimed(tables.channel, lane, age)
