"""The queue doors or the clocks of houses as one process: of one house, of some, or of all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
import uvloop

from common import metrics
from common.bus import Transport, open_transport
from common.collector import quiet_collector
from common.config import Settings
from common.db import Database
from common.keys import Keys, check_own
from common.schedule import run_clock
from suite.houses import Doors
from suite.liveness import Liveness

log = structlog.get_logger()
# Of each house. Python gives a loop six threads on two cores. Calls to a house that answers nobody
# would hold them all for ten seconds each, and claims, settles and beats would wait behind them.
THREADS = 32


class ClockSkewed(Exception):
    """This machine's clock and the database's differ too much: leases and deadlines would lie."""


def run_workers(houses: Sequence[Doors]) -> None:
    """Run the queue doors of houses until SIGTERM: stop claiming, finish, settle, leave."""
    _run(houses, _work)


def run_jobs(houses: Sequence[Doors]) -> None:
    """Run the clocks of houses until SIGTERM."""
    _run(houses, _keep_time)


def run_inbound(house: Doors) -> None:
    """Run a house's mail door until SIGTERM."""
    _run([house], _let_mails_in)


def open_database(settings: Settings) -> Database:
    """Open a house's database, and compare its clock with ours from now on.

    Raises ClockSkewed when they are more than a few seconds apart already.
    """
    database = Database.connect(settings.own_database_url, pool_size=settings.pool_size)
    database.clock.begin(settings.service, settings.clock_skew_limit_seconds)
    if database.is_ready() and not database.clock.is_right():
        raise ClockSkewed(
            f"the clocks of this machine and of {settings.service}'s database differ: "
            "check NTP on both"
        )
    return database


@dataclass(frozen=True)
class _Door:
    """A house and what its worker or its clock stands on."""

    house: Doors
    settings: Settings
    database: Database
    transport: Transport

    @classmethod
    def open(cls, house: Doors) -> _Door:
        settings = house.settings()
        check_own(settings.keys_dir, settings.service)
        return cls(house, settings, open_database(settings), open_transport(settings.bus_url))

    def is_ready(self) -> bool:
        return (
            self.transport.is_connected
            and self.database.is_ready()
            and self.database.clock.is_right()
        )


async def _work(door: _Door, stop: asyncio.Event) -> None:
    await door.transport.start()
    try:
        await door.house.create_worker(door.settings, door.database, door.transport).run(stop)
    finally:
        await door.transport.close()


async def _keep_time(door: _Door, stop: asyncio.Event) -> None:
    await door.transport.start()
    try:
        keys = Keys(door.settings.keys_dir, door.settings.service)
        await run_clock(keys, door.database, door.transport, door.house.jobs, stop)
    finally:
        await door.transport.close()


async def _let_mails_in(door: _Door, stop: asyncio.Event) -> None:
    # It hears nothing; the transport is there to be ready like any role's.
    await door.transport.start()
    try:
        await door.house.create_inbound(door.settings, door.database).run(stop)
    finally:
        await door.transport.close()


async def run_together(roles: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    """Run the roles of several houses; when one ends, all others finish what they have in hand.

    Cancelled in mid hand-over they would leave behind what nobody knows the end of. Raises what the
    first of them raised.
    """

    async def leave_with_others(role: Coroutine[Any, Any, None]) -> None:
        try:
            await role
        finally:
            stop.set()

    endings = await asyncio.gather(*map(leave_with_others, roles), return_exceptions=True)
    for ending in endings:
        if isinstance(ending, BaseException):
            raise ending


def _run(
    houses: Sequence[Doors], role: Callable[[_Door, asyncio.Event], Coroutine[Any, Any, None]]
) -> None:
    """Run a role of houses on one loop until it is asked to leave, or stands still.

    When the role of one house ends by itself, so does the process: who supervises starts it again.
    Meanwhile it tells whoever asks how it is (/metrics, /healthz, /readyz).
    """
    doors = [_Door.open(house) for house in houses]
    settings = doors[0].settings
    names = ", ".join(door.house.name for door in doors)
    liveness = Liveness(names)

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS * len(doors), "role"))
        liveness.beat(loop)
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        quiet_collector()
        await run_together([role(door, stop) for door in doors], stop)

    if settings.metrics_port:
        readiness = {door.house.name: door.is_ready for door in doors}
        health = metrics.RoleHealth(liveness.is_felt, readiness)
        metrics.serve(settings.metrics_host, settings.metrics_port, health)
    liveness.watch()
    uvloop.run(main())
    log.info("role.left", service=names)
