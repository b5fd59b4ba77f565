"""The product as processes, and in it a synthetic school.

It has grades of a thousand children, a family each, once on each channel.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from bench.channels import LINE, Channel
from bench.letters import BODY, LINE_TOKEN, SUBJECT
from bench.services import WAIT_SECONDS, Services
from bench.waiting import wait_until
from common import clock
from common.crypto import SchoolKey
from common.db import Database
from common.keys import Keys
from common.rights import Right
from common.testing.tokens import staff_token
from common.web.client import ServiceClient
from common.web.school_keys import SchoolKeys
from directory.actions.members import Terms
from directory.actions.rosters import load_roster
from directory.domain.roster.rows import Roster
from directory.domain.scope import Actor
from suite.houses import STORED
from suite.local import Supervisor
from suite.migrate import prepare
from suite.operator_client import OperatorClients

GRADE_HEADS = 1000
# The pages, the other channels and the end of contracts take no part; in place of the town stand
# the sink, LINE and FCM.
ALWAYS = ("identity", "directory", "messaging")
RIGHTS = (
    Right.MESSAGES_READ,
    Right.MESSAGES_SEND,
    Right.MESSAGES_SEND_URGENT,
    Right.ROSTER_SEE,
)


@dataclass
class School:
    """The running suite and the school in it, as an office uses them.

    `whole` and `grade` are groups.
    """

    supervisor: Supervisor
    engines: dict[str, sa.Engine]
    channels: Sequence[Channel]
    id: UUID = field(default_factory=uuid4)
    whole: UUID = field(default_factory=uuid4)
    grade: UUID = field(default_factory=uuid4)

    def scalar(self, house: str, question: str, **values: Any) -> Any:
        """Return one value out of a house's database."""
        with self.engines[house].connect() as connection:
            return connection.scalar(sa.text(question), values)

    def column(self, house: str, question: str, **values: Any) -> list[Any]:
        """Return one column out of a house's database."""
        with self.engines[house].connect() as connection:
            return list(connection.scalars(sa.text(question), values))

    def prepare(self, group_id: UUID, lane: str = "normal") -> Draft:
        """Write a message to a group and confirm its audience."""
        audience: dict[str, Any] = {
            "group_ids": [str(group_id)],
            "member_ids": [],
            "excluded_member_ids": [],
        }
        body = {
            "kind": "notice",
            "lane": lane,
            "subject": SUBJECT,
            "body": BODY,
            "audience": audience,
            "created_by_name": "事務室",
        }
        message = self.call("messaging", "POST", "/messages", json=body)
        kinds = [channel.kind for channel in self.channels]
        wanted = {"audience": audience, "channels": kinds}
        snapshot = self.call("directory", "POST", "/snapshots", json=wanted)
        return Draft(
            school=self,
            id=UUID(message["id"]),
            version=message["version"],
            snapshot_id=snapshot["id"],
            heads=snapshot["heads"],
        )

    def call(self, house: str, method: str, template: str, **request: Any) -> Any:
        keys_dir = self.supervisor.run_dir / "keys"
        token = staff_token(keys_dir, school_id=self.id, functions=RIGHTS)
        url = f"http://127.0.0.1:{self.supervisor.ports[house]}"
        client = ServiceClient(house, url, Keys(keys_dir, "gateway"))
        try:
            return client.call(method, template, user_token=token, **request)
        finally:
            client.close()


@dataclass(frozen=True)
class Draft:
    """A message whose audience is confirmed."""

    school: School
    id: UUID
    version: int
    snapshot_id: str
    heads: int

    def send(self) -> datetime:
        """Press the button, end the undo window, and return when the message was released."""
        path = {"message_id": self.id}
        body = {"snapshot_id": self.snapshot_id, "version": self.version}
        headers = {"Idempotency-Key": uuid4().hex}
        self.school.call(
            "messaging",
            "POST",
            "/messages/{message_id}/release",
            path=path,
            json=body,
            headers=headers,
        )
        self.school.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)
        released: datetime = self.school.scalar(
            "messaging", "SELECT released_at FROM messages WHERE id = :id", id=self.id
        )
        return released

    def wait_complete(self) -> datetime:
        """Return the moment at which every recipient was seen to be complete."""
        wait_until(self._is_complete, WAIT_SECONDS, f"the last of {self.heads} recipients")
        return clock.now()

    def _is_complete(self) -> bool:
        """Both looks are answered by an index, in a millisecond."""
        done = "SELECT fan_out_done_at IS NOT NULL FROM messages WHERE id = :id"
        waits = (
            "SELECT EXISTS (SELECT FROM recipients WHERE message_id = :id AND state = 'waiting')"
        )
        if not self.school.scalar("messaging", done, id=self.id):
            return False
        return not self.school.scalar("messaging", waits, id=self.id)


