"""A school's hands on the running suite: write, confirm, send, and see every promise kept."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from arrivals import DISPATCHERS, Delivered, Message, delivered

from common.keys import Keys
from common.web.client import ServiceClient
from suite.demo.model import id_of
from suite.demo.roster import demo_roster
from suite.loading import PASSWORD
from suite.local import Supervisor

VICE_PRINCIPAL = "山下 明子"
CHANNEL_OF = {"dispatch-mail": "mail", "dispatch-line": "line", "dispatch-push": "push"}
NOTHING_DOUBLED: Mapping[str, int] = {}


def wait_until(fact: Callable[[], Any], seconds: float = 60.0, what: str = "the fact") -> Any:
    """Return the first truthy answer of `fact`; fail when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = fact()
        if answer:
            return answer
        # Between two looks at a fact of another process; nothing waits for time itself.
        time.sleep(0.05)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


def patient_children() -> list[UUID]:
    """Return the children whose mails rightly take minutes (full, greylisted), or come back.

    No test of a crash waits for them.
    """
    roster = demo_roster()
    patient = ("@full.town.test", "@greylist.town.test", "@bounce-docomo.town.test")
    guardians = set()
    for guardian in roster.guardians:
        if any(point.address.endswith(patient) for point in guardian.contact_points):
            guardians.add(guardian.key)
    links = [link for link in roster.guardianships if link.guardian_key in guardians]
    return [id_of(link.pupil_key) for link in links]


def open_session(identity: ServiceClient, mail: str, password: str = PASSWORD) -> str:
    """Sign in as staff, the way the gateway does; return the session's id."""
    body = {"mail": mail, "password": password, "remote_address": "127.0.0.1"}
    opened = identity.call("POST", "/sessions", json=body)
    return str(opened["session_id"])


def token_of(identity: ServiceClient, session_id: str) -> str:
    """Return the token with which the gateway asks other houses for a session's owner."""
    resolved = identity.call("POST", "/sessions/resolve", json={"session_id": session_id})
    return str(resolved["token"])


def message_ids(town: Path) -> list[str]:
    """Return the Message-ID of every mail in the town's mailboxes, as often as it arrived."""
    connection = sqlite3.connect(f"file:{town}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute("SELECT message_id FROM mails")]
    finally:
        connection.close()


class HasClients(Protocol):
    """Whatever runs the houses: processes, or one process."""

    def client(self, service: str) -> ServiceClient: ...


@dataclass
class Suite:
    """The running suite and what tests look at."""

    supervisor: Supervisor
    engines: dict[str, sa.Engine]
    school_id: UUID
    clients: dict[str, ServiceClient] = field(default_factory=dict)

    def client(self, service: str) -> ServiceClient:
        """Return a house's API as the gateway calls it."""
        if service not in self.clients:
            url = self.supervisor.urls[service]
            keys = Keys(self.supervisor.run_dir / "keys", "gateway")
            self.clients[service] = ServiceClient(service, url, keys)
        return self.clients[service]

    def query(self, service: str, statement: str, **values: Any) -> list[Any]:
        with self.engines[service].connect() as connection:
            return list(connection.execute(sa.text(statement), values))

    def town(self, path: str, **query: str) -> Any:
        url = f"http://127.0.0.1:{self.supervisor.town_port}/town/{path}"
        return httpx.get(url, params=query, timeout=30).json()

    def sign_in(self, mail: str) -> str:
        """Return a user token, the way the gateway gets one."""
        identity = self.client("identity")
        return token_of(identity, open_session(identity, mail))

    def staff_mail(self, name: str) -> str:
        return next(person.mail for person in demo_roster().staff if person.display_name == name)

    def office(self) -> Office:
        return Office(self, self.sign_in(self.staff_mail(VICE_PRINCIPAL)))


@contextmanager
def table_held(suite: Suite, service: str, table: str, mode: str = "EXCLUSIVE") -> Iterator[None]:
    """Keep every writer of a table waiting while the block runs; readers go on."""
    with suite.engines[service].connect() as connection:
        connection.execute(sa.text(f"LOCK TABLE {table} IN {mode} MODE"))
        yield
        connection.rollback()


def someone_waits_for(suite: Suite, service: str, table: str, statement: str = "") -> bool:
    """Return whether a transaction waits for a table that is held.

    `statement`: how the waiting statement begins.
    """
    waiting = (
        "SELECT 1 FROM pg_locks l"
        " JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a USING (pid)"
        " WHERE c.relname = :table AND NOT l.granted"
        " AND a.datname = current_database() AND a.query LIKE :begins"
    )
    return bool(suite.query(service, waiting, table=table, begins=f"{statement}%"))


def restart(suite: Suite, *roles: str) -> None:
    for role in roles:
        suite.supervisor.start(role)


@dataclass
class Office:
    """The vice principal at the keyboard, speaking to the APIs as the gateway does for her."""

    suite: HasClients
    token: str

    def call(self, service: str, method: str, template: str, **request: Any) -> Any:
        return self.suite.client(service).call(method, template, user_token=self.token, **request)

    def group(self, name: str) -> dict[str, Any]:
        groups = self.call("directory", "GET", "/groups")["items"]
        return next(g for g in groups if g["name"] == name and g["kind"] == "class")

    def write(self, group_name: str, *, lane: str = "normal", everybody: bool = False) -> UUID:
        """Write a draft to a class, a grade or the whole school and return its id."""
        excluded = [] if everybody else [str(member) for member in patient_children()]
        audience = {
            "group_ids": [self.group(group_name)["id"]],
            "member_ids": [],
            "excluded_member_ids": excluded,
        }
        body = {
            "kind": "notice",
            "lane": lane,
            "subject": f"持久走記録会のお知らせ {uuid4().hex[:8]}",
            "body": "体操服と水筒をご用意ください。",
            "audience": audience,
            "created_by_name": VICE_PRINCIPAL,
        }
        return UUID(self.call("messaging", "POST", "/messages", json=body)["id"])

    def snapshot(self, message_id: UUID) -> dict[str, Any]:
        path = {"message_id": message_id}
        message = self.call("messaging", "GET", "/messages/{message_id}", path=path)
        body = {
            "audience": message["audience"],
            "channels": message["channels"],
            "lane": message["lane"],
        }
        answer: dict[str, Any] = self.call("directory", "POST", "/snapshots", json=body)
        return answer

    def press(
        self, message_id: UUID, snapshot: dict[str, Any], key: str | None = None
    ) -> dict[str, Any]:
        """Press the send button of the confirm screen."""
        path = {"message_id": message_id}
        version = self.call("messaging", "GET", "/messages/{message_id}", path=path)["version"]
        body = {"snapshot_id": snapshot["id"], "version": version}
        headers = {"Idempotency-Key": key or uuid4().hex}
        template = "/messages/{message_id}/release"
        answer: dict[str, Any] = self.call(
            "messaging", "POST", template, path=path, json=body, headers=headers
        )
        return answer

    def send(self, group_name: str, *, lane: str = "normal", everybody: bool = False) -> Sent:
        """Write, confirm, press, and end the undo window."""
        message_id = self.write(group_name, lane=lane, everybody=everybody)
        snapshot = self.snapshot(message_id)
        self.press(message_id, snapshot)
        path = {"message_id": message_id}
        self.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)
        return Sent(self.suite, self, message_id, snapshot)


