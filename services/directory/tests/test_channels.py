"""A contact point is of the kind of its channel; older rows said `app` for push."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import directory
from common.db import migrate
from directory.store.models import METADATA, ContactPoint, Guardian, Snapshot

MIGRATIONS = Path(directory.__file__).parent / "migrations"
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, make_database) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/directory.db"
    return make_database("channels")


def test_what_said_app_says_push_after_the_migration(url):
    migrate.upgrade(url, MIGRATIONS, METADATA, to="0008")
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            write_old_rows(connection)
        migrate.upgrade(url, MIGRATIONS, METADATA)
        with engine.begin() as connection:
            assert connection.scalars(sa.select(ContactPoint.kind)).all() == ["push"]
            [summary] = connection.scalars(sa.select(Snapshot.summary))
        assert summary["channels"] == ["mail", "push"]
        assert summary["contact_points"] == {"mail": 3, "push": 2}
        assert summary["pupil_heads"] == 4
    finally:
        engine.dispose()


def write_old_rows(connection: sa.Connection) -> None:
    school_id, guardian_id = uuid4(), uuid4()
    guardian = {"id": guardian_id, "school_id": school_id, "language": "ja"}
    connection.execute(sa.insert(Guardian).values(guardian))
    point = {
        "id": uuid4(),
        "school_id": school_id,
        "guardian_id": guardian_id,
        "kind": "app",
        "address": b"sealed",
        "address_index": b"index",
        "state": "active",
        "created_at": WHEN,
    }
    connection.execute(sa.insert(ContactPoint).values(point))
    summary = {
        "channels": ["mail", "app"],
        "contact_points": {"mail": 3, "app": 2},
        "pupil_heads": 4,
    }
    snapshot = {
        "id": uuid4(),
        "school_id": school_id,
        "created_at": WHEN,
        "audience": {},
        "label": "全校",
        "heads": 4,
        "households": 4,
        "summary": summary,
    }
    connection.execute(sa.insert(Snapshot).values(snapshot))
