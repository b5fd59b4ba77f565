"""The queue door of identity: the operation log of every house ends here. Imports no Flask."""

from __future__ import annotations

from common.bus import Queue, Transport, Worker, handler
from common.db import Database
from identity.actions.operation_log import append_operation
from identity.config import Settings

QUEUES = (Queue("identity.operation-log", ("operation.recorded",)),)


def create_worker(settings: Settings, database: Database, transport: Transport) -> Worker:
    """Return the consumer of the operation log."""
    handlers = {"operation.recorded": handler(act=append_operation)}
    return Worker(settings.service, database, transport, QUEUES, handlers)
