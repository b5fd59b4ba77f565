"""All houses in one process on SQLite, and everybody who may knock at their doors."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hands import Office, open_session, token_of
from sqlalchemy import select
from werkzeug.test import TestResponse

from common import clock
from common.db import Database
from common.houses import NAMES, SIGNERS, STORED
from common.rights import Right, usual_for
from common.testing.tokens import bearer, looking_token, make_keys, operator_token, service_token
from common.web import client
from common.web.auth import Rule, rules_of
from common.web.client import ServiceClient
from common.words import SchoolPart
from identity.store.models import DownloadAlarm
from suite import environment
from suite.demo.model import id_of
from suite.demo.roster import demo_roster
from suite.houses import HOUSES
from suite.loading import PASSWORD, load_demo
from suite.operator_client import OperatorClients
from suite.together import Together

SIGNED_IN_OPERATOR = "signed-in operator"
VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
# What a body calls otherwise than a path does.
OTHER_NAMES = {"class": "group", "parent": "group", "excluded_member": "member"}
TEXTS = {
    "cell": "A1",
    "date": "2026-11-24",
    "date-time": "2026-11-24T06:00:00+00:00",
    "kana": "タカハシ ヒナ",
}


@dataclass(frozen=True)
class Caller:
    """Somebody with good tokens, by the house that is asked; and the words of who that is."""

    name: str
    words: frozenset[str]
    tokens: Mapping[str, str]
    mail: str = ""

    @property
    def is_of_a_school(self) -> bool:
        """Return whether the token says for which school; the gateway's and operators' do not."""
        return self.name not in ("gateway", "operator", SIGNED_IN_OPERATOR)


@dataclass(frozen=True)
class Route:
    """One method of one address of a house. `opened_to`: the words of whom its view lets in."""

    house: str
    method: str
    path: str
    opened_to: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.house} {self.method} {self.path}"

    @property
    def is_public(self) -> bool:
        return "everybody" in self.opened_to

    @property
    def ids(self) -> set[str]:
        return set(re.findall(r"{(\w+)}", self.path))

    def address(self, ids: Mapping[str, str]) -> str:
        """Return where it is asked; an id that is not given is nobody's."""
        return re.sub(r"{(\w+)}", lambda name: ids.get(name[1], str(uuid4())), self.path)

    def opens_to(self, caller: Caller) -> bool:
        only_looks = any(word.startswith("looks at") for word in caller.words)
        if only_looks and self.method != "GET":
            return False
        return bool(self.opened_to & caller.words)


def words_of(rule: Rule) -> Iterator[str]:
    """Yield the words of whom a rule lets in: a house, a right, `staff`, what is looked at."""
    yield from rule.services
    if rule.is_for_staff:
        yield rule.right or "staff"
    if rule.is_for_operators:
        yield SIGNED_IN_OPERATOR
    if rule.is_for_families:
        yield "family"
    if rule.is_for_everybody:
        yield "everybody"
    for part in rule.parts:
        yield f"looks at {part}"


def routes_of(house: str, app: Any) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            opened_to: set[str] = set()
            for given in rules_of(app, rule.endpoint, method):
                opened_to.update(words_of(given))
            yield Route(house, method, VARIABLE.sub(r"{\1}", rule.rule), frozenset(opened_to))


def outsiders(keys_dir: Path, school_id: UUID) -> Iterator[Caller]:
    """Yield who is not of a school's staff: houses that speak for it, and operators."""
    for name in SIGNERS:
        tokens = {house: service_token(keys_dir, name, house, school_id) for house in STORED}
        yield Caller(name, frozenset({name}), tokens)
    people = {SIGNED_IN_OPERATOR: operator_token(keys_dir)}
    for part in SchoolPart:
        people[f"looks at {part}"] = looking_token(keys_dir, school_id, part)
    for name, token in people.items():
        yield Caller(name, frozenset({name}), dict.fromkeys(STORED, token))


