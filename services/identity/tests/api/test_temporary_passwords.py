"""A temporary password is derived, looked up until used, and then replaced (ID-4, ID-5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from common.bus.tables import outbox
from common.rights import Right
from common.schemas import Envelope
from common.testing.tokens import staff_token
from identity.store.models import Account, StaffRole

OWN = "tsubame no su ni hina"
MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)


@pytest.fixture
def newcomer(door: Any, school: Any) -> dict[str, Any]:
    """Return an account that was just made: id, mail and its temporary password."""
    body = {"mail": f"{uuid4()}@town.test", "display_name": "内田 直樹", "role": "sender"}
    made = door.as_staff(school.id, "POST", "/accounts", json=body)
    assert made.status_code == 201, made.json
    return {**made.json, "mail": body["mail"]}


def opened(door: Any, account: dict[str, Any], password: str | None = None) -> str:
    answer = door.sign_in(account["mail"], password or account["password"])
    assert answer.status_code == 201, answer.json
    return str(answer.json["session_id"])


def replace(door: Any, session_id: str, password: str) -> Any:
    body = {"session_id": session_id, "password": password}
    return door.as_service("gateway", "PUT", "/sessions/password", json=body)


def state_of(door: Any, school: Any, account: dict[str, Any]) -> str:
    rows = door.as_staff(school.id, "GET", "/temporary-passwords").json["items"]
    return next(str(row["state"]) for row in rows if row["id"] == account["id"])


def exported(door: Any, school: Any, *accounts: dict[str, Any]) -> Any:
    body = {"account_ids": [account["id"] for account in accounts]}
    return door.as_staff(school.id, "POST", "/temporary-passwords/exports", json=body)


def issue(door: Any, school: Any, *accounts: dict[str, Any]) -> Any:
    body = {"account_ids": [account["id"] for account in accounts]}
    return door.as_staff(school.id, "POST", "/temporary-passwords", json=body)


def test_the_first_sign_in_leads_nowhere_before_the_password_is_replaced(
    door, school, newcomer
) -> None:
    session_id = opened(door, newcomer)
    pending = door.resolve(session_id)
    assert (pending.status_code, pending.json["error"]["code"]) == (401, "session_pending")
    assert pending.json["error"]["fields"] == {"step": "renewal"}
    assert replace(door, session_id, OWN).status_code == 204
    assert door.resolve(session_id).status_code == 200
    assert state_of(door, school, newcomer) == "chosen"
    assert door.sign_in(newcomer["mail"], newcomer["password"]).status_code == 401
    assert door.sign_in(newcomer["mail"], OWN).status_code == 201


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [("short", "too_short"), ("password1234", "common"), (None, "temporary")],
)
def test_a_bad_choice_is_refused_and_can_be_made_again(
    door, newcomer, chosen: str | None, problem: str
) -> None:
    session_id = opened(door, newcomer)
    refused = replace(door, session_id, chosen or newcomer["password"].upper())
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "password_weak")
    assert refused.json["error"]["fields"]["password"] == problem
    assert replace(door, session_id, OWN).status_code == 204


def test_a_school_that_wants_longer_passwords_gets_them(door, school, newcomer) -> None:
    seen = door.as_staff(school.id, "GET", "/schools/current/settings").json
    wanted = {"changed_at": seen["changed_at"], "password_length": 30}
    changed = door.as_staff(school.id, "PATCH", "/schools/current/settings", json=wanted)
    assert changed.status_code == 200, changed.json
    refused = replace(door, opened(door, newcomer), OWN)
    assert refused.json["error"]["fields"] == {"password": "too_short", "shortest": 30}


def test_it_is_typed_as_people_copy_it_from_paper(door, newcomer) -> None:
    shouted = newcomer["password"].replace("-", " ").upper()
    assert door.sign_in(newcomer["mail"], shouted).status_code == 201
    assert door.sign_in(newcomer["mail"], newcomer["password"][:-1]).status_code == 401


def test_it_can_be_looked_up_until_it_is_used_and_is_kept_nowhere(
    door, school, newcomer, database
) -> None:
    (shown,) = exported(door, school, newcomer).json["items"]
    assert (shown["password"], shown["mail"]) == (newcomer["password"], newcomer["mail"])
    with database.for_system(read_only=True) as session:
        account = session.get_one(Account, UUID(newcomer["id"]))
        assert account.password_hash is None
        told = session.scalars(select(outbox.c.body).where(outbox.c.school_id == school.id)).all()
    assert not any(newcomer["password"] in body for body in told)
    replace(door, opened(door, newcomer), OWN)
    assert exported(door, school, newcomer).json["items"] == []


def test_looking_it_up_stands_in_the_log_with_how_many(door, school, newcomer, database) -> None:
    exported(door, school, newcomer)
    with database.for_system(read_only=True) as session:
        rows = session.execute(
            select(outbox.c.body).where(
                outbox.c.school_id == school.id, outbox.c.type == "operation.recorded"
            )
        ).scalars()
        payloads = [Envelope.load(body.encode()).payload for body in rows]
    (taken,) = [each for each in payloads if each["action"] == "passwords.exported"]
    assert taken["details"] == {"count": 1}


def test_a_look_that_showed_nobodys_password_stands_in_no_log(
    door, school, add_account, logged
) -> None:
    assert exported(door, school, add_account(school)).json["items"] == []
    told = [line.payload["action"] for line in logged(school.id)]
    assert "passwords.exported" not in told


def test_it_expires_and_is_issued_again(door, school) -> None:
    with time_machine.travel(MORNING, tick=False):
        body = {"mail": f"{uuid4()}@town.test", "display_name": "内田 直樹", "role": "sender"}
        made = {**door.as_staff(school.id, "POST", "/accounts", json=body).json, **body}
        assert state_of(door, school, made) == "valid"
        session_id = opened(door, made)
    with time_machine.travel(MORNING + timedelta(days=8), tick=False):
        assert state_of(door, school, made) == "expired"
        late = door.sign_in(made["mail"], made["password"])
        assert (late.status_code, late.json["error"]["code"]) == (401, "temporary_expired")
        wrong = door.sign_in(made["mail"], "aaaa-bbbb-cccc-dddd")
        assert wrong.json["error"]["code"] == "sign_in_refused"
        assert issue(door, school, made).json == {"issued": 1}
        (fresh,) = exported(door, school, made).json["items"]
        assert fresh["password"] != made["password"]
        assert door.sign_in(made["mail"], made["password"]).status_code == 401
        assert door.sign_in(made["mail"], fresh["password"]).status_code == 201
        assert door.resolve(session_id).json["error"]["code"] == "session_ended"


def test_issuing_takes_the_own_password_and_every_session(door, school, add_account) -> None:
    account = add_account(school)
    session_id = door.sign_in(account["mail"]).json["session_id"]
    assert issue(door, school, account).status_code == 200
    assert door.resolve(session_id).status_code == 401
    assert door.sign_in(account["mail"]).status_code == 401


def test_all_are_issued_or_none(door, make_school, add_account) -> None:
    here, there = make_school(), make_school()
    mine, theirs = add_account(here), add_account(there)
    assert issue(door, here, mine, theirs).status_code == 404
    assert door.sign_in(mine["mail"]).status_code == 201
    assert exported(door, here, theirs).json["items"] == []


def test_nobody_issues_a_temporary_password_to_themselves_and_is_locked_out(
    door, school, add_account
) -> None:
    own, other = (add_account(school, role="administrator") for _ in range(2))
    session_id = door.sign_in(own["mail"]).json["session_id"]
    token = staff_token(
        door.keys_dir, school_id=school.id, functions=Right, account_id=UUID(own["id"])
    )
    both = {"account_ids": [other["id"], own["id"]]}
    many = door.with_token(token, "POST", "/temporary-passwords", json=both)
    one = door.with_token(token, "PUT", f"/accounts/{own['id']}/password", json={})
    for refused in (many, one):
        assert (refused.status_code, refused.json["error"]["code"]) == (403, "own_password")
    assert many.json["error"]["fields"] == {"account": own["id"]}
    assert door.resolve(session_id).status_code == 200
    assert door.sign_in(other["mail"]).status_code == 201


def test_an_administrator_can_give_no_lasting_password(door, school, add_account) -> None:
    account = add_account(school)
    address = f"/accounts/{account['id']}/password"
    refused = door.as_staff(school.id, "PUT", address, json={"password": OWN})
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "password_not_yours")
    assert door.sign_in(account["mail"]).status_code == 201


def test_who_may_not_manage_accounts_sees_no_password(door, school, newcomer) -> None:
    body = {"account_ids": [newcomer["id"]]}
    for method, path in (
        ("GET", "/temporary-passwords"),
        ("POST", "/temporary-passwords"),
        ("POST", "/temporary-passwords/exports"),
    ):
        functions = ["settings.edit", "log.see", "roster.change"]
        answer = door.as_staff(school.id, method, path, functions=functions, json=body)
        assert answer.status_code == 403


def test_a_deleted_account_comes_back_within_thirty_days_and_then_is_gone(
    door, school, newcomer, database
) -> None:
    from identity.actions.purge import purge_deleted_accounts

    address = f"/accounts/{newcomer['id']}"
    assert door.as_staff(school.id, "DELETE", address).status_code == 204
    assert door.as_staff(school.id, "DELETE", address).status_code == 204
    assert door.sign_in(newcomer["mail"], newcomer["password"]).status_code == 401
    restored = door.as_staff(school.id, "POST", f"{address}/restore")
    assert (restored.status_code, restored.json["status"]) == (200, "active")
    assert door.sign_in(newcomer["mail"], newcomer["password"]).status_code == 201
    door.as_staff(school.id, "DELETE", address)
    for days, left in ((29, 1), (31, 0)):
        with database.for_system() as session:
            purge_deleted_accounts(session, now=datetime.now(UTC) + timedelta(days=days))
        with database.for_system(read_only=True) as session:
            of_account = StaffRole.account_id == UUID(newcomer["id"])
            assert session.scalar(select(func.count()).where(of_account)) == left
    with database.for_system(read_only=True) as session:
        assert session.get(Account, UUID(newcomer["id"])) is None
