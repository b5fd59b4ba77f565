"""The flight: the rows that a dispatcher's process has in its hands, and the room that is left.

A page that is taken in while the flight has room, and while nothing waits that came before, is
written as claimed at once; otherwise its rows are written as requested, and claimed when there is
room. So a row is written twice instead of three times on most days, and a long send stands in the
broker's queue and not a second time in a table. How a row travels: docs/fast-path.md.
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

from common.delivery.claims import Claimed
from common.words import LANES

CLAIM_SIZE = 100
# How long a page waits for room. The worker takes two pages of a lane at a time, so that what comes
# beside a full flight stays slower than what leaves it.
WAIT_SECONDS = 1.0
Place = tuple[str, str]  # lane, route
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Flow:
    """How much a dispatcher holds at once.

    `lease` outlasts the longest time that a batch can take at the provider. `in_flight` bounds
    duplicates after a crash; urgent rows may go `urgent_reserve` beyond it, so that a full flight
    of normal rows never keeps them waiting. `per_route` keeps one destination from filling a lane's
    flight. `keeps_batches`: a claim is of one message and goes again as it was, under its own batch
    id; the table has KeptBatchColumns.
    """

    in_flight: int = 2000
    urgent_reserve: int = 1000
    per_route: int = 1500
    lease: timedelta = timedelta(seconds=150)
    claim_size: int = CLAIM_SIZE
    keeps_batches: bool = False


@dataclass
class Booking:
    """Room for what one page brings on these routes.

    `aboard`: its rows written as claimed, to go when they are committed.
    `batch_size`: how many rows may share a batch id, where batches are kept; None: any number.
    """

    routes: Collection[str] = ()
    lease: timedelta = timedelta()
    batch_size: int | None = None
    holder: UUID | None = None
    aboard: list[Claimed] = field(default_factory=list)
    batch_ids: list[UUID] = field(default_factory=list)

    def batches(self, rows: Sequence[T]) -> Iterator[tuple[UUID, Sequence[T]]]:
        """Divide rows into batches; yield each with its id."""
        size = self.batch_size or max(len(rows), 1)
        for start in range(0, len(rows), size):
            batch_id = uuid4()
            self.batch_ids.append(batch_id)
            yield batch_id, rows[start : start + size]


@dataclass(frozen=True, slots=True)
class Shut:
    """No page of the lane comes straight in: something may be waiting that came before it."""


@dataclass(frozen=True, slots=True)
class Open:
    """Pages of the lane come straight in.

    But not on the routes that the last claim left out (closed or full).
    """

    left_out: Collection[str]


SHUT = Shut()


class Flight:
    """Counts rows by lane and route, and says which lanes are open to pages.

    Pages book from the worker's threads, the dispatcher's loop claims and settles: one lock.

    ===========================================  ===================  =========================
    what happens                                 urgent lane          normal lane
    ===========================================  ===================  =========================
    1. a claim begins                            shut                 shut
    2. the claim found less than it wanted       open, but for the    the same
       (the lane is awake, and no page is being  routes it left out
       written without room)
    3. an urgent page books                      –                    shut
    4. newer urgent rows begin                   –                    shut (and the pace lets no
                                                                      claim of it for a second)
    5. a page found no room within a second      shut, if the page    shut
       (and until it is written)                 is urgent
    6. the end                                   no bookings          no bookings
    ===========================================  ===================  =========================
    """

    def __init__(self, flow: Flow | None = None) -> None:
        self.flow = flow or Flow()
        # Written with each claim, so that others can tell whose it is.
        self.holder = uuid4()
        self.is_begun = False
        # The dispatcher is gone: what is committed now is found by others.
        self.is_closed = False
        self._guard = threading.Condition()
        self._rows_at: Counter[Place] = Counter()
        self._lanes: dict[str, Shut | Open] = dict.fromkeys(LANES, SHUT)
        # Lane → pages being written whose rows will wait.
        self._without_room: Counter[str] = Counter()
        self._bookings = 0
        self._lost: set[UUID] = set()
        self._board: Callable[[list[Claimed]], object] | None = None
        self._ask_for_look: Callable[[], object] | None = None

    def room(self, lane: str) -> int:
        """Return how many more rows of a lane may be held."""
        reserve = self.flow.urgent_reserve if lane == "urgent" else 0
        with self._guard:
            return self.flow.in_flight + reserve - self._rows_at.total()

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
            # Drops the routes at zero, which would otherwise stay for ever.
            self._rows_at += Counter()
            self._guard.notify_all()

    def begin(
        self, board: Callable[[list[Claimed]], object], ask_for_look: Callable[[], object]
    ) -> None:
        """Take bookings from now on.

        `board(rows)` is told, from any thread, of rows that are committed as claimed;
        `ask_for_look()` is called, from any thread, when a page leaves a lane shut, which only a
        look opens again, or a batch that only a look takes back.
        """
        self._board = board
        self._ask_for_look = ask_for_look
        self.is_begun = True

    def look(self) -> None:
        """Shut both lanes while a claim looks (1): pages that came in now would pass what waits."""
        self._shut(LANES)

    def nothing_waits(self, lane: str, left_out: Collection[str]) -> None:
        """Open a lane in which a claim found nothing more (2), but for the routes it left out."""
        with self._guard:
            is_passed = lane == "normal" and self._without_room["urgent"] > 0
            if not self._without_room[lane] and not is_passed:
                self._lanes[lane] = Open(left_out)
                self._guard.notify_all()

    def urgent_began(self) -> None:
        """Shut the normal lane (4)."""
        self._shut(["normal"])

    def end(self) -> None:
        """Take no bookings any more (6). What is booked may still come aboard."""
        with self._guard:
            self.is_begun = False
            self._guard.notify_all()

    def close(self) -> None:
        """Take nothing aboard any more."""
        self.is_closed = True

    def is_open(self, lane: str) -> bool:
        """Return whether pages of a lane may come straight in, as far as there is room."""
        return isinstance(self._lanes[lane], Open)

    @property
    def is_booked(self) -> bool:
        """Whether rows may still come aboard."""
        return self._bookings > 0

    def lose(self, batch_ids: Iterable[UUID]) -> None:
        """Remember batches of a commit that nobody heard of.

        Their rows may stand claimed, in nobody's hands.
        """
        with self._guard:
            self._lost.update(batch_ids)

    def take_lost(self) -> set[UUID]:
        """Return what was lost, and forget it."""
        with self._guard:
            lost, self._lost = self._lost, set()
        return lost

    @contextmanager
    def booked(self, lane: str, routes: Iterable[str]) -> Iterator[Booking]:
        """Hold room for rows on these routes around the transaction that writes them.

        Waits for room, up to WAIT_SECONDS; without any the booking is for no route. What is aboard
        at the end of the transaction is sent. When the transaction fails, nothing goes.
        """
        booking, held = self._enter(lane, Counter(routes))
        has_room = bool(held)
        try:
            yield booking
        except BaseException:
            self.lose(booking.batch_ids)
            self._leave(lane, held, has_room=has_room)
            raise
        aboard = booking.aboard
        went = Counter((lane, row.route) for row in aboard)
        not_used = held - went
        try:
            if self._board and aboard:
                self._board(aboard)
        finally:
            self._leave(lane, not_used, has_room=has_room)

    def _enter(self, lane: str, wanted: Counter[str]) -> tuple[Booking, Counter[Place]]:
        held: Counter[Place] = Counter()
        with self._guard:
            self._bookings += 1
            if self._room_comes(lane, wanted):
                held = self._book(lane, wanted)
            if not held:
                self._without_room[lane] += 1
        kept_size = self.flow.claim_size if self.flow.keeps_batches else None
        routes = {route for _, route in held}
        booking = Booking(
            routes=routes,
            lease=self.flow.lease,
            batch_size=kept_size,
            holder=self.holder,
        )
        return booking, held

    def _leave(self, lane: str, unused: Counter[Place], *, has_room: bool) -> None:
        self.remove(unused)
        with self._guard:
            if not has_room:
                self._without_room[lane] -= 1
            self._bookings -= 1
            are_open = all(self.is_open(one) for one in LANES)
            needs_look = bool(self._lost) or not are_open
        if needs_look and self._ask_for_look:
            self._ask_for_look()

    def _room_comes(self, lane: str, wanted: Counter[str]) -> bool:
        """Wait for room and return whether it came.

        If it did not, rows will wait: then no page may pass them (5).
        """
        if not wanted or not self.is_begun:
            return False

        def is_decided() -> bool:
            return not self.is_begun or self._has_room(lane, wanted)

        if wanted.total() <= self.flow.in_flight:
            self._guard.wait_for(is_decided, WAIT_SECONDS)
        if self.is_begun and self._has_room(lane, wanted):
            return True
        self._shut(LANES if lane == "urgent" else [lane])
        return False

    def _has_room(self, lane: str, wanted: Counter[str]) -> bool:
        return self.is_open(lane) and wanted.total() <= self.room(lane)

    def _book(self, lane: str, wanted: Counter[str]) -> Counter[Place]:
        """Book each route whole or not at all, and return the rows that are held at each."""
        state = self._lanes[lane]
        assert isinstance(state, Open)
        held: Counter[Place] = Counter()
        for route, rows in wanted.items():
            place = (lane, route)
            has_room = self._rows_at[place] + rows <= self.flow.per_route
            if has_room and route not in state.left_out:
                held[place] = rows
        self._rows_at.update(held)
        if lane == "urgent":
            # (3) Until the dispatcher has begun these, and has looked again.
            self._shut(["normal"])
        return held

    def _shut(self, lanes: Iterable[str]) -> None:
        with self._guard:
            for lane in lanes:
                self._lanes[lane] = SHUT
