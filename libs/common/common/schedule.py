"""The clock of a house: a tick loop behind its `jobs` role.

One leader per house runs the jobs and the outbox relay. Jobs are due by monotonic time since start,
not by calendar, except those that compute a date themselves from `clock.now()`. Between them the
clock sleeps, and asks the database for nothing but the renewal of its lead.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics, pulse
from common.bus import Relay, Transport
from common.db import Database, is_postgres, lease
from common.db.listen import Wake, wake
from common.errors import Unavailable
from common.keys import Keys

log = structlog.get_logger()

RENEW_SECONDS = 2.0
LEASE_SECONDS = 10.0  # five renewals: a database that is away for a moment costs no lead
# The longest deletes the events of a day: ended in the middle it would begin anew for ever.
JOB_SECONDS = 300.0
# Of a job that is woken again and again: a look for each of a thousand commits a second would take
# the database from those who commit.
WOKEN_APART_SECONDS = 1.0
# Between two parts of a long work, for others write, too.
MORE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again: `action(session, *, now)` in a transaction of the system.

    An action that does a bounded part of its work returns True when there is more: it is due again
    at once. One that knows when there will be work returns that moment: it is due again then, if
    that is sooner. `woken_by`: the channel on which its work is told of (`db.listen.wake`).
    """

    name: str
    action: Callable[..., Any]
    seconds: float
    woken_by: str | None = None
    signs: bool = False

    def signing(self) -> Job:
        """Return the same job as one whose action signs something."""
        return replace(self, signs=True)

    def with_keys(self, keys: Keys) -> Job:
        """Return the job as the clock of a house runs it, with the house's keys in hand."""
        if not self.signs:
            return self
        return replace(self, action=partial(self.action, keys=keys))


def every(
    *,
    seconds: float = 0,
    minutes: float = 0,
    hours: float = 0,
    action: Callable[..., Any],
    woken_by: str | None = None,
) -> Job:
    """Describe a job: `every(minutes=1, action=actions.release_due)`."""
    return Job(action.__name__, action, seconds + 60 * minutes + 3600 * hours, woken_by)


@dataclass
class Leadership:
    """The right to be the only one who does something in a house: a lease in its database.

    On SQLite it is always ours. Who can't prove its lead for as long as the lease lasts has lost
    it, also when the database doesn't answer at all: by then somebody else may lead.
    """

    database: Database
    name: str
    _holder: UUID = field(default_factory=uuid4)
    _proved_at: float = -math.inf  # when the last proof began, in monotonic time

    @property
    def has_no_rival(self) -> bool:
        """Whether this process is the only one."""
        return not is_postgres(self.database.engine)

    def held(self) -> bool:
        """Try to become or stay leader; False while another process is.

        While the database is away the lead stays ours until the lease ends.
        """
        is_just_proved = self.seconds_since_proof() < RENEW_SECONDS
        if is_just_proved or self.has_no_rival:
            return True
        asked_at = clock.monotonic()
        try:
            with pulse.step("lead.renew"), self.database.for_system() as session:
                is_ours = lease.take(session, self.name, self._holder, LEASE_SECONDS)
        except Unavailable:
            return self.seconds_since_proof() < LEASE_SECONDS
        self._proved_at = asked_at if is_ours else -math.inf
        return is_ours

    def seconds_since_proof(self) -> float:
        """Return how long ago the lead was proved; infinite when it is not ours."""
        return clock.monotonic() - self._proved_at

    def release(self) -> None:
        """Give the lead up, so that another process need not wait for the end of the lease.

        It is told on a channel that bears the lead's name.
        """
        if self.seconds_since_proof() >= LEASE_SECONDS:
            return
        with (
            suppress(Unavailable),
            pulse.step("lead.release"),
            self.database.for_system() as session,
        ):
            lease.give_up(session, self.name, self._holder)
            wake(session, self.name)
        self._proved_at = -math.inf


