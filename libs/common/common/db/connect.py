"""A connection to either database: what each needs, and which of the two it is."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import psycopg2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from common.db import sqlite
from common.ids import read_id

POSTGRES = "postgresql"
CONNECT_TIMEOUT_SECONDS = 5
# PostgreSQL's default of 4 is for disks that seek: with it, whole tables were read for one page
# of recipients, and a delivery took 35 µs of the server's CPU, 10 µs with this.
_RANDOM_PAGE_COST = 1.1
_POSTGRES_OPTIONS = f"-c timezone=UTC -c random_page_cost={_RANDOM_PAGE_COST}"


def is_postgres(bound: Session | Connection | Engine) -> bool:
    """Return whether this is PostgreSQL; SQLite otherwise."""
    bind = bound.get_bind() if isinstance(bound, Session) else bound
    return bind.dialect.name == POSTGRES


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine for either database; nothing is sent to it yet.

    PostgreSQL: sessions in UTC that prefer indexes. SQLite: see `sqlite.prepare`.
    """
    if make_url(url).get_backend_name() == POSTGRES:
        return _connect_postgres(url, pool_size)
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        connect_args={"timeout": 10, "check_same_thread": False},
    )
    sqlite.prepare(engine)
    return engine


def _connect_postgres(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        json_serializer=_json_text,
        json_deserializer=orjson.loads,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "options": _POSTGRES_OPTIONS},
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
