"""What arrived in the town: one SQLite file that survives a kill -9 of its process.

Mails are written by one thread in groups: all that wait while a commit runs share the next one, and
`submit` reports a mail as stored only after its commit. `synchronous=OFF` leaves the writing out to
the system, which is enough when the process dies and not when the machine does: this is a
simulation, and it must keep up with load tests.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from common import clock

MAX_GROUP = 500  # submissions per commit
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY,
    received_at TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mails_by_recipient ON mails (recipient, message_id);
"""
_INSERT = (
    "INSERT INTO mails (received_at, envelope_from, recipient, message_id, subject, raw) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_MAIL_COLUMNS = "id, received_at, envelope_from, recipient, message_id, subject, raw"


@dataclass(frozen=True)
class NewMail:
    """One mail for one recipient, as the relay took it.

    `recipient` is unquoted, `raw` is the whole content.
    """

    envelope_from: str
    recipient: str
    message_id: str
    subject: str
    raw: bytes


@dataclass(frozen=True)
class StoredMail:
    """A mail that lies in a mailbox."""

    id: int
    received_at: datetime
    envelope_from: str
    recipient: str
    message_id: str
    subject: str
    raw: bytes


@dataclass(frozen=True)
class Mailbox:
    """One address and what arrived there last."""

    address: str
    mails: int
    last_subject: str
    last_at: datetime


@dataclass(frozen=True)
class Duplicate:
    """A recipient who got the same Message-ID more than once."""

    recipient: str
    message_id: str
    times: int


_Submission = tuple[list[tuple[str, str, str, str, str, bytes]], "Future[int]"]


class Mailboxes:
    """The town's mailboxes in the file at `path`; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._queue: SimpleQueue[_Submission | None] = SimpleQueue()
        self._closed = False
        self._door = threading.Lock()  # nothing enters the queue after the closing mark
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
        self._writer = threading.Thread(
            target=self._write,
            name="town-mailboxes",
            daemon=True,
        )
        self._writer.start()

    def submit(self, mails: Sequence[NewMail]) -> Future[int]:
        """Queue `mails`.

        The future holds their number once they are committed, or the database's error.
        """
        moment = clock.now().isoformat()
        rows = [
            (moment, m.envelope_from, m.recipient, m.message_id, m.subject, m.raw) for m in mails
        ]
        future: Future[int] = Future()
        with self._door:
            if self._closed:
                raise RuntimeError("the mailboxes are closed")
            self._queue.put((rows, future))
        return future

    def store(self, mails: Sequence[NewMail]) -> int:
        """Write `mails` and return their number when they are committed."""
        return self.submit(mails).result()

    def close(self) -> None:
        """Write what is queued and end the writer."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._writer.join()

    def list_mailboxes(self, query: str = "", limit: int = 100) -> list[Mailbox]:
        """Return addresses that contain `query`, the one with the newest mail first."""
        pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        sql = r"""
            SELECT found.recipient, found.mails, mails.subject, mails.received_at
            FROM (SELECT recipient, count(*) AS mails, max(id) AS last_id FROM mails
                  WHERE recipient LIKE ? ESCAPE '\'
                  GROUP BY recipient ORDER BY last_id DESC LIMIT ?) AS found
            JOIN mails ON mails.id = found.last_id ORDER BY found.last_id DESC
        """
        with self._reading() as connection:
            rows = connection.execute(sql, (pattern, limit)).fetchall()
        return [
            Mailbox(address, mails, subject, datetime.fromisoformat(at))
            for address, mails, subject, at in rows
        ]

    def list_mails(self, address: str, limit: int = 100) -> list[StoredMail]:
        """Return the mails of one mailbox, the newest first."""
        sql = f"SELECT {_MAIL_COLUMNS} FROM mails WHERE recipient = ? ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own columns
        with self._reading() as connection:
            return [_stored(row) for row in connection.execute(sql, (address, limit))]

    def list_latest(self, limit: int = 100) -> list[StoredMail]:
        """Return the newest mails of the whole town."""
        sql = f"SELECT {_MAIL_COLUMNS} FROM mails ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own columns
        with self._reading() as connection:
            return [_stored(row) for row in connection.execute(sql, (limit,))]

    def find_mail(self, mail_id: int) -> StoredMail | None:
        """Return one mail, or None."""
        sql = f"SELECT {_MAIL_COLUMNS} FROM mails WHERE id = ?"  # noqa: S608 - our own columns
        with self._reading() as connection:
            row = connection.execute(sql, (mail_id,)).fetchone()
        return _stored(row) if row else None

    def count(self) -> int:
        """Return how many mails arrived."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM mails").fetchone()[0])

    def count_recipients(self) -> int:
        """Return how many different addresses got a mail."""
        sql = "SELECT count(DISTINCT recipient) FROM mails"
        with self._reading() as connection:
            return int(connection.execute(sql).fetchone()[0])

    def count_by_message_id(self) -> list[Duplicate]:
        """Return every (recipient, Message-ID) that arrived more than once."""
        sql = (
            "SELECT recipient, message_id, count(*) FROM mails "
            "GROUP BY recipient, message_id HAVING count(*) > 1"
        )
        with self._reading() as connection:
            return [Duplicate(*row) for row in connection.execute(sql)]

    def clear(self) -> None:
        """Empty all mailboxes."""
        with closing(self._connect()) as connection, connection:
            connection.execute("DELETE FROM mails")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _write(self) -> None:
        with closing(self._connect()) as connection:
            open_ = True
            while open_:
                group, open_ = self._next_group()
                if group:
                    _commit(connection, group)

    def _next_group(self) -> tuple[list[_Submission], bool]:
        """Wait for a submission and take all that came with it.

        The flag is False at the closing mark.
        """
        group: list[_Submission] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) == MAX_GROUP:
                return group, True
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False


def _commit(connection: sqlite3.Connection, group: list[_Submission]) -> None:
    try:
        with connection:
            for rows, _ in group:
                connection.executemany(_INSERT, rows)
    # Whatever it is: a writer that died of it would leave every session waiting.
    except Exception as error:
        for _, future in group:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        return
    for rows, future in group:
        if future.set_running_or_notify_cancel():
            future.set_result(len(rows))


def _stored(row: tuple[int, str, str, str, str, str, bytes]) -> StoredMail:
    return StoredMail(row[0], datetime.fromisoformat(row[1]), *row[2:])
