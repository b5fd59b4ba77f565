"""The synthetic school in an installation that runs, as its office uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from bench.channels import LINE, Channel
from bench.letters import BODY, LINE_TOKEN, SUBJECT
from bench.roster import Groups, make_roster
from bench.services import WAIT_SECONDS
from bench.waiting import wait_until
from common import clock
from common.crypto import SchoolKey
from common.db import Database, UtcDateTime, is_postgres
from common.keys import Keys
from common.rights import Right
from common.testing.tokens import staff_token
from common.web.client import ServiceClient
from common.web.school_keys import SchoolKeys
from directory.actions.members import Terms
from directory.actions.rosters import load_roster
from directory.domain.scope import Actor
from suite.operator_client import OperatorClients

RIGHTS = (
    Right.MESSAGES_READ,
    Right.MESSAGES_SEND,
    Right.MESSAGES_SEND_URGENT,
    Right.ROSTER_SEE,
    Right.SHEETS_PRINT,
)
OFFICE_MAIL = "office@bench.test"
OFFICE_PASSWORD = "bench-2026-tsubame"


@dataclass(frozen=True)
class Installation:
    """Where a running product answers, and what it keeps.

    `urls`: of the houses' APIs; `port`: of the pages.
    """

    keys_dir: Path
    urls: dict[str, str]
    port: int
    databases: dict[str, Database]


@dataclass
class School:
    """The running product and the school in it, as an office uses them."""

    at: Installation
    channels: Sequence[Channel]
    id: UUID = field(default_factory=uuid4)
    groups: Groups = field(default_factory=Groups)

    @property
    def whole(self) -> UUID:
        return self.groups.whole

    @property
    def grade(self) -> UUID:
        return self.groups.grade

    def rows(self, house: str, question: str, **values: Any) -> list[Any]:
        """Return rows out of a house's database."""
        with self.at.databases[house].for_system(read_only=True) as session:
            return list(session.execute(text(question).bindparams(**values)))

    def scalar(self, house: str, question: str, **values: Any) -> Any:
        """Return one value out of a house's database."""
        [[value]] = self.rows(house, question, **values)
        return value

    def column(self, house: str, question: str, **values: Any) -> list[Any]:
        """Return one column out of a house's database."""
        return [value for [value] in self.rows(house, question, **values)]

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
        """Ask a house as the gateway does for somebody of the office."""
        token = staff_token(self.at.keys_dir, school_id=self.id, functions=RIGHTS)
        return self.call_as_gateway(house, method, template, user_token=token, **request)

    def call_as_gateway(self, house: str, method: str, template: str, **request: Any) -> Any:
        client = ServiceClient(house, self.at.urls[house], Keys(self.at.keys_dir, "gateway"))
        try:
            return client.call(method, template, **request)
        finally:
            client.close()

    def sign_in(self) -> str:
        """Return a session of the school's administrator, as the cookie that browsers send."""
        body = {
            "mail": OFFICE_MAIL,
            "password": OFFICE_PASSWORD,
            "remote_address": "127.0.0.1",
        }
        session = self.call_as_gateway("identity", "POST", "/sessions", json=body)
        return f"renraku={session['session_id']}"


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
        return self._released_at()

    def _released_at(self) -> datetime:
        question = text("SELECT released_at FROM messages WHERE id = :id")
        # SQLite keeps a moment as a text.
        typed = question.bindparams(id=self.id).columns(released_at=UtcDateTime)
        with self.school.at.databases["messaging"].for_system(read_only=True) as session:
            return session.execute(typed).scalar_one()

    def wait_complete(self) -> datetime:
        """Return the moment at which every recipient was seen to be complete."""
        wait_until(self._is_complete, WAIT_SECONDS, f"the last of {self.heads} recipients")
        return clock.now()

    def _is_complete(self) -> bool:
        """Both looks are answered by an index, in a millisecond."""
        done = "SELECT fan_out_done_at IS NOT NULL FROM messages WHERE id = :id"
        waits = (
            "SELECT EXISTS (SELECT 1 FROM recipients WHERE message_id = :id AND state = 'waiting')"
        )
        if not self.school.scalar("messaging", done, id=self.id):
            return False
        return not self.school.scalar("messaging", waits, id=self.id)


def found(school: School, heads: int) -> None:
    """Register the school through identity's API, and write its roster with directory's own action.

    HTTP takes 8 MB at most.
    """
    operator = OperatorClients.from_environment()
    operator.identity.call("POST", "/schools", json=_registration(school.id, heads))
    if LINE in school.channels:
        _open_line_account(operator, school.id)
    operator.close()
    _load(school, heads)
    analyse(school.at.databases["directory"])


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


def _load(school: School, heads: int) -> None:
    key = key_of(school)
    actor = Actor(school.id, "staff", uuid4())
    roster = make_roster(school.groups, school.channels, heads)
    terms = Terms(heads, clock.now())
    directory = school.at.databases["directory"]
    with directory.for_school(school.id) as session:
        load_roster(session, actor, roster, terms, key)


def key_of(school: School) -> SchoolKey:
    """Return the school's key, as directory gets it."""
    keys = Keys(school.at.keys_dir, "directory")
    url = school.at.urls["identity"]
    identity = ServiceClient("identity", url, keys)
    try:
        return SchoolKeys(identity).get(school.id)
    finally:
        identity.close()


def analyse(database: Database) -> None:
    """Let PostgreSQL look at the rows now, as it would have long ago in a school that exists."""
    if is_postgres(database.engine):
        with database.engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text("ANALYZE"))


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
            "mail": OFFICE_MAIL,
            "display_name": "事務室",
            "post": "事務",
            "password": OFFICE_PASSWORD,
        },
    }
