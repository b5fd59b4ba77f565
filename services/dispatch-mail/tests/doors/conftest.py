"""The house on PostgreSQL and on SQLite, by its own migration, between neighbours that answer over
HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from asked_notices import Payload, Tell
from flask import Flask
from scripted_relay import ScriptedRelay, StartRelay

import dispatch_mail
from common.bus import Handler, memory
from common.db import Database
from common.delivery.flight import Flight
from common.schemas import Envelope
from common.testing.dispatch import (
    ClaimRows,
    Neighbours,
    Working,
    at_work,
    claim_all,
    connected,
    migrated,
)
from common.testing.dispatch import answered as answered
from common.testing.dispatch import hear as hear
from common.testing.dispatch import neighbours as neighbours
from common.testing.dispatch import publish as publish
from common.testing.dispatch import request_page as request_page
from common.testing.dispatch import said as said
from common.testing.dispatch import states as states
from common.testing.dispatch import transport as transport
from common.testing.events import published
from common.testing.tokens import make_keys
from dispatch_mail.actions.family_mails import FamilyMails, OwnMails
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.actions.notice_mails import NoticeMails
from dispatch_mail.app import create_app, sender_of
from dispatch_mail.clients import Clients
from dispatch_mail.config import Settings
from dispatch_mail.provider.limits import Limits
from dispatch_mail.store.models import METADATA, TABLES
from dispatch_mail.worker import FAMILY_MAILS, NOTICES, create_worker, handlers_of

MIGRATIONS = Path(dispatch_mail.__file__).parent / "migrations"


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with migrated(
        request, tmp_path_factory.mktemp("database"), "dispatch_mail", MIGRATIONS, METADATA
    ) as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.load(
        database_url=database_url,
        bus_url="memory://",
        keys_dir=make_keys(tmp_path_factory.mktemp("dispatch-mail") / "keys"),
        service_url="http://{service}",
        base_url="https://renraku.minamo.example",
        mail_domain="renraku.minamo.example",
        relay_host="127.0.0.1",
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with connected(settings.own_database_url, METADATA) as database:
        yield database


@pytest.fixture
def clients(settings: Settings, neighbours: Neighbours) -> Clients:
    return Clients.of(settings)


@pytest.fixture
def handlers(settings: Settings, clients: Clients, database: Database) -> dict[str, Handler]:
    return handlers_of(settings, clients, Flight(), database)


@pytest.fixture
def app(settings: Settings, database: Database, neighbours: Neighbours) -> Flask:
    return create_app(settings, database=database)


@pytest.fixture
def working(settings: Settings, database: Database, neighbours: Neighbours) -> Working:
    @asynccontextmanager
    async def run(relay: ScriptedRelay, **changes: Any) -> AsyncIterator[None]:
        """Run the worker for the length of a block, on a connection of its own to the bus."""
        chosen = settings.model_copy(update={"relay_port": relay.port, **changes})
        async with at_work(lambda bus: create_worker(chosen, database, bus)):
            yield

    return run


@pytest.fixture
def claim(database: Database) -> ClaimRows:
    return partial(claim_all, database, TABLES.deliveries)


@pytest.fixture
async def make_channel(
    settings: Settings, clients: Clients, database: Database, start_relay: StartRelay
) -> AsyncIterator[Callable[..., MailChannel]]:
    """Make the mail channel towards a relay: `make_channel(relay, limits=None, **relay settings)`;
    closed with the test.
    """
    made = []
    sender = sender_of(settings)
    own = OwnMails(NoticeMails(clients, database, sender), FamilyMails(clients, sender))

    def make(relay: ScriptedRelay, limits: Limits | None = None, **changes: object) -> MailChannel:
        made.append(MailChannel(clients, relay.settings(**changes), sender, own, limits))
        return made[-1]

    yield make
    for channel in made:
        await channel.close()


@pytest.fixture
async def tell(transport: memory.Memory, neighbours: Neighbours, settings: Settings) -> Tell:
    """Say `notice.requested` on the bus, as identity does."""
    await transport.declare([NOTICES])

    async def say(payload: Payload) -> None:
        event = Envelope.of("notice.requested", neighbours.school_id, payload)
        await transport.publish(published(settings.keys_dir, event))

    return say


@pytest.fixture
def clerk(neighbours: Neighbours) -> UUID:
    return neighbours.add_account("jimu@a.town.test", "中野 正", post="事務")


@pytest.fixture
async def ask_family_mail(
    transport: memory.Memory, neighbours: Neighbours, settings: Settings
) -> Callable[[UUID], Awaitable[None]]:
    """Say `family_mail.requested` on the bus, as directory does."""
    await transport.declare([FAMILY_MAILS])

    async def say(mail_id: UUID) -> None:
        event = Envelope.of("family_mail.requested", neighbours.school_id, {"mail_id": mail_id})
        await transport.publish(published(settings.keys_dir, event))

    return say
