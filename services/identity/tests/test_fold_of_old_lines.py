"""Migrations fold the lines that stood in the log before confirmations did (ID-9)."""

from __future__ import annotations

import importlib.util
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from log_book import told
from sqlalchemy import insert, select

import identity
from common import clock
from common.db import Database
from identity.actions.operation_log import append_operation
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


def migrate(database: Database, revision: str, step: str) -> None:
    """Do what a step of a migration does to the rows that are there."""
    path = next((MIGRATIONS / "versions").glob(f"{revision}_*.py"))
    spec = importlib.util.spec_from_file_location(f"revision_{revision}", path)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with database.for_system() as session:
        statement = getattr(migration, step)(session.connection())
        session.execute(statement)


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
    migrate(database, "0004", "fold")
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


def test_a_confirmation_of_a_day_that_began_before_the_index_folds_under_its_old_first_line(
    database: Database,
) -> None:
    school, trip = uuid4(), uuid4()
    first, twin = line(school, trip, 1), line(school, trip, 2)
    with database.for_system() as session:
        # Two first ones, which the lock of before has never let in: one is marked, both stay shown.
        session.execute(insert(OperationLine), [first, twin])
    migrate(database, "0009", "mark_first")
    event = told(
        school,
        EVENING,
        action="message.confirmed",
        actor_kind="guardian",
        target_id=trip,
        details={"children": 1},
    )
    with database.for_system() as session:
        append_operation(session, event, None, now=clock.now())
    with database.for_school(school, read_only=True) as session:
        kept = session.scalars(select(OperationLine).where(OperationLine.school_id == school))
        found = {row.id: (row.under_id, row.first_on) for row in kept}
    assert found == {
        first["id"]: (None, date(2026, 11, 24)),
        twin["id"]: (None, None),
        event.id: (first["id"], None),
    }
