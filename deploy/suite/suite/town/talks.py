"""The town's LINE talks: one SQLite file that survives a kill -9 of its process.

It keeps which channels there are, what was said in which talk, who has blocked whom, which requests
were taken, and reply tokens.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from common import clock

RETRY_KEY_LIVES = timedelta(hours=24)
REPLY_TOKEN_LIVES = timedelta(minutes=1)
LINK_TOKEN_LIVES = timedelta(minutes=10)
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS channels (
    name TEXT PRIMARY KEY, access_token TEXT NOT NULL UNIQUE, secret TEXT NOT NULL,
    webhook_url TEXT NOT NULL, monthly_limit INTEGER
);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, channel TEXT NOT NULL, user_id TEXT NOT NULL,
    kind TEXT NOT NULL, request_id TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_user ON messages (channel, user_id);
CREATE TABLE IF NOT EXISTS blocks (channel TEXT, user_id TEXT, PRIMARY KEY (channel, user_id));
CREATE TABLE IF NOT EXISTS requests (
    channel TEXT, retry_key TEXT, request_id TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (channel, retry_key)
);
CREATE TABLE IF NOT EXISTS reply_tokens (
    token TEXT PRIMARY KEY, channel TEXT NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS link_tokens (
    token TEXT PRIMARY KEY, channel TEXT NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL
);
"""
_INSERT_MESSAGE = (
    "INSERT INTO messages (at, channel, user_id, kind, request_id, body) VALUES (?, ?, ?, ?, ?, ?)"
)
COUNTED = ("push", "multicast")  # what the month's quota counts; replies are free


@dataclass(frozen=True)
class Channel:
    """One official account. `monthly_limit` None: without a limit."""

    name: str
    access_token: str
    secret: str
    webhook_url: str
    monthly_limit: int | None = None


@dataclass(frozen=True)
class Taken:
    """A request that was taken; `already`: by an earlier one with the same retry key."""

    request_id: str
    already: bool


@dataclass(frozen=True)
class Said:
    """One message in a talk; `kind`: push, multicast, reply, or what the person did: text, tap."""

    id: int
    at: datetime
    kind: str
    body: dict[str, Any]

    @property
    def by_school(self) -> bool:
        return self.kind not in ("text", "tap")


@dataclass(frozen=True)
class Talk:
    """One person's talk with one account."""

    channel: str
    user_id: str
    messages: int
    last: str
    last_at: datetime


