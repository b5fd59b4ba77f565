"""Two operators give an administrator a way in again, after a call back (ID-12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from authenticators import Colleague
from sqlalchemy import select

from common import clock
from common.bus.tables import outbox
from common.schemas import Envelope

CALLED = "契約のご担当者 中野様、契約書の番号 0000-00-0002"
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


def ask(person: Any, school: Any, **changed: Any) -> Any:
    body = {"account_id": str(school.administrator_id), "called": CALLED, **changed}
    return person.ask("POST", f"/schools/{school.id}/recoveries", json=body)


def agree(person: Any, school: Any, recovery: Any) -> Any:
    path = f"/schools/{school.id}/recoveries/{recovery.json['id']}/agree"
    return person.ask("POST", path)


@pytest.fixture
def both(add_operator) -> tuple[Any, Any]:
    """Return two operators of some days."""
    with time_machine.travel(min(NOON, clock.now()) - timedelta(days=3), tick=False):
        return add_operator(), add_operator()


def test_the_second_operator_gets_a_temporary_password_for_the_administrator(
    door, school, both
) -> None:
    first, second = both
    asked = ask(first, school)
    assert asked.status_code == 201, asked.json
    shown = second.ask("GET", f"/schools/{school.id}/recoveries").json
    assert set(shown) == {"items"}
    assert [one["called"] for one in shown["items"]] == [CALLED]
    agreed = agree(second, school, asked)
    assert agreed.status_code == 200, agreed.json
    assert door.sign_in(school.administrator_mail).status_code == 401
    opened = door.sign_in(school.administrator_mail, agreed.json["password"])
    assert opened.status_code == 201
    assert second.ask("GET", f"/schools/{school.id}/recoveries").json["items"] == []


def test_an_administrator_who_lost_the_second_factor_gets_in_again(
    door, school, both, database
) -> None:
    administrator = Colleague(door, school.administrator_mail)
    administrator.sign_in()
    administrator.confirm()
    administrator.enrol_app()
    administrator.sign_in()
    assert administrator.step() == "factor"
    first, second = both
    agreed = agree(second, school, ask(first, school))
    assert door.resolve(administrator.session_id).status_code == 401
    opened = door.sign_in(school.administrator_mail, agreed.json["password"])
    administrator.session_id = opened.json["session_id"]
    assert administrator.step() == "renewal"
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(select(outbox.c.body).where(outbox.c.school_id == school.id))
        told = {Envelope.load(body.encode()).payload.get("action") for body in bodies}
    assert {"account.factors_reset", "recovery.done"} <= told


def test_nobody_agrees_to_what_they_asked_themselves(door, school, both) -> None:
    first, _ = both
    refused = agree(first, school, ask(first, school))
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "same_operator")
    assert door.sign_in(school.administrator_mail).status_code == 201


def test_who_was_added_within_a_day_is_not_the_other_operator(
    door, school, both, add_operator
) -> None:
    first, second = both
    mine = add_operator()
    asked = ask(first, school)
    for refused in (ask(mine, school), agree(mine, school, asked)):
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "operator_too_new")
    assert agree(second, school, asked).status_code == 200


def test_who_was_removed_agrees_to_nothing_and_nobody_agrees_to_theirs(
    door, school, both, add_operator
) -> None:
    first, second = both
    asked, left = ask(first, school), ask(second, school)
    token = second.token()
    assert door.as_service("operator", "DELETE", f"/operators/{second.id}").status_code == 204
    path = f"/schools/{school.id}/recoveries/{asked.json['id']}/agree"
    assert door.with_token(token, "POST", path).status_code == 404
    over = agree(first, school, left)
    assert (over.status_code, over.json["error"]["code"]) == (409, "recovery_over")
    assert door.sign_in(school.administrator_mail).status_code == 201


def test_nothing_is_issued_to_who_is_no_administrator_any_more(
    door, school, add_account, both
) -> None:
    first, second = both
    asked = ask(first, school)
    add_account(school, role="administrator")
    address = f"/accounts/{school.administrator_id}"
    demoted = door.as_staff(school.id, "PATCH", address, json={"role": "sender"})
    assert demoted.status_code == 200
    over = agree(second, school, asked)
    assert (over.status_code, over.json["error"]["code"]) == (409, "recovery_over")
    assert door.sign_in(school.administrator_mail).status_code == 201


def test_the_operators_own_log_and_every_school_that_it_opens_are_told(
    door, make_school, both, logged
) -> None:
    first, second = both
    here, there = make_school(), make_school()
    body = {"mail": here.administrator_mail, "display_name": "山下 明子", "role": "sender"}
    assert door.as_staff(there.id, "POST", "/accounts", json=body).status_code == 201
    assert agree(second, here, ask(first, here)).status_code == 200
    lines = [
        (line.payload["action"], line.payload["actor_id"], line.school_id)
        for person in (first, second)
        for line in logged(person.id)
        if line.payload["action"].startswith("recovery.")
    ]
    assert lines == [
        ("recovery.asked", first.id, here.id),
        ("recovery.asked", first.id, None),
        ("recovery.done", second.id, here.id),
        ("recovery.done", second.id, None),
        ("recovery.done", second.id, there.id),
    ]


def test_it_is_agreed_to_once_and_within_a_day(school, both) -> None:
    first, second = both
    asked = ask(first, school)
    assert agree(second, school, asked).status_code == 200
    again = agree(second, school, asked)
    assert (again.status_code, again.json["error"]["code"]) == (409, "recovery_over")
    with time_machine.travel(NOON, tick=False):
        late = ask(first, school)
    with time_machine.travel(NOON + timedelta(hours=24), tick=False):
        answer = agree(second, school, late)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "recovery_over")


def test_without_a_call_back_and_for_nobody_but_administrators_nothing_is_asked(
    school, add_account, both
) -> None:
    first, _ = both
    short = ask(first, school, called="電話した")
    assert (short.status_code, short.json["error"]["code"]) == (422, "called_too_short")
    for account_id in (add_account(school)["id"], str(uuid4())):
        assert ask(first, school, account_id=account_id).status_code == 404


def test_no_staff_and_no_other_school_has_a_part_in_it(door, make_school, both) -> None:
    first, second = both
    here, there = make_school(), make_school()
    asked = ask(first, here)
    path = f"/schools/{there.id}/recoveries/{asked.json['id']}/agree"
    assert second.ask("POST", path).status_code == 404
    for method in ("GET", "POST"):
        path = f"/schools/{here.id}/recoveries"
        assert door.as_staff(here.id, method, path, json={}).status_code == 403
