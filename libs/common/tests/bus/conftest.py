"""Two worlds in which the bus runs.

One process (memory, SQLite) and several machines (RabbitMQ, PostgreSQL).
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pika
import pytest
from bus_world import METADATA, World

from common.bus import memory
from common.db import Database


@pytest.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.rabbit)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Yield the world in one process, then the one with servers."""
    if request.param == "memory":
        url, database_url = "memory://", f"sqlite:///{tmp_path / 'house.sqlite'}"
    else:
        url = request.getfixturevalue("rabbit_server").url
        database_url = request.getfixturevalue("make_database")("bus")
    database = Database.connect(database_url)
    METADATA.create_all(database.engine)
    made = World(url, database, tmp_path / "keys")
    yield made
    for transport in made.opened:
        await transport.close()
    database.dispose()
    if request.param == "memory":
        memory.forget_everything()
    else:
        forget_queues(url, made.service)


def forget_queues(url: str, service: str) -> None:
    """Delete a test's queues, or the next test's events would be routed to them."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    for name in ("work", "other", "urgent", "normal", "erasure", "dead"):
        channel.queue_delete(f"{service}.{name}")
    connection.close()
