"""The demo school leaves as a workbook and comes back unchanged, its thirty difficult names too
(DIR-2, DIR-11).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from workbook_files import read_workbook

import directory.app
from common import clock
from common.crypto import SchoolKey
from common.db import Database, migrate
from common.schemas import Envelope
from common.testing.tokens import bearer, make_keys, service_token, staff_token
from directory.actions import import_work
from directory.clients import Clients
from directory.config import Settings
from directory.store.models import METADATA
from suite.demo.names import DIFFICULT_NAMES
from suite.demo.roster import demo_roster
from suite.loading import roster_body

MIGRATIONS = Path(directory.app.__file__).parent / "migrations"
SCHOOL = uuid4()


class OneKey:
    """The key of the only school there is."""

    def get(self, school_id: Any) -> SchoolKey:
        return SchoolKey(school_id, b"k" * 32)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def client(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The directory of one process, with the demo school in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('data')}/directory.db"
    migrate.upgrade(url, MIGRATIONS, METADATA)
    database = Database.connect(url)
    settings = Settings(database_url=url, bus_url="memory://", keys_dir=keys)
    identity = Clients.of(settings)
    clients = replace(identity, school_keys=OneKey(), member_limit=lambda _: 600)
    app = directory.app.create_app(settings, database=database, clients=clients)
    with app.test_client() as client:
        headers = bearer(service_token(keys, "operator", "directory", SCHOOL))
        assert (
            client.post("/rosters", json=roster_body(demo_roster()), headers=headers).status_code
            == 201
        )
        yield client
    database.dispose()


@pytest.fixture(scope="module")
def office(keys: Path) -> dict[str, str]:
    functions = ("roster.see", "roster.change", "protected.see", "phones.see")
    return bearer(staff_token(keys, school_id=SCHOOL, functions=functions))


@pytest.fixture(scope="module")
def exported(client: FlaskClient, office: dict[str, str]) -> bytes:
    answer = client.post("/exports/roster.xlsx", headers=office)
    assert answer.status_code == 200
    return answer.data


def test_the_demo_school_reads_back_as_unchanged(
    client: FlaskClient, office: dict[str, str], exported: bytes
) -> None:
    answer = client.post(
        "/imports/plans", data={"file": (io.BytesIO(exported), "roster.xlsx")}, headers=office
    )
    assert answer.status_code == 201
    _make_preview(client.application, UUID(answer.json["id"]))
    plan = client.get(f"/imports/plans/{answer.json['id']}", headers=office).json
    assert plan["errors"] == []
    assert plan["changes"]["items"] == []
    assert plan["counts"] == {
        "classes": 0,
        "new": 0,
        "changed": 0,
        "deleted": 0,
        "missing": 0,
        "unchanged": 351,
        "kept_mails": 0,
    }


def _make_preview(app: Flask, plan_id: UUID) -> None:
    """Do what directory's worker does when it hears of the file."""
    database: Database = app.extensions["database"]
    event = Envelope.of("import.requested", SCHOOL, {"plan_id": plan_id})
    read = import_work.read_file(database, app.extensions["clients"])(event)
    with database.for_school(SCHOOL) as session:
        import_work.keep_preview(session, event, read, now=clock.now())


def test_the_difficult_names_leave_as_they_are_written(exported: bytes) -> None:
    there = {(row[1], row[3]) for row in read_workbook(exported)}
    assert {(place.name, place.kana) for place in DIFFICULT_NAMES} <= there


def test_every_child_of_the_demo_school_has_numbers_to_call(
    client: FlaskClient, office: dict[str, str]
) -> None:
    pupils = client.get("/members?kind=pupil&status=enrolled&limit=500", headers=office).json[
        "items"
    ]
    body = {"member_ids": [pupil["id"] for pupil in pupils]}
    found = client.post("/phone-numbers/look-up", json=body, headers=office).json["items"]
    assert len(found) == 300
    assert all(item["phone_numbers"] for item in found)