class Talks:
    """The talks in the file at `path`; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writing = threading.Lock()
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    def put_channel(self, channel: Channel) -> None:
        """Make or replace an account."""
        values = (
            channel.name,
            channel.access_token,
            channel.secret,
            channel.webhook_url,
            channel.monthly_limit,
        )
        with self._write() as connection:
            connection.execute("INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?, ?)", values)

    def set_limit(self, name: str, monthly_limit: int | None) -> bool:
        """Set what an account may send in a month (None: without a limit).

        False when there is no such account.
        """
        with self._write() as connection:
            changed = connection.execute(
                "UPDATE channels SET monthly_limit = ? WHERE name = ?", (monthly_limit, name)
            )
            return changed.rowcount > 0

    def list_channels(self) -> list[Channel]:
        with self._read() as connection:
            return [
                Channel(*row) for row in connection.execute("SELECT * FROM channels ORDER BY name")
            ]

    def find_channel(self, *, token: str = "", name: str = "") -> Channel | None:
        """Return the account with this access token or name, or None."""
        for channel in self.list_channels():
            if token == channel.access_token or name == channel.name:
                return channel
        return None

    def find_taken(self, channel: str, retry_key: str) -> str | None:
        """Return the id of the request that was taken under a key in the last day, or None."""
        sql = "SELECT request_id FROM requests WHERE channel = ? AND retry_key = ? AND at > ?"
        since = (clock.now() - RETRY_KEY_LIVES).isoformat()
        with self._read() as connection:
            row = connection.execute(sql, (channel, retry_key, since)).fetchone()
        return str(row[0]) if row else None

    def take(
        self,
        channel: str,
        kind: str,
        users: Sequence[str],
        bodies: Sequence[dict[str, Any]],
        retry_key: str = "",
    ) -> Taken:
        """Put messages into talks, once for each retry key.

        Those who blocked the account get nothing, and nobody is told.
        """
        moment, request_id = clock.now(), str(uuid4())
        texts = [json.dumps(body, ensure_ascii=False) for body in bodies]
        with self._write() as connection:
            if retry_key:
                earlier = _note_request(connection, channel, retry_key, request_id, moment)
                if earlier is not None:
                    return Taken(earlier, True)
            sql = "SELECT user_id FROM blocks WHERE channel = ?"
            blocked = {row[0] for row in connection.execute(sql, (channel,))}
            rows = []
            for user in dict.fromkeys(users):
                if user not in blocked:
                    for text in texts:
                        row = (
                            moment.isoformat(),
                            channel,
                            user,
                            kind,
                            request_id,
                            text,
                        )
                        rows.append(row)
            connection.executemany(_INSERT_MESSAGE, rows)
        return Taken(request_id, False)

    def count_sent(self, channel: str, since: datetime) -> int:
        """Return how many messages the quota counts: a request counts once for each person."""
        sql = (
            "SELECT count(DISTINCT request_id || user_id) FROM messages "
            "WHERE channel = ? AND kind IN (?, ?) AND at >= ?"
        )
        values = (channel, *COUNTED, since.isoformat())
        with self._read() as connection:
            return int(connection.execute(sql, values).fetchone()[0])

    def give_reply_token(self, channel: str, user_id: str) -> str:
        """Return a token for one answer to this person."""
        token = uuid4().hex
        with self._write() as connection:
            connection.execute(
                "INSERT INTO reply_tokens VALUES (?, ?, ?, ?)",
                (token, channel, user_id, clock.now().isoformat()),
            )
        return token

    def spend_reply_token(self, channel: str, token: str) -> str | None:
        """Return whom a token answers, and use it up.

        None when it is spent, too old, or not of this account.
        """
        since = (clock.now() - REPLY_TOKEN_LIVES).isoformat()
        sql = "DELETE FROM reply_tokens WHERE token = ? AND channel = ? RETURNING user_id, at"
        with self._write() as connection:
            row = connection.execute(sql, (token, channel)).fetchone()
        return str(row[0]) if row and row[1] > since else None

    def give_link_token(self, channel: str, user_id: str) -> str:
        """Return a token with which this person may link an account once."""
        token = uuid4().hex
        row = (token, channel, user_id, clock.now().isoformat())
        with self._write() as connection:
            connection.execute("INSERT INTO link_tokens VALUES (?, ?, ?, ?)", row)
        return token

    def find_link_token(self, token: str) -> tuple[str, str] | None:
        """Return whose token it is (channel, user), None for one that is used or too old."""
        sql = "SELECT channel, user_id FROM link_tokens WHERE token = ? AND at > ?"
        since = (clock.now() - LINK_TOKEN_LIVES).isoformat()
        with self._read() as connection:
            row = connection.execute(sql, (token, since)).fetchone()
        return (str(row[0]), str(row[1])) if row else None

    def spend_link_token(self, token: str) -> tuple[str, str] | None:
        """Use a token up; return whose it was, None for one that is used or too old."""
        owner = self.find_link_token(token)
        sql = "DELETE FROM link_tokens WHERE token = ?"
        with self._write() as connection:
            spent = connection.execute(sql, (token,)).rowcount
        return owner if spent else None

    def is_blocked(self, channel: str, user_id: str) -> bool:
        sql = "SELECT 1 FROM blocks WHERE channel = ? AND user_id = ?"
        with self._read() as connection:
            return connection.execute(sql, (channel, user_id)).fetchone() is not None

    def set_blocked(self, channel: str, user_id: str, blocked: bool) -> None:
        if blocked:
            sql = "INSERT OR IGNORE INTO blocks VALUES (?, ?)"
        else:
            sql = "DELETE FROM blocks WHERE channel = ? AND user_id = ?"
        with self._write() as connection:
            connection.execute(sql, (channel, user_id))

    def list_talks(self, query: str = "", limit: int = 100) -> list[Talk]:
        """Return the talks of people whose id contains `query`, the newest message first."""
        sql = r"""
            SELECT channel, user_id, count(*), max(id) AS last_id FROM messages
            WHERE user_id LIKE ? ESCAPE '\'
            GROUP BY channel, user_id ORDER BY last_id DESC LIMIT ?
        """
        last_sql = "SELECT body, at FROM messages WHERE id = ?"
        pattern = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        talks = []
        with self._read() as connection:
            found = connection.execute(sql, (pattern, limit)).fetchall()
            for channel, user_id, count, last_id in found:
                body, at = connection.execute(last_sql, (last_id,)).fetchone()
                words = words_of(json.loads(body))
                talk = Talk(
                    channel,
                    user_id,
                    count,
                    words,
                    datetime.fromisoformat(at),
                )
                talks.append(talk)
        return talks

    def list_said(self, channel: str, user_id: str, limit: int = 100) -> list[Said]:
        """Return what was said in a talk, the oldest of the newest `limit` first."""
        sql = (
            "SELECT id, at, kind, body FROM messages "
            "WHERE channel = ? AND user_id = ? ORDER BY id DESC LIMIT ?"
        )
        with self._read() as connection:
            rows = connection.execute(sql, (channel, user_id, limit)).fetchall()
        return [
            Said(row[0], datetime.fromisoformat(row[1]), row[2], json.loads(row[3]))
            for row in reversed(rows)
        ]

    def count(self) -> int:
        """Return how many messages the accounts have put into talks."""
        sql = "SELECT count(*) FROM messages WHERE kind IN (?, ?)"
        with self._read() as connection:
            return int(connection.execute(sql, COUNTED).fetchone()[0])

    def count_duplicates(self) -> int:
        """Return how many of these came to the same person a second time."""
        sql = (
            "SELECT count(*) - count(DISTINCT channel || user_id || body) FROM messages "
            "WHERE kind IN (?, ?)"
        )
        with self._read() as connection:
            return int(connection.execute(sql, COUNTED).fetchone()[0])

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._writing, closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA synchronous = OFF")
        return connection


def _note_request(
    connection: sqlite3.Connection,
    channel: str,
    retry_key: str,
    request_id: str,
    moment: datetime,
) -> str | None:
    """Note a request under its retry key, or return the id of the one that was taken before."""
    since = (moment - RETRY_KEY_LIVES).isoformat()
    connection.execute("DELETE FROM requests WHERE at <= ?", (since,))
    sql = "INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?)"
    row = (
        channel,
        retry_key,
        request_id,
        moment.isoformat(),
    )
    noted = connection.execute(sql, row)
    if noted.rowcount:
        return None
    earlier_sql = "SELECT request_id FROM requests WHERE channel = ? AND retry_key = ?"
    earlier: str = connection.execute(earlier_sql, (channel, retry_key)).fetchone()[0]
    return earlier


def words_of(body: dict[str, Any]) -> str:
    """Return what the list of talks shows of a message."""
    return str(body.get("altText") or body.get("text") or "")