@contextmanager
def running_school(services: Services, heads: int, channels: Sequence[Channel]) -> Iterator[School]:
    """Yield a school of so many children in a suite of its own, warmed up by one message."""
    measured = (*ALWAYS, *(channel.house for channel in channels))
    extra = {
        **services.outside.variables,
        "RENRAKU_CHANNELS": json.dumps([channel.name for channel in channels]),
    }
    new_database = sa.make_url(services.new_database())
    database_url = new_database.render_as_string(hide_password=False) + "_{service}"
    folder = services.folder / uuid4().hex[:8]
    supervisor = Supervisor(
        folder, database_url, services.amqp_url, relay_port=services.sink_port, extra=extra
    )
    for name in list(supervisor.roles):
        house = name.partition(".")[0]
        if house not in measured:
            del supervisor.roles[name]
    with ExitStack() as stack:
        stack.enter_context(_environment(supervisor.variables))
        prepare(create_databases=True)
        engines = {
            house.name: sa.create_engine(database_url.replace("{service}", house.name))
            for house in STORED
        }
        for engine in engines.values():
            stack.callback(engine.dispose)
        stack.callback(supervisor.stop_all)
        supervisor.start_all()
        school = School(supervisor, engines, channels)
        _found(school, heads)
        warm_up = school.prepare(school.grade)
        warm_up.send()
        warm_up.wait_complete()
        yield school


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _found(school: School, heads: int) -> None:
    """Register the school through identity's API, and write its roster with directory's own action.

    HTTP takes 8 MB at most.
    """
    operator = OperatorClients.from_environment()
    operator.identity.call("POST", "/schools", json=_registration(school.id, heads))
    if LINE in school.channels:
        _open_line_account(operator, school.id)
    operator.close()
    keys = Keys(school.supervisor.run_dir / "keys", "directory")
    url = f"http://127.0.0.1:{school.supervisor.ports['identity']}"
    identity = ServiceClient("identity", url, keys)
    key = SchoolKeys(identity).get(school.id)
    identity.close()
    _load(school, heads, key)
    with school.engines["directory"].connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("ANALYZE"))


def _open_line_account(operator: OperatorClients, school_id: UUID) -> None:
    account_id = uuid4()
    account = {
        "name": "ベンチ",
        "channel_secret": "bench-line-secret",
        "access_token": LINE_TOKEN,
    }
    operator.dispatch_line.call(
        "PUT", "/accounts/{account_id}", path={"account_id": account_id}, json=account
    )
    linked = {"account_id": str(account_id)}
    operator.dispatch_line.call(
        "PUT",
        "/account-schools/{school_id}",
        path={"school_id": school_id},
        school_id=school_id,
        json=linked,
    )


def _load(school: School, heads: int, key: SchoolKey) -> None:
    database = Database(school.engines["directory"])
    with database.for_school(school.id) as session:
        actor = Actor(school.id, "staff", uuid4())
        load_roster(session, actor, _roster(school, heads), Terms(heads, clock.now()), key)


def _registration(school_id: UUID, heads: int) -> dict[str, Any]:
    return {
        "id": str(school_id),
        "kind": "elementary",
        "name": "つばめ野小学校",
        "short_name": "つばめ野小",
        "phone": "03-0000-0000",
        "mail_local": "tsubameno",
        "member_limit": heads,
        "contract": {"starts_on": "2026-04-01", "contacts": []},
        "administrator": {
            "mail": "office@bench.test",
            "display_name": "事務室",
            "post": "事務",
            "password": "bench-2026-tsubame",
        },
    }


def _roster(school: School, heads: int) -> Roster:
    year = clock.fiscal_year(clock.today())
    grades = [school.grade, *(uuid4() for _ in range(GRADE_HEADS, heads, GRADE_HEADS))]
    root = {
        "id": school.whole,
        "kind": "class",
        "name": "全校",
        "parent_id": None,
        "position": 0,
        "fiscal_year": year,
    }
    below = [
        {**root, "id": grade, "name": f"{n}年", "parent_id": school.whole, "position": n}
        for n, grade in enumerate(grades, 1)
    ]
    pupils = [uuid4() for _ in range(heads)]
    guardians = [uuid4() for _ in range(heads)]
    return Roster(
        groups=[root, *below],
        members=[_pupil(pupil, number) for number, pupil in enumerate(pupils)],
        guardians=[{"id": guardian, "name": None, "language": "ja"} for guardian in guardians],
        guardianships=[
            {
                "member_id": pupil,
                "guardian_id": guardian,
                "label": "母",
                "position": 1,
                "protected": False,
            }
            for pupil, guardian in zip(pupils, guardians, strict=True)
        ],
        contact_points=[
            _point(guardian, channel, at)
            for at, guardian in enumerate(guardians)
            for channel in school.channels
        ],
        memberships=[
            {"group_id": grades[at // GRADE_HEADS], "member_id": pupil, "kind": "enrolled"}
            for at, pupil in enumerate(pupils)
        ],
    )


def _pupil(pupil_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": pupil_id,
        "kind": "pupil",
        "display_name": f"髙橋 陽菜{number}",
        "formal_name": None,
        "kana": "タカハシ ヒナ",
        "number": number % GRADE_HEADS + 1,
        "management_number": None,
        "status": "enrolled",
        "status_since": clock.today(),
    }


def _point(guardian_id: UUID, channel: Channel, number: int) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "guardian_id": guardian_id,
        "member_id": None,
        "kind": channel.kind,
        "address": channel.address_of(number),
        "state": "active",
        "health": None,
    }
