"""The queue door of dispatch-line: takes pages in, hands messages over, and answers in the talk.

Imports no Flask.
"""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from common.bus import BeyondTables, Handler, Transport, Worker
from common.db import Database
from common.delivery import doors
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.role import DispatchRole
from common.delivery.states import Policy
from common.keys import Keys
from common.schedule import Leadership
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED
from dispatch_line.actions.accounts import AccountBook, erase_own_account
from dispatch_line.actions.answer import Answering
from dispatch_line.actions.hand_over import LineChannel, Providers
from dispatch_line.actions.take_in import by_account
from dispatch_line.actions.talks import Talks
from dispatch_line.clients import Clients
from dispatch_line.config import Settings
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.provider import LineAccess
from dispatch_line.store.accounts import note_leaving
from dispatch_line.store.models import TABLES

QUEUES = doors.queues_of("dispatch-line")
USERS_PER_REQUEST = 500


class LineRefused(Exception):
    """Standalone mode writes to the simulated town only."""


@dataclass(frozen=True)
class LineRole:
    """What a worker process runs: the dispatcher and the answers in the talk."""

    dispatch: DispatchRole
    answering: Answering

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`, then finish what is in hand."""
        await asyncio.gather(self.dispatch.run(stop), self.answering.run(stop))


def create_worker(settings: Settings, database: Database, transport: Transport) -> LineRole:
    """Return the role: the consumer of pages, the dispatcher and the talks' loop, run together."""
    line = line_of(settings)
    clients = Clients.of(settings)
    keys = Keys(settings.keys_dir, settings.service)
    own_key = OwnKey(keys.secret("accounts"))
    secret = keys.secret("links")
    book = AccountBook(database, own_key, line)
    flight = Flight(_flow(settings))
    handlers = handlers_of(settings, clients, flight, database)
    channel = LineChannel(clients, Providers(book, line), secret)
    dispatch = DispatchRole(
        Worker(keys, database, transport, QUEUES, handlers),
        Dispatcher(database, TABLES, channel, flight),
        QUEUES.normal,
        settings.backlog_limit,
        is_alone=settings.single_process,
    )
    talks = Talks(
        database,
        clients,
        own_key,
        secret,
        settings.base_url.rstrip("/"),
    )
    lead = Leadership(database, "renraku.dispatch-line.talks")
    return LineRole(dispatch, Answering(talks, Providers(book, line), lead))


def handlers_of(
    settings: Settings, clients: Clients, flight: Flight, database: Database
) -> dict[str, Handler]:
    """Return what this house does with what it hears."""
    policy = Policy(
        timedelta(minutes=settings.urgent_give_up_minutes),
        timedelta(hours=settings.normal_give_up_hours),
    )
    gather = doors.find_page(TABLES.channel, clients.directory, by_account(database))
    is_due = ask_retention(settings, database)
    beyond = BeyondTables(note_leaving, erase_own_account)
    return {
        **doors.handlers_of(TABLES, gather, policy, flight),
        "school.erasing": doors.erase_deliveries(settings.service, TABLES, is_due, beyond),
        "key.destroyed": KEY_DESTROYED,
    }


def _flow(settings: Settings) -> Flow:
    """Return how much is held at once.

    One account is one route and may take all of it: cities share one.
    """
    return Flow(
        in_flight=settings.line_in_flight,
        urgent_reserve=settings.line_in_flight // 2,
        per_route=settings.line_in_flight,
        lease=timedelta(seconds=settings.lease_seconds),
        claim_size=USERS_PER_REQUEST,
        keeps_batches=True,
    )


def line_of(settings: Settings) -> LineAccess:
    """Return how LINE is reached; in standalone mode LineRefused for another machine."""
    host = urlsplit(settings.line_api_url).hostname or ""
    if settings.only_loopback_relay and not _is_loopback(host):
        raise LineRefused(f"standalone mode writes to the simulated town only, not to {host}")
    return LineAccess(settings.line_api_url, settings.line_timeout_seconds)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
