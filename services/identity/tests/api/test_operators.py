"""Operators are added and removed by one another and by the command (ID-10, OPS-1).

They act in their own name, and stay apart from schools.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import select

from common import clock
from common.testing.tokens import bearer, operator_token, staff_token
from identity.store.models import METADATA, Operator

PASSWORD = "minamo no ike ni kamo"


def test_a_removed_operators_sessions_end_at_once(door, add_operator, logged) -> None:
    removed, other = add_operator(), add_operator()
    session_id, kept = removed.opened(), other.opened()
    assert door.as_service("operator", "DELETE", f"/operators/{removed.id}").status_code == 204
    assert (
        door.resolve_operator(session_id).status_code,
        door.resolve_operator(kept).status_code,
    ) == (401, 200)
    assert removed.sign_in(removed.code(ahead=1)).status_code == 401
    assert door.as_service("operator", "DELETE", f"/operators/{removed.id}").status_code == 404
    actions = [line.payload["action"] for line in logged(removed.id)]
    assert actions == ["operator.added", "operator.signed_in", "operator.removed"]


def test_what_operators_do_stands_in_the_log_without_a_school(operator, logged) -> None:
    operator.sign_in(operator.wrong_code())
    operator.opened()
    lines = logged(operator.id)
    assert [line.payload["action"] for line in lines] == [
        "operator.added",
        "operator.sign_in_failed",
        "operator.signed_in",
    ]
    assert {
        (line.school_id, line.payload["target_kind"], line.payload["target_id"]) for line in lines
    } == {(None, "operator", operator.id)}
    assert [line.payload["actor_id"] for line in lines] == [None, operator.id, operator.id]


def test_neither_address_nor_secret_nor_password_is_kept_readable(operator, database) -> None:
    operator.opened()
    kept = []
    with database.for_system(read_only=True) as session:
        for table in METADATA.sorted_tables:
            kept += [
                repr(bytes(v) if isinstance(v, memoryview) else v)
                for row in session.execute(select(table))
                for v in row
            ]
    everything = "\n".join(kept)
    assert "中田 亮" in everything
    for plain in (operator.mail, operator.secret, PASSWORD):
        assert plain not in everything


def test_an_operator_adds_removes_and_gives_a_second_factor_in_the_own_name(
    door, operator, logged
) -> None:
    mail = f"operator-{uuid4()}@town.test"
    body = {"mail": mail, "display_name": "大森 梓"}
    made = operator.confirm("POST", "/operators", **body).json
    first = pyotp.parse_uri(made["otpauth"])
    opened = door.sign_in_operator(mail, first.at(clock.now()), made["password"]).json

    replaced = operator.confirm("PUT", f"/operators/{made['id']}/second-factor").json
    second = pyotp.parse_uri(replaced["otpauth"])
    assert (second.name, second.issuer) == (mail, "Renraku")
    assert second.secret != first.secret
    assert door.resolve_operator(opened["session_id"]).status_code == 401
    old = first.at(clock.now(), counter_offset=1)
    new = second.at(clock.now(), counter_offset=1)
    assert door.sign_in_operator(mail, old, made["password"]).status_code == 401
    assert door.sign_in_operator(mail, new, made["password"]).status_code == 201

    assert operator.confirm("POST", f"/operators/{made['id']}/remove").status_code == 204
    of_operator = [
        line.payload["action"]
        for line in logged(made["id"])
        if line.payload["actor_id"] == operator.id
    ]
    assert of_operator == ["operator.added", "operator.factor_replaced", "operator.removed"]


def test_a_code_that_was_used_with_the_factor_before_is_not_taken_with_the_new_one(
    door, operator, add_operator, database
) -> None:
    other = add_operator()
    other.opened()
    operator.confirm("PUT", f"/operators/{other.id}/second-factor")
    with database.for_system(read_only=True) as session:
        assert session.get_one(Operator, other.id).last_step > 0


def test_nobody_removes_oneself_or_replaces_the_own_second_factor(operator, add_operator) -> None:
    add_operator()
    for method, act in (("POST", "remove"), ("PUT", "second-factor")):
        refused = operator.confirm(method, f"/operators/{operator.id}/{act}")
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "own_account")
    assert operator.confirm("POST", f"/operators/{uuid4()}/remove").status_code == 404


def test_who_was_removed_removes_nobody_while_the_token_lives(door, operator, add_operator) -> None:
    """Two operators who remove each other at the same moment would leave nobody."""
    other = add_operator()
    assert operator.confirm("POST", f"/operators/{other.id}/remove").status_code == 204
    assert other.confirm("POST", f"/operators/{operator.id}/remove").status_code == 404
    assert other.confirm("PUT", f"/operators/{operator.id}/second-factor").status_code == 404
    assert operator.sign_in(operator.code(ahead=1)).status_code == 201


def test_a_stolen_session_alone_makes_removes_and_equips_nobody(
    door, operator, add_operator
) -> None:
    """The token of an open session is not enough: it needs a fresh code of the own telephone."""
    other = add_operator()
    body = {"mail": f"operator-{uuid4()}@town.test", "display_name": "大森 梓"}
    used = operator.code(ahead=-1)
    operator.sign_in(used)
    presses = (
        ("POST", "/operators", body),
        ("POST", f"/operators/{other.id}/remove", {}),
        ("PUT", f"/operators/{other.id}/second-factor", {}),
    )
    for code in (used, operator.wrong_code(), other.code()):
        for method, path, given in presses:
            refused = operator.ask(method, path, json={**given, "code": code})
            assert refused.status_code == 422, path
            assert refused.json["error"]["code"] == "code_refused"
    listed = [row["id"] for row in door.as_service("operator", "GET", "/operators").json["items"]]
    assert str(other.id) in listed


def test_ten_wrong_codes_lock_such_presses_and_not_the_sign_in(operator, add_operator) -> None:
    path = f"/operators/{add_operator().id}/remove"
    wrong = {"code": operator.wrong_code()}
    codes = [operator.ask("POST", path, json=wrong).json["error"]["code"] for _ in range(11)]
    assert codes == ["code_refused"] * 10 + ["locked"]
    assert operator.ask("POST", path, json={"code": operator.code()}).status_code == 429
    assert operator.sign_in(operator.code()).status_code == 201


def test_no_press_leaves_the_console_without_an_operator(door, add_operator) -> None:
    kept = add_operator()
    listed = door.as_service("operator", "GET", "/operators").json["items"]
    for other in [row["id"] for row in listed if row["id"] != str(kept.id)]:
        assert door.as_service("operator", "DELETE", f"/operators/{other}").status_code == 204
    refused = kept.confirm("POST", f"/operators/{kept.id}/remove")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "own_account")
    listed = door.as_service("operator", "GET", "/operators").json["items"]
    assert [row["id"] for row in listed] == [str(kept.id)]


def test_what_is_not_supplied_is_made_and_given_once(door) -> None:
    mail = f"operator-{uuid4()}@town.test"
    made = door.as_service(
        "operator", "POST", "/operators", json={"mail": mail, "display_name": "中田 亮"}
    ).json
    assert set(made) == {"id", "password", "otpauth"}
    totp = pyotp.parse_uri(made["otpauth"])
    assert (totp.name, totp.issuer) == (mail, "Renraku")
    assert isinstance(totp, pyotp.TOTP)
    assert door.sign_in_operator(mail, totp.at(clock.now()), made["password"]).status_code == 201
    listed = {
        row["id"]: row for row in door.as_service("operator", "GET", "/operators").json["items"]
    }
    assert (listed[made["id"]]["mail"], set(listed[made["id"]])) == (
        mail,
        {"id", "mail", "display_name", "created_at"},
    )
    again = door.as_service(
        "operator", "POST", "/operators", json={"mail": mail.upper(), "display_name": "中田 亮"}
    )
    assert (again.status_code, again.json["error"]["code"]) == (409, "mail_taken")


def test_who_lost_the_answer_asks_again_and_gets_credentials_that_hold(door, logged) -> None:
    """A password that was set and shown to nobody would leave an operator who can't sign in
    (hardening 24.3).
    """
    mail = f"operator-{uuid4()}@town.test"
    body = {"id": str(uuid4()), "mail": mail, "display_name": "中田 亮"}
    lost, made = (
        door.as_service("operator", "POST", "/operators", json=body).json for _ in range(2)
    )
    assert lost["id"] == made["id"] == body["id"]
    assert [line.payload["action"] for line in logged(made["id"])] == ["operator.added"]
    code = pyotp.parse_uri(made["otpauth"]).at(clock.now())
    assert door.sign_in_operator(mail, code, lost["password"]).status_code == 401
    assert door.sign_in_operator(mail, code, made["password"]).status_code == 201


def test_after_the_first_sign_in_the_same_request_is_refused(door, operator) -> None:
    operator.opened()
    body = {"id": str(operator.id), "mail": operator.mail, "display_name": "中田 亮"}
    refused = door.as_service("operator", "POST", "/operators", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "mail_taken")
    assert operator.sign_in(operator.code(ahead=1)).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("totp_secret", "SHORT", "invalid"),
        ("totp_secret", "0189" * 8, "invalid"),
        ("password", "password1234", "password_weak"),
        ("mail", "nobody", "invalid"),
    ],
)
def test_an_operator_that_could_not_sign_in_safely_is_refused(
    door, field: str, value: str, code: str
) -> None:
    body = {"mail": f"operator-{uuid4()}@town.test", "display_name": "中田 亮", field: value}
    refused = door.as_service("operator", "POST", "/operators", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, code)


def test_only_the_gateway_signs_operators_in_and_neither_house_nor_staff_adds_them(
    door, operator, school, settings
) -> None:
    people = [
        operator_token(settings.keys_dir),
        staff_token(settings.keys_dir, school_id=school.id, functions=["settings.edit"]),
    ]
    body = {
        "mail": operator.mail,
        "password": PASSWORD,
        "code": operator.code(),
        "remote_address": "203.0.113.80",
    }
    for path in ("/operator-sessions", "/operator-sessions/resolve", "/operator-sessions/end"):
        assert door.app.test_client().post(path, json=body).status_code == 401
        assert door.as_service("operator", "POST", path, json=body).status_code == 403
        for token in people:
            assert (
                door.app.test_client().post(path, json=body, headers=bearer(token)).status_code
                == 403
            )
    for method, path in (
        ("GET", "/operators"),
        ("POST", "/operators"),
        ("DELETE", f"/operators/{operator.id}"),
        ("POST", f"/operators/{operator.id}/remove"),
        ("PUT", f"/operators/{operator.id}/second-factor"),
    ):
        assert door.as_service("gateway", method, path, json={}).status_code == 403
        assert door.as_staff(school.id, method, path, json={}).status_code == 403


def test_an_operator_sees_schools_and_ends_a_contract_in_the_own_name(
    door, operator, school, logged
) -> None:
    headers = bearer(door.resolve_operator(operator.opened()).json["token"])
    client = door.app.test_client()
    assert str(school.id) in {
        row["id"] for row in client.get("/schools?limit=500", headers=headers).json["items"]
    }
    body = {"ended_on": clock.today().isoformat(), "grace_days": 30, "name_typed": None}
    assert (
        client.post(f"/schools/{school.id}/end", headers=headers, json=body).json["state"]
        == "ended"
    )
    lines = [line for line in logged(school.id) if line.payload["action"] == "school.ended"]
    assert [line.school_id for line in lines] == [school.id, None]
    assert {(line.payload["actor_kind"], line.payload["actor_id"]) for line in lines} == {
        ("operator", operator.id)
    }


def test_a_school_is_shown_with_its_contract(door, school) -> None:
    def shown() -> Any:
        return door.as_service("operator", "GET", f"/schools/{school.id}").json

    before = {
        "starts_on": "2026-04-01",
        "ends_on": None,
        "member_limit": 400,
        "reseller": "",
        "individual_agreement": False,
        "agreement_number": "",
        "state": "active",
    }
    assert (shown()["code"], shown()["contract"]) == (school.code, before)
    assert [contact["name"] for contact in shown()["contacts"]] == ["中野 正"]
    last_day = (clock.today() + timedelta(days=30)).isoformat()
    door.as_service("operator", "POST", f"/schools/{school.id}/end", json={"ended_on": last_day})
    assert (shown()["contract"]["ends_on"], shown()["state"]) == (last_day, "active")
    listed = door.as_service("operator", "GET", "/schools?limit=500").json["items"]
    assert {row["ends_on"] for row in listed if row["id"] == str(school.id)} == {last_day}
    assert door.as_service("operator", "GET", f"/schools/{uuid4()}").status_code == 404


def test_staff_and_operators_stay_on_their_own_side(door, school, settings) -> None:
    client = door.app.test_client()
    body = {"ended_on": date(2027, 3, 31).isoformat()}
    for method, path in (
        ("GET", "/schools"),
        ("GET", f"/schools/{school.id}"),
        ("PUT", f"/schools/{school.id}"),
        ("POST", f"/schools/{school.id}/letters"),
        ("GET", f"/schools/{school.id}/accesses"),
        ("POST", f"/schools/{school.id}/accesses"),
        ("POST", f"/schools/{school.id}/end"),
    ):
        assert door.as_staff(school.id, method, path, json=body).status_code == 403
        assert door.as_service("gateway", method, path, json=body).status_code == 403
    headers = bearer(operator_token(settings.keys_dir))
    staffs = (
        ("GET", "/accounts"),
        ("POST", "/accounts"),
        ("GET", "/operation-log"),
        ("GET", "/schools/current"),
    )
    for method, path in (
        *staffs,
        ("PATCH", f"/accounts/{school.administrator_id}"),
    ):
        assert client.open(path, method=method, json={}, headers=headers).status_code == 403, path
