"""The queue door: hears that a family stopped ordinary mail. Imports no Flask."""

from __future__ import annotations

from common.bus import Queue, Transport, Worker, handler
from common.db import Database
from directory.actions.contact_points import stop_contact_point
from directory.config import Settings

QUEUES = (Queue("directory.contact-points", ("contact_point.stopped",)),)
HANDLERS = {"contact_point.stopped": handler(act=stop_contact_point)}


def create_worker(settings: Settings, database: Database, transport: Transport) -> Worker:
    """Return the worker of the directory's queues."""
    return Worker(settings.service, database, transport, QUEUES, HANDLERS)
