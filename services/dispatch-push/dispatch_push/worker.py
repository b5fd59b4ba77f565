"""The queue door of dispatch-push: takes pages in, and runs the loop that hands notifications over.

Imports no Flask.
"""

from __future__ import annotations

from datetime import timedelta

from common.bus import Handler, Transport, Worker
from common.db import Database
from common.delivery import doors
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.role import DispatchRole
from common.delivery.states import Policy
from common.keys import Keys
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED
from dispatch_push.actions.hand_over import PushChannel
from dispatch_push.actions.take_in import by_fcm
from dispatch_push.clients import Clients
from dispatch_push.config import Settings
from dispatch_push.provider.settings import FcmSettings, is_loopback
from dispatch_push.store.models import TABLES

QUEUES = doors.queues_of("dispatch-push")

# Notifications in hand at once: more would only wait here for a connection, and go twice if the
# process died. At FCM's usual 100 ms a notification, 50 connections hand over so many in 2 s.
IN_FLIGHT = 1000


class FcmRefused(Exception):
    """Standalone mode hands notifications to the simulated town only."""


def create_worker(settings: Settings, database: Database, transport: Transport) -> DispatchRole:
    """Return the role: the consumer of pages and the dispatcher, run together."""
    fcm = fcm_of(settings)
    clients = Clients.of(settings)
    channel = PushChannel(clients, fcm, settings.base_url.rstrip("/"))
    flow = Flow(
        in_flight=IN_FLIGHT,
        urgent_reserve=IN_FLIGHT // 2,
        per_route=IN_FLIGHT,  # FCM is the only route
        lease=timedelta(seconds=settings.lease_seconds),
    )
    flight = Flight(flow)
    keys = Keys(settings.keys_dir, settings.service)
    handlers = handlers_of(settings, clients, flight, database)
    return DispatchRole(
        Worker(keys, database, transport, QUEUES, handlers),
        Dispatcher(database, TABLES, channel, flight),
        QUEUES.normal,
        settings.backlog_limit,
        is_alone=settings.single_process,
    )


def handlers_of(
    settings: Settings, clients: Clients, flight: Flight, database: Database
) -> dict[str, Handler]:
    """Return what this house does with what it hears."""
    policy = Policy(
        timedelta(minutes=settings.urgent_give_up_minutes),
        timedelta(hours=settings.normal_give_up_hours),
    )
    gather = doors.find_page(TABLES.channel, clients.directory, by_fcm)
    return {
        **doors.handlers_of(TABLES, gather, policy, flight),
        "school.erasing": doors.erase_deliveries(
            settings.service, TABLES, ask_retention(settings, database)
        ),
        "key.destroyed": KEY_DESTROYED,
    }


def fcm_of(settings: Settings) -> FcmSettings:
    """Return how FCM is reached.

    Raise FcmRefused when standalone mode points at another machine, ServiceAccountRefused for a bad
    file.
    """
    fcm = FcmSettings(settings.fcm_url, settings.fcm_service_account_file, settings.fcm_connections)
    for host in fcm.hosts():
        if settings.only_loopback_relay and not is_loopback(host):
            raise FcmRefused(f"standalone mode sends to the simulated town only, not to {host}")
    return fcm
