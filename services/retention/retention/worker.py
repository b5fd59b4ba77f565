"""The queue door: hears that contracts end and what the houses erased. Imports no Flask."""

from __future__ import annotations

from common.bus import Queue, Transport, Worker, handler
from common.db import Database
from common.keys import Keys
from retention.actions import certificates, erasures
from retention.clients import Clients
from retention.config import Settings

QUEUES = (
    Queue("retention.contracts", ("contract.ended", "erasure.due"), concurrency=1),
    Queue("retention.answers", ("school.erased",), concurrency=1),
    Queue("retention.certificates", ("erasure.completed",), concurrency=1),
)


def create_worker(
    settings: Settings, database: Database, transport: Transport, *, clients: Clients | None = None
) -> Worker:
    """Return the worker. `clients`: in place of those that the settings name."""
    clients = clients or Clients.of(settings)
    keys = Keys(settings.keys_dir, settings.service)
    handlers = {
        "contract.ended": handler(
            erasures.note_end(settings.erasing_houses),
            gather=erasures.find_profile(clients),
        ),
        "erasure.due": handler(
            erasures.begin,
            gather=erasures.ask_identity(database, clients),
        ),
        "school.erased": handler(erasures.note_answer),
        "erasure.completed": handler(
            certificates.certify(keys.sign, settings.operator_name),
            gather=certificates.destroy_key(database, clients),
        ),
    }
    return Worker(keys, database, transport, QUEUES, handlers)
