"""The flight: the rows that a dispatcher's process has in its hands, and the room that is left for others.

A page that is taken in while the flight has room, and while nothing waits that came before, is written as claimed at once. Written
as requested first, and claimed by a second statement, each row cost a third more in the database and was read back besides. Without
room a page waits a moment, so that a long send stands in the broker's queue and not twice in a table; then it is written as
requested, and the dispatcher claims it when it can.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from common.delivery.rows import Claimed
from common.schemas.events import LANES

CLAIM_SIZE = 100
WAIT_SECONDS = 1.0  # a page's for room; two pages at a time, so that what comes beside a full flight stays slower than what leaves
Place = tuple[str, str]  # lane, route
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Flow:
    """How much a dispatcher holds at once. `lease`: outlasts the longest time that a batch can take at the provider.

    `in_flight` bounds duplicates after a crash; urgent rows may go `urgent_reserve` beyond it, so that a full flight of normal rows
    never keeps them waiting. `per_route` keeps one destination from filling a lane's flight. `keeps_batches`: a claim is of one
    message and goes again as it was, under its own batch id; the table has KeptBatchColumns.
    """

    in_flight: int = 2000
    urgent_reserve: int = 1000
    per_route: int = 1500
    lease: timedelta = timedelta(seconds=150)
    claim_size: int = CLAIM_SIZE
    keeps_batches: bool = False


@dataclass
class Booking:
    """Room for what one page brings on these routes. `aboard`: its rows written as claimed, to go when they are committed.

    `batch_size`: how many rows may share a batch id, where batches are kept; None: any number.
    """

    routes: Collection[str] = ()
    lease: timedelta = timedelta()
    batch_size: int | None = None
    aboard: list[Claimed] = field(default_factory=list)

    def batches(self, rows: Sequence[T]) -> Iterator[tuple[UUID, Sequence[T]]]:
        """Divide rows into batches; yield each with its id."""
        size = self.batch_size or max(len(rows), 1)
        for start in range(0, len(rows), size):
            yield uuid4(), rows[start : start + size]


NO_ROOM = Booking()


class Flight:
    """Counts rows by lane and route. Pages book from the worker's threads, the dispatcher's loop claims and settles: one lock."""

    def __init__(self, flow: Flow | None = None) -> None:
        self.flow = flow or Flow()
        self._guard = threading.Condition()
        self._rows_at: Counter[Place] = Counter()
        self._open: dict[
            str, Collection[str]
        ] = {}  # lane in which nothing waits, as far as the last claim saw → routes it left out
        self._without_room: Counter[str] = Counter()  # lane → pages being written whose rows will wait
        self._bookings = 0
        self._is_begun = False
        self._board: Callable[[list[Claimed]], object] | None = None

    def room(self, lane: str) -> int:
        """Return how many more rows of a lane may be held."""
        with self._guard:
            most = self.flow.in_flight + (self.flow.urgent_reserve if lane == "urgent" else 0)
            return most - self._rows_at.total()

    def on_routes(self, lane: str) -> dict[str, int]:
        """Return route → rows of a lane."""
        with self._guard:
            return {route: rows for (of, route), rows in self._rows_at.items() if of == lane}

    def add(self, places: Iterable[Place]) -> None:
        """Count rows in."""
        with self._guard:
            self._rows_at.update(places)

    def remove(self, places: Counter[Place]) -> None:
        """Count rows out: settled, or not written."""
        with self._guard:
            self._rows_at.subtract(places)
            self._rows_at += Counter()  # drops routes at zero
            self._guard.notify_all()

    def close(self, lanes: Iterable[str] = LANES) -> None:
        """Let no page of these lanes straight in: something may be waiting, or they rest."""
        with self._guard:
            for lane in lanes:
                self._open.pop(lane, None)

    def open(self, lane: str, left_out: Collection[str]) -> None:
        """Let pages of a lane straight in: a claim has found nothing more, but for routes that it left out (closed or full)."""
        with self._guard:
            if not self._without_room[lane]:
                self._open[lane] = left_out
                self._guard.notify_all()

    def begin(self, board: Callable[[list[Claimed]], object]) -> None:
        """Take bookings from now on; `board(rows)` is told, from any thread, of rows that are committed as claimed."""
        self._board = board
        self._is_begun = True

    def end(self) -> None:
        """Take no bookings any more. What is booked may still come aboard."""
        with self._guard:
            self._is_begun = False
            self._guard.notify_all()

    def is_open(self, lane: str) -> bool:
        """Whether pages of a lane may come straight in, as far as there is room."""
        return lane in self._open

    @property
    def is_booked(self) -> bool:
        """Whether rows may still come aboard."""
        return self._bookings > 0

    @contextmanager
    def booked(self, lane: str, routes: Iterable[str]) -> Iterator[Booking]:
        """Hold room for rows on these routes around the transaction that writes them; what is aboard at its end is sent.

        Waits for room, up to WAIT_SECONDS; without any the booking is for no route. When the transaction fails, nothing goes.
        """
        wanted = Counter(routes)
        with self._guard:
            self._bookings += 1
            held = self._book(lane, wanted) if self._is_room_awaited(lane, wanted) else Counter()
            waits = int(not held)
            self._without_room[lane] += waits
        kept_size = self.flow.claim_size if self.flow.keeps_batches else None
        booking = Booking({route for _, route in held}, self.flow.lease, kept_size)
        went: Counter[Place] = Counter()
        try:
            yield booking
            if self._board and booking.aboard:
                went = Counter((lane, row.route) for row in booking.aboard)
                self._board(booking.aboard)
        finally:
            self.remove(held - went)
            with self._guard:
                self._without_room[lane] -= waits
                self._bookings -= 1

    def _is_room_awaited(self, lane: str, wanted: Counter[str]) -> bool:
        """Wait for room and return whether it came. If it did not, rows will wait: then no page may pass them."""
        if not wanted or not self._is_begun:
            return False
        if wanted.total() <= self.flow.in_flight:
            self._guard.wait_for(lambda: not self._is_begun or self._has_room(lane, wanted), WAIT_SECONDS)
        if self._is_begun and self._has_room(lane, wanted):
            return True
        self.close(LANES if lane == "urgent" else [lane])
        return False

    def _has_room(self, lane: str, wanted: Counter[str]) -> bool:
        return self.is_open(lane) and wanted.total() <= self.room(lane)

    def _book(self, lane: str, wanted: Counter[str]) -> Counter[Place]:
        """Book each route whole or not at all, and return the rows that are held at each."""
        held: Counter[Place] = Counter()
        for route, rows in wanted.items():
            if route not in self._open[lane] and self._rows_at[lane, route] + rows <= self.flow.per_route:
                held[lane, route] = rows
        self._rows_at.update(held)
        if lane == "urgent":
            self.close(["normal"])  # until the dispatcher has begun these, and has looked again
        return held
