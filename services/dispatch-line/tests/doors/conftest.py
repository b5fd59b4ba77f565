"""The house at work: the worker on a bus in memory, its answers, LINE's webhooks at the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from line_house import ACCOUNT, SECRET, TOKEN, AsOperator, Buttons, House, MakeUser, SendToFamily
from werkzeug.test import TestResponse

from common.bus import Handler, memory
from common.db import Database
from common.delivery.flight import Flight
from common.keys import Keys
from common.testing.dispatch import ClaimRows, Neighbours, claim_all
from common.testing.dispatch import hear as hear
from common.testing.dispatch import request_page as request_page
from common.testing.tokens import bearer, service_token
from dispatch_line.actions.accounts import AccountBook
from dispatch_line.actions.hand_over import LineChannel, Providers
from dispatch_line.clients import Clients
from dispatch_line.config import Settings
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.store.models import TABLES
from dispatch_line.worker import QUEUES, handlers_of, line_of
from suite.town.line import LineTown


@pytest.fixture
def operator(app: Flask, settings: Settings) -> AsOperator:
    """Return `operator(path, body, school_id=None)`: a PUT as the operator's commands do it."""

    def put(path: str, body: dict[str, Any], school_id: UUID | None = None) -> TestResponse:
        token = service_token(settings.keys_dir, "operator", "dispatch-line", school_id)
        return app.test_client().put(path, json=body, headers=bearer(token))

    return put


@pytest.fixture
def account_id(operator: AsOperator, neighbours: Neighbours) -> UUID:
    """Give the school its LINE account."""
    made = uuid4()
    given = {"name": ACCOUNT, "channel_secret": SECRET, "access_token": TOKEN}
    assert operator(f"/accounts/{made}", given).status_code == 200
    assert (
        operator(f"/account-schools/{neighbours.school_id}", {"account_id": str(made)}).status_code
        == 200
    )
    return made


@pytest.fixture
def clients(settings: Settings, neighbours: Neighbours) -> Clients:
    return Clients.of(settings)


@pytest.fixture
def handlers(settings: Settings, clients: Clients, database: Database) -> dict[str, Handler]:
    return handlers_of(settings, clients, Flight(), database)


@pytest.fixture
def claim(database: Database) -> ClaimRows:
    return partial(claim_all, database, TABLES.deliveries)


@pytest.fixture
async def channel(
    settings: Settings, clients: Clients, database: Database, account_id: UUID
) -> AsyncIterator[LineChannel]:
    line = line_of(settings)
    keys = Keys(settings.keys_dir, settings.service)
    book = AccountBook(database, OwnKey(keys.secret("accounts")), line)
    made = LineChannel(clients, Providers(book, line), keys.secret("links"))
    yield made
    await made.close()


@pytest.fixture
async def house(
    settings: Settings,
    database: Database,
    neighbours: Neighbours,
    line: LineTown,
    app: Flask,
    account_id: UUID,
) -> AsyncIterator[House]:
    transport = memory.Memory()
    await transport.start()
    await transport.declare(QUEUES)
    yield House(settings, database, neighbours, line, app, account_id, transport)
    await transport.close()
    memory.forget_everything()


@pytest.fixture
def sent(house: House, make_user: MakeUser) -> SendToFamily:
    """Return `await sent(children=…)`: a message in a talk → (user, data of the buttons)."""

    async def send(user: str = "", **family: Any) -> tuple[str, Buttons]:
        user = user or make_user()
        message_id = house.neighbours.add_message()
        settled = len(house.rows())
        async with house.working():
            await house.publish(message_id, house.neighbours.add_siblings(user, **family))
            await house.until(lambda: house.states()["accepted"] == settled + 1)
        return user, house.buttons(user)

    return send
