"""Factors that were lost are reset, and every step stands in the log (ID-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from authenticators import Colleague, code_of, wrong_code
from sqlalchemy import func, select

from identity.actions.purge import purge_deleted_accounts
from identity.store.models import Account, RecoveryCode, SecondFactor

MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)
OTHER = "tsubame no su ni hina"
SETTINGS = "/schools/current/settings"


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def account_of(database: Any, person: Colleague, door: Any) -> Account:
    index = door.app.extensions["house"].login.index(person.mail)
    with database.for_system(read_only=True) as session:
        return session.scalars(select(Account).where(Account.login_index == index)).one()


def test_an_administrator_resets_the_factors_of_who_lost_them(
    enrolled, door, school, database
) -> None:
    person, secret, _ = enrolled
    person.prove(code_of(secret))
    account_id = account_of(database, person, door).id
    address = f"/accounts/{account_id}"
    assert door.as_staff(school.id, "GET", address).json["has_factor"] is True
    functions = ["settings.edit", "roster.change"]
    denied = door.as_staff(school.id, "DELETE", f"{address}/factors", functions=functions)
    assert denied.status_code == 403
    assert door.as_staff(school.id, "DELETE", f"{address}/factors").status_code == 204
    assert door.resolve(person.session_id).json["error"]["code"] == "session_ended"
    assert door.as_staff(school.id, "GET", address).json["has_factor"] is False
    person.sign_in()
    assert person.step() is None
    with database.for_system(read_only=True) as session:
        of_account = RecoveryCode.account_id == account_id
        assert session.scalar(select(func.count()).where(of_account)) == 0


def test_the_operator_resets_those_of_an_only_administrator(door, school) -> None:
    administrator = Colleague(door, school.administrator_mail)
    administrator.sign_in()
    administrator.confirm()
    administrator.enrol_app()
    administrator.sign_in()
    assert administrator.step() == "factor"
    address = f"/accounts/{school.administrator_id}/factors"
    reset = door.as_service("operator", "DELETE", address, school_id=school.id)
    assert reset.status_code == 204
    administrator.sign_in()
    assert administrator.step() is None


def test_another_school_resets_nobodys_factors(enrolled, door, make_school, database) -> None:
    person, _, _ = enrolled
    account_id = account_of(database, person, door).id
    foreign = door.as_staff(make_school().id, "DELETE", f"/accounts/{account_id}/factors")
    assert foreign.status_code == 404
    assert person.step() == "factor"


def test_nobody_resets_their_own_factors(door, school) -> None:
    from common.testing.tokens import bearer, staff_token

    token = staff_token(
        door.keys_dir,
        school_id=school.id,
        account_id=school.administrator_id,
        functions=["accounts.manage"],
    )
    answer = door.app.test_client().delete(
        f"/accounts/{school.administrator_id}/factors", headers=bearer(token)
    )
    assert error_of(answer) == (403, "own_factors")


def test_the_list_of_accounts_tells_who_has_one(enrolled, door, school, database) -> None:
    person, _, _ = enrolled
    account_id = str(account_of(database, person, door).id)
    listed = door.as_staff(school.id, "GET", "/accounts").json["items"]
    assert {each["id"]: each["has_factor"] for each in listed} == {
        account_id: True,
        str(school.administrator_id): False,
    }


def test_each_step_stands_in_the_log(enrolled, door, school, database, logged) -> None:
    person, secret, codes = enrolled
    account_id = account_of(database, person, door).id
    person.prove(wrong_code(secret))
    person.prove(codes[0])
    person.confirm()
    (kept,) = person.factors()["items"]
    person.ask("POST", "/own/factors/recovery-codes")
    person.ask("POST", f"/own/factors/{kept['id']}/end")
    lines = [line for line in logged(account_id) if line.school_id == school.id]
    told = [(line.payload["action"], line.payload["details"]) for line in lines]
    assert told[1:] == [
        ("account.signed_in", {}),
        ("account.factor_added", {"kind": "totp"}),
        ("account.recovery_codes_made", {}),
        ("account.factor_failed", {}),
        ("account.signed_in", {}),
        ("account.recovery_code_used", {"left": 9}),
        ("account.recovery_codes_made", {}),
        ("account.factor_removed", {"kind": "totp"}),
    ]


def test_an_account_leaves_with_its_factors(enrolled, door, school, database) -> None:
    person, _, _ = enrolled
    account_id = account_of(database, person, door).id
    assert door.as_staff(school.id, "DELETE", f"/accounts/{account_id}").status_code == 204
    with database.for_system() as session:
        purge_deleted_accounts(session, now=MORNING + timedelta(days=31))
    with database.for_system(read_only=True) as session:
        assert session.get(Account, UUID(str(account_id))) is None
        of_account = SecondFactor.account_id == account_id
        assert session.scalar(select(func.count()).where(of_account)) == 0


def test_only_the_gateway_asks_for_factors(colleague, door) -> None:
    body = {"session_id": colleague.session_id}
    for path in ("/sessions/factor/kinds", "/own/factors/look-up", "/own/factors/app-offers"):
        assert door.app.test_client().post(path, json=body).status_code == 401
        assert door.as_service("messaging", "POST", path, json=body).status_code == 403
