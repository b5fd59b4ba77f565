"""Standalone mode: all houses, their workers and clocks, and the town in one process.

They are behind one address. Each call between houses runs in a context of its own, so that a house
sees of its caller what a socket would show.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvloop
import waitress
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from common import clock
from common.bus import open_transport, publish_again
from common.collector import quiet_collector
from common.config import Settings
from common.db import Database
from common.keys import Keys
from common.schedule import run_clock
from common.web import client
from suite.demo import operator
from suite.houses import HOUSES, STORED, Doors
from suite.town import Town, TownSettings
from suite.town.control import DEMO_PACE, RelaySettings
from suite.town.pages import create_town_app

log = structlog.get_logger()

REMEMBERED = timedelta(hours=1)


class Isolated:
    """Run a WSGI application in an empty context.

    Without it the inner house would wipe its caller's log context.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return contextvars.Context().run(self._app, environ, start_response)


@dataclass
class Standalone:
    """The whole product in one process; `relay_port` is where the town's relay will listen."""

    run_dir: Path
    relay_port: int
    settings: dict[str, Settings] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    _apps: dict[str, Any] = field(init=False, default_factory=dict)
    _opening: threading.RLock = field(init=False, default_factory=threading.RLock)

    def build(self) -> None:
        """Open every house's HTTP door, connected to the others without sockets."""
        self.connect()
        for name in HOUSES:
            self.app(name)

    def connect(self) -> None:
        """Connect the houses to one another and to their databases.

        A door opens when it is first knocked at.
        """
        for house in HOUSES.values():
            self.settings[house.name] = house.settings()
        for house in HOUSES.values():
            client.transports[house.name] = httpx.WSGITransport(
                app=Isolated(_Late(self, house.name)), raise_app_exceptions=False
            )
        for house in STORED:
            self.databases[house.name] = Database.connect(
                self.settings[house.name].own_database_url
            )

    def app(self, name: str) -> Any:
        """Return a house's application."""
        # Without the lock two who knock at once would open two doors.
        with self._opening:
            if name not in self._apps:
                house = HOUSES[name]
                given = {"database": self.databases[name]} if house.has_store else {}
                self._apps[name] = house.create_app(self.settings[name], **given)
            return self._apps[name]

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
        mounts = {f"/{house.name}": self.app(house.name) for house in STORED}
        mounts["/town"] = create_town_app(
            town.mailboxes,
            town.control,
            fcm=town.fcm,
            line=town.line,
            names=town.names,
            authenticator=operator.authenticator_address(),
            product="/",
            prefix="",
        )
        root = DispatcherMiddleware(self.app("gateway"), mounts)
        server = waitress.create_server(
            root, listen=f"127.0.0.1:{port}", threads=16, ident="renraku"
        )
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _leave)
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            log.info("standalone.leaving")
        finally:
            server.close()

    def close(self) -> None:
        for database in self.databases.values():
            database.dispose()


class _Late:
    """A house's application, looked up when it is called: houses call one another in a circle."""

    def __init__(self, standalone: Standalone, name: str) -> None:
        self._standalone = standalone
        self._name = name

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._standalone.app(self._name)(environ, start_response)


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
        self.town = Town(TownSettings(path, DEMO_PACE, relay))

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
        settings = self._standalone.settings[house.name]
        database = self._standalone.databases[house.name]
        transport = open_transport(settings.bus_url)
        await transport.start()
        await transport.declare(house.queues)
        try:
            worker = house.create_worker(settings, database, transport)
            keys = Keys(settings.keys_dir, house.name)
            await asyncio.gather(
                worker.run(stop), run_clock(keys, database, transport, house.jobs, stop)
            )
        finally:
            await transport.close()


def _leave(*_: Any) -> None:
    raise SystemExit(0)
