"""`audit`: lines of the operation log, written by identity's worker and sealed by its clock.

All of one busy school, beside a plain INSERT of the same rows, each in a transaction of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from bench.installations import LogKeepers, running_log_keepers
from bench.report import Row, alone, paired
from bench.services import WAIT_SECONDS, Plan, Services
from bench.waiting import wait_until
from common import clock
from common.bus import Outgoing, open_transport
from common.db import Database
from common.schemas import Envelope

# Unconfirmed at a time, as the relay does it.
TOLD_AT_ONCE = 500
LOOK_SECONDS = 0.1
UNSEALED = "SELECT count(*) - count(hash) FROM operation_log WHERE school_id = :school"
LINES = "SELECT count(*) FROM operation_log WHERE school_id = :school"
HEARD = """
SELECT min(received_at), max(received_at) FROM inbox WHERE queue = 'identity.operation-log'
"""
PLAIN_TABLE = "CREATE TABLE plain_log (LIKE operation_log INCLUDING ALL)"
PLAIN_ROWS = """
SELECT id, school_id, at, action, actor_kind, actor_id, target_kind, target_id, details::text
FROM operation_log
"""
PLAIN_INSERT = """
INSERT INTO plain_log
  (id, school_id, at, action, actor_kind, actor_id, target_kind, target_id, details)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
GOAL = "≥ 1,000"


def measure(services: Services, plan: Plan) -> list[Row]:
    """Let an evening of one school arrive at once, and wait until its last line is sealed."""
    pairs, written = [], []
    for _ in range(plan.repeats):
        with running_log_keepers(services) as keepers:
            school_id = uuid4()
            asyncio.run(_tell(keepers, _evening(school_id, plan.mails)))
            keepers.start()
            sealed_rate, written_rate = _rates(keepers.database, school_id, plan.mails)
            written.append(written_rate)
            pairs.append((sealed_rate, _plain_rate(keepers.database)))
    return [
        paired("audit, written and sealed, against a plain INSERT", "entries/s", pairs, GOAL),
        alone("audit, written alone", "entries/s", written, "-"),
    ]


def _evening(school_id: UUID, count: int) -> list[Envelope]:
    """Return what happens when families confirm a message while the office works."""
    message_id = uuid4()
    return [_act(school_id, message_id, number) for number in range(count)]


def _act(school_id: UUID, message_id: UUID, number: int) -> Envelope:
    is_confirmation = number % 2 == 0
    payload: dict[str, Any] = {
        "action": "message.confirmed" if is_confirmation else "member.changed",
        "actor_kind": "guardian" if is_confirmation else "staff",
        "actor_id": uuid4(),
        "target_kind": "message" if is_confirmation else "member",
        "target_id": message_id if is_confirmation else uuid4(),
        "details": {"children": 1} if is_confirmation else {"fields": ["class"]},
    }
    return Envelope.of("operation.recorded", school_id, payload)


async def _tell(keepers: LogKeepers, events: Sequence[Envelope]) -> None:
    """Publish what the houses' relays would."""
    transport = open_transport(keepers.amqp_url)
    await transport.start()
    try:
        for start in range(0, len(events), TOLD_AT_ONCE):
            part = events[start : start + TOLD_AT_ONCE]
            said = [Outgoing(event.type, event.dump(), event.id) for event in part]
            await asyncio.gather(*(transport.publish(one) for one in said))
    finally:
        await transport.close()


def _rates(database: Database, school_id: UUID, count: int) -> tuple[float, float]:
    """Return the entries a second until the last is sealed, and until the last is written."""

    def is_sealed() -> bool:
        return _ask(database, LINES, school_id) == (count,) and (
            _ask(database, UNSEALED, school_id) == (0,)
        )

    wait_until(is_sealed, WAIT_SECONDS, "the last line's seal", every=LOOK_SECONDS)
    sealed_at = clock.now()
    first, last = _ask(database, HEARD, school_id)
    return count / (sealed_at - first).total_seconds(), count / (last - first).total_seconds()


def _ask(database: Database, question: str, school_id: UUID) -> tuple[Any, ...]:
    values = {"school": school_id} if ":school" in question else {}
    with database.for_system(read_only=True) as session:
        return tuple(session.execute(text(question), values).one())


def _plain_rate(database: Database) -> float:
    """Return the rows a second of one connection that inserts the same rows one by one."""
    connection: Any = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(PLAIN_TABLE)
        cursor.execute(PLAIN_ROWS)
        rows = [_texts(row) for row in cursor.fetchall()]
        connection.commit()
        began = time.perf_counter()
        for row in rows:
            cursor.execute(PLAIN_INSERT, row)
            connection.commit()
        return len(rows) / (time.perf_counter() - began)
    finally:
        connection.close()


def _texts(row: Sequence[Any]) -> list[str]:
    """Return a row as the driver writes it most quickly."""
    return [str(value) for value in row]
