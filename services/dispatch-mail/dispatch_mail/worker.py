"""The queue door of dispatch-mail: takes pages and the product's own mails in, and runs the loop
that hands over.

Imports no Flask.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from common import metrics
from common.bus import Handler, Queue, Transport, Worker, handler
from common.config import SettingsRefused
from common.db import Database
from common.delivery import doors
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.role import DispatchRole
from common.delivery.take_in import DeliveryPage
from common.keys import Keys
from common.notices import NoticeKind
from common.schemas import Envelope
from common.web.erasures import ask_retention
from common.web.school_keys import KEY_DESTROYED
from dispatch_mail.actions.family_mails import FamilyMails, OwnMails
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.actions.notice_mails import NoticeMails
from dispatch_mail.actions.take_in import by_domain
from dispatch_mail.actions.take_in_family_mail import find_family_mail, take_in_family_mail
from dispatch_mail.actions.take_in_notice import NoticePage, find_readers, take_in_notice
from dispatch_mail.clients import Clients
from dispatch_mail.config import Settings, policy_of
from dispatch_mail.domain.compose import Sender
from dispatch_mail.provider import RelaySettings, Tls
from dispatch_mail.provider.settings import is_loopback, name_for_relay
from dispatch_mail.store.models import TABLES

OF_MESSAGES = doors.queues_of("dispatch-mail")
# One at a time: how many a reader got within the hour is counted before the next comes in.
NOTICES = Queue("dispatch-mail.notices", ("notice.requested",), prefetch=4, concurrency=1)
FAMILY_MAILS = Queue("dispatch-mail.family-mails", ("family_mail.requested",))
QUEUES = (*OF_MESSAGES, NOTICES, FAMILY_MAILS)


class RelayRefused(SettingsRefused):
    """Standalone mode hands mails to a relay on this machine only: the town's, if none is set."""


def create_worker(settings: Settings, database: Database, transport: Transport) -> DispatchRole:
    """Return the role: the consumer of pages and the dispatcher, run together."""
    relay = relay_of(settings)
    clients = Clients.of(settings)
    keys = Keys(settings.keys_dir, settings.service)
    sender = Sender(
        settings.base_url.rstrip("/"),
        settings.mail_domain,
        keys.secret("links"),
    )
    notices = NoticeMails(clients, database, sender)
    families = FamilyMails(clients, sender)
    own_mails = OwnMails(notices, families)
    channel = MailChannel(clients, relay, sender, own_mails)
    kinds = [kind.value for kind in NoticeKind]
    metrics.expect_notices(kinds)
    lease = timedelta(seconds=settings.lease_seconds)
    flight = Flight(Flow(lease=lease))
    handlers = handlers_of(settings, clients, flight, database)
    worker = Worker(keys, database, transport, QUEUES, handlers)
    dispatcher = Dispatcher(database, TABLES, channel, flight)
    return DispatchRole(
        worker,
        dispatcher,
        OF_MESSAGES.normal,
        settings.backlog_limit,
        is_alone=settings.single_process,
    )


def handlers_of(
    settings: Settings, clients: Clients, flight: Flight, database: Database
) -> dict[str, Handler]:
    """Return what this house does with what it hears."""
    policy = policy_of(settings)
    gather = doors.find_page(TABLES.channel, clients.directory, by_domain(clients.school_keys))

    def accept_notice(
        session: Session, _event: Envelope, page: NoticePage, *, now: datetime
    ) -> None:
        take_in_notice(session, page, policy, now)

    def accept_family_mail(
        session: Session, _event: Envelope, page: DeliveryPage | None, *, now: datetime
    ) -> None:
        take_in_family_mail(session, page, policy, now)

    return {
        **doors.handlers_of(TABLES, gather, policy, flight),
        "notice.requested": handler(gather=find_readers(clients), act=accept_notice),
        "family_mail.requested": handler(gather=find_family_mail(clients), act=accept_family_mail),
        "school.erasing": doors.erase_deliveries(
            settings.service, TABLES, ask_retention(settings, database)
        ),
        "key.destroyed": KEY_DESTROYED,
    }


def relay_of(settings: Settings) -> RelaySettings:
    """Return how the relay is reached; in standalone mode RelayRefused for another machine."""
    if settings.only_loopback_relay and not is_loopback(settings.relay_host):
        raise RelayRefused(
            f"RENRAKU_RELAY_HOST is {settings.relay_host}, and standalone mode hands mails "
            "to a relay on this machine only, so that a trial mails no stranger. "
            "Unset it, or run every role as a process with `renraku local`."
        )
    return RelaySettings(
        host=settings.relay_host,
        port=settings.relay_port,
        username=settings.relay_username,
        password=settings.relay_password,
        tls=Tls(settings.relay_tls) if settings.relay_tls else None,
        ca_file=settings.relay_ca_file,
        helo_name=settings.relay_ehlo or name_for_relay(settings.base_url),
        connections=settings.relay_connections,
    )
