"""Make everything that a start needs.

Keys, the databases' newest revisions, the supplied texts, the queues on the broker.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from common import keys
from common.bus import open_transport
from common.config import Settings
from common.houses import SIGNERS
from suite.houses import HOUSES, STORED
from suite.supplied import put_supplied_texts


def prepare(*, create_databases: bool = False) -> list[str]:
    """Do all of it and return lines that say what was done; doing it again changes nothing."""
    done = []
    any_settings = HOUSES["identity"].settings()
    made = keys.initialise(any_settings.keys_dir, SIGNERS)
    if made:
        done.append(f"keys made: {', '.join(made)}")
    for house in STORED:
        settings = house.settings()
        _make_room(settings.own_database_url, create_databases=create_databases)
        done.append(f"{house.name}: database at {house.upgrade(settings)}")
    done.append(f"templates supplied: {put_supplied_texts()}")
    if not any_settings.bus_url.startswith("memory"):
        asyncio.run(declare_queues(any_settings))
        done.append("queues declared")
    return done


async def declare_queues(settings: Settings) -> None:
    """Declare every house's queues.

    Otherwise an event would be unroutable because a consumer has not started yet.
    """
    transport = open_transport(settings.bus_url)
    await transport.start()
    try:
        for house in STORED:
            await transport.declare(house.queues)
    finally:
        await transport.close()


def _make_room(url: str, *, create_databases: bool) -> None:
    """Make the folder of a SQLite file; on PostgreSQL make the database when asked to.

    Local development and tests ask.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        return
    if not create_databases:
        return
    engine = create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            existing = text("SELECT 1 FROM pg_database WHERE datname = :name")
            there = connection.scalar(existing, {"name": parsed.database})
            if not there:
                connection.execute(text(f'CREATE DATABASE "{parsed.database}"'))
    finally:
        engine.dispose()