@dataclass
class Sent:
    """A message on its way, and the promises that must hold for it whatever dies."""

    suite: Suite
    office: Office
    message_id: UUID
    snapshot: dict[str, Any]

    @property
    def heads(self) -> int:
        return int(self.snapshot["heads"])

    def progress(self) -> dict[str, Any]:
        path = {"message_id": self.message_id}
        answer: dict[str, Any] = self.office.call(
            "messaging", "GET", "/messages/{message_id}/progress", path=path
        )
        return answer

    def recipients(self) -> list[Any]:
        statement = "SELECT member_id, state FROM recipients WHERE message_id = :id"
        return self.suite.query("messaging", statement, id=self.message_id)

    def deliveries(self, condition: str = "true", service: str = "dispatch-mail") -> list[Any]:
        statement = (
            "SELECT id, contact_point_id, state, attempts, unknowns FROM deliveries"
            f" WHERE message_id = :id AND {condition}"
        )
        return self.suite.query(service, statement, id=self.message_id)

    def delivered(self, service: str) -> Delivered:
        """Return what a channel says of the message beside what the town holds of it."""
        subject = "SELECT subject FROM messages WHERE id = :id"
        [found] = self.suite.query("messaging", subject, id=self.message_id)
        message = Message(self.message_id, found.subject)
        town = self.suite.supervisor.run_dir / "town.db"
        return delivered(town, service, message, self.deliveries(service=service))

    def in_doubt(self, service: str) -> int:
        """Return how many deliveries a process that died had in hand.

        So many may arrive twice, but for LINE: a batch that is asked for again has its first retry
        key.
        """
        return len(self.deliveries("unknowns > 0", service))

    def is_complete(self) -> bool:
        rows = self.recipients()
        return len(rows) == self.heads and all(row.state != "waiting" for row in rows)

    def wait_complete(self, seconds: float = 120.0) -> None:
        what = f"message {self.message_id} to be complete: {self.summary()}"
        wait_until(self.is_complete, seconds, what)

    def summary(self) -> str:
        states: dict[str, int] = {}
        for row in self.recipients():
            states[row.state] = states.get(row.state, 0) + 1
        return str(states)

    def check_promises(self, doubled_at_most: Mapping[str, int] = NOTHING_DOUBLED) -> None:
        """Check that nothing is lost and little doubled.

        `doubled_at_most`: how many copies by dispatcher, else none. Every child of the audience
        ends once in one final state; each contact point of the audience has its one delivery; on
        every channel what counts as accepted arrived, and nothing arrived where nothing was due.
        """
        members = [row.member_id for row in self.recipients()]
        assert len(members) == len(set(members)) == self.heads
        assert {row.state for row in self.recipients()} <= {"reached", "unreached"}
        for service in DISPATCHERS:
            self._check_rows(service)
            found = self.delivered(service)
            assert not found.lost, f"{service}: accepted, but it never arrived at {found.lost}"
            assert not found.astray, f"{service}: arrived without a delivery at {found.astray}"
            assert found.doubled <= doubled_at_most.get(service, 0), f"{service}: {found}"

    def _check_rows(self, service: str) -> None:
        rows = self.deliveries(service=service)
        due = self.snapshot["contact_points"][CHANNEL_OF[service]]
        assert len(rows) == len({row.contact_point_id for row in rows}) == due, service
        assert {row.state for row in rows} <= {"accepted", "refused", "expired", "unknown"}