def code_of(answer: TestResponse) -> str:
    """Return the code of a refusal; "" for every other answer."""
    body = answer.get_json(silent=True) if answer.data else None
    return body["error"]["code"] if isinstance(body, dict) and "error" in body else ""


@contextmanager
def open_world(folder: Path) -> Iterator[World]:
    """Open all houses with the demo school, for the length of a block."""
    variables = environment.standalone(folder, 8000, 2525) | {"RENRAKU_BCRYPT_COST": "4"}
    make_keys(folder / "keys")
    (folder / "data").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        together = Together(NAMES)
        for name in STORED:
            database = Database.connect(together.settings[name].own_database_url)
            HOUSES[name].metadata.create_all(database.engine)
            together.databases[name] = database
        operator = OperatorClients.from_environment()
        yield World(together, folder / "keys", operator, load_demo(operator))
    for database in together.databases.values():
        database.dispose()
    client.transports.clear()


@dataclass
class World:
    """The houses, and the school at whose rows everybody tries."""

    together: Together
    keys_dir: Path
    operator: OperatorClients
    school_id: UUID
    documents: dict[str, Any] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Return those of the houses that own data."""
        return [route for name in STORED for route in routes_of(name, self.together.app(name))]

    def client(self, service: str) -> ServiceClient:
        """Return a house's API as the gateway calls it."""
        return ServiceClient.of(self.together.settings["gateway"], service)

    def open(self, house: str, method: str, path: str, token: str, **request: Any) -> TestResponse:
        headers = {"Idempotency-Key": "walk"} | (bearer(token) if token else {})
        door = self.together.app(house).test_client()
        return door.open(path, method=method, headers=headers, **request)

    def ask(self, route: Route, token: str, ids: Mapping[str, str]) -> TestResponse:
        """Ask with content that the house's own schema takes, with these ids wherever it has some.

        So no view refuses the form before it looks whose rows they are.
        """
        content = self._content(route, ids)
        return self.open(route.house, route.method, route.address(ids), token, **content)

    def _content(self, route: Route, ids: Mapping[str, str]) -> dict[str, Any]:
        if route.house not in self.documents:
            document = self.open(route.house, "GET", "/openapi.json", "").json
            self.documents[route.house] = document
        document = self.documents[route.house]
        operation = document["paths"].get(route.path, {}).get(route.method.lower(), {})
        forms = operation.get("requestBody", {}).get("content", {})
        if "application/json" in forms:
            schema = forms["application/json"]["schema"]
            return {"json": Example(document, ids).of(schema)}
        if forms:
            return {"data": {"file": (io.BytesIO(b"no workbook"), "roster.xlsx")}}
        return {}

    def add_staff(self, name: str, role: str, off: frozenset[Right] = frozenset()) -> Caller:
        """Let somebody work at the school, with what the role may but for the rights in `off`."""
        mail = f"{name.replace(' ', '-')}@town.test"
        body = {
            "mail": mail,
            "display_name": name,
            "role": role,
            "scope": "school",
            "password": PASSWORD,
            "functions_off": sorted(off),
        }
        self.operator.identity.call("POST", "/accounts", school_id=self.school_id, json=body)
        return self.signed_in(Caller(name, usual_for(role) - off | {"staff"}, {}), mail)

    def signed_in(self, caller: Caller, mail: str) -> Caller:
        """Return a member of staff with the tokens that the gateway gets for this address."""
        identity = self.client("identity")
        token = token_of(identity, open_session(identity, mail))
        return replace(caller, mail=mail, tokens=dict.fromkeys(STORED, token))

    def rows(self) -> list[str]:
        """Return all that the houses keep of the world's school, a row each."""
        found: list[str] = []
        for name, database in self.together.databases.items():
            for table in HOUSES[name].metadata.sorted_tables:
                if "school_id" in table.c:
                    own = select(table).where(table.c.school_id == self.school_id)
                    with database.for_system(read_only=True) as session:
                        found += [f"{name} {table} {tuple(row)}" for row in session.execute(own)]
        return sorted(found)


