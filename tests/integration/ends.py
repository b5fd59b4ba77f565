"""A school beside the demo's, on the running suite: made, ended at once, what is left (RET-1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from hands import Office, Suite, wait_until

from common import clock
from common.db.erasure import KEPT_TABLES
from common.keys import Keys
from common.web.client import ServiceClient
from suite import line_account
from suite.demo.roster import demo_roster
from suite.loading import PASSWORD, load_texts, roster_body
from suite.operator_client import OperatorClients
from suite.town.line_webhooks import tell
from suite.town.talks import Channel, Talks

NAME = "みなも市立ひばり野小学校"
HOUSES = ("identity", "directory", "messaging", "dispatch-mail", "dispatch-line", "dispatch-push")
DISPATCHERS = HOUSES[3:]
# The calendar and the certificate: ids, names of schools, dates and numbers.
PROOF = {"erasures", "erasure_steps"}
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PATIENT = ("@full.town.test", "@greylist.town.test")  # whose mails rightly take minutes

Rows = dict[str, dict[str, int]]  # house → table → how many rows


@dataclass(frozen=True)
class School:
    """A school that can be ended, with the hands of its vice principal.

    `channel`: its LINE account at LINE.
    """

    suite: Suite
    id: UUID
    mail: str
    account_id: UUID
    channel: Channel

    def office(self) -> Office:
        return Office(self.suite, self.suite.sign_in(self.mail))

    def end(self) -> None:
        """End the contract with yesterday and no grace: the erasure begins at once."""
        body = {
            "ended_on": (clock.today() - timedelta(days=1)).isoformat(),
            "grace_days": 0,
            "name_typed": NAME,
        }
        operator = OperatorClients.from_environment()
        path = {"school_id": self.id}
        operator.identity.call("POST", "/schools/{school_id}/end", path=path, json=body)
        operator.close()

    def state(self) -> str | None:
        """Return how far the erasure is."""
        statement = "SELECT state FROM erasures WHERE school_id = :id"
        found = self.suite.query("retention", statement, id=self.id)
        return found[0].state if found else None

    def certificate(self) -> bytes:
        """Return the certificate's file, once it is there."""
        what = f"the certificate: {self.steps()}, {parked(self.suite)}"
        wait_until(lambda: self.state() == "certified", 120, what)
        url = f"http://127.0.0.1:{self.suite.supervisor.ports['retention']}"
        keys = Keys(self.suite.supervisor.run_dir / "keys", "operator")
        retention = ServiceClient("retention", url, keys)
        path = {"school_id": self.id}
        try:
            return retention.send(
                "GET", "/erasures/{school_id}/certificate.json", path=path
            ).content
        finally:
            retention.close()

    def steps(self) -> dict[str, str]:
        statement = "SELECT house, state FROM erasure_steps WHERE school_id = :id"
        steps = self.suite.query("retention", statement, id=self.id)
        return {step.house: step.state for step in steps}

    def answered(self) -> set[str]:
        return {house for house, state in self.steps().items() if state == "done"}

    def key(self) -> dict[str, Any]:
        """Return what the keyring says of the school's key."""
        file = self.suite.supervisor.run_dir / "keyring" / f"{self.id}.json"
        entry: dict[str, Any] = json.loads(file.read_bytes())
        return entry

    def line_tells(self, *events: dict[str, Any]) -> int:
        """Send a signed webhook of the school's LINE account; return the HTTP status."""
        return tell(self.channel, *events)


def make_school(suite: Suite, *, own_channel: bool = False) -> School:
    """Make a school of the demo's families.

    It shares the city's LINE account, or has a channel of its own.
    """
    school_id, operator = uuid4(), OperatorClients.from_environment()
    mail = f"kyoto.{school_id.hex[:8]}@town.test"
    operator.identity.call("POST", "/schools", json=school_body(school_id, mail))
    operator.directory.call("POST", "/rosters", school_id=school_id, json=_roster(school_id))
    load_texts(operator, school_id)
    line_account.register(operator, school_id)
    account_id, name = line_account.account_id(), line_account.NAME
    secret, token = line_account.secrets_of(operator.identity.keys)
    if own_channel:
        account_id, name = uuid4(), f"hibarino-{school_id.hex[:8]}"
        secret, token = school_id.hex, uuid4().hex
        given = {"name": name, "channel_secret": secret, "access_token": token}
        _register_channel(operator, school_id, account_id, given)
    operator.close()
    url = f"http://127.0.0.1:{suite.supervisor.ports['dispatch-line']}/webhooks/{account_id}"
    channel = Channel(name, token, secret, url, None)
    if own_channel:
        town_talks(suite).put_channel(channel)
    return School(suite, school_id, mail, account_id, channel)


def school_body(school_id: UUID, mail: str) -> dict[str, Any]:
    """Return what makes a school, whose administrator has the demo's password."""
    administrator = {
        "mail": mail,
        "display_name": "大谷 直子",
        "post": "教頭",
        "password": PASSWORD,
    }
    return {
        "id": str(school_id),
        "kind": "elementary",
        "name": NAME,
        "short_name": "ひばり野小",
        "phone": "0000-00-0001",
        "mail_local": f"hibarino{school_id.hex[:8]}",
        "member_limit": 600,
        "contract": {"starts_on": "2026-04-01", "contacts": []},
        "administrator": administrator,
    }


