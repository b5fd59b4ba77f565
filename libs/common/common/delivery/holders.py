"""Who holds claimed rows: each dispatcher's process has a row and beats in it.

So others see within seconds when it died. Nobody compares clocks for it: a watcher looks whether
the number of beats still changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Table, Uuid, bindparam, delete, select, update
from sqlalchemy.orm import Session

from common import clock, pulse
from common.db import rowcount
from common.db.bulk import insert_new
from common.errors import Unavailable

log = structlog.get_logger()

BEAT_SECONDS = 2.0
# How long a process may be silent until its rows go again. Urgent rows cannot wait for certainty;
# what goes twice because a process only slept is bounded by what it had in hand.
SILENCE_SECONDS: Mapping[str, float] = {"urgent": 8.0, "normal": 30.0}
# A process that could not beat for so long hands nothing over: others may hold it for dead.
MUTE_SECONDS = 6.0
# A watcher that did not look for so long (its database was away) has seen no silence: it begins
# to count anew.
LONGEST_GAP_SECONDS = 7.0
FORGOTTEN_SECONDS = 600.0


def beat(session: Session, table: Table, holder: UUID, now: datetime) -> None:
    """Say that a process lives; the first time, that it is there."""
    said = session.execute(_beating(table), {"by_holder": holder, "now": now})
    if not rowcount(said):
        insert_new(session, table, [{"id": holder, "beats": 0, "beaten_at": now}])


@lru_cache
def _beating(table: Table) -> Any:
    """Return the UPDATE of a beat, built once: each dispatcher runs it every two seconds."""
    ours = update(table).where(table.c.id == bindparam("by_holder", type_=Uuid))
    return ours.values(beats=table.c.beats + 1, beaten_at=bindparam("now"))


def leave(session: Session, table: Table, holder: UUID) -> None:
    """Say that a process ends: what it still holds is nobody's from now on."""
    session.execute(delete(table).where(table.c.id == holder))


@dataclass(frozen=True, slots=True)
class Seen:
    """A number of beats, and since when it has stood still."""

    beats: int
    since: float


@lru_cache
def _all_beats(table: Table) -> Any:
    return select(table.c.id, table.c.beats)


class Watch:
    """What one process (the house's clock) has seen of all holders."""

    def __init__(self) -> None:
        self._seen: dict[UUID, Seen] = {}
        self._looked_at = 0.0

    def silent(self, session: Session, table: Table) -> dict[UUID, float]:
        """Look at all holders; return for how many seconds each has been silent, seen from here."""
        now = clock.monotonic()
        if now - self._looked_at > LONGEST_GAP_SECONDS:
            self._seen.clear()
        self._looked_at = now
        found = session.execute(_all_beats(table)).all()
        self._seen = {row.id: self._look_at(row.id, row.beats, now) for row in found}
        return {holder: now - seen.since for holder, seen in self._seen.items()}

    def _look_at(self, holder: UUID, beats: int, now: float) -> Seen:
        before = self._seen.get(holder)
        if before is not None and before.beats == beats:
            return before
        return Seen(beats, now)


class Heart:
    """Beats for this process until cancelled, and knows whether others may hold it for dead."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat
        # Of its own: behind calls to a house that does not answer a beat would come too late.
        self._thread = ThreadPoolExecutor(1, "heart")
        self._beaten_at = clock.monotonic()

    def is_mute(self) -> bool:
        """Return whether others may hold this process for dead."""
        return clock.monotonic() - self._beaten_at > MUTE_SECONDS

    async def begin(self) -> None:
        """Beat for the first time, again until it is heard.

        Rows of a holder that nobody knows would be taken away.
        """
        while not await self._beat_once():
            await asyncio.sleep(BEAT_SECONDS)

    async def run(self) -> None:
        """Beat every two seconds."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._beat_once()

    async def _beat_once(self) -> bool:
        began = clock.monotonic()
        try:
            with pulse.step("dispatch.beat"):
                await asyncio.get_running_loop().run_in_executor(self._thread, self._beat)
        except Unavailable as error:
            log.warning("dispatch.held", code=error.code)
            return False
        self._beaten_at = began
        return True
