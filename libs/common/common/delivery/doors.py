"""The queue door and the clock door of a dispatcher.

At the three houses they are the same but for names, tables and routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.orm import Session

from common.bus import BeyondTables, Handler, Queue, erase_school, erasure_queue, handler, purge
from common.db.erasure import InHand
from common.delivery import present, sweep
from common.delivery.flight import Flight
from common.delivery.holders import Watch
from common.delivery.points import AsksDirectory, SealedPoint, look_up
from common.delivery.rows import Tables
from common.delivery.states import Policy
from common.delivery.take_in import BookedPage, DeliveryPage, FoundPoint, stop_message, take_in
from common.schedule import Job, every
from common.schemas import Envelope
from common.words import DeliveryState

NOTHING_BEYOND = BeyondTables()
Gather = Callable[[Envelope], DeliveryPage | None]
# What a house knows of a school's points: their routes.
Route = Callable[[UUID, Sequence[SealedPoint]], Sequence[FoundPoint]]


class Queues(NamedTuple):
    """What a dispatcher hears.

    The lanes are separate queues: quorum queues have no priorities before RabbitMQ 4.0.
    """

    urgent: Queue
    normal: Queue
    stops: Queue
    erasure: Queue


def queues_of(service: str) -> Queues:
    """Return the queues of a dispatcher."""
    return Queues(
        urgent=Queue(
            f"{service}.deliver.urgent",
            ("delivery.requested.urgent",),
            prefetch=8,
            concurrency=4,
        ),
        normal=Queue(
            f"{service}.deliver.normal",
            ("delivery.requested.normal",),
            prefetch=4,
            concurrency=2,
        ),
        stops=Queue(f"{service}.stops", ("message.stopped",), prefetch=8, concurrency=1),
        erasure=erasure_queue(service, "key.destroyed"),
    )


def handlers_of(
    tables: Tables, gather: Gather, policy: Policy, flight: Flight
) -> dict[str, Handler]:
    """Return what a dispatcher does with what it hears of messages."""

    @contextmanager
    def with_room(page: DeliveryPage | None) -> Iterator[BookedPage | None]:
        if page is None:
            yield None
            return
        routes = (point.route for point in page.points if not point.refused)
        with flight.booked(page.lane, routes) as booking:
            yield BookedPage(page, booking)

    def accept_page(
        session: Session, _event: Envelope, booked: BookedPage | None, *, now: datetime
    ) -> None:
        if booked is not None:
            take_in(session, tables, booked, policy, now)

    def accept_stop(session: Session, event: Envelope, _facts: Any, *, now: datetime) -> None:
        assert event.school_id is not None
        stop_message(session, tables, event.payload["message_id"], event.school_id, now)

    return {
        "delivery.requested": handler(
            gather=gather,
            around=with_room,
            act=accept_page,
        ),
        "message.stopped": handler(act=accept_stop),
    }


def erase_deliveries(
    service: str,
    tables: Tables,
    is_due: Callable[[UUID], bool],
    beyond: BeyondTables = NOTHING_BEYOND,
) -> Handler:
    """Return the handler of `school.erasing` of a dispatcher; the arguments as for `erase_school`.

    A school is erased when nothing of it is with a provider: claimed rows are waited for until they
    are settled, or their lease ends.
    """

    def in_hand(now: datetime) -> InHand:
        table = tables.deliveries
        is_claimed = table.c.state == DeliveryState.CLAIMED.value
        return {table.name: and_(is_claimed, table.c.lease_until > now)}

    metadata = tables.deliveries.metadata
    return erase_school(metadata, service, is_due, replace(beyond, in_hand=in_hand))


def find_page(channel: str, directory: AsksDirectory, route: Route) -> Gather:
    """Return the gathering half of `delivery.requested`.

    It finds this channel's contact points of the page's children, with their routes. None where the
    message leaves the channel out: nobody waits for an answer then.
    """

    def gather(event: Envelope) -> DeliveryPage | None:
        school_id = event.school_id
        assert school_id is not None
        payload = event.payload
        if channel not in payload["channels"]:
            return None
        lane = payload["lane"]
        members = {member["member_id"]: member["guardian_ids"] for member in payload["members"]}
        found = look_up(directory, school_id, channel, lane, members)
        points = route(school_id, found) if found else ()
        return DeliveryPage(
            school_id=school_id,
            message_id=payload["message_id"],
            lane=lane,
            members=members,
            points=points,
        )

    return gather


def jobs_of(tables: Tables) -> tuple[Job, ...]:
    """Return what heals a dispatcher after a crash, measures it, and keeps its tables small."""

    watch = Watch()

    def swept(action: Callable[..., int]) -> Callable[..., bool]:
        # The clock knows a job by its name.
        @wraps(action)
        def act(session: Session, *, now: datetime) -> bool:
            return action(session, tables, now=now) >= sweep.BATCH

        return act

    def sweep_silent(session: Session, *, now: datetime) -> bool:
        return sweep.sweep_silent(session, tables, watch, now=now) >= sweep.BATCH

    def measure_open(session: Session, *, now: datetime) -> None:
        present.measure(session, tables, now)

    return (
        every(seconds=2, action=sweep_silent),
        every(seconds=5, action=swept(sweep.sweep_leases)),
        every(seconds=5, action=swept(sweep.sweep_stopped)),
        every(seconds=20, action=swept(sweep.sweep_expired)),
        every(seconds=10, action=measure_open),
        every(hours=1, action=purge),
    )
