"""The queue door of dispatch-push: takes pages in, and runs the loop that hands notifications over. Imports no Flask."""

from __future__ import annotations

from datetime import timedelta

from common.bus import Queue, Transport, Worker, erase_school, erasure_queue, handler
from common.db import Database
from common.delivery.dispatcher import Dispatcher, Flow
from common.delivery.role import DispatchRole
from common.delivery.states import Policy
from common.web.school_keys import KEY_DESTROYED
from dispatch_push.actions.hand_over import PushChannel
from dispatch_push.actions.take_in import accept_page, accept_stop, find_page
from dispatch_push.clients import Clients
from dispatch_push.config import Settings
from dispatch_push.provider.settings import FcmSettings, is_loopback
from dispatch_push.store.models import METADATA, TABLES

URGENT = Queue("dispatch-push.deliver.urgent", ("delivery.requested.urgent",), prefetch=8, concurrency=4)
NORMAL = Queue("dispatch-push.deliver.normal", ("delivery.requested.normal",), prefetch=4, concurrency=2)
STOPS = Queue("dispatch-push.stops", ("message.stopped",), prefetch=8, concurrency=1)
QUEUES = (URGENT, NORMAL, STOPS, erasure_queue("dispatch-push", "key.destroyed"))


class FcmRefused(Exception):
    """Standalone mode hands notifications to the simulated town only."""


def create_worker(settings: Settings, database: Database, transport: Transport) -> DispatchRole:
    """Return the role: the consumer of pages and the dispatcher, run together."""
    fcm = fcm_of(settings)
    clients = Clients.of(settings)
    policy = Policy(timedelta(minutes=settings.urgent_give_up_minutes), timedelta(hours=settings.normal_give_up_hours))
    handlers = {
        "delivery.requested": handler(gather=find_page(clients), act=accept_page(policy)),
        "message.stopped": handler(act=accept_stop),
        "school.erasing": erase_school(METADATA, "dispatch-push"),
        "key.destroyed": KEY_DESTROYED,
    }
    channel = PushChannel(clients, fcm, settings.base_url.rstrip("/"))
    # One route: it may fill the whole flight, of which 50 connections at 100 ms a notification make away in 2 s.
    flow = Flow(in_flight=1000, urgent_reserve=500, per_route=1000, lease=timedelta(seconds=settings.lease_seconds))
    return DispatchRole(
        Worker(settings.service, database, transport, QUEUES, handlers),
        Dispatcher(database, TABLES, channel, flow),
        NORMAL,
        settings.backlog_limit,
        is_alone=settings.single_process,
    )


def fcm_of(settings: Settings) -> FcmSettings:
    """Return how FCM is reached; raise FcmRefused when standalone mode points at another machine, ServiceAccountRefused for a bad
    file."""
    fcm = FcmSettings(settings.fcm_url, settings.fcm_service_account_file, settings.fcm_connections)
    for host in fcm.hosts():
        if settings.only_loopback_relay and not is_loopback(host):
            raise FcmRefused(f"standalone mode sends to the simulated town only, not to {host}")
    return fcm
