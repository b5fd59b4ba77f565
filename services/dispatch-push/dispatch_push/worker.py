"""The queue door of dispatch-push: takes pages in, and runs the loop that hands notifications over.

Imports no Flask.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from common.bus import Handler, Queue, Transport, Worker, handler
from common.db import Database
from common.delivery import doors
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.role import DispatchRole
from common.delivery.states import Policy
from common.delivery.take_in import DeliveryPage
from common.keys import Keys
from common.schemas import Envelope
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED
from dispatch_push.actions.family_notifications import (
    find_family_notification,
    take_in_family_notification,
)
from dispatch_push.actions.hand_over import Doors, PushChannel
from dispatch_push.actions.take_in import by_service
from dispatch_push.clients import Clients
from dispatch_push.config import Settings
from dispatch_push.provider.settings import FcmSettings, is_loopback
from dispatch_push.provider.web import WebSettings
from dispatch_push.provider.web.settings import services_of, vapid_of
from dispatch_push.store.models import TABLES

OF_MESSAGES = doors.queues_of("dispatch-push")
FAMILY_NOTIFICATIONS = Queue(
    "dispatch-push.family-notifications", ("family_notification.requested",)
)
QUEUES = (*OF_MESSAGES, FAMILY_NOTIFICATIONS)

# Notifications in hand at once: more would only wait here for a connection, and go twice if the
# process died. At FCM's usual 100 ms a notification, 50 connections hand over so many in 2 s.
IN_FLIGHT = 1000


class FcmRefused(Exception):
    """Standalone mode hands notifications to the simulated town only."""


def create_worker(settings: Settings, database: Database, transport: Transport) -> DispatchRole:
    """Return the role: the consumer of pages and the dispatcher, run together."""
    ways = Doors(fcm_of(settings), web_of(settings))
    clients = Clients.of(settings)
    channel = PushChannel(clients, ways, settings.base_url.rstrip("/"))
    flow = Flow(
        in_flight=IN_FLIGHT,
        urgent_reserve=IN_FLIGHT // 2,
        per_route=IN_FLIGHT,  # nearly all phones are reached by one or two
        lease=timedelta(seconds=settings.lease_seconds),
    )
    flight = Flight(flow)
    keys = Keys(settings.keys_dir, settings.service)
    handlers = handlers_of(settings, clients, flight, database)
    return DispatchRole(
        Worker(keys, database, transport, QUEUES, handlers),
        Dispatcher(database, TABLES, channel, flight),
        OF_MESSAGES.normal,
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
    gather = doors.find_page(TABLES.channel, clients.directory, by_service(clients.school_keys))
    find_own = find_family_notification(clients)

    def accept_own(
        session: Session, _event: Envelope, page: DeliveryPage | None, *, now: datetime
    ) -> None:
        take_in_family_notification(session, page, policy, now)

    return {
        **doors.handlers_of(TABLES, gather, policy, flight),
        "family_notification.requested": handler(gather=find_own, act=accept_own),
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


def web_of(settings: Settings) -> WebSettings:
    """Return how the push services of browsers are reached; raise VapidKeyRefused for a bad key."""
    return WebSettings(vapid_of(settings), services_of(settings))
