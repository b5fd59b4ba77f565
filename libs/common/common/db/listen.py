"""Work that a transaction leaves, and the loops that wait for it.

In its own process a commit tells them itself, in the others PostgreSQL's NOTIFY does.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Self

import psycopg2
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from common import clock, pulse
from common.db.connect import POSTGRES, VIGILANCE, is_postgres
from common.db.database import Database

# A loop that nobody wakes looks by itself so often: what a lost notification told of is done so
# much later.
LONGEST_REST_SECONDS = 5.0
# Without its connection to the database a loop hears nothing of other processes.
DEAF_REST_SECONDS = 1.0
# uvloop counts in milliseconds and may end a rest one early: the loop would turn and turn until its
# moment has come.
EARLY_SECONDS = 0.005


def wake(session: Session, channel: str) -> None:
    """Tell whoever waits for `channel` that this transaction has left work, at its commit."""
    woken: set[str] = session.info.setdefault("woken", set())
    if channel in woken:
        return
    woken.add(channel)
    if is_postgres(session):
        session.execute(text(f'NOTIFY "{channel}"'))


def open_listener(engine: Engine, channels: Sequence[str]) -> Any:
    """Return a driver's connection that listens to channels (its socket becomes readable).

    The caller polls it and closes it. Raises psycopg2.OperationalError.
    """
    address = engine.url.set(drivername=POSTGRES).render_as_string(hide_password=False)
    connection = psycopg2.connect(address, **VIGILANCE)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for channel in channels:
            cursor.execute(f'LISTEN "{channel}"')
    return connection


class Wake:
    """What a loop rests for: work on one of its channels, or the loop's end.

    In the loop: `heard = await wake.listen()`, then look for work, then `await wake.rest(seconds)`.
    What is committed after `listen` ends the rest at once, so nothing is overlooked. Without its
    connection the loop looks once a second, and opens it again.
    """

    def __init__(self, database: Database, channels: Sequence[str], stop: asyncio.Event) -> None:
        self._database = database
        self._channels = channels
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._heard: set[str] = set()
        self._tellers: dict[str, Callable[[], None]] = {}
        self._connection: Any = None
        self._socket = -1
        self._opens_at = -math.inf

    async def __aenter__(self) -> Self:
        self._ending = asyncio.create_task(self._end())
        for channel in self._channels:
            teller = self._tellers[channel] = partial(self.tell, channel)
            self._database.waiting_for[channel].add(teller)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._ending.cancel()
        for channel, teller in self._tellers.items():
            self._database.waiting_for[channel].discard(teller)
        self._close()

    def tell(self, *channels: str) -> None:
        """End the rest, from any thread; `channels`: on which there is work."""
        # The loop may have ended meanwhile.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._hear, channels)

    async def listen(self) -> set[str]:
        """Begin a look; return the channels on which work was left since the last one began.

        All of them when nobody listened for a while.
        """
        if self._is_deaf() and clock.monotonic() >= self._opens_at:
            await self._open()
        self._woken.clear()
        heard, self._heard = self._heard, set()
        return heard

    async def rest(self, seconds: float = LONGEST_REST_SECONDS) -> None:
        """Wait until somebody tells of work, or the loop ends; at most so long."""
        if self._stop.is_set():
            return
        if self._is_deaf():
            seconds = min(seconds, DEAF_REST_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds + EARLY_SECONDS)

    def _is_deaf(self) -> bool:
        is_open = self._connection is not None
        return bool(self._channels) and is_postgres(self._database.engine) and not is_open

    async def _end(self) -> None:
        await self._stop.wait()
        self._woken.set()

    async def _open(self) -> None:
        self._opens_at = clock.monotonic() + DEAF_REST_SECONDS
        engine = self._database.engine
        try:
            with pulse.step("wake.listen"):
                connection = await asyncio.to_thread(open_listener, engine, self._channels)
        except psycopg2.OperationalError:
            return
        self._connection = connection
        # Remembered, for a lost connection no longer tells.
        self._socket = connection.fileno()
        self._loop.add_reader(self._socket, self._read)
        self._heard.update(self._channels)

    def _read(self) -> None:
        try:
            self._connection.poll()
        except psycopg2.Error:
            self._close()
            # The next look opens it again, at once if it can be.
            self._opens_at = -math.inf
            self._woken.set()
            return
        channels = [notice.channel for notice in self._connection.notifies]
        self._connection.notifies.clear()
        self._hear(channels)

    def _hear(self, channels: Sequence[str]) -> None:
        self._heard.update(channels)
        self._woken.set()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._loop.remove_reader(self._socket)
            connection.close()
