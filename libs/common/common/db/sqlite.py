"""SQLite as a house's database: one file, one writer at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection


class FairLock:
    """A first-come, first-served lock.

    SQLite's own busy wait is unfair: without this, one writer in a hundred waits for more than a
    second.
    """

    def __init__(self) -> None:
        self._waiting: deque[threading.Event] = deque()
        self._guard = threading.Lock()
        self._held = False

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_writer_locks: dict[str, FairLock] = {}
_writer_locks_guard = threading.Lock()


def prepare(engine: Engine) -> None:
    """Give an engine WAL, foreign keys, and a fair writer lock for its file.

    Sessions that write begin with BEGIN IMMEDIATE behind that lock: a deferred BEGIN loses updates
    or fails with "database is locked". Sessions that only read begin at once.
    """
    with _writer_locks_guard:
        lock = _writer_locks.setdefault(str(engine.url.database), FairLock())
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", lambda connection: _begin(connection, lock))
    event.listen(engine, "commit", lambda connection: _release(connection, lock))
    event.listen(engine, "rollback", lambda connection: _release(connection, lock))


def _set_pragmas(connection: Any, _record: Any) -> None:
    # Otherwise the driver opens late transactions of its own.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection, lock: FairLock) -> None:
    if connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN")
        return
    lock.acquire()
    connection.info["writer"] = True
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _release(connection, lock)
        raise


def _release(connection: Connection, lock: FairLock) -> None:
    if connection.info.pop("writer", False):
        lock.release()
