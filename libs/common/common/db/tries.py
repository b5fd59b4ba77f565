"""Wrong tries as they stand in a house's own table: a row a place (docs/adr/0032)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.guessing import Tries


@dataclass(frozen=True)
class TriesTable:
    """A table of tries, with the columns `failed_count` and `tried_at`.

    `place`: the name of the column that says where they came from and for what, an HMAC; `next_at`:
    of the one that says when the next may come.
    """

    table: Table
    place: str
    next_at: str

    def lock(self, session: Session, place: bytes, now: datetime) -> Tries:
        """Return the tries of a place, their row made if need be and locked.

        Tries at the same time stand in line.
        """
        values = {self.place: place, "failed_count": 0, self.next_at: None, "tried_at": now}
        # A row that is there is updated, and so locked.
        insert_new(session, self.table, [values], instead=self._touch)
        columns = self.table.c.failed_count, self.table.c[self.next_at]
        found = select(*columns).where(self._place == place)
        return Tries(*session.execute(found).one())

    def write(self, session: Session, place: bytes, tries: Tries) -> None:
        """Keep the tries of a place."""
        values = {"failed_count": tries.failed_count, self.next_at: tries.next_at}
        session.execute(update(self.table).where(self._place == place).values(values))

    def forget(self, session: Session, place: bytes) -> None:
        """Begin again at a place: a try was right."""
        self.write(session, place, Tries(0, None))

    @property
    def _place(self) -> Column[Any]:
        return self.table.c[self.place]

    def _touch(self, statement: Any) -> Any:
        touched = {"tried_at": statement.excluded.tried_at}
        return statement.on_conflict_do_update(index_elements=[self.place], set_=touched)
