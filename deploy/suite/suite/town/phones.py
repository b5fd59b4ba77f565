"""What arrived on the town's phones: one SQLite file that survives a kill -9 of its process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from common import clock

_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS notifications (
    id INTEGER PRIMARY KEY,
    received_at TEXT NOT NULL,
    token TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    link TEXT NOT NULL,
    tag TEXT NOT NULL,
    is_urgent INTEGER NOT NULL,
    raw TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS notifications_by_token ON notifications (token, tag);
"""
_COLUMNS = "id, received_at, token, title, body, link, tag, is_urgent, raw"


@dataclass(frozen=True)
class NewNotification:
    """A notification as FCM took it.

    `raw` is the message as JSON. A later notification takes the place of one with the same `tag`.
    """

    token: str
    title: str
    body: str
    link: str
    tag: str
    is_urgent: bool
    raw: str


@dataclass(frozen=True)
class Notification:
    """A notification on a lock screen."""

    id: int
    received_at: datetime
    token: str
    title: str
    body: str
    link: str
    tag: str
    is_urgent: bool
    raw: str


@dataclass(frozen=True)
class Phone:
    """One phone and what it shows last."""

    token: str
    notifications: int
    last_title: str
    last_at: datetime


class Phones:
    """The town's phones in the file at `path`; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writing = threading.Lock()
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    def store(self, new: NewNotification) -> int:
        """Write a notification and return its number once it is committed."""
        sql = (
            "INSERT INTO notifications "
            "(received_at, token, title, body, link, tag, is_urgent, raw) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        row = (
            clock.now().isoformat(),
            new.token,
            new.title,
            new.body,
            new.link,
            new.tag,
            new.is_urgent,
            new.raw,
        )
        with self._writing, closing(self._connect()) as connection, connection:
            return int(connection.execute(sql, row).lastrowid or 0)

    def list_phones(self, query: str = "", limit: int = 100) -> list[Phone]:
        """Return phones whose token contains `query`, the newest notification first."""
        pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        sql = r"""
            SELECT found.token, found.count, notifications.title, notifications.received_at
            FROM (SELECT token, count(*) AS count, max(id) AS last_id FROM notifications
                  WHERE token LIKE ? ESCAPE '\'
                  GROUP BY token ORDER BY last_id DESC LIMIT ?) AS found
            JOIN notifications ON notifications.id = found.last_id ORDER BY found.last_id DESC
        """
        with self._reading() as connection:
            rows = connection.execute(sql, (pattern, limit)).fetchall()
        return [
            Phone(token, count, title, datetime.fromisoformat(at))
            for token, count, title, at in rows
        ]

    def list_on_screen(self, token: str, limit: int = 100) -> list[Notification]:
        """Return what a phone's lock screen shows, the newest first: of one tag only the last."""
        sql = f"""SELECT {_COLUMNS} FROM notifications
                  WHERE id IN (SELECT max(id) FROM notifications WHERE token = ?
                               GROUP BY CASE tag WHEN '' THEN id ELSE tag END)
                  ORDER BY id DESC LIMIT ?"""  # noqa: S608 - our own columns
        with self._reading() as connection:
            return [_stored(row) for row in connection.execute(sql, (token, limit))]

    def list_arrived(self, token: str | None = None, limit: int = 100) -> list[Notification]:
        """Return everything that arrived on one phone, or in the whole town, the newest first."""
        sql = f"""SELECT {_COLUMNS} FROM notifications
                  WHERE token = ? OR ? IS NULL ORDER BY id DESC LIMIT ?"""  # noqa: S608 - our own columns
        with self._reading() as connection:
            return [_stored(row) for row in connection.execute(sql, (token, token, limit))]

    def count(self) -> int:
        """Return how many notifications arrived."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM notifications").fetchone()[0])

    def count_duplicates(self) -> int:
        """Return how many arrivals were a second one of the same tag on the same phone."""
        sql = (
            "SELECT count(*) - count(DISTINCT token || '/' || tag) FROM notifications "
            "WHERE tag <> ''"
        )
        with self._reading() as connection:
            return int(connection.execute(sql).fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA synchronous = OFF")
        return connection


def _stored(row: tuple[int, str, str, str, str, str, str, int, str]) -> Notification:
    number, at, token, title, body, link, tag, is_urgent, raw = row
    return Notification(
        number, datetime.fromisoformat(at), token, title, body, link, tag, bool(is_urgent), raw
    )