def name_rows(world: World, administrator: Caller) -> dict[str, str]:
    """Return the ids of rows of the world's school, by the names that paths have for them."""
    office = Office(world, administrator.tokens["identity"])
    link, *others = demo_roster().guardianships
    other = next(each for each in others if each.guardian_key != link.guardian_key)
    guardian = next(each for each in demo_roster().guardians if each.key == link.guardian_key)
    accounts = [each["id"] for each in office.call("identity", "GET", "/accounts")["items"]]
    everybody = {"kept": accounts, "stopped": []}
    message_id = office.write("5年")
    snapshot = office.snapshot(message_id)
    office.press(message_id, snapshot)
    return {
        "school_id": str(world.school_id),
        "member_id": str(id_of(link.pupil_key)),
        "guardian_id": str(id_of(link.guardian_key)),
        "other_guardian_id": str(id_of(other.guardian_key)),
        "contact_point_id": str(id_of(guardian.contact_points[0].key)),
        "group_id": office.group("5年")["id"],
        "account_id": accounts[-1],
        "alarm_id": _raise_alarm(world, accounts[-1]),
        "review_id": office.call("identity", "POST", "/account-reviews", json=everybody)["id"],
        "plan_id": _upload_roster(office),
        "staff_plan_id": _upload_staff(office),
        "snapshot_id": snapshot["id"],
        "message_id": str(message_id),
    }


def _raise_alarm(world: World, account_id: str) -> str:
    raised = {"raised_at": clock.now(), "count": 100, "action": "roster.exported"}
    of_whom = {"school_id": world.school_id, "account_id": UUID(account_id)}
    alarm = DownloadAlarm(id=uuid4(), **of_whom, **raised)
    with world.together.databases["identity"].for_school(world.school_id) as session:
        session.add(alarm)
    return str(alarm.id)


def _upload_roster(office: Office) -> str:
    directory = office.suite.client("directory")
    exported = directory.send("POST", "/exports/roster.xlsx", user_token=office.token)
    files = {"file": ("roster.xlsx", exported.content, "application/octet-stream")}
    plan = office.call("directory", "POST", "/imports/plans", files=files)
    return str(plan["id"])


def _upload_staff(office: Office) -> str:
    directory = office.suite.client("directory")
    exported = directory.send("POST", "/exports/staff.xlsx", user_token=office.token)
    files = {"file": ("staff.xlsx", exported.content, "application/octet-stream")}
    plan = office.call("directory", "POST", "/imports/staff-plans", files=files)
    return str(plan["id"])


@dataclass(frozen=True)
class Example:
    """The least that a schema of an OpenAPI document takes, and every id that `ids` knows."""

    document: Mapping[str, Any]
    ids: Mapping[str, str]

    def of(self, schema: Mapping[str, Any], name: str = "") -> Any:
        if "$ref" in schema:
            named = schema["$ref"].rpartition("/")[2]
            return self.of(self.document["components"]["schemas"][named], name)
        if "anyOf" in schema:
            return self.of(schema["anyOf"][0], name)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "string")
        kind = kind if isinstance(kind, str) else kind[0]
        if kind == "object":
            parts = schema.get("properties", {})
            wanted = [each for each in parts if each in schema.get("required", ())]
            wanted += [each for each in parts if self._known(each) and each not in wanted]
            return {each: self.of(parts[each], each) for each in wanted}
        if kind == "array":
            return [self.of(schema["items"], name)]
        if kind == "string":
            return self._text(schema, name)
        return {"boolean": True, "integer": schema.get("minimum", 1), "number": 1}[kind]

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        form = schema.get("format", "")
        if form == "uuid":
            return self._known(name) or self.ids.get("member_id") or str(uuid4())
        if name == "mail":
            # Somebody's address would make a new account theirs: people work at two schools.
            return f"{uuid4().hex}@town.test"
        return TEXTS.get(form) or TEXTS.get(name) or "x" * schema.get("minLength", 1)

    def _known(self, name: str) -> str | None:
        singular = name.removesuffix("s").removesuffix("_id")
        return self.ids.get(f"{OTHER_NAMES.get(singular, singular)}_id")
