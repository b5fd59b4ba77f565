"""The operation log is sealed (RET-6): lines get places in the chain, and a signature over it.

Whoever writes a line only inserts it. One clock leads, and gives positions and hashes to what
waits, log by log; so writers wait for nobody, and a line that is committed late comes later
(docs/adr/0031).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from common import clock, metrics
from common.keys import KeyMissing, Keys
from identity.domain.log_chain import BEGINNING, Checkpoint, hash_after
from identity.store import log_chain

log = structlog.get_logger()

# Between two rounds. For so long, and for the round itself, a line can be changed unnoticed.
SEAL_SECONDS = 5
# Of one log in a round, so that a busy school leaves others their turn.
LINES_OF_A_LOG = 2000
# Of one round, which is one transaction: on SQLite nobody else writes meanwhile. 45 µs of CPU each.
LINES_OF_A_ROUND = 4000
LOGS_OF_A_ROUND = 200


class NotSealed(Exception):
    """A log can't be sealed: what its chain goes on from is not what identity signed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Sealing:
    """What one process seals, round after round.

    A sweep passes through all logs in which lines wait; one with many of them takes several rounds.
    """

    _reached: UUID | None = None  # the log behind which the sweep goes on; None: it begins anew
    _has_more: bool = False  # whether this sweep has left lines for the next
    _has_failed: bool = False  # whether a log could not be sealed in it
    _all_sealed_at: float | None = None  # in monotonic time

    def seal_log(self, session: Session, *, now: datetime, keys: Keys) -> bool:
        """Seal a bounded number of the lines that wait, in every log. Return whether more wait.

        A job.
        """
        self._tell()
        if self._reached is None:
            self._has_more = False
            self._has_failed = False
        seal = _Seal(keys, now)
        left = LINES_OF_A_ROUND
        for _ in range(LOGS_OF_A_ROUND):
            log_id = log_chain.find_next_waiting(session, self._reached)
            if log_id is None:
                return self._end_sweep()
            self._reached = log_id
            limit = min(left, LINES_OF_A_LOG)
            left -= self._seal_one(session, log_id, limit, seal)
            if left == 0:
                break
        return True

    def _seal_one(self, session: Session, log_id: UUID, limit: int, seal: _Seal) -> int:
        """Seal up to `limit` lines of a log; one that can't be sealed holds up no other."""
        had_failed = self._has_failed
        self._has_failed = True  # stays so when the round breaks off here
        try:
            with session.begin_nested():
                sealed = seal.put_on(session, log_id, limit)
        except (NotSealed, IntegrityError) as error:
            reason = error.reason if isinstance(error, NotSealed) else "position_taken"
            log.error(
                "operation_log.not_sealed",
                school_id=str(log_id),
                reason=reason,
            )
            return 0
        self._has_failed = had_failed
        self._has_more = self._has_more or sealed == limit
        return sealed

    def _end_sweep(self) -> bool:
        self._reached = None
        if not (self._has_more or self._has_failed):
            self._all_sealed_at = clock.monotonic()
            metrics.record_log_unsealed("identity", 0.0)
        return self._has_more

    def _tell(self) -> None:
        """Tell for how long lines have waited, before a round that may fail each time."""
        moment = clock.monotonic()
        if self._all_sealed_at is None:
            self._all_sealed_at = moment
        metrics.record_log_unsealed("identity", moment - self._all_sealed_at)


@dataclass(frozen=True, slots=True)
class _Seal:
    """The key, and the moment at which it signs."""

    keys: Keys
    now: datetime

    def put_on(self, session: Session, log_id: UUID, limit: int) -> int:
        """Seal up to `limit` lines of one log and sign; return how many. Raises NotSealed."""
        if not log_chain.lock_open(session, log_id):
            return 0
        given = log_chain.lock_head(session, log_id)
        newest = log_chain.find_newest_checkpoint(session, log_id)
        if newest is not None:
            self._check(newest)
        waiting = log_chain.list_waiting(session, log_id, limit)
        if not waiting:
            return 0
        previous = BEGINNING if newest is None else newest.hash
        sealed = _chain(waiting, previous, given)
        log_chain.seal_lines(session, sealed)
        last = sealed[-1]
        log_chain.move_head(session, log_id, max(given, last["position"]))
        count = len(sealed) if newest is None else newest.count + len(sealed)
        checkpoint = Checkpoint(
            log_id=log_id,
            position=last["position"],
            hash=last["hash"],
            count=count,
            signed_at=self.now,
            key_id=self.keys.key_id(),
        )
        self._put(session, newest, checkpoint.signed(self.keys))
        return len(sealed)

    def _check(self, newest: Checkpoint) -> None:
        """Raise NotSealed unless identity signed what the chain goes on from.

        A signature over a chain that somebody else made would make it ours.
        """
        try:
            is_genuine = newest.is_genuine(self.keys)
        except KeyMissing:
            raise NotSealed("key_missing") from None
        if not is_genuine:
            raise NotSealed("forged_checkpoint")

    def _put(self, session: Session, newest: Checkpoint | None, signed: Checkpoint) -> None:
        """Write a checkpoint in place of the one of the same hour, which says less.

        The first of an hour goes into the server's own log, too: whoever changes this database
        can't change what was said there.
        """
        if newest is not None and newest.is_of_the_same_hour(signed.signed_at):
            log_chain.delete_checkpoint(session, newest)
        else:
            log.info(
                "operation_log.checkpoint",
                school_id=str(signed.log_id),
                position=signed.position,
                hash=signed.hash.hex(),
            )
        log_chain.add_checkpoint(session, signed)


def _chain(waiting: Sequence[dict[str, Any]], previous: bytes, given: int) -> list[dict[str, Any]]:
    """Return the lines with their positions and hashes.

    `previous`: the hash behind which they stand; `given`: the last position that was given.
    """
    sealed = []
    for line in waiting:
        position = line["position"]
        if position is None:
            position = given + 1
        given = max(given, position)
        placed = {**line, "position": position}
        previous = hash_after(previous, placed)
        hashed = {**placed, "hash": previous}
        sealed.append(hashed)
    return sealed
