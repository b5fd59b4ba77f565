"""A new installation for commands that are tested with no role running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common import keys
from common.db import Database
from common.houses import SIGNERS
from suite import environment
from suite.houses import HOUSES


@pytest.fixture
def keys_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the keys folder of a new installation, of which commands are told by the environment."""
    for name, value in environment.standalone(tmp_path / ".run", 8000, 2525).items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".run" / "data").mkdir(parents=True)
    folder = tmp_path / ".run" / "keys"
    keys.initialise(folder, SIGNERS)
    return folder


@pytest.fixture
def identity(keys_dir: Path) -> Iterator[Database]:
    """Give the database of its identity."""
    house = HOUSES["identity"]
    settings = house.settings()
    house.upgrade(settings)
    database = Database.connect(settings.own_database_url)
    yield database
    database.dispose()
