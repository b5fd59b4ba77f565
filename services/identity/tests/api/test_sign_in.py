"""Staff sign in by mail and password; who guesses is told nothing (ID-1)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import bcrypt
import pytest
from flask import Flask
from sqlalchemy import select, update

from common import clock
from common.bus.tables import outbox
from common.db import Database
from common.schemas import Envelope
from common.testing.tokens import bearer, service_token, staff_token
from identity.app import create_app
from identity.config import Settings
from identity.store.models import METADATA, Account, LoginTries, School, SignedInSession, StaffRole

PASSWORD = "tsukushi mo sakura mo"
OPERATOR_PASSWORD = "minamo no ike ni kamo"


def told(database: Database, account_id: Any) -> list[str]:
    """Return the actions that the outbox tells of an account, in order."""
    query = (
        select(outbox.c.body)
        .where(outbox.c.type == "operation.recorded", outbox.c.body.contains(str(account_id)))
        .order_by(outbox.c.position)
    )
    with database.for_system(read_only=True) as session:
        return [Envelope.load(body).payload["action"] for body in session.scalars(query)]


def test_a_session_is_known_by_its_digest_only(door, school, database) -> None:
    answer = door.sign_in(school.administrator_mail)
    assert answer.status_code == 201
    session_id = answer.json["session_id"]
    assert len(base64.urlsafe_b64decode(session_id + "=")) == 32
    with database.for_system(read_only=True) as session:
        rows = session.scalars(
            select(SignedInSession).where(SignedInSession.school_id == school.id)
        ).all()
    assert [row.id for row in rows] == [hashlib.sha256(session_id.encode()).digest()]
    assert door.resolve(rows[0].id.hex()).status_code == 401, "what is stored opens nothing"


def test_each_sign_in_gets_a_new_id(door, school) -> None:
    ids = {door.sign_in(school.administrator_mail).json["session_id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "spelling", [str.upper, lambda mail: f"  {mail} ", lambda mail: mail.replace("@", "＠")]
)
def test_a_login_is_found_however_it_is_spelt(door, school, spelling: Callable[[str], str]) -> None:
    assert door.sign_in(spelling(school.administrator_mail)).status_code == 201


def test_whatever_is_wrong_the_answer_is_the_same(door, make_school, add_account, database) -> None:
    school, erasing = make_school(), make_school()
    left = add_account(school)
    with database.for_system() as session:
        session.execute(
            update(StaffRole).where(StaffRole.account_id == UUID(left["id"])).values(status="ended")
        )
        session.execute(update(School).where(School.id == erasing.id).values(state="erasing"))
    answers = [
        door.sign_in(school.administrator_mail, "tsukushi mo sakura me"),
        door.sign_in("nobody@town.test"),
        door.sign_in(left["mail"]),
        door.sign_in(erasing.administrator_mail, "tsukushi mo sakura me"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["error"]["code"] == "sign_in_refused"


def test_an_unknown_mail_costs_the_same_work_as_a_wrong_password(
    door, school, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[bytes] = []
    check = bcrypt.checkpw

    def watched(password: bytes, hashed: bytes) -> bool:
        costs.append(hashed.split(b"$")[2])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", watched)
    door.sign_in("nobody@town.test", "wrong wrong wrong")
    door.sign_in(school.administrator_mail, "wrong wrong wrong")
    door.sign_in(school.administrator_mail)
    assert costs == [b"04"] * 3


def test_passwords_differ_beyond_the_72_bytes_that_bcrypt_reads(door, school, add_account) -> None:
    long = "さくらさくら弥生の空は" * 4
    account = add_account(school, password=long + "あ")
    assert door.sign_in(account["mail"], long + "い").status_code == 401
    assert door.sign_in(account["mail"], long + "あ").status_code == 201


def test_a_failed_sign_in_is_kept_although_the_answer_is_no(door, school, database) -> None:
    door.sign_in(school.administrator_mail, "wrong wrong wrong")
    door.sign_in(school.administrator_mail)
    assert told(database, school.administrator_id) == [
        "account.created",
        "account.sign_in_failed",
        "account.signed_in",
    ]


def test_no_remote_address_and_no_mail_address_is_kept(door, school, database) -> None:
    door.sign_in("kept.nowhere@town.test", "wrong wrong wrong", address="203.0.113.66")
    kept = []
    with database.for_system(read_only=True) as session:
        for table in METADATA.sorted_tables:
            kept += [
                repr(bytes(v) if isinstance(v, memoryview) else v)
                for row in session.execute(select(table))
                for v in row
            ]
    everything = "\n".join(kept)
    assert school.code in everything
    for plain in ("203.0.113.66", "kept.nowhere", school.administrator_mail):
        assert plain not in everything


def test_when_too_many_wait_one_is_told_so_and_has_not_tried(
    settings: Settings, database: Database, door, school, operator
) -> None:
    small = create_app(
        settings.model_copy(update={"hashing_slots": 1, "hashing_waiting": 0}), database=database
    )
    session_id = door.sign_in(school.administrator_mail).json["session_id"]
    headers = bearer(service_token(settings.keys_dir, "gateway", "identity"))
    source = {"remote_address": "203.0.113.70"}
    body = {"mail": school.administrator_mail, "password": "wrong wrong wrong", **source}
    of_operator = {
        "mail": operator.mail,
        "password": OPERATOR_PASSWORD,
        "code": operator.code(),
        **source,
    }
    client = small.test_client()
    with small.extensions["house"].staff.hasher.turn():
        busy = client.post("/sessions", json=body, headers=headers)
        known = client.post("/sessions/resolve", json={"session_id": session_id}, headers=headers)
        passed = client.post("/operator-sessions", json=of_operator, headers=headers)
    assert (busy.status_code, busy.json["error"]["code"]) == (429, "sign_in_busy")
    assert (known.status_code, passed.status_code) == (200, 201)
    assert tries_of(small, database, body) == []
    assert client.post("/sessions", json=body, headers=headers).status_code == 401
    assert tries_of(small, database, body) == [1]
    body["password"] = PASSWORD
    assert client.post("/sessions", json=body, headers=headers).status_code == 201


def tries_of(app: Flask, database: Database, body: dict[str, str]) -> list[int]:
    """Return how many wrong tries stand for a login from where it was tried."""
    here = app.extensions["house"]
    index = here.login.index(body["mail"])
    source = here.staff.sources.read(index, body["remote_address"], None, now=clock.now())
    query = select(LoginTries.failed_count).where(LoginTries.login_index == source.tries_index)
    with database.for_system(read_only=True) as session:
        return list(session.scalars(query))


def test_a_hash_of_another_cost_is_renewed_at_the_next_sign_in(
    settings: Settings, database: Database, door, school
) -> None:
    dearer = create_app(settings.model_copy(update={"bcrypt_cost": 5}), database=database)
    headers = bearer(service_token(settings.keys_dir, "gateway", "identity"))
    body = {
        "mail": school.administrator_mail,
        "password": PASSWORD,
        "remote_address": "203.0.113.71",
    }
    assert dearer.test_client().post("/sessions", json=body, headers=headers).status_code == 201
    with database.for_system(read_only=True) as session:
        kept = session.scalar(
            select(Account.password_hash).where(Account.id == school.administrator_id)
        )
    assert kept.startswith("$2b$05$")
    assert door.sign_in(school.administrator_mail).status_code == 201


def test_passwords_are_hashed_with_cost_twelve_unless_told_otherwise() -> None:
    assert Settings.model_fields["bcrypt_cost"].default == 12


def test_only_the_gateway_signs_people_in(door, school, settings: Settings) -> None:
    body = {
        "mail": school.administrator_mail,
        "password": PASSWORD,
        "remote_address": "203.0.113.72",
    }
    for path in ("/sessions", "/sessions/resolve", "/sessions/end"):
        assert door.app.test_client().post(path, json=body).status_code == 401
        assert door.as_service("messaging", "POST", path, json=body).status_code == 403
        staff = bearer(
            staff_token(settings.keys_dir, school_id=school.id, functions=["settings.edit"])
        )
        assert door.app.test_client().post(path, json=body, headers=staff).status_code == 403


def test_a_password_longer_than_256_characters_is_turned_away_unhashed(door, school) -> None:
    assert door.sign_in(school.administrator_mail, "x" * 257).status_code == 422