def _register_channel(
    operator: OperatorClients, school_id: UUID, account_id: UUID, given: dict[str, str]
) -> None:
    """Give a school a LINE account of its own in place of the city's."""
    line = operator.dispatch_line
    line.call("PUT", "/accounts/{account_id}", path={"account_id": account_id}, json=given)
    linked, path = {"account_id": str(account_id)}, {"school_id": school_id}
    line.call("PUT", "/account-schools/{school_id}", path=path, school_id=school_id, json=linked)


def town_talks(suite: Suite) -> Talks:
    return Talks((suite.supervisor.run_dir / "town.db").with_stem("town-line"))


def _roster(school_id: UUID) -> dict[str, Any]:
    """Return the demo's roster with ids of this school's own."""
    body = roster_body(demo_roster())
    body["contact_points"] = [
        point for point in body["contact_points"] if not point["address"].endswith(PATIENT)
    ]
    text = UUIDS.sub(lambda found: str(uuid5(school_id, found.group())), json.dumps(body))
    own: dict[str, Any] = json.loads(text)
    return own


def rows_of(suite: Suite, school_id: UUID) -> Rows:
    """Count a school's rows in every table with a school_id of every database.

    Houses and tables without any are left out.
    """
    found: Rows = {}
    for house in suite.engines:
        for name in _tables(suite, house, "school_id"):
            if name in KEPT_TABLES or name in PROOF:
                continue
            count = _count(suite, house, f'"{name}" WHERE school_id = :id', school_id)
            if count:
                found.setdefault(house, {})[name] = count
    return found


def traces_of(suite: Suite, school_id: UUID) -> set[str]:
    """Return house.table of every row in which the school's id stands anywhere as text.

    Looks into every table of every database.
    """
    found = set()
    for house in suite.engines:
        for name in _tables(suite, house, "%"):
            traces = f"\"{name}\" AS r WHERE r::text LIKE '%' || :id || '%'"
            if _count(suite, house, traces, str(school_id)):
                found.add(f"{house}.{name}")
    return found


def _tables(suite: Suite, house: str, column: str) -> list[str]:
    statement = (
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name LIKE :column"
    )
    return sorted(row.table_name for row in suite.query(house, statement, column=column))


def _count(suite: Suite, house: str, rest: str, value: Any) -> int:
    # The names in `rest` come from the database itself.
    [row] = suite.query(house, f"SELECT count(*) AS n FROM {rest}", id=value)
    return int(row.n)


def wait_quiet(suite: Suite, school_id: UUID) -> None:
    """Wait until the school's log holds every line that was said about it.

    From then on no row comes by itself.
    """
    said = "SELECT id FROM outbox WHERE type = 'operation.recorded' AND school_id = :id"

    def is_quiet() -> bool:
        lines = {row.id for house in HOUSES for row in suite.query(house, said, id=school_id)}
        heard = {row.event_id for row in suite.query("identity", "SELECT event_id FROM inbox")}
        return lines <= heard

    wait_until(is_quiet, what="every line of the operation log")


def say_again(
    suite: Suite, houses: Sequence[str], types: Sequence[str], school_id: UUID
) -> Mapping[tuple[str, str], list[UUID]]:
    """Say every event of these types about a school once more, under new ids.

    Return (house, type) → the new ids.
    """
    statement = sa.text(
        "WITH again AS (SELECT o.*, gen_random_uuid() AS other FROM outbox o"
        " WHERE school_id = :id AND type = ANY(:types))"
        " INSERT INTO outbox (id, type, routing_key, school_id, body, created_at)"
        " SELECT other, type, routing_key, school_id,"
        " replace(body, id::text, other::text), now() FROM again RETURNING id, type"
    )
    said: dict[tuple[str, str], list[UUID]] = {}
    for house in houses:
        with suite.engines[house].begin() as connection:
            for row in connection.execute(statement, {"id": school_id, "types": list(types)}):
                said.setdefault((house, row.type), []).append(row.id)
    return said


def parked(suite: Suite) -> list[Any]:
    """Return what is parked in any house."""
    rows: list[Any] = []
    for house in suite.engines:
        rows += suite.query(house, "SELECT queue, type, reason, detail FROM parked_events")
    return rows


def check_certified_once(school: School, certificate: bytes, there: Rows) -> None:
    """Check that the counts are those of the rows that were there, and all is said once.

    One certificate, one line in the operator's log, no parked event.
    """
    document = json.loads(certificate)
    counts = {house: tables for house, tables in document["counts"].items() if tables}
    assert counts == there
    assert rows_of(school.suite, school.id) == {}
    entry = school.key()
    assert (entry["state"], entry["wrapped"]) == ("destroyed", None)
    assert document["key"] == {
        "fingerprint_sha256": entry["fingerprint"],
        "destroyed_at": entry["destroyed_at"],
    }
    line = (
        "SELECT details FROM operation_log"
        " WHERE action = 'school.erased' AND target_id = :id AND school_id IS NULL"
    )
    lines = wait_until(
        lambda: school.suite.query("identity", line, id=school.id),
        what="the line of the operator's log",
    )
    assert [row.details for row in lines] == [{"certificate_id": document["id"]}]
    aside = parked(school.suite)
    assert not aside, aside
