"""A house with a dispatcher's tables, and a carrier that does what the route says."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from common import bus, clock
from common.bus import tables as bus_tables
from common.db import Database
from common.db.types import new_metadata
from common.delivery import claims, take_in
from common.delivery.channel import Part, Prepared
from common.delivery.claims import Claim, Claimed, Passed
from common.delivery.dispatcher import Dispatcher
from common.delivery.doors import handlers_of
from common.delivery.flight import Booking, Flight
from common.delivery.outcomes import Accepted, NotSent, Outcome
from common.delivery.rows import Tables
from common.delivery.settle import write_settled
from common.delivery.states import WAITING, Policy, settle
from common.delivery.tables import (
    DeliveryColumns,
    HolderColumns,
    KeptBatchColumns,
    StoppedMessageColumns,
)
from common.delivery.take_in import BookedPage, DeliveryPage, FoundPoint
from common.errors import Unavailable
from common.schemas import Envelope
from common.words import LANES

Result = TypeVar("Result")
SCHOOL = UUID("018f0000-0000-7000-8000-0000000000aa")
LEASE = timedelta(seconds=150)


class Base(DeclarativeBase):
    metadata = new_metadata()


class Parcel(DeliveryColumns, Base):
    __tablename__ = "parcels"


class Multicast(KeptBatchColumns, DeliveryColumns, Base):
    __tablename__ = "multicasts"


class StoppedMessage(StoppedMessageColumns, Base):
    __tablename__ = "stopped_messages"


class Holder(HolderColumns, Base):
    __tablename__ = "holders"


bus.add_tables(Base.metadata)


def tables_of(channel: str, deliveries: str) -> Tables:
    stopped, holders = Base.metadata.tables["stopped_messages"], Base.metadata.tables["holders"]
    return Tables(channel, Base.metadata.tables[deliveries], stopped, holders)


TABLES = tables_of("mail", "parcels")
KEPT_TABLES = tables_of("line", "multicasts")


@dataclass(frozen=True)
class House:
    """What a dispatcher does to its tables, one transaction a call."""

    database: Database
    tables: Tables = TABLES

    def page(
        self,
        count: int,
        *,
        lane: str = "normal",
        route: str = "a.test",
        message_id: UUID | None = None,
    ) -> DeliveryPage:
        """Return a page of `count` children, each with one guardian and one contact point."""
        owners = [(uuid4(), uuid4()) for _ in range(count)]
        points = [FoundPoint(uuid4(), guardian, None, b"sealed", route) for _, guardian in owners]
        return DeliveryPage(
            SCHOOL,
            message_id or uuid4(),
            lane,
            {child: [guardian] for child, guardian in owners},
            points,
        )

    def take_in(
        self, page: DeliveryPage, policy: Policy | None = None, booking: Booking | None = None
    ) -> int:
        with self.database.for_school(SCHOOL) as session:
            booked = BookedPage(page, booking or Booking())
            return take_in.take_in(session, self.tables, booked, policy or Policy(), clock.now())

    def bring(self, page: DeliveryPage, flight: Flight) -> None:
        """Take a page in as a dispatcher's worker does: with what room the flight has for it.
        Blocks while it waits for room.
        """
        handler = handlers_of(self.tables, lambda _: page, Policy(), flight)["delivery.requested"]
        event = Envelope.of("delivery.requested", SCHOOL, {})
        with handler.facts(event) as facts, self.database.for_school(SCHOOL) as session:
            handler.act(session, event, facts, now=clock.now())

    def stop(self, message_id: UUID) -> int:
        with self.database.for_school(SCHOOL) as session:
            return take_in.stop_message(session, self.tables, message_id, SCHOOL, clock.now())

    def claim(
        self, size: int = 100, *, lane: str = "normal", closed: Sequence[str] = ()
    ) -> list[Claimed]:
        now = clock.now()
        with self.database.for_system() as session:
            wanted = Claim(lane, size, uuid4(), now + LEASE, passed=Passed(closed))
            batches = claims.claim(session, self.tables.deliveries, [wanted], now)
        return [row for batch in batches for row in batch]

    def settle(self, claimed: Sequence[Claimed], outcome: Outcome) -> int:
        now = clock.now()
        return self.do(write_settled, [(row, settle(outcome, row, now)) for row in claimed], now)

    def do(self, action: Callable[..., Result], *values: object, **named: object) -> Result:
        """Call `action(session, tables, …)` in a transaction."""
        with self.database.for_system() as session:
            return action(session, self.tables, *values, **named)

    def rows(self) -> list[sa.Row[Any]]:
        with self.database.for_system(read_only=True) as session:
            return list(
                session.execute(
                    sa.select(self.tables.deliveries).order_by(
                        self.tables.deliveries.c.contact_point_id
                    )
                )
            )

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.rows())

    def answers(self) -> list[dict[str, Any]]:
        """Return the payloads of delivery.settled in the outbox, as messaging will load them."""
        outbox = bus_tables.outbox
        with self.database.for_system(read_only=True) as session:
            bodies = list(session.scalars(sa.select(outbox.c.body).order_by(outbox.c.position)))
        return [Envelope.load(body).payload for body in bodies]

    def answered(self) -> list[dict[str, Any]]:
        return [point for payload in self.answers() for point in payload["points"]]

    def let_time_pass(self) -> None:
        """Make every waiting row due."""
        table = self.tables.deliveries
        with self.database.for_system() as session:
            session.execute(
                sa.update(table)
                .where(table.c.state.in_(sorted(WAITING)))
                .values(next_attempt_at=clock.now())
            )


@dataclass
class Carrier:
    """The outside world: accepts at once, except on routes in `held`, which wait to be let go.

    `held`: keyed (lane, route). `sent` in the order of hand-over; `lacking`: messages for which
    something can't be had, and how that is said; `away`: nothing can be had for any; `broken`: a
    bug of ours in the sender; `shut`: lanes in which nothing goes.
    """

    sent: list[Claimed] = field(default_factory=list)
    held: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    lacking: dict[UUID, Exception] = field(default_factory=dict)
    tried: list[UUID] = field(default_factory=list)
    away: bool = False
    shut: set[str] = field(default_factory=set)
    patience: float = 30.0
    broken: bool = False
    unsent: set[str] = field(default_factory=set)  # lanes whose rows come back
    is_closed: bool = False
    outcome: Outcome = field(default_factory=lambda: Accepted(250, "ok"))

    def hold(self, lane: str, route: str) -> asyncio.Event:
        return self.held.setdefault((lane, route), asyncio.Event())

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[Claimed]:
        message_id = rows[0].message_id
        self.tried.append(message_id)
        if self.away:
            raise Unavailable("service_away", "messaging can't be reached.")
        if message_id in self.lacking:
            raise self.lacking[message_id]
        return Prepared(list(rows))

    async def hand_over(self, lane: str, letters: Sequence[Claimed]) -> AsyncIterator[Part]:
        batch = letters
        self.sent += batch
        if self.broken:
            raise ValueError("a bug")
        parts: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
        for row in batch:
            parts[row.lane, row.route].append(row)
        for key in sorted(parts, key=lambda key: key in self.held):
            if key in self.held:
                await self.held[key].wait()
            outcome = NotSent("pace") if key[0] in self.unsent else self.outcome
            yield [(row.id, outcome) for row in parts[key]]

    def closed_routes(self, now: datetime) -> set[str]:
        return self.closed

    def open_lanes(self, now: datetime) -> list[str]:
        return [lane for lane in LANES if lane not in self.shut]

    async def close(self) -> None:
        self.is_closed = True

    def count(self, lane: str, route: str = "a.test") -> int:
        return sum((row.lane, row.route) == (lane, route) for row in self.sent)


class Until(Protocol):
    """Wait until a fact is true; fail when it isn't in time."""

    def __call__(
        self, fact: Callable[[], object], seconds: float = 20.0
    ) -> Coroutine[Any, Any, None]: ...


# await bring(count, route=…) or bring(page=…)
Bring = Callable[..., Coroutine[Any, Any, DeliveryPage]]


class Running(Protocol):
    """Run a dispatcher for the length of a block; yield its stop; fail if it failed."""

    def __call__(self, dispatcher: Dispatcher) -> AbstractAsyncContextManager[asyncio.Event]: ...


class Without(Protocol):
    """Let PostgreSQL refuse a database to everybody for the length of a block."""

    def __call__(self, database: Database) -> AbstractContextManager[None]: ...
