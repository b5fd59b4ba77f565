"""The queue door: hears what families and providers tell of contact points, which audiences
messages go to, which statuses and years are due, which accounts of an import were given, and that a
school ends.

Imports no Flask.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from common.bus import Queue, Transport, Worker, erase_school, erasure_queue, handler
from common.db import Database
from common.keys import Keys
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED
from directory.actions.contact_points import (
    change_health,
    hear_resumed,
    prove_contact_point,
    stop_contact_point,
)
from directory.actions.planned_statuses import find_limit, turn_due_statuses
from directory.actions.released_snapshots import note_release
from directory.actions.staff_imports import note_settled
from directory.actions.year_turn import turn_due_year
from directory.clients import Clients
from directory.config import Settings
from directory.store.models import METADATA

# Queues name routing keys (type, and lane where there is one); handlers go by type alone.
CONTACT_POINTS = Queue(
    "directory.contact-points",
    (
        "contact_point.stopped",
        "contact_point.resumed",
        "contact_point.changed",
        "contact_point.proved",
    ),
)
SNAPSHOTS = Queue("directory.snapshots", ("message.released.urgent", "message.released.normal"))
# An erasure queue hears school.erasing, and what else is named.
STATUSES = Queue("directory.statuses", ("statuses.due", "year.due"))
ACCOUNTS = Queue("directory.accounts", ("accounts.settled",))
QUEUES = (
    CONTACT_POINTS,
    SNAPSHOTS,
    STATUSES,
    ACCOUNTS,
    erasure_queue("directory", "key.destroyed"),
)


def create_worker(
    settings: Settings,
    database: Database,
    transport: Transport,
    *,
    member_limit: Callable[[UUID], int | None] | None = None,
) -> Worker:
    """Return the worker of the directory's queues.

    `member_limit`: who knows the contract's limit, in place of identity.
    """
    member_limit = member_limit or Clients.of(settings).member_limit
    handlers = {
        "contact_point.stopped": handler(act=stop_contact_point),
        "contact_point.resumed": handler(act=hear_resumed),
        "contact_point.changed": handler(act=change_health),
        "contact_point.proved": handler(act=prove_contact_point),
        "message.released": handler(act=note_release),
        "statuses.due": handler(act=turn_due_statuses, gather=find_limit(member_limit)),
        "year.due": handler(act=turn_due_year, gather=find_limit(member_limit)),
        "accounts.settled": handler(act=note_settled),
        "school.erasing": erase_school(METADATA, "directory", ask_retention(settings, database)),
        "key.destroyed": KEY_DESTROYED,
    }
    keys = Keys(settings.keys_dir, settings.service)
    return Worker(keys, database, transport, QUEUES, handlers)
