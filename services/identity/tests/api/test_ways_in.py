"""A school demands by which way its people come in; it holds at once, locks nobody out (ID-14)."""

from __future__ import annotations

from typing import Any

import pytest

SETTINGS = "/schools/current/settings"
SCHOOL_LINE, ELSEWHERE = "198.51.100.7", "203.0.113.7"


def demand(door: Any, school: Any, **wanted: Any) -> Any:
    seen = door.as_staff(school.id, "GET", SETTINGS).json
    body = {"changed_at": seen["changed_at"], **wanted}
    return door.as_staff(school.id, "PATCH", SETTINGS, json=body)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_a_school_that_wants_the_citys_account_takes_no_password(
    federation, school, add_account, logged
) -> None:
    door, account = federation.door, add_account(school)
    federation.employ(account["mail"])
    assert demand(door, school, sign_in_by="city").status_code == 200
    assert code_of(door.sign_in(account["mail"])) == (409, "sign_in_by_city")
    wrong = door.sign_in(account["mail"], "wrong wrong wrong")
    assert code_of(wrong) == (401, "sign_in_refused"), "who guesses learns nothing of it"
    actions = [line.payload["action"] for line in logged(account["id"])]
    assert actions[-2:] == ["account.sign_in_failed"] * 2
    assert door.resolve(federation.opened(account["mail"])).status_code == 200


def test_a_school_that_wants_passwords_does_not_take_the_citys_account(
    federation, school, add_account
) -> None:
    door, account = federation.door, add_account(school)
    federation.employ(account["mail"])
    demand(door, school, sign_in_by="password")
    assert code_of(federation.sign_in(account["mail"])) == (409, "sign_in_by_password")
    assert door.sign_in(account["mail"]).status_code == 201


def test_what_a_school_demands_ends_the_sessions_of_the_other_way_at_once(
    federation, school, add_account
) -> None:
    door, account = federation.door, add_account(school)
    federation.employ(account["mail"])
    by_city = federation.opened(account["mail"])
    by_password = door.sign_in(account["mail"]).json["session_id"]
    demand(door, school, sign_in_by="city")
    assert code_of(door.resolve(by_password)) == (401, "session_ended")
    assert door.resolve(by_city).status_code == 200
    demand(door, school, sign_in_by="any")
    assert door.resolve(by_password).status_code == 200


@pytest.mark.parametrize("sign_in_by", ["any", "password", "city"])
def test_an_administrator_comes_in_either_way_and_from_everywhere(
    federation, school, sign_in_by: str
) -> None:
    door, mail = federation.door, federation.employ(school.administrator_mail)
    wanted = {"networks": [SCHOOL_LINE], "networks_only": True, "sign_in_by": sign_in_by}
    assert demand(door, school, **wanted).status_code == 200
    by_password = door.sign_in(mail, address=ELSEWHERE)
    assert by_password.status_code == 201, by_password.json
    for session_id in (by_password.json["session_id"], federation.opened(mail)):
        assert door.resolve(session_id).status_code == 200


def test_a_password_is_taken_from_the_schools_own_networks_only(
    federation, school, add_account
) -> None:
    door, account = federation.door, add_account(school)
    federation.employ(account["mail"])
    demand(door, school, networks=["198.51.100.0/24"], networks_only=True)
    assert door.sign_in(account["mail"], address=SCHOOL_LINE).status_code == 201
    assert code_of(door.sign_in(account["mail"], address=ELSEWHERE)) == (409, "outside_networks")
    assert federation.sign_in(account["mail"]).status_code == 200


def test_who_works_at_two_schools_goes_over_by_the_way_that_the_other_wants(
    federation, two_schools
) -> None:
    here, there, account = two_schools
    door = federation.door
    federation.employ(account["mail"])
    demand(door, there, sign_in_by="city")
    by_password = door.sign_in(account["mail"]).json["session_id"]
    chosen = {"session_id": by_password, "school_id": str(there.id), "remote_address": ELSEWHERE}
    answer = door.as_service("gateway", "PUT", "/sessions/school", json=chosen)
    assert code_of(answer) == (409, "sign_in_by_city")
    at_home = {**chosen, "school_id": str(here.id)}
    assert door.as_service("gateway", "PUT", "/sessions/school", json=at_home).status_code == 204
    by_city = {**chosen, "session_id": federation.opened(account["mail"])}
    assert door.as_service("gateway", "PUT", "/sessions/school", json=by_city).status_code == 204


def test_where_no_school_of_theirs_takes_the_way_nobody_is_left_to_choose(
    federation, two_schools
) -> None:
    here, there, account = two_schools
    door = federation.door
    for school in (here, there):
        demand(door, school, sign_in_by="city")
    assert code_of(door.sign_in(account["mail"])) == (409, "sign_in_by_city")


@pytest.mark.parametrize(
    "wrong",
    [
        {"networks_only": True},
        {"sign_in_by": "nobody"},
    ],
)
def test_what_would_let_nobody_in_is_refused(door, school, wrong) -> None:
    assert demand(door, school, **wrong).status_code == 422


def test_the_screen_learns_what_the_citys_accounts_are_called(federation, door, school) -> None:
    assert federation.door.as_staff(school.id, "GET", SETTINGS).json["city_name"]
    assert door.as_staff(school.id, "GET", SETTINGS).json["city_name"] == ""
