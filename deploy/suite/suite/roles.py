"""One role as one process: the HTTP door, the queue door or the clock of a house."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import structlog
import uvloop

from common import metrics
from common.bus import open_transport
from common.config import Settings
from common.db import Database
from common.schedule import run_clock
from suite.houses import House

log = structlog.get_logger()


class ClockSkewed(Exception):
    """This machine's clock and the database's differ too much: leases and deadlines would lie."""


def run_api(house: House, *, port: int, host: str = "127.0.0.1", threads: int = 8) -> None:
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
            return house.create_app(settings)

    Server().run()


def run_worker(house: House) -> None:
    """Run a house's queue door until SIGTERM: stop claiming, finish, settle, leave."""
    settings = house.settings()
    database = open_database(settings)
    _until_signal(settings, lambda stop: _work(house, settings, database, stop))


def run_jobs(houses: list[House]) -> None:
    """Run the clock of one house, or of several in one process, until SIGTERM."""
    settings = [house.settings() for house in houses]
    databases = [open_database(each) for each in settings]

    async def all_clocks(stop: asyncio.Event) -> None:
        triples = zip(houses, settings, databases, strict=True)
        await asyncio.gather(*(_keep_time(house, each, database, stop) for house, each, database in triples))

    _until_signal(settings[0], all_clocks)


def open_database(settings: Settings) -> Database:
    """Open a house's database; raise ClockSkewed when its clock is more than a few seconds from ours."""
    database = Database.connect(settings.own_database_url, pool_size=settings.pool_size)
    if database.is_ready() and database.clock_skew_seconds() > settings.clock_skew_limit_seconds:
        raise ClockSkewed(f"the clocks of this machine and of {settings.service}'s database differ: check NTP on both")
    return database


async def _work(house: House, settings: Settings, database: Database, stop: asyncio.Event) -> None:
    transport = open_transport(settings.bus_url)
    await transport.start()
    try:
        await house.create_worker(settings, database, transport).run(stop)
    finally:
        await transport.close()


async def _keep_time(house: House, settings: Settings, database: Database, stop: asyncio.Event) -> None:
    transport = open_transport(settings.bus_url)
    await transport.start()
    try:
        await run_clock(settings.service, database, transport, house.jobs, stop)
    finally:
        await transport.close()


def _until_signal(settings: Settings, role: Any) -> None:
    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        await role(stop)

    if settings.metrics_port:
        metrics.serve(settings.metrics_port)
    uvloop.run(main())
    log.info("role.left", service=settings.service)
