"""What messaging hears: its own fan-out, the answers of the dispatchers, and that a school ends."""

from __future__ import annotations

from common import bus
from common.db import Database
from common.keys import Keys
from common.web.erasures import ask_retention
from messaging.actions import fan_out, outcomes, reader_names, revocations
from messaging.clients import Clients
from messaging.config import Settings
from messaging.store.models import METADATA

# Pages and answers of urgent messages have queues and consumers of their own: ten thousand ordinary
# ones delay none of them.
QUEUES = (
    bus.Queue(
        "messaging.fan-out.urgent",
        ("message.released.urgent", "message.paged.urgent"),
        prefetch=4,
        concurrency=2,
    ),
    bus.Queue(
        "messaging.fan-out.normal",
        ("message.released.normal", "message.paged.normal"),
        prefetch=4,
        concurrency=2,
    ),
    bus.Queue(
        "messaging.outcomes.urgent", ("delivery.settled.urgent",), prefetch=100, concurrency=2
    ),
    bus.Queue("messaging.outcomes", ("delivery.settled.normal",), prefetch=100, concurrency=2),
    bus.Queue("messaging.amendments", ("delivery.amended",)),
    # A directory that is away holds names up, never a revocation.
    bus.Queue(
        "messaging.revocations",
        (
            "guardianship.ended",
            "guardianship.protected",
            "guardian.joined",
            "contact_point.ended",
        ),
    ),
    bus.Queue("messaging.reader-names", ("readers.unnamed",)),
    bus.erasure_queue("messaging"),
)


def create_worker(
    settings: Settings,
    database: Database,
    transport: bus.Transport,
    *,
    clients: Clients | None = None,
) -> bus.Worker:
    """Return the worker. `clients`: in place of those that the settings name."""
    clients = clients or Clients.of(settings)
    gather_page = fan_out.gather_page(database, clients, settings.fan_out_page)
    page = bus.handler(fan_out.record_page, gather=gather_page)
    gather_names = reader_names.gather_names(database, clients)
    revoke = bus.handler(revocations.revoke_guardianship)
    handlers = {
        "message.released": page,
        "message.paged": page,
        "delivery.settled": bus.handler(outcomes.record_outcomes),
        "delivery.amended": bus.handler(outcomes.record_return),
        "guardianship.ended": revoke,
        "guardianship.protected": revoke,
        "guardian.joined": bus.handler(revocations.join_guardians),
        "contact_point.ended": bus.handler(revocations.revoke_point),
        "readers.unnamed": bus.handler(reader_names.record_names, gather=gather_names),
        "school.erasing": bus.erase_school(
            METADATA, "messaging", ask_retention(settings, database)
        ),
    }
    keys = Keys(settings.keys_dir, settings.service)
    return bus.Worker(
        keys,
        database,
        transport,
        QUEUES,
        handlers,
    )
