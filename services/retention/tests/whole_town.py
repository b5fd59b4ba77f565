"""The houses with a store, each with its own database, worker and relay, on the bus in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from common import bus, clock
from common.bus import tables
from common.db import Database, migrate
from common.keys import Keys
from common.testing.tokens import bearer, service_token
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED

STORED = ("identity", "directory", "messaging", "dispatch-mail", "dispatch-line", "dispatch-push")
PACKAGES = {name: name.replace("-", "_") for name in STORED}
ALL = {**PACKAGES, "retention": "retention"}
DEADLINE_SECONDS = 60.0


@dataclass
class Town:
    """All houses; `running(*names)` runs their relays for the length of a block, and the workers of
    those named.
    """

    folder: Path
    keys_dir: Path
    settings: dict[str, Any] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)

    def open(self, name: str, url: str) -> None:
        """Open a house on a database of its own, by its own migrations."""
        package = import_module(ALL[name])
        migrations = Path(str(package.__file__)).parent / "migrations"
        migrate.upgrade(url, migrations, self.metadata(name))
        given: dict[str, Any] = (
            {"keyring_dir": self.folder / "keyring", "bcrypt_cost": 4} if name == "identity" else {}
        )
        if name == "dispatch-push":
            given = {"fcm_service_account_file": self.folder / "none.json"}
        if name == "identity" or name.startswith("dispatch-"):
            given["base_url"] = "http://localhost:8000"
        settings = import_module(f"{ALL[name]}.config").Settings
        self.settings[name] = settings.load(
            database_url=url, bus_url="memory://", keys_dir=self.keys_dir, **given
        )
        self.databases[name] = Database.connect(url)

    def metadata(self, name: str) -> Any:
        return import_module(f"{ALL[name]}.store.models").METADATA

    def app(self, name: str) -> Any:
        return import_module(f"{ALL[name]}.app").create_app(
            self.settings[name], database=self.databases[name]
        )

    def call(self, name: str, method: str, path: str, **request: Any) -> Any:
        """Knock at a house's HTTP door as the operator."""
        headers = bearer(service_token(self.keys_dir, "operator", name))
        return self.app(name).test_client().open(path, method=method, headers=headers, **request)

    def rows(self, school_id: UUID) -> dict[str, dict[str, int]]:
        """Count a school's rows in every house, by table, where there are any."""
        found: dict[str, dict[str, int]] = {}
        for name in PACKAGES:
            own = [
                t
                for t in self.metadata(name).sorted_tables
                if "school_id" in t.c and t.name not in ("outbox", "erased_schools")
            ]
            with self.databases[name].for_system(read_only=True) as session:
                counted = {
                    t.name: session.scalar(select(func.count()).where(t.c.school_id == school_id))
                    for t in own
                }
            found[name] = {table: count for table, count in counted.items() if count}
        return {name: counts for name, counts in found.items() if counts}

    def parked(self) -> dict[str, list[bus.ParkedEvent]]:
        found = {}
        for name, database in self.databases.items():
            with database.for_system(read_only=True) as session:
                found[name] = bus.list_parked(session)
        return {name: events for name, events in found.items() if events}

    async def publish(self, message: bus.Outgoing) -> None:
        """Write on the bus past every outbox, as who knows its password may."""
        transport = bus.open_transport("memory://")
        await transport.start()
        await transport.publish(message)
        await transport.close()

    def unpublished(self, name: str) -> int:
        """Count what a house has still to say."""
        with self.databases[name].for_system(read_only=True) as session:
            waiting = (
                select(func.count())
                .select_from(tables.outbox)
                .where(tables.outbox.c.published_at.is_(None))
            )
            return session.scalar(waiting) or 0

    @asynccontextmanager
    async def running(self, *workers: str) -> AsyncIterator[None]:
        stop, tasks = asyncio.Event(), []
        async with AsyncExitStack() as stack:
            for name in ALL:
                room = import_module(f"{ALL[name]}.worker")
                transport = bus.open_transport("memory://")
                await transport.start()
                stack.push_async_callback(transport.close)
                await transport.declare(room.QUEUES)
                tasks.append(
                    bus.Relay(self.databases[name], transport, Keys(self.keys_dir, name)).run(stop)
                )
                if name in workers:
                    tasks.append(self._queue_door(name, transport).run(stop))
            running = [asyncio.create_task(task) for task in tasks]
            try:
                yield
            finally:
                stop.set()
                await asyncio.gather(*running)

    def _queue_door(self, name: str, transport: bus.Transport) -> bus.Worker:
        """Return a house's worker; of a dispatcher what it hears of a school's end, because nothing
        is sent here.
        """
        database = self.databases[name]
        if name.startswith("dispatch-"):
            erase = bus.erase_school(
                self.metadata(name), name, ask_retention(self.settings[name], database)
            )
            handlers = {"school.erasing": erase, "key.destroyed": KEY_DESTROYED}
            keys = Keys(self.keys_dir, name)
            return bus.Worker(
                keys, database, transport, [bus.erasure_queue(name, "key.destroyed")], handlers
            )
        worker: bus.Worker = import_module(f"{ALL[name]}.worker").create_worker(
            self.settings[name], database, transport
        )
        return worker

    @staticmethod
    async def until(fact: Callable[[], object]) -> None:
        """Wait until a fact is true; fail when it isn't in time."""
        deadline = clock.monotonic() + DEADLINE_SECONDS
        while not fact():
            assert clock.monotonic() < deadline, "the fact did not come true in time"
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), 0.05)
