"""Operators with an authenticator in hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
import time_machine
from authenticators import Colleague
from sqlalchemy import select

from common import clock
from common.bus.tables import outbox
from common.db import Database
from common.schemas import Envelope
from common.testing.tokens import operator_token

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
