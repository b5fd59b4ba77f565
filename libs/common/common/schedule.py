"""The clock of a house: a tick loop behind its `jobs` role. One leader per house runs the jobs and the outbox relay.

Jobs are due by monotonic time since start, not by calendar, except those that compute a date themselves from `clock.now()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from common import clock, metrics
from common.bus import Relay, Transport
from common.db import Database, is_postgres
from common.db.listen import try_advisory_lock
from common.errors import Unavailable
from common.keys import Keys

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again: `action(session, *, now)` in a transaction of the system.

    An action that does a bounded part of its work returns True when there is more: it is due again at once.
    """

    name: str
    action: Callable[..., Any]
    seconds: float


def every(*, seconds: float = 0, minutes: float = 0, hours: float = 0, action: Callable[..., Any]) -> Job:
    """Describe a job: `every(minutes=1, action=actions.release_due)`."""
    return Job(action.__name__, action, seconds + 60 * minutes + 3600 * hours)


@dataclass
class Leadership:
    """The right to be a house's only clock: a PostgreSQL advisory lock held by one connection; always ours on SQLite."""

    database: Database
    name: str
    _connection: Connection | None = None

    def held(self) -> bool:
        """Try to become or stay leader; False while another process is, or while the database is away."""
        try:
            if self._connection is None:
                connection = self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT", read_only=True)
                if not try_advisory_lock(connection, self.name):
                    connection.close()
                    return False
                self._connection = connection
            if is_postgres(self._connection):
                self._connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            self.release()
            return False
        return True

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


async def run_jobs(database: Database, jobs: Sequence[Job], stop: asyncio.Event, *, service: str, tick: float = 0.5) -> None:
    """Run each job when it is due, until `stop`; a job that fails is logged and due again at its next time."""
    due = {job.name: 0.0 for job in jobs}
    while not stop.is_set():
        for job in jobs:
            if clock.monotonic() >= due[job.name] and not stop.is_set():
                due[job.name] = clock.monotonic() + job.seconds
                has_more = await asyncio.to_thread(_run, database, job, clock.now(), service)
                if has_more:
                    due[job.name] = clock.monotonic()
        await _pause(stop, tick)


def _run(database: Database, job: Job, now: datetime, service: str) -> bool:
    """Run a job once; return whether it left more of its work."""
    session: Session
    try:
        with database.for_system() as session:
            return job.action(session, now=now) is True
    except Unavailable as error:
        log.warning("job.held", service=service, job=job.name, code=error.code)
    except Exception:
        log.exception("job.failed", service=service, job=job.name)
    return False


async def run_clock(keys: Keys, database: Database, transport: Transport, jobs: Sequence[Job], stop: asyncio.Event) -> None:
    """Be a house's clock until `stop`: become leader, then relay its outbox and run its jobs; begin again when the lead is lost.

    `keys`: the house's, by which its relay signs.
    """
    service = keys.service
    leadership = Leadership(database, f"renraku.{service}.clock")
    try:
        while not stop.is_set():
            if not await asyncio.to_thread(leadership.held):
                await _pause(stop, 2.0)
                continue
            over = asyncio.Event()
            relay = Relay(database, transport, keys)
            await asyncio.gather(relay.run(over), run_jobs(database, jobs, over, service=service), _watch(leadership, stop, over))
            metrics.forget_present()
    finally:
        leadership.release()


async def _watch(leadership: Leadership, stop: asyncio.Event, over: asyncio.Event) -> None:
    while not stop.is_set() and await asyncio.to_thread(leadership.held):
        await _pause(stop, 2.0)
    over.set()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
