"""One role as one process: the HTTP door, the queue door or the clock of a house."""

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
from common.keys import Keys
from common.schedule import run_clock
from suite.houses import Doors
from suite.liveness import Liveness

log = structlog.get_logger()
# Python gives a loop six threads on two cores. Calls to a house that answers nobody would hold them
# all for ten seconds each, and claims, settles and beats would wait behind them.
THREADS = 32


class ClockSkewed(Exception):
    """This machine's clock and the database's differ too much: leases and deadlines would lie."""


def run_api(house: Doors, *, port: int, host: str = "127.0.0.1", threads: int = 8) -> None:
    """Serve a house's HTTP door by gunicorn until SIGTERM."""
    from gunicorn.app.base import BaseApplication  # only this role needs it

    settings = house.settings()

    class Server(BaseApplication):
        def load_config(self) -> None:
            options = {
                "bind": f"{host}:{port}",
                "workers": 1,
                "threads": threads,
                "worker_class": "gthread",
                "graceful_timeout": 20,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            app = house.create_app(settings)
            quiet_collector()
            return app

    Server().run()


def run_worker(house: Doors) -> None:
    """Run a house's queue door until SIGTERM: stop claiming, finish, settle, leave."""
    door = _Door.open(house)
    _until_signal([door], lambda stop: _work(door, stop))


def run_jobs(houses: list[Doors]) -> None:
    """Run the clock of one house, or of several in one process, until SIGTERM."""
    doors = [_Door.open(house) for house in houses]

    async def all_clocks(stop: asyncio.Event) -> None:
        await asyncio.gather(*(_keep_time(door, stop) for door in doors))

    _until_signal(doors, all_clocks)


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


def _until_signal(
    doors: Sequence[_Door], role: Callable[[asyncio.Event], Coroutine[Any, Any, None]]
) -> None:
    """Run a role's loop until it is asked to leave, or stands still.

    Meanwhile it tells whoever asks how it is (/metrics, /healthz, /readyz).
    """
    settings = doors[0].settings
    liveness = Liveness(settings.service)

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "role"))
        liveness.beat(loop)
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        quiet_collector()
        await role(stop)

    def are_ready() -> bool:
        return all(door.is_ready() for door in doors)

    if settings.metrics_port:
        health = metrics.RoleHealth(settings.service, liveness.is_felt, are_ready)
        metrics.serve(settings.metrics_host, settings.metrics_port, health)
    liveness.watch()
    uvloop.run(main())
    log.info("role.left", service=settings.service)
