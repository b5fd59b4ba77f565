"""What directory is told of contact points, handled as its worker does (DLV-4)."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from common import clock
from common.schemas import Envelope
from directory.actions.contact_points import change_health, hear_resumed, stop_contact_point


def stop(school, database, address):
    hear(school, database, told("contact_point.stopped", school, address))


def told(word, school, address):
    return Envelope.of(word, school.id, {"contact_point_id": UUID(school.roster.id(address))})


def hear(school, database, *events):
    """Handle events in this order, each in a transaction of its own.

    Each happened when it was told.
    """
    handlers = {"contact_point.stopped": stop_contact_point, "contact_point.resumed": hear_resumed}
    for event in events:
        with database.for_school(school.id) as session:
            handlers[event.type](session, event, None, now=clock.now())


def operations(school, database):
    statement = sa.text("SELECT body FROM outbox WHERE school_id = :school ORDER BY position")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    return [Envelope.load(body).payload for body in bodies]


def change(school, database, health, since, address="U0001"):
    payload = {
        "contact_point_id": UUID(school.roster.id(address)),
        "health": health,
        "since": since,
    }
    event = Envelope.load(Envelope.of("contact_point.changed", school.id, payload).dump())
    with database.for_school(school.id) as session:
        change_health(session, event, None, now=clock.now())
