"""Who works at several schools: which one manages the sign-in, and which gets no way in (ID-11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from identity.store.models import Account

OTHER = "tsubame no su ni hina"
LONG_AGO = "2026-03-31"


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def patch(door: Any, school: Any, account: dict[str, Any], **changes: Any) -> Any:
    return door.as_staff(school.id, "PATCH", f"/accounts/{account['id']}", json=changes)


def issue(door: Any, school: Any, account: dict[str, Any]) -> Any:
    return door.as_staff(school.id, "PUT", f"/accounts/{account['id']}/password", json={})


def join(door: Any, school: Any, mail: str, **values: Any) -> Any:
    body = {"mail": mail, "display_name": "水野 さゆり", "role": "administrator", **values}
    return door.as_staff(school.id, "POST", "/accounts", json=body)


def leave(door: Any, school: Any, account: dict[str, Any], how: str) -> None:
    """Stop somebody at a school, let the term end, or delete the account there."""
    if how == "deleted":
        answer = door.as_staff(school.id, "DELETE", f"/accounts/{account['id']}")
    else:
        changes = {"status": "ended"} if how == "stopped" else {"ends_on": LONG_AGO}
        answer = patch(door, school, account, **changes)
    assert answer.status_code in (200, 204), answer.json


def choose(door: Any, mail: str, temporary: str) -> None:
    """Sign in with a temporary password and choose another."""
    opened = door.sign_in(mail, temporary)
    assert opened.status_code == 201, opened.json
    given = {"session_id": opened.json["session_id"], "password": OTHER}
    chosen = door.as_service("gateway", "PUT", "/sessions/password", json=given)
    assert chosen.status_code == 204, chosen.json


@pytest.mark.parametrize("how", ["stopped", "term over", "deleted"])
def test_a_school_that_was_left_has_no_keys_to_the_next_one(door, two_schools, how: str) -> None:
    here, there, account = two_schools
    leave(door, here, account, how)
    address = f"/accounts/{account['id']}"
    for method, path, body in (
        ("PUT", f"{address}/password", {}),
        ("PATCH", address, {"mail": "mine@town.test"}),
        ("DELETE", f"{address}/factors", None),
        ("POST", "/temporary-passwords", {"account_ids": [account["id"]]}),
    ):
        refused = door.as_staff(here.id, method, path, json=body)
        assert error_of(refused) == (409, "managed_elsewhere")
    assert door.sign_in(account["mail"]).status_code == 201
    shown = door.as_staff(there.id, "GET", address).json
    assert shown["is_managed_here"] is True
    assert issue(door, there, account).status_code == 200


def test_who_works_at_two_schools_is_let_in_anew_after_a_reset(door, two_schools) -> None:
    here, there, account = two_schools
    assert error_of(issue(door, here, account)) == (409, "serves_elsewhere")
    leave(door, there, account, "stopped")
    given = issue(door, here, account).json["password"]
    # The first school can look that password up: it opens the first school alone.
    refused = patch(door, there, account, status="active")
    assert error_of(refused) == (409, "password_not_chosen")
    choose(door, account["mail"], given)
    assert patch(door, there, account, status="active").status_code == 200


def test_a_term_that_is_prolonged_is_a_way_in_like_any_other(door, two_schools) -> None:
    here, there, account = two_schools
    leave(door, there, account, "term over")
    assert issue(door, here, account).status_code == 200
    refused = patch(door, there, account, ends_on="2099-03-31")
    assert error_of(refused) == (409, "password_not_chosen")


def test_a_role_that_begins_later_counts_like_one_of_today(door, make_school, add_account) -> None:
    here, there = make_school(), make_school()
    account = add_account(here)
    assert join(door, there, account["mail"], starts_on="2099-04-01").status_code == 201
    assert error_of(issue(door, here, account)) == (409, "serves_elsewhere")
    assert error_of(issue(door, there, account)) == (409, "managed_elsewhere")


def test_nobody_is_taken_on_by_a_password_that_another_school_can_look_up(
    door, make_school
) -> None:
    here, there = make_school(), make_school()
    mail = "to.come@town.test"
    made = join(door, here, mail, role="sender").json
    assert error_of(join(door, there, mail)) == (409, "password_not_chosen")
    choose(door, mail, made["password"])
    joined = join(door, there, mail)
    assert joined.status_code == 201
    assert set(joined.json) == {"id", "staff_role_id"}


@pytest.mark.parametrize("how", ["stopped", "deleted"])
def test_who_left_without_a_password_gets_one_of_the_new_school(
    door, make_school, database, how: str
) -> None:
    here, there = make_school(), make_school()
    mail = f"{how}.before@town.test"
    made = join(door, here, mail, role="sender").json
    leave(door, here, made, how)
    joined = join(door, there, mail)
    assert joined.status_code == 201, joined.json
    assert joined.json["id"] == made["id"]
    assert door.sign_in(mail, made["password"]).status_code == 401
    assert door.sign_in(mail, joined.json["password"]).status_code == 201
    with database.for_system(read_only=True) as session:
        assert session.get_one(Account, UUID(made["id"])).password_version == 3


def test_who_is_stopped_at_the_only_school_is_managed_there(door, school, add_account) -> None:
    account = add_account(school)
    leave(door, school, account, "stopped")
    given = issue(door, school, account).json["password"]
    assert patch(door, school, account, status="active").status_code == 200
    assert door.sign_in(account["mail"], given).status_code == 201


def test_passwords_are_exported_by_the_school_alone_that_manages_them(
    door, make_school, add_account
) -> None:
    here, there = make_school(), make_school()
    own, shared = add_account(here), add_account(here)
    join(door, there, shared["mail"])
    leave(door, there, shared, "stopped")
    for account in (own, shared):
        assert issue(door, here, account).status_code == 200
    wanted = {"account_ids": [own["id"], shared["id"]]}
    for school, ids in ((here, {own["id"], shared["id"]}), (there, set())):
        shown = door.as_staff(school.id, "POST", "/temporary-passwords/exports", json=wanted)
        assert {item["id"] for item in shown.json["items"]} == ids
