"""What heals after a crash, run every few seconds by the jobs role and once at start."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from common import metrics
from common.delivery import present, rows
from common.delivery.answers import Answer, say_settled
from common.delivery.outcomes import Unknown
from common.delivery.rows import Claimed, Tables
from common.delivery.states import DeliveryState, Settlement, settle
from common.schemas.events import LANES

log = structlog.get_logger()
BATCH = 500
STOPPED_LATELY = timedelta(hours=1)


def sweep_leases(session: Session, tables: Tables, *, now: datetime) -> int:
    """Treat rows whose holder died between claim and settle as unknown: one further try, then final. Return how many."""
    return _settle_dead(session, tables, rows.held_by_the_dead(session, tables.deliveries, now, BATCH), now)


def sweep_dead(session: Session, tables: Tables, *, now: datetime) -> int:
    """The same for every claimed row, its lease over or not: for the start of the only process that claims. Return how many."""
    return _settle_dead(session, tables, rows.held_by_the_dead(session, tables.deliveries, None, BATCH), now)


def _settle_dead(session: Session, tables: Tables, dead: list[Claimed], now: datetime) -> int:
    if dead:
        log.warning("delivery.lease_expired", channel=tables.channel, count=len(dead))
        outcome = Unknown("the worker ended between hand-over and settling")
        settle_rows(session, tables, [(row, settle(outcome, row, now)) for row in dead], now)
    return len(dead)


def sweep_expired(session: Session, tables: Tables, *, now: datetime) -> int:
    """End what has been tried long enough (urgent 30 minutes, normal 24 hours); return how many."""
    table = tables.deliveries
    return _finish(session, tables, DeliveryState.EXPIRED, table.c.give_up_at < now, now)


def sweep_stopped(session: Session, tables: Tables, *, now: datetime) -> int:
    """Cancel rows of a page that was being taken in at the very moment its message was stopped; return how many."""
    table, stopped = tables.deliveries, tables.stopped_messages
    lately = select(stopped.c.message_id).where(stopped.c.stopped_at > now - STOPPED_LATELY)
    return _finish(session, tables, DeliveryState.CANCELLED, table.c.message_id.in_(lately), now)


def _finish(session: Session, tables: Tables, state: DeliveryState, condition: Any, now: datetime) -> int:
    """End waiting rows that meet `condition`, answer for them and count them by lane; return how many."""
    finished: list[Answer] = []
    for lane in LANES:
        ended = rows.finish_waiting(session, tables.deliveries, state, and_(tables.deliveries.c.lane == lane, condition), now)
        metrics.record_settled(tables.channel, lane, state.value, len(ended))
        finished += ended
    say_settled(session, tables.channel, finished)
    return len(finished)


def settle_rows(
    session: Session, tables: Tables, settlements: list[tuple[Claimed, Settlement]], now: datetime, *, all_ours: bool = False
) -> int:
    """Write outcomes and answer for the final ones, in the caller's transaction; return how many rows were still ours.

    `all_ours`: raises Overtaken where they are not, before anything is counted (`rows.apply`).
    """
    settled = rows.apply(session, tables.deliveries, settlements, now, all_ours=all_ours)
    final = [answer for settlement, ours in settled if settlement.is_final for answer in _answers(ours, settlement, now)]
    say_settled(session, tables.channel, final)
    for settlement, ours in settled:
        for lane, count in Counter([row.lane for row in ours]).items():
            metrics.record_settled(tables.channel, lane, settlement.state.value, count)
        if settlement.unknowns_change:
            metrics.record_unknown_retried(tables.channel, len(ours))
    return sum(len(ours) for _, ours in settled)


def _answers(ours: list[Claimed], settlement: Settlement, now: datetime) -> list[Answer]:
    state, reason = settlement.state.value, settlement.reason.value if settlement.reason else None
    return [
        Answer(row.school_id, row.message_id, row.lane, row.contact_point_id, row.guardian_id, row.members, state, reason, now)
        for row in ours
    ]


def watch_ages(session: Session, tables: Tables, *, now: datetime) -> None:
    """Measure what is open at this moment: how many deliveries in which state, and how long the oldest have been waiting."""
    present.measure(session, tables, now)
