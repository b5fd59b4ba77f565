"""A house's database as its doors see it.

Its sessions commit at the end of the block, or nothing happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg2.errors import LockNotAvailable, QueryCanceled, ReadOnlySqlTransaction
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from common import pulse, transactions
from common.db import erasure
from common.db.clock_check import ClockCheck
from common.db.connect import MACHINES, Patience, connect, is_postgres, reach
from common.errors import Broken, Unavailable

# Of a transaction: the longest purges a day's events, or takes a school's roster in.
LONGEST_SECONDS = 300.0


class Database:
    """Sessions on one database.

    The door that opens one commits it by leaving the block; actions never commit.
    """

    def __init__(self, bind: Engine | Connection, **session_options: Any) -> None:
        self._bind = bind
        self._write = sessionmaker(bind, expire_on_commit=False, **session_options)
        reading = bind.execution_options(read_only=True) if isinstance(bind, Engine) else bind
        self._read = sessionmaker(reading, expire_on_commit=False, **session_options)
        # Channel → what tells the loops of this process that wait for its work (`db.listen`).
        self.waiting_for: defaultdict[str, set[Callable[[], None]]] = defaultdict(set)
        self.clock = ClockCheck(self.ask_time)
        # Whether there is a table of erased schools: asked once.
        self._marks_erased: bool | None = None

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 5, patience: Patience = MACHINES) -> Database:
        """Open a database by its URL; nothing is sent to it yet."""
        return cls(connect(url, pool_size=pool_size, patience=patience))

    @property
    def engine(self) -> Engine:
        return self._bind if isinstance(self._bind, Engine) else self._bind.engine

    @contextmanager
    def for_school(
        self, school_id: UUID, *, read_only: bool = False, even_erased: bool = False
    ) -> Iterator[Session]:
        """Open a transaction for one school (`session.info["school_id"]`).

        Raises SchoolErased before anything is written for a school whose erasure has begun, unless
        `even_erased`.
        """
        with self._open(read_only, school_id) as session:
            may_be_erased = read_only or even_erased
            if not may_be_erased and self._is_erased(session, school_id):
                raise erasure.SchoolErased()
            yield session

    def has_erased(self, school_id: UUID) -> bool:
        """Return whether a school's erasure has begun here."""
        with self.for_school(school_id, read_only=True) as session:
            return self._is_erased(session, school_id)

    def _is_erased(self, session: Session, school_id: UUID) -> bool:
        if self._marks_erased is None:
            tables = inspect(session.connection())
            self._marks_erased = tables.has_table(erasure.erased_schools.name)
        return self._marks_erased and erasure.is_erased(session, school_id)

    @contextmanager
    def for_system(self, *, read_only: bool = False) -> Iterator[Session]:
        """Open a transaction that may see every school: clocks, relays, dispatch loops."""
        with self._open(read_only, None) as session:
            yield session

    @contextmanager
    def _open(self, read_only: bool, school_id: UUID | None) -> Iterator[Session]:
        maker = self._read if read_only else self._write
        entered = transactions.enter()
        # Whether the commit was sent: its answer may be lost while it is done.
        is_unsure = False
        try:
            with pulse.step("transaction", LONGEST_SECONDS), maker.begin() as session:
                reach(session)
                session.info["school_id"] = school_id
                yield session
                session.flush()
                is_unsure = not read_only
            woken = session.info.pop("woken", ())
        except (OperationalError, PoolTimeout) as error:
            if isinstance(getattr(error, "orig", None), (QueryCanceled, LockNotAvailable)):
                raise StatementGivenUp from error
            raise DatabaseAway(error, is_unsure) from error
        except DBAPIError as error:
            is_standby = isinstance(error.orig, ReadOnlySqlTransaction)
            if is_standby:
                # What was the primary is none any more: the next connection finds the new one.
                self.engine.dispose()
            if error.connection_invalidated or is_standby:
                raise DatabaseAway(error, is_unsure) from error
            raise
        finally:
            transactions.leave(entered)
        for channel in woken:
            for tell in list(self.waiting_for[channel]):
                tell()

    def is_ready(self) -> bool:
        """Return whether the database answers."""
        try:
            with self.for_system(read_only=True) as session:
                session.execute(text("SELECT 1"))
        except Unavailable:
            return False
        return True

    def ask_time(self) -> datetime | None:
        """Return what time it is there; None on SQLite, which has no clock of its own."""
        if not is_postgres(self.engine):
            return None
        with self.for_system(read_only=True) as session:
            return session.scalar(text("SELECT clock_timestamp()"))

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class DatabaseAway(Unavailable):
    """The database can't be reached or gave up under us.

    Nothing of the transaction happened, or nobody knows (`is_unsure`).
    """

    def __init__(self, cause: Exception, is_unsure: bool = False) -> None:
        if is_unsure:
            done = "Perhaps it is done: look before you repeat it."
        else:
            done = "Nothing was changed."
        super().__init__("database_away", f"The database can't be reached. {done}")
        self.cause = cause


class StatementGivenUp(Broken):
    """The database is there, and gave up one statement.

    It took too long or waited too long for a lock.
    """

    def __init__(self) -> None:
        super().__init__(
            "database_away", "The database gave up in the middle. Nothing was changed."
        )
