"""Work that one transaction leaves and another process waits for: PostgreSQL's NOTIFY."""

from __future__ import annotations

from typing import Any

import psycopg2
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from common.db.connect import POSTGRES, VIGILANCE, is_postgres


def wake_listeners(session: Session, channel: str) -> None:
    """Tell whoever waits for `channel` that this transaction has left work, at its commit.

    Nothing on SQLite: its only process wakes its relay itself.
    """
    if is_postgres(session):
        session.execute(text(f'NOTIFY "{channel}"'))


def open_listener(engine: Engine, channel: str) -> Any:
    """Return a driver's connection that listens to `channel` (its socket becomes readable).

    None on SQLite, which has no NOTIFY. The caller polls it and closes it.
    Raises psycopg2.OperationalError.
    """
    if not is_postgres(engine):
        return None
    address = engine.url.set(drivername=POSTGRES).render_as_string(hide_password=False)
    connection = psycopg2.connect(address, **VIGILANCE)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'LISTEN "{channel}"')
    return connection