@dataclass
class _Timetable:
    """When each job is due, in monotonic time."""

    jobs: Sequence[Job]
    _due: dict[str, float] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)

    def is_due(self, job: Job) -> bool:
        return clock.monotonic() >= self._due.get(job.name, -math.inf)

    def begin(self, job: Job) -> None:
        """Note that a job begins: it is due again after its seconds."""
        self._began[job.name] = clock.monotonic()
        self._due[job.name] = clock.monotonic() + job.seconds

    def hear(self, job: Job, said: Any) -> None:
        """Note what a job's action said of its next time."""
        if said is True:
            self._hurry(job, MORE_SECONDS)
        if isinstance(said, datetime):
            seconds = (said - clock.now()).total_seconds()
            # What is due already was more than one look takes, or somebody holds it.
            self._hurry(job, seconds if seconds > 0 else MORE_SECONDS)

    def wake(self, heard: Collection[str]) -> None:
        """Let the jobs be due that are woken by these channels, each once a second at most."""
        for job in self.jobs:
            if job.woken_by in heard and job.name in self._began:
                since = clock.monotonic() - self._began[job.name]
                self._hurry(job, max(0.0, WOKEN_APART_SECONDS - since))

    def seconds_left(self) -> float:
        """Return how long nothing is due."""
        next_due = min(self._due.values(), default=math.inf)
        return max(0.0, next_due - clock.monotonic())

    def _hurry(self, job: Job, seconds: float) -> None:
        """Let a job be due in so many seconds, if it is not due before."""
        self._due[job.name] = min(self._due[job.name], clock.monotonic() + seconds)


async def run_jobs(
    database: Database, jobs: Sequence[Job], stop: asyncio.Event, *, service: str
) -> None:
    """Run each job when it is due, until `stop`.

    A job that fails is logged and due again at its next time.
    """
    timetable = _Timetable(jobs)
    channels = sorted({job.woken_by for job in jobs if job.woken_by})
    async with Wake(database, channels, stop) as work:
        while not stop.is_set():
            timetable.wake(await work.listen())
            for job in jobs:
                if timetable.is_due(job) and not stop.is_set():
                    timetable.begin(job)
                    said = await asyncio.to_thread(_run, database, job, stop, service)
                    timetable.hear(job, said)
            await work.rest(timetable.seconds_left())


def _run(database: Database, job: Job, stop: asyncio.Event, service: str) -> Any:
    """Run a job once; return what its action says of its next time."""
    session: Session
    try:
        database.clock.demand()
        with pulse.step(f"job.{job.name}", JOB_SECONDS), database.for_system() as session:
            # A mute database may give its connection after somebody else took the lead.
            if stop.is_set():
                return None
            return job.action(session, now=clock.now())
    except Unavailable as error:
        log.warning("job.held", service=service, job=job.name, code=error.code)
    except Exception:
        log.exception("job.failed", service=service, job=job.name)
    return None


async def run_clock(
    keys: Keys, database: Database, transport: Transport, jobs: Sequence[Job], stop: asyncio.Event
) -> None:
    """Be a house's clock until `stop`: become leader, then relay its outbox and run its jobs.

    It begins again when the lead is lost. `keys`: the house's, by which its relay signs, and jobs
    that do.
    """
    service = keys.service
    own_jobs = [job.with_keys(keys) for job in jobs]
    leadership = Leadership(database, f"renraku.{service}.clock")
    try:
        while not stop.is_set():
            if not await asyncio.to_thread(leadership.held):
                await _pause(stop, RENEW_SECONDS)
                continue
            over = asyncio.Event()
            relay = Relay(database, transport, keys)
            await asyncio.gather(
                relay.run(over),
                run_jobs(database, own_jobs, over, service=service),
                _watch(leadership, stop, over),
            )
            metrics.forget_present()
    finally:
        await asyncio.to_thread(leadership.release)


async def _watch(leadership: Leadership, stop: asyncio.Event, over: asyncio.Event) -> None:
    """End the clock's work at `stop`, or as soon as its lead can't be proved any more."""
    if leadership.has_no_rival:
        await stop.wait()
        over.set()
        return
    # A thread of its own: behind long jobs a renewal would come too late.
    renewer = ThreadPoolExecutor(1, "lead")
    loop = asyncio.get_running_loop()
    try:
        while not stop.is_set():
            renewal = loop.run_in_executor(renewer, leadership.held)
            left = LEASE_SECONDS - leadership.seconds_since_proof()
            await asyncio.wait([renewal], timeout=left)
            if not renewal.done() or not renewal.result():
                log.warning("clock.lead_lost", name=leadership.name)
                break
            await _pause(stop, RENEW_SECONDS)
    finally:
        over.set()
        renewer.shutdown(wait=False)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
