"""The queue door of identity: the operation log of every house ends here, and so does a school.

Imports no Flask.
"""

from __future__ import annotations

from common.bus import (
    BeyondTables,
    Queue,
    Transport,
    Worker,
    erase_school,
    erasure_queue,
    handler_together,
)
from common.db import Database
from common.keys import Keys
from common.web.erasures import ask_retention
from identity.actions import ends
from identity.actions.operation_log import append_operation
from identity.config import Settings
from identity.store.models import METADATA

# Of one school in one transaction: 0.3 ms of this process each, 2 ms by itself.
LINES_TOGETHER = 50
QUEUES = (
    Queue("identity.operation-log", ("operation.recorded",), prefetch=4 * LINES_TOGETHER),
    erasure_queue("identity"),
)
BEYOND_TABLES = BeyondTables(ends.close_school, ends.erase_lonely_accounts, ends.end_erasure)


def create_worker(settings: Settings, database: Database, transport: Transport) -> Worker:
    """Return the consumer of the operation log and of schools' ends."""
    handlers = {
        "operation.recorded": handler_together(append_operation, LINES_TOGETHER),
        "school.erasing": erase_school(
            METADATA, "identity", ask_retention(settings, database), BEYOND_TABLES
        ),
    }
    keys = Keys(settings.keys_dir, settings.service)
    return Worker(keys, database, transport, QUEUES, handlers)
