"""The claimer's hands on the database.

One transaction a claim, and a process's own row among the holders.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.db import Database, among
from common.delivery import claims, holders, kept_batches, rows, sweep
from common.delivery.claims import Claim, Claimed
from common.delivery.rows import Tables
from common.errors import Unavailable


@dataclass(frozen=True, slots=True)
class FoundRows:
    """What a claim brought.

    `emptied`: the lanes in which nothing more is due, but for what it passed over. `is_quiet`:
    nothing is due in any lane, not even what it would pass over, until `next_attempt` or new rows.
    """

    batches: list[list[Claimed]] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    is_quiet: bool = False
    next_attempt: datetime | None = None


class Claimer:
    """Claims rows of one dispatcher's table.

    Every call is one or two short transactions, for a thread.
    """

    def __init__(
        self, database: Database, tables: Tables, holder: UUID, *, keeps_batches: bool
    ) -> None:
        self.tables = tables
        # Batches of the last claim that failed: perhaps its commit was carried out.
        self.unsure: list[UUID] = []
        # Of its own: behind calls to a house that does not answer, claims would come too late.
        self.thread = ThreadPoolExecutor(1, "claims")
        self.holder = holder
        self._database = database
        self._keeps_batches = keeps_batches
        self._was_idle = True

    def claim(
        self, wanted: Sequence[Sequence[Claim]], lost: Collection[UUID], now: datetime
    ) -> FoundRows:
        """Claim in the first lane that has anything due.

        `wanted`: for each lane as many claims as batches. `lost`: batches of an earlier commit that
        nobody heard of; they wait again first. Raises Unavailable.
        An idle claimer looks before it writes: on SQLite there is one writer only.
        """
        self.unsure = []
        self._database.clock.demand()
        if self._was_idle and not lost:
            nothing = self._look(wanted, now)
            if nothing is not None:
                return nothing
        found = FoundRows()
        try:
            with self._database.for_system() as session:
                self._claim_lanes(session, wanted, lost, now, found)
        except Unavailable:
            self.unsure = [batch[0].batch_id for batch in found.batches]
            raise
        self._was_idle = not found.batches
        return found

    def _claim_lanes(
        self,
        session: Session,
        wanted: Sequence[Sequence[Claim]],
        lost: Collection[UUID],
        now: datetime,
        found: FoundRows,
    ) -> None:
        if lost:
            self._give_back(session, self.tables.deliveries.c.batch_id.in_(lost))
        for claims_of_lane in wanted:
            if found.batches:
                return
            batches = self._claim_some(session, claims_of_lane, now)
            found.batches.extend(batches)
            if len(batches) < len(claims_of_lane):
                found.emptied.append(claims_of_lane[0].lane)

    def _look(self, wanted: Sequence[Sequence[Claim]], now: datetime) -> FoundRows | None:
        """Return what a claim would bring if that is nothing, else None."""
        table = self.tables.deliveries
        lanes = [claims_of_lane[0].lane for claims_of_lane in wanted]
        with self._database.for_system(read_only=True) as session:
            next_attempt = rows.find_next_attempt(session, table)
            if next_attempt is None or next_attempt > now:
                return FoundRows(emptied=lanes, is_quiet=True, next_attempt=next_attempt)
            for claims_of_lane in wanted:
                if claims.has_due(session, table, claims_of_lane[0], now):
                    return None
        return FoundRows(emptied=lanes)

    def _claim_some(
        self, session: Session, wanted: Sequence[Claim], now: datetime
    ) -> list[list[Claimed]]:
        if self._keeps_batches:
            return kept_batches.claim(session, self.tables, wanted, now)
        return claims.claim(session, self.tables.deliveries, wanted, now)

    def count_unclaimed(self, at_most: int, resting: Collection[UUID]) -> int:
        """Return how many rows of the normal lane wait to be claimed, up to `at_most`.

        Those of messages that rest are not counted.
        """
        with self._database.for_system(read_only=True) as session:
            return rows.unclaimed(session, self.tables.deliveries, "normal", at_most, resting)

    def settle_all_claimed(self) -> None:
        """Settle every claimed row as unknown.

        Before any claim, by a process that knows itself to be the only one.
        """
        while True:
            with self._database.for_system() as session:
                settled = sweep.sweep_dead(session, self.tables, now=clock.now())
            if not settled:
                return

    def beat(self) -> None:
        """Say that this process lives."""
        with self._database.for_system() as session:
            holders.beat(session, self.tables.holders, self.holder, clock.now())

    def leave(self, unbegun: Collection[UUID], lost: Collection[UUID]) -> None:
        """Say that this process ends.

        Rows that it has not begun to hand over, and lost batches, wait again.
        """
        table = self.tables.deliveries
        with self._database.for_system() as session:
            if unbegun:
                self._give_back(session, among(table.c.id, unbegun))
            if lost:
                self._give_back(session, table.c.batch_id.in_(lost))
            holders.leave(session, self.tables.holders, self.holder)

    def _give_back(self, session: Session, these: Any) -> None:
        rows.give_back(session, self.tables.deliveries, self.holder, these)
