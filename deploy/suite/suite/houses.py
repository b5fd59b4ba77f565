"""The houses by name, and how to open each of their doors.

Nothing is imported before a door is opened: workers load no Flask, the gateway no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from common import houses
from common.config import Settings
from common.houses import House

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from common.bus import Queue, Transport
    from common.db import Database
    from common.schedule import Job


@dataclass(frozen=True, slots=True)
class Doors:
    """What opens each door of a house."""

    house: House

    @property
    def name(self) -> str:
        return self.house.name

    @property
    def package(self) -> str:
        return self.house.package

    @property
    def has_store(self) -> bool:
        return self.house.has_store

    def _room(self, room: str) -> ModuleType:
        return import_module(f"{self.package}.{room}")

    def settings(self) -> Settings:
        """Read this house's settings from the environment; raises SettingsRefused."""
        loaded: Settings = self._room("config").Settings.load()
        return loaded

    def create_app(self, settings: Settings, **given: Any) -> Any:
        """Return the HTTP door (a Flask application)."""
        return self._room("app").create_app(settings, **given)

    def create_worker(self, settings: Settings, database: Database, transport: Transport) -> Any:
        """Return the queue door: an object with `run(stop)`."""
        return self._room("worker").create_worker(settings, database, transport)

    @property
    def has_inbound(self) -> bool:
        """Whether mails come in at this house."""
        return self.name == "dispatch-mail"

    def create_inbound(self, settings: Settings, database: Database) -> Any:
        """Return the mail door: an object with `run(stop)` and `listener`."""
        return self._room("inbound").create_inbound(settings, database)

    @property
    def queues(self) -> Sequence[Queue]:
        """Return the queues this house hears."""
        queues: Sequence[Queue] = self._room("worker").QUEUES
        return queues

    @property
    def jobs(self) -> Sequence[Job]:
        """Return what this house's clock does."""
        jobs: Sequence[Job] = self._room("jobs").JOBS
        return jobs

    @property
    def metadata(self) -> MetaData:
        metadata: MetaData = self._room("store.models").METADATA
        return metadata

    @property
    def migrations(self) -> Path:
        return Path(str(import_module(self.package).__file__)).parent / "migrations"

    def upgrade(self, settings: Settings) -> str | None:
        """Bring this house's database to its newest revision; return it."""
        from common.db import revision

        url = settings.own_database_url
        newest = revision.newest(self.migrations)
        if newest is not None and revision.is_at(url, newest):
            return newest
        # alembic, for the few starts that have something to migrate.
        from common.db import migrate

        return migrate.upgrade(url, self.migrations, self.metadata)


HOUSES = {house.name: Doors(house) for house in houses.HOUSES}
STORED = tuple(doors for doors in HOUSES.values() if doors.has_store)
