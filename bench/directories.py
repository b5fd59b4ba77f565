"""A directory of its own for a row that asks nothing of the other houses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

import directory
from bench.services import Services
from common.db import Database, migrate
from directory.store.models import METADATA


@contextmanager
def empty_directory(services: Services) -> Iterator[Database]:
    """Yield an empty database of directory on PostgreSQL."""
    url = make_url(services.new_database()).render_as_string(hide_password=False)
    migrations = Path(directory.__file__).parent / "migrations"
    migrate.upgrade(
        url,
        migrations,
        METADATA,
    )
    database = Database.connect(url)
    try:
        yield database
    finally:
        database.dispose()
