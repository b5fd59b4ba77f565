"""The migration folds the lines that stood in the log before confirmations were (ID-9)."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

import identity
from common.db import Database
from identity.store.models import OperationLine

MIGRATIONS = Path(identity.__file__).parent / "migrations"
# 23:30 on 24 November in Japan: half an hour later it is another day there, and none in UTC
EVENING = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


def line(school_id: UUID, message_id: UUID, position: int, **given: Any) -> dict[str, Any]:
    """Return a row as it was written before."""
    return {
        "id": uuid4(),
        "school_id": school_id,
        "position": position,
        "at": EVENING + timedelta(minutes=position),
        "action": "message.confirmed",
        "actor_kind": "guardian",
        "actor_id": uuid4(),
        "target_kind": "message",
        "target_id": message_id,
        "details": {},
        **given,
    }


def fold(database: Database) -> None:
    """Do what the migration does to the rows that are there."""
    path = next((MIGRATIONS / "versions").glob("0004_*.py"))
    spec = importlib.util.spec_from_file_location("folded_operations", path)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with database.for_system() as session:
        session.execute(migration.fold(session.connection()))


def test_old_confirmations_fold_under_the_first_of_their_message_and_day(
    database: Database,
) -> None:
    school, trip, sports = uuid4(), uuid4(), uuid4()
    rows = [
        line(school, trip, 1),
        line(school, trip, 2),
        line(school, sports, 3),
        line(school, trip, 4, actor_kind="staff"),
        line(school, trip, 5, action="message.released"),
        line(school, trip, 31),
        line(school, trip, 32),
    ]
    with database.for_system() as session:
        session.execute(insert(OperationLine), rows)
    fold(database)
    with database.for_school(school, read_only=True) as session:
        kept = session.scalars(select(OperationLine).where(OperationLine.school_id == school))
        found = {row.position: row.under_id for row in kept}
    assert found == {
        1: None,
        2: rows[0]["id"],
        3: None,
        4: None,
        5: None,
        31: None,
        32: rows[5]["id"],
    }
