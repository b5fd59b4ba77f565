"""A connection to either database: what each needs, and which of the two it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import psycopg2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from common import pulse
from common.db import sqlite
from common.ids import read_id

POSTGRES = "postgresql"
CONNECT_TIMEOUT_SECONDS = 5
# PostgreSQL's default of 4 is for disks that seek: with it, whole tables were read for one page
# of recipients, and a delivery took 35 µs of the server's CPU, 10 µs with this.
_RANDOM_PAGE_COST = 1.1
# A host that lost its power says no goodbye, and Linux asks after it for the first time after two
# hours. So, an idle connection ends after 10 + 3 · 5 s, and one whose words nobody acknowledges
# after 20 s.
VIGILANCE = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long PostgreSQL works or waits for us before it gives up.

    The session then ends as `DatabaseAway`.
    """

    statement_seconds: float
    lock_seconds: float
    # Within a transaction: whoever holds its locks and says nothing is gone.
    idle_seconds: float = 60.0

    @property
    def options(self) -> str:
        limits = {
            "statement_timeout": self.statement_seconds,
            "lock_timeout": self.lock_seconds,
            "idle_in_transaction_session_timeout": self.idle_seconds,
        }
        return "".join(f" -c {name}={round(1000 * seconds)}" for name, seconds in limits.items())


# Who waits longer presses again, or has gone.
PEOPLE = Patience(statement_seconds=15, lock_seconds=10)
# Queues, clocks, hands: a purge of a day's events takes its time.
MACHINES = Patience(statement_seconds=120, lock_seconds=30)


def is_postgres(bound: Session | Connection | Engine) -> bool:
    """Return whether this is PostgreSQL; SQLite otherwise."""
    bind = bound.get_bind() if isinstance(bound, Session) else bound
    return bind.dialect.name == POSTGRES


def connect(url: str, *, pool_size: int, patience: Patience = MACHINES) -> Engine:
    """Return an engine for either database; nothing is sent to it yet.

    PostgreSQL: sessions in UTC that prefer indexes. SQLite: see `sqlite.prepare`.
    """
    if make_url(url).get_backend_name() == POSTGRES:
        return _connect_postgres(url, pool_size, patience)
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        connect_args={"timeout": 10, "check_same_thread": False},
    )
    sqlite.prepare(engine)
    return engine


def reach(session: Session) -> None:
    """Take a connection to PostgreSQL now.

    So a mute server is felt after a minute, not after the longest transaction.
    """
    if is_postgres(session):
        with pulse.step("connect"):
            session.connection()


def _connect_postgres(url: str, pool_size: int, patience: Patience) -> Engine:
    options = f"-c timezone=UTC -c random_page_cost={_RANDOM_PAGE_COST}{patience.options}"
    engine = create_engine(
        url,
        # All are kept that it has opened: eight threads close and open those beyond a smaller pool
        # again and again, and to open one costs PostgreSQL as much as several pages.
        pool_size=2 * pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        json_serializer=_json_text,
        json_deserializer=orjson.loads,
        connect_args={**VIGILANCE, "options": options},
    )
    event.listen(engine, "connect", _read_uuids_quickly)
    return engine


def _json_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


# More than the ids of 2,000 deliveries in flight: or settling would read again what claiming read.
@lru_cache(16384)
def _uuid(text: str) -> UUID:
    """Return the UUID of a text: schools, messages and batches come again in row after row."""
    return read_id(text)


def _read_uuid(text: str | None, _cursor: Any) -> UUID | None:
    return None if text is None else _uuid(text)


_OID_OF_UUID = 2950
_UUIDS = psycopg2.extensions.new_type((_OID_OF_UUID,), "UUID", _read_uuid)


def _read_uuids_quickly(connection: Any, _record: Any) -> None:
    psycopg2.extensions.register_type(_UUIDS, connection)
