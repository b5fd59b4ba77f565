"""A school's operation log in the hands of a test: it is written, sealed, looked at, and forged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, delete, select, update

from common import clock
from common.db import Database
from common.keys import Keys
from common.schemas import Envelope
from identity.actions.audit import Report, verify_logs
from identity.actions.log_chain import Sealing
from identity.actions.operation_log import append_operation
from identity.domain.log_chain import BEGINNING, Checkpoint, hash_after
from identity.domain.words import SchoolKind, SchoolState
from identity.store import log_chain
from identity.store.models import (
    OperationLine,
    OperationLogCheckpoint,
    OperationLogHead,
    School,
)

LINES = cast(Table, OperationLine.__table__)
CHECKPOINTS = cast(Table, OperationLogCheckpoint.__table__)
HEADS = cast(Table, OperationLogHead.__table__)
FAR = 2**62


def add_bare_school(database: Database, code: str) -> UUID:
    """Add a school that has nothing but its name; return its id."""
    school = School(
        id=uuid4(),
        code=code,
        kind=SchoolKind.ELEMENTARY,
        name="みなも市立つばめ野小学校",
        short_name="つばめ野小",
        phone="",
        phone_hours="",
        mail_local="tsubameno",
        state=SchoolState.ACTIVE,
        created_at=clock.now(),
    )
    school_id = school.id
    with database.for_system() as session:
        session.add(school)
    return school_id


def told(school_id: UUID | None, at: datetime | None = None, **given: Any) -> Envelope:
    """Return that somebody did something, as a house tells it."""
    payload = {
        "action": "message.released",
        "actor_kind": "staff",
        "actor_id": uuid4(),
        "target_kind": "message",
        "target_id": uuid4(),
        "details": {"heads": 26},
        **given,
    }
    event = Envelope.load(Envelope.of("operation.recorded", school_id, payload).dump())
    return event if at is None else replace(event, occurred_at=at)


@dataclass(frozen=True)
class Book:
    """The log of one school."""

    database: Database
    keys: Keys
    school_id: UUID
    code: str

    def write(self, count: int = 1, at: datetime | None = None) -> list[UUID]:
        """Let lines arrive; return their ids."""
        events = [told(self.school_id, at) for _ in range(count)]
        for event in events:
            with self.database.for_system() as session:
                append_operation(session, event, None, now=clock.now())
        return [event.id for event in events]

    def seal(self, now: datetime | None = None, sealing: Sealing | None = None) -> None:
        """Let identity's clock seal, round after round, until nothing is left."""
        sealing = sealing or Sealing()
        is_more = True
        while is_more:
            with self.database.for_system() as session:
                is_more = sealing.seal_log(session, now=now or clock.now(), keys=self.keys)

    def write_and_seal(self, *counts: int) -> None:
        """Write and seal, again and again: so many checkpoints, each of another day."""
        for days_ago, count in zip(range(len(counts), 0, -1), counts, strict=True):
            self.write(count)
            self.seal(clock.now() - timedelta(days=days_ago))

    def report(self) -> Report:
        """Look as `renraku audit verify` does."""
        (found,) = verify_logs(self.database, self.keys, self.code)
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines by position."""
        with self.database.for_system(read_only=True) as session:
            return log_chain.list_sealed(session, self.school_id, 0, FAR)

    def checkpoints(self) -> list[Checkpoint]:
        with self.database.for_system(read_only=True) as session:
            return log_chain.list_checkpoints(session, self.school_id)

    def change(self, place: int, /, **values: Any) -> None:
        """Change a line by hand, as who has the database's password can."""
        here = (LINES.c.school_id == self.school_id, LINES.c.position == place)
        self.execute(update(LINES).where(*here).values(values))

    def remove(self, *positions: int) -> None:
        here = (LINES.c.school_id == self.school_id, LINES.c.position.in_(positions))
        self.execute(delete(LINES).where(*here))

    def remove_checkpoints(self, *positions: int) -> None:
        here = (CHECKPOINTS.c.school_id == self.school_id, CHECKPOINTS.c.position.in_(positions))
        self.execute(delete(CHECKPOINTS).where(*here))

    def change_checkpoint(self, position: int, **values: Any) -> None:
        here = (CHECKPOINTS.c.school_id == self.school_id, CHECKPOINTS.c.position == position)
        self.execute(update(CHECKPOINTS).where(*here).values(values))

    def set_head(self, position: int) -> None:
        here = HEADS.c.school_id == self.school_id
        self.execute(update(HEADS).where(here).values(position=position))

    def swap(self, one: int, other: int) -> None:
        """Let two lines change places."""
        self.change(one, position=FAR)
        self.change(other, position=one)
        self.change(FAR, position=other)

    def put_in(self, position: int) -> None:
        """Put a line in, and move those that stand there and behind it by one."""
        copied = self.lines()[position - 1]
        for line in reversed(self.lines()[position - 1 :]):
            self.change(line["position"], position=line["position"] + 1)
        forged = {**copied, "id": uuid4(), "position": position, "actor_id": uuid4()}
        self.execute(LINES.insert().values(forged))

    def chain_again(self) -> None:
        """Give every line the hash that it would have, as who knows the source can."""
        previous = BEGINNING
        for line in self.lines():
            previous = hash_after(previous, line)
            self.change(line["position"], hash=previous)

    def waiting(self) -> int:
        """Return how many lines wait for their seal."""
        waits = (LINES.c.school_id == self.school_id, LINES.c.hash.is_(None))
        with self.database.for_system(read_only=True) as session:
            return len(session.execute(select(LINES.c.id).where(*waits)).all())

    def execute(self, statement: Any) -> None:
        with self.database.for_system() as session:
            session.execute(statement)
