"""The queue door: hears what families and providers tell of contact points. Imports no Flask."""

from __future__ import annotations

from common.bus import Queue, Transport, Worker, handler
from common.db import Database
from directory.actions.contact_points import change_health, stop_contact_point
from directory.config import Settings

QUEUES = (Queue("directory.contact-points", ("contact_point.stopped", "contact_point.changed")),)
HANDLERS = {
    "contact_point.stopped": handler(act=stop_contact_point),
    "contact_point.changed": handler(act=change_health),
}


def create_worker(settings: Settings, database: Database, transport: Transport) -> Worker:
    """Return the worker of the directory's queues."""
    return Worker(settings.service, database, transport, QUEUES, HANDLERS)
