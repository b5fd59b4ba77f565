"""The houses with a store, each with its own PostgreSQL database, worker and relay, on the bus in
memory; no process, no socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from whole_town import ALL, Town

from common.bus import memory
from common.testing.tokens import make_keys
from common.web.client import transports


@pytest.fixture
def town(make_database: Callable[[str], str], tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path, make_keys(tmp_path / "keys"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ALL:
            town.open(name, make_database(f"whole_{ALL[name]}"))
        for name in ("identity", "retention"):
            patch.setitem(transports, name, httpx.WSGITransport(town.app(name)))
        yield town
    for database in town.databases.values():
        database.dispose()
    memory.forget_everything()
