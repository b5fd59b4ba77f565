"""Migrations of one house (alembic), on either database.

They have a lock time-out, and are never half done.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url

from common.db.connect import POSTGRES, VIGILANCE, is_postgres


class ForeignKeyBroken(Exception):
    """A migration on SQLite would leave rows that point nowhere; it was rolled back."""


def upgrade(url: str, folder: Path, metadata: MetaData, to: str = "head") -> str | None:
    """Bring a database up to a revision in `folder`, a house's `migrations/`; return the newest."""
    config = _config(folder)
    script = ScriptDirectory.from_config(config)

    def steps(revision: Any, _context: Any) -> Any:
        # What alembic's own `upgrade` command calls.
        return script._upgrade_revs(to, revision)

    engine = _open(url)
    on_sqlite = not is_postgres(engine)
    if on_sqlite:
        # With foreign keys on, a batch migration deletes the children of the table it rebuilds (ON
        # DELETE CASCADE): off meanwhile, and checked after.
        event.listen(engine, "connect", lambda c, _r: setattr(c, "isolation_level", None))
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            if not on_sqlite:
                lock = "SELECT pg_advisory_xact_lock(hashtext('renraku.migrate'))"
                connection.execute(text("SET LOCAL lock_timeout = '5s'"))
                connection.execute(text(lock))
            with EnvironmentContext(config, script, fn=steps) as environment:
                _configure(environment, connection, metadata)
                environment.run_migrations()
            if on_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise ForeignKeyBroken(folder.parent.name)
    finally:
        engine.dispose()
    return script.get_current_head()


def _open(url: str) -> Engine:
    """Return an engine without a limit to its statements: a migration may take its time."""
    on_postgres = make_url(url).get_backend_name() == POSTGRES
    return create_engine(url, connect_args=VIGILANCE if on_postgres else {})


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _configure(environment: EnvironmentContext, connection: Connection, metadata: MetaData) -> None:
    environment.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
        transaction_per_migration=False,
    )


__all__ = ["ForeignKeyBroken", "upgrade"]
