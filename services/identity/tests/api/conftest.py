"""Operators with an authenticator in hand, and the town's identity provider on a real socket."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pyotp
import pytest
import time_machine
from authenticators import Colleague
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from common import clock
from common.bus.tables import outbox
from common.db import Database
from common.schemas import Envelope
from common.testing.tokens import operator_token
from identity.app import create_app
from identity.config import CityProvider, Settings
from identity.provider import Provider
from suite.demo import city as registered
from suite.town.city import City, Client
from suite.town.control import RelayControl
from suite.town.mailboxes import Mailboxes
from suite.town.names import Named, Names
from suite.town.pages import create_town_app

PASSWORD = "minamo no ike ni kamo"
_numbers = itertools.count(1)
MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """An operator, and the secret in the telephone."""

    door: Any
    id: UUID
    mail: str
    secret: str
    _codes: Iterator[int] = field(default_factory=itertools.count)

    def code(self, *, ahead: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(clock.now(), counter_offset=ahead)

    def wrong_code(self) -> str:
        """Return six digits that are none of the codes around this moment."""
        near = {self.code(ahead=ahead) for ahead in range(-3, 4)}
        return next(code for code in (f"{number:06}" for number in range(10)) if code not in near)

    def sign_in(self, code: str, password: str = PASSWORD, **source: str | None) -> Any:
        return self.door.sign_in_operator(self.mail, code, password, **source)

    def opened(self) -> str:
        """Sign in with the code of this moment and return the session's id."""
        answer = self.sign_in(self.code())
        assert answer.status_code == 201, answer.json
        return str(answer.json["session_id"])

    def token(self) -> str:
        """Return a token as the gateway gets it for an open session; it lives for minutes."""
        return operator_token(self.door.keys_dir, self.id)

    def confirm(self, method: str, path: str, **body: Any) -> Any:
        """Ask with a code of the telephone that was not used yet: each time half a minute later."""
        later = clock.now() + timedelta(seconds=30 * next(self._codes))
        with time_machine.travel(later, tick=False):
            return self.ask(method, path, json={**body, "code": self.code()})

    def ask(self, method: str, path: str, **request: Any) -> Any:
        """Ask identity in the operator's own name."""
        return self.door.with_token(self.token(), method, path, **request)


@pytest.fixture
def add_operator(door: Any) -> Callable[[], Person]:
    def add() -> Person:
        mail, secret = f"operator{next(_numbers)}@town.test", pyotp.random_base32()
        body = {
            "mail": mail,
            "display_name": "中田 亮",
            "password": PASSWORD,
            "totp_secret": secret,
        }
        made = door.as_service("operator", "POST", "/operators", json=body)
        assert made.status_code == 201, made.json
        return Person(door, UUID(made.json["id"]), mail, secret)

    return add


@pytest.fixture
def operator(add_operator: Callable[[], Person]) -> Person:
    return add_operator()


@pytest.fixture
def logged(database: Database) -> Callable[[Any], list[Envelope]]:
    """Yield `logged(id)`: the lines for the operation log in which an id stands, in order."""

    def told(something: Any) -> list[Envelope]:
        query = select(outbox.c.body).where(
            outbox.c.type == "operation.recorded", outbox.c.body.contains(str(something))
        )
        with database.for_system(read_only=True) as session:
            return [
                Envelope.load(body) for body in session.scalars(query.order_by(outbox.c.position))
            ]

    return told


