"""The clock door of dispatch-line: what heals after a crash, and what keeps its tables small."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common.delivery.doors import jobs_of
from common.schedule import every
from dispatch_line.store import talk_registrations, talks
from dispatch_line.store.models import TABLES


def purge_talks(session: Session, *, now: datetime) -> None:
    talks.purge(session, now)


def purge_talk_registrations(session: Session, *, now: datetime) -> None:
    talk_registrations.purge(session, now)


JOBS = (
    *jobs_of(TABLES),
    every(hours=1, action=purge_talks),
    every(minutes=5, action=purge_talk_registrations),
)
