"""The clock door of dispatch-line: what heals after a crash, and what keeps its tables small."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common.bus import purge
from common.delivery import sweep
from common.schedule import every
from dispatch_line.store import talks
from dispatch_line.store.models import TABLES


def sweep_leases(session: Session, *, now: datetime) -> None:
    sweep.sweep_leases(session, TABLES, now=now)


def sweep_expired(session: Session, *, now: datetime) -> None:
    sweep.sweep_expired(session, TABLES, now=now)


def sweep_stopped(session: Session, *, now: datetime) -> None:
    sweep.sweep_stopped(session, TABLES, now=now)


def watch_ages(session: Session, *, now: datetime) -> None:
    sweep.watch_ages(session, TABLES, now=now)


def purge_talks(session: Session, *, now: datetime) -> None:
    talks.purge(session, now)


JOBS = (
    every(seconds=5, action=sweep_leases),
    every(seconds=5, action=sweep_stopped),
    every(seconds=20, action=sweep_expired),
    every(seconds=10, action=watch_ages),
    every(hours=1, action=purge),
    every(hours=1, action=purge_talks),
)
