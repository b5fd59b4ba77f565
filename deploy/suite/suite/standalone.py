"""Standalone mode: all houses, their workers and clocks, and the town in one process.

They are behind one address, as `suite.together` says.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import uvloop
import waitress

from common import clock
from common.bus import open_transport, publish_again
from common.collector import quiet_collector
from common.db import Database
from common.keys import Keys
from common.schedule import run_clock
from suite.demo import operator
from suite.houses import HOUSES, STORED, Doors
from suite.together import Together
from suite.town import Town, TownSettings
from suite.town.control import DEMO_PACE, RelaySettings
from suite.town.pages import create_town_app
from suite.townspeople import city_of

log = structlog.get_logger()

REMEMBERED = timedelta(hours=1)
OTHER_DOORS_SECONDS = 1.0


@dataclass
class Standalone:
    """The whole product in one process.

    `relay_port` is where the town's relay will listen, `inbound_port` where it brings bounces.
    """

    run_dir: Path
    relay_port: int
    inbound_port: int = 0
    together: Together = field(init=False)

    def __post_init__(self) -> None:
        """Connect the houses to one another and to their databases.

        A door opens when it is first knocked at.
        """
        self.together = Together(HOUSES)
        for house in STORED:
            url = self.together.settings[house.name].own_database_url
            self.together.databases[house.name] = Database.connect(url)

    @property
    def databases(self) -> Mapping[str, Database]:
        return self.together.databases

    def remember(self) -> None:
        """Publish the last hour's events again.

        What the bus in memory held went with the process, however that ended.
        """
        for database in self.databases.values():
            with database.for_system() as session:
                publish_again(session, clock.now() - REMEMBERED)

    def start_roles(self) -> Roles:
        """Start the town, the workers and the clocks on a loop of their own thread.

        Return when the relay listens.
        """
        self.remember()
        roles = Roles(self)
        roles.start()
        return roles

    def serve(self, port: int, town: Town) -> None:
        """Serve until SIGINT or SIGTERM.

        The gateway is at /, the houses' APIs under their names, the town at /town.
        """
        town_app = create_town_app(
            town.mailboxes,
            town.control,
            fcm=town.fcm,
            line=town.line,
            names=town.names,
            postman=town.postman,
            city=city_of(town.names, f"http://localhost:{port}"),
            authenticator=operator.authenticator_address(),
            product="/",
            prefix="",
        )
        root = self.together.front({"/town": town_app})
        threads = self.together.settings["gateway"].web_threads
        server = waitress.create_server(
            root, listen=f"127.0.0.1:{port}", threads=threads, ident="renraku"
        )
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _leave)
        # Whoever opens the first page waits for the gateway's door alone; the others open while it
        # is read.
        self.together.app("gateway")
        others = threading.Timer(OTHER_DOORS_SECONDS, self.together.open)
        others.start()
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            log.info("standalone.leaving")
        finally:
            others.cancel()
            server.close()

    def close(self) -> None:
        for database in self.databases.values():
            database.dispose()


class Roles(threading.Thread):
    """Workers, clocks and the town's relay on one uvloop in one thread."""

    def __init__(self, standalone: Standalone) -> None:
        super().__init__(name="roles")
        self._standalone = standalone
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Event | None = None
        self._ready = threading.Event()
        self.failure: BaseException | None = None
        relay = RelaySettings(port=standalone.relay_port)
        path = standalone.run_dir / "data" / "town.db"
        settings = TownSettings(path, DEMO_PACE, relay, inbound_port=standalone.inbound_port)
        self.town = Town(settings)

    def start(self) -> None:
        super().start()
        self._ready.wait()
        if self.failure is not None:
            raise self.failure

    def run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._main())
        except BaseException as error:
            self.failure = error
            log.exception("standalone.roles_failed")
            # Pages that go on while nothing is sent any more would be a lie.
            if self._ready.is_set():
                os.kill(os.getpid(), signal.SIGTERM)
        finally:
            self._ready.set()

    def finish(self) -> None:
        """Stop claiming, finish what is in hand, settle, and return."""
        if self._loop is not None and self._leaving is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._leaving.set)
        self.join(30)

    async def _main(self) -> None:
        self._loop, self._leaving = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_default_executor(ThreadPoolExecutor(32, thread_name_prefix="role"))
        await self.town.start()
        quiet_collector()
        self._ready.set()
        try:
            await asyncio.gather(*(self._run_house(house, self._leaving) for house in STORED))
        finally:
            await self.town.stop()

    async def _run_house(self, house: Doors, stop: asyncio.Event) -> None:
        settings = self._standalone.together.settings[house.name]
        database = self._standalone.databases[house.name]
        transport = open_transport(settings.bus_url)
        await transport.start()
        await transport.declare(house.queues)
        try:
            worker = house.create_worker(settings, database, transport)
            keys = Keys(settings.keys_dir, house.name)
            roles = [worker.run(stop), run_clock(keys, database, transport, house.jobs, stop)]
            if house.has_inbound:
                roles.append(house.create_inbound(settings, database).run(stop))
            await asyncio.gather(*roles)
        finally:
            await transport.close()


def _leave(*_: Any) -> None:
    raise SystemExit(0)