@pytest.fixture
def travel() -> Iterator[Any]:
    """Hold the clock: a code is good for half a minute, and the next one comes when it is told."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def colleague(travel: Any, door: Any, school: Any, add_account: Callable[..., Any]) -> Colleague:
    """Return somebody who is signed in and has no factor yet."""
    account = add_account(school)
    person = Colleague(door, account["mail"])
    person.sign_in()
    return person


@pytest.fixture
def enrolled(colleague: Colleague, travel: Any) -> tuple[Colleague, str, list[str]]:
    """Return somebody with an app, half a minute later in a new session that has not proved it."""
    assert colleague.confirm().status_code == 204
    secret, codes = colleague.enrol_app()
    travel.shift(timedelta(seconds=30))
    colleague.sign_in()
    assert colleague.step() == "factor"
    return colleague, secret, codes


@pytest.fixture
def two_schools(door, make_school, add_account) -> tuple[Any, Any, dict[str, Any]]:
    """Return two schools and somebody who works at both; the first manages the sign-in."""
    here, there = make_school(), make_school()
    account = add_account(here)
    body = {"mail": account["mail"], "display_name": "水野 さゆり", "role": "sender"}
    joined = door.as_staff(there.id, "POST", "/accounts", json=body)
    assert joined.status_code == 201, joined.json
    assert set(joined.json) == {"id", "staff_role_id"}
    assert joined.json["id"] == account["id"]
    return here, there, account


RETURN_TO = "https://renraku.example/sign-in/city/return"
OFFICE = "教職員"


@dataclass(frozen=True)
class Over:
    """A browser on its way to the provider: where it is sent, and what its cookie holds."""

    address: str
    binding: str

    @property
    def asked(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.address).query))


@dataclass
class Federation:
    """identity with a city's provider, and browsers that go over to it and come back."""

    door: Any
    city: City
    named: CityProvider

    def employ(self, mail: str) -> str:
        """Give somebody an account of the city's."""
        self.city.people.put([Named(mail, "野口 大輔", "4年2組担任", OFFICE, 1)])
        return mail

    def ask(self, method: str, **request: Any) -> Any:
        return self.door.as_service("gateway", method, "/federated-sign-ins", **request)

    def go_over(self) -> Over:
        answer = self.ask("POST", json={"return_to": RETURN_TO})
        assert answer.status_code == 201, answer.json
        return Over(answer.json["address"], answer.json["binding"])

    def pick(self, over: Over, mail: str) -> dict[str, str]:
        """Pick an account at the provider; return what the browser brings back."""
        page = over.address.partition("?")[0]
        sent_back = httpx.post(page, data={**over.asked, "person": mail})
        assert sent_back.status_code == 303, sent_back.text
        assert sent_back.headers["location"].startswith(f"{RETURN_TO}?")
        return dict(parse_qsl(urlsplit(sent_back.headers["location"]).query))

    def come_back(self, over: Over, brought: dict[str, str]) -> Any:
        body = {
            "return_to": RETURN_TO,
            "browser": "Windows・Edge",
            "binding": over.binding,
            **brought,
        }
        return self.ask("PUT", json=body)

    def sign_in(self, mail: str) -> Any:
        over = self.go_over()
        return self.come_back(over, self.pick(over, mail))

    def opened(self, mail: str) -> str:
        answer = self.sign_in(mail)
        assert answer.status_code == 200, answer.json
        return str(answer.json["session_id"])


@pytest.fixture(scope="session")
def town_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, str]]:
    """Give the town's identity provider and the address by which it names itself."""
    folder = tmp_path_factory.mktemp("town")
    client = Client(registered.CLIENT_ID, registered.CLIENT_SECRET, RETURN_TO)
    city = City(Names(folder / "names.db"), OFFICE, client)
    mailboxes = Mailboxes(folder / "town.db")
    app = create_town_app(mailboxes, RelayControl(), city=city)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield city, f"http://127.0.0.1:{server.server_port}/town/city"
    server.shutdown()
    thread.join(10)
    server.server_close()
    mailboxes.close()


@pytest.fixture(scope="session")
def city_app(settings: Settings, database: Database, town_city: tuple[City, str]) -> Flask:
    named = {
        "city_issuer": town_city[1],
        "city_client_id": registered.CLIENT_ID,
        "city_client_secret": registered.CLIENT_SECRET,
        "city_name": registered.NAME,
        "city_mail_domains": ("town.test",),
    }
    return create_app(settings.model_copy(update=named), database=database)


@pytest.fixture
def federation(door: Any, city_app: Flask, town_city: tuple[City, str]) -> Iterator[Federation]:
    """Give identity with a provider of which it knows nothing yet."""
    city = town_city[0]
    here = city_app.extensions["house"]
    named = here.provider.city
    city_app.extensions["house"] = replace(here, provider=Provider(named, places=4))
    yield Federation(replace(door, app=city_app), city, named)
    city.lie, city.is_down = None, False
