"""The queue door: hears what families and providers tell of contact points, which audiences
messages go to, which statuses and years are due, which accounts of an import were given, and that a
school ends.

Imports no Flask.
"""

from __future__ import annotations

from common.bus import Handler, Queue, Transport, Worker, erase_school, erasure_queue, handler
from common.db import Database
from common.keys import Keys
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED
from directory.actions import import_work
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
# As many at once as have turns (`directory.actions.import_turns`).
IMPORTS = Queue(
    "directory.imports", ("import.requested", "import.confirmed"), prefetch=2, concurrency=2
)
QUEUES = (
    CONTACT_POINTS,
    SNAPSHOTS,
    STATUSES,
    ACCOUNTS,
    IMPORTS,
    erasure_queue("directory", "key.destroyed"),
)


def create_worker(
    settings: Settings,
    database: Database,
    transport: Transport,
    *,
    clients: Clients | None = None,
) -> Worker:
    """Return the worker of the directory's queues.

    `clients`: who knows keys and limits, in place of identity.
    """
    handlers = make_handlers(settings, database, clients or Clients.of(settings))
    keys = Keys(settings.keys_dir, settings.service)
    return Worker(keys, database, transport, QUEUES, handlers)


def make_handlers(settings: Settings, database: Database, clients: Clients) -> dict[str, Handler]:
    """Return what is done with each type of event."""
    around_turn = import_work.return_turn(database)
    return {
        "contact_point.stopped": handler(act=stop_contact_point),
        "contact_point.resumed": handler(act=hear_resumed),
        "contact_point.changed": handler(act=change_health),
        "contact_point.proved": handler(act=prove_contact_point),
        "message.released": handler(act=note_release),
        "accounts.settled": handler(act=note_settled),
        "statuses.due": handler(act=turn_due_statuses, gather=find_limit(clients.member_limit)),
        "year.due": handler(act=turn_due_year, gather=find_limit(clients.member_limit)),
        "import.requested": handler(
            act=import_work.keep_preview,
            gather=import_work.read_file(database, clients),
            around=around_turn,
        ),
        "import.confirmed": handler(
            act=import_work.apply_plan,
            gather=import_work.await_turn(database, clients),
            around=around_turn,
        ),
        "school.erasing": erase_school(METADATA, "directory", ask_retention(settings, database)),
        "key.destroyed": KEY_DESTROYED,
    }
