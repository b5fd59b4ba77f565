"""Acts of the past: the houses' own actions, given the moment at which they happened.

What an action would say on the bus is taken out of the outbox before its transaction ends, so that
nothing is delivered a second time. No worker and no clock may run meanwhile: what they say would be
taken, too. Two kinds of events are kept, dated by their act: the lines of the operation log, and
what proves a contact point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from common import clock
from common.bus import outbox, tables
from common.db import Database
from common.schemas import Envelope
from identity.actions.operation_log import append_operation
from suite.houses import HOUSES

LINES_AT_ONCE = 500  # of the operation log, in one transaction


@dataclass
class Past:
    """The databases of the houses, and what was said so far of what is kept."""

    operations: list[Envelope] = field(default_factory=list)
    proofs: dict[UUID, Envelope] = field(default_factory=dict)  # contact point → its first proof
    _databases: dict[str, Database] = field(default_factory=dict)

    @contextmanager
    def scene(self, house: str, school_id: UUID | None) -> Iterator[Scene]:
        """Open a transaction of a house in which things happen one after the other.

        Nobody sees it half done.
        """
        database = self._database(house)
        if school_id is None:
            opened = database.for_system()
        else:
            opened = database.for_school(school_id, even_erased=True)
        with opened as session:
            scene = Scene(self, session, clock.now())
            yield scene
            undated = scene.take()
            assert not undated, "something was said after its act was dated"

    def forget(self, school_id: UUID) -> None:
        """Drop what a school still had to say.

        The lines of its log went with it, and nobody waits for the rest.
        """
        self.operations = [event for event in self.operations if event.school_id != school_id]
        of_school = tables.outbox.c.school_id == school_id
        for database in self._databases.values():
            with database.for_system() as session:
                session.execute(delete(tables.outbox).where(of_school))

    def tell(self) -> None:
        """Write the lines of the log, and hand the proofs over to messaging's relay."""
        self._write_operations()
        self._hand_over_proofs()

    def _write_operations(self) -> None:
        """Write the lines of the log in the order of their moments."""
        self.operations.sort(key=lambda event: event.occurred_at)
        for start in range(0, len(self.operations), LINES_AT_ONCE):
            events = self.operations[start : start + LINES_AT_ONCE]
            with self._database("identity").for_system() as session:
                for event in events:
                    append_operation(session, event, None, now=event.occurred_at)
        self.operations.clear()

    def _hand_over_proofs(self) -> None:
        proofs = [(event, event.dump(), event.type) for event in self.proofs.values()]
        if proofs:
            with self._database("messaging").for_system() as session:
                outbox.put_texts(session, proofs)
        self.proofs.clear()

    def close(self) -> None:
        """Close every connection."""
        for database in self._databases.values():
            database.dispose()
        self._databases.clear()

    def _database(self, house: str) -> Database:
        if house not in self._databases:
            self._databases[house] = Database.connect(HOUSES[house].settings().own_database_url)
        return self._databases[house]


@dataclass
class Scene:
    """One transaction; after each act `happened_at` says when it was."""

    past: Past
    session: Session
    _begun: datetime

    def happened_at(self, moment: datetime) -> list[Envelope]:
        """Date what was said since the last act, keep what is kept, and return the rest.

        Nobody else will hear it.
        """
        return self.happened(lambda _event: moment)

    def happened(self, moment_of: Callable[[Envelope], datetime]) -> list[Envelope]:
        """Do so for many acts at once; `moment_of` says when an event was."""
        rest = []
        for said in self.take():
            moment = moment_of(said)
            event = replace(said, occurred_at=moment)
            if event.type == "operation.recorded":
                self.past.operations.append(event)
            elif event.type == "contact_point.proved":
                point_id = event.payload["contact_point_id"]
                self.past.proofs.setdefault(point_id, event)
            else:
                rest.append(event)
        return rest

    def take(self) -> list[Envelope]:
        """Take out of the outbox what this transaction has put there."""
        self.session.flush()
        table = tables.outbox
        is_new = table.c.created_at >= self._begun
        is_unpublished = table.c.published_at.is_(None)
        mine = and_(is_new, is_unpublished)
        bodies = select(table.c.body).where(mine).order_by(table.c.position)
        texts = self.session.scalars(bodies).all()
        if texts:
            self.session.execute(delete(table).where(mine))
        return [Envelope.load(text) for text in texts]
