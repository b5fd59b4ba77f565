"""Roles switch at any time, the last administrator stays (ID-2, ID-3).

Nobody reaches another school.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from identity.store.accounts import get_role


def change(door, school, account_id, **changes):
    return door.as_staff(school.id, "PATCH", f"/accounts/{account_id}", json=changes)


@pytest.mark.parametrize("changes", [{"role": "sender"}, {"status": "ended"}])
def test_the_last_administrator_cannot_be_demoted(door, school, add_account, changes) -> None:
    add_account(school, role="limited_administrator")
    refused = change(door, school, school.administrator_id, **changes)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "last_administrator")
    add_account(school, role="administrator")
    assert change(door, school, school.administrator_id, **changes).status_code == 200


def test_two_administrators_who_demote_each_other_at_once_leave_one(
    door, school, add_account
) -> None:
    second = add_account(school, role="administrator")
    both = (school.administrator_id, second["id"])
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(
            pool.map(lambda one: change(door, school, one, role="sender").status_code, both)
        )
    assert answers == [200, 409]


def test_address_and_role_are_changed_together_or_not_at_all(door, school, add_account) -> None:
    account = add_account(school)
    taken = change(door, school, account["id"], role="administrator", mail=account["mail"])
    assert taken.status_code == 200
    last = change(door, school, account["id"], role="sender", mail="moved@town.test")
    assert last.status_code == 200
    other = add_account(school)
    refused = change(door, school, account["id"], post="教務", mail=other["mail"])
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "mail_taken")
    shown = door.as_staff(school.id, "GET", f"/accounts/{account['id']}").json
    assert (shown["post"], shown["mail"]) == ("", "moved@town.test")
    demoted = {"role": "sender", "mail": "gone@town.test"}
    assert change(door, school, school.administrator_id, **demoted).status_code == 409
    kept = door.as_staff(school.id, "GET", f"/accounts/{school.administrator_id}").json
    assert kept["mail"] != "gone@town.test"


def test_who_cannot_be_changed_like_the_others_is_named(door, school, add_account) -> None:
    sender = add_account(school)["id"]
    body = {
        "account_ids": [sender, str(school.administrator_id)],
        "changes": {"scope": "own"},
    }
    refused = door.as_staff(school.id, "POST", "/accounts/changes", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (
        422,
        "administrator_unrestricted",
    )
    assert refused.json["error"]["fields"]["account"] == str(school.administrator_id)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "status"),
    [
        ("2027-04-01", "2027-03-31", 422),
        ("2027-04-01", "2027-04-01", 200),
        (None, "2027-03-31", 200),
    ],
)
def test_a_term_ends_on_its_first_day_or_later(
    door, school, add_account, starts_on: str | None, ends_on: str, status: int
) -> None:
    term = {"starts_on": starts_on, "ends_on": ends_on}
    changed = change(door, school, add_account(school)["id"], **term)
    body = {"mail": f"{uuid4()}@town.test", "display_name": "内田 直樹", "role": "sender", **term}
    made = door.as_staff(school.id, "POST", "/accounts", json=body)
    assert changed.status_code == status
    assert made.status_code == (201 if status == 200 else status)
    if status == 422:
        assert changed.json["error"]["code"] == "term_invalid"


def test_a_last_day_is_compared_with_the_first_day_that_stands_already(
    door, school, add_account
) -> None:
    account = add_account(school, starts_on="2027-04-01")
    refused = change(door, school, account["id"], ends_on="2027-03-31")
    assert refused.json["error"]["code"] == "term_invalid"


def test_a_page_from_before_revives_no_deleted_account(door, school, add_account) -> None:
    account = add_account(school)
    door.as_staff(school.id, "DELETE", f"/accounts/{account['id']}")
    for status in ("active", "ended"):
        assert change(door, school, account["id"], status=status).status_code == 404
    changes = {"function": "phones.see", "is_on": False}
    body = {"account_ids": [account["id"]], "changes": changes}
    assert door.as_staff(school.id, "POST", "/accounts/changes", json=body).status_code == 404
    (row,) = door.as_staff(school.id, "GET", "/accounts?status=deleted").json["items"]
    assert (row["id"], row["functions_off"]) == (account["id"], [])
    assert row["deleted_at"] is not None
    assert door.sign_in(account["mail"]).status_code == 401


def test_many_are_changed_while_administrators_change_one_another(
    door, school, add_account
) -> None:
    everybody = [add_account(school, role="administrator")["id"] for _ in range(4)]
    many = {"account_ids": everybody, "changes": {"scope": "school"}}

    def press(turn: int) -> int:
        if turn % 2:
            return door.as_staff(school.id, "POST", "/accounts/changes", json=many).status_code
        return change(door, school, everybody[turn % 4], post=f"{turn}").status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(24)))
    assert answers == [200] * 24


def test_a_list_without_a_status_holds_the_deleted_ones_too(door, school, add_account) -> None:
    account = add_account(school)
    door.as_staff(school.id, "DELETE", f"/accounts/{account['id']}")
    listed = door.as_staff(school.id, "GET", "/accounts").json["items"]
    assert account["id"] in {row["id"] for row in listed}


def test_a_new_role_begins_with_its_own_defaults(door, school, add_account) -> None:
    account = add_account(
        school, functions_off=["phones.see"], functions_on=["messages.send_urgent"]
    )
    changed = change(door, school, account["id"], role="limited_administrator").json
    assert (changed["functions_off"], changed["functions_on"]) == ([], [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"functions_on": ["settings.edit"]}, "function_reserved"),
        ({"functions_on": ["log.see"]}, "function_reserved"),
        ({"functions_off": ["messages.shout"]}, "function_unknown"),
        (
            {"role": "administrator", "functions_off": ["messages.send"]},
            "administrator_unrestricted",
        ),
    ],
)
def test_switches_that_a_role_cannot_have_are_refused(
    door, school, add_account, changes, code: str
) -> None:
    refused = change(door, school, add_account(school)["id"], **changes)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, code)


def test_one_address_has_one_account(door, school, add_account) -> None:
    taken = add_account(school)
    body = {"mail": taken["mail"].upper(), "display_name": "髙橋 陽菜", "role": "sender"}
    refused = door.as_staff(school.id, "POST", "/accounts", json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "mail_taken")


def test_a_password_is_made_and_given_once_when_none_is_supplied(door, school) -> None:
    body = {"mail": "given.once@town.test", "display_name": "内田 直樹", "role": "sender"}
    made = door.as_staff(school.id, "POST", "/accounts", json=body)
    assert made.status_code == 201, made.json
    assert door.sign_in(body["mail"], made.json["password"]).status_code == 201


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaaaa", "kodomo.town99"])
def test_a_weak_password_is_refused_with_the_reason(door, school, password: str) -> None:
    body = {
        "mail": "kodomo.town@town.test",
        "display_name": "内田 直樹",
        "role": "sender",
        "password": password,
    }
    refused = door.as_service("operator", "POST", "/accounts", school_id=school.id, json=body)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "password_weak")


def test_another_school_finds_nobody(door, make_school, add_account) -> None:
    here, there = make_school(), make_school()
    account = add_account(there)
    assert change(door, here, account["id"], role="limited_administrator").status_code == 404
    assert (
        door.as_staff(here.id, "PUT", f"/accounts/{account['id']}/password", json={}).status_code
        == 404
    )
    listed = door.as_staff(here.id, "GET", "/accounts").json["items"]
    assert [row["id"] for row in listed] == [str(here.administrator_id)]


def test_who_lost_a_new_password_asks_again_and_the_last_one_holds(
    door, school, add_account
) -> None:
    account = add_account(school)
    address = f"/accounts/{account['id']}/password"
    lost, given = (
        door.as_staff(school.id, "PUT", address, json={}).json["password"] for _ in range(2)
    )
    assert door.sign_in(account["mail"], lost).status_code == 401
    assert door.sign_in(account["mail"], given).status_code == 201


def test_who_may_not_edit_settings_changes_no_account(door, school, add_account) -> None:
    account = add_account(school)
    functions = ["messages.send", "roster.change"]
    for method, path in (
        ("PATCH", f"/accounts/{account['id']}"),
        ("POST", "/accounts"),
        ("GET", "/accounts"),
    ):
        assert (
            door.as_staff(school.id, method, path, functions=functions, json={}).status_code == 403
        )


def test_no_house_lists_the_accounts_of_a_school_in_its_own_name(door, school) -> None:
    for house in ("gateway", "directory", "messaging"):
        answer = door.as_service(house, "GET", "/accounts", school_id=school.id)
        assert answer.status_code == 403
    listed = door.as_service("operator", "GET", "/accounts", school_id=school.id)
    assert listed.status_code == 200


def test_the_list_goes_on_where_the_page_ended(door, school, add_account) -> None:
    everybody = {str(school.administrator_id)} | {add_account(school)["id"] for _ in range(4)}
    seen, after = [], ""
    while after is not None:
        page = door.as_staff(school.id, "GET", f"/accounts?limit=2&after={after}").json
        seen += [row["id"] for row in page["items"]]
        after = page["next"]
    assert len(seen) == 5
    assert set(seen) == everybody
    assert door.as_staff(school.id, "GET", "/accounts?after=third").status_code == 422


def test_a_switch_of_a_right_that_is_no_more_hinders_no_change(
    door, school, add_account, database
) -> None:
    account = add_account(school, functions_off=["phones.see"])
    of_an_older_version = ["messages.approve", "phones.see"]
    with database.for_school(school.id) as session:
        role = get_role(session, school.id, UUID(account["id"]))
        role.functions_off = of_an_older_version
    changed = change(door, school, account["id"], display_name="佐藤 花")
    assert changed.status_code == 200
    assert changed.json["functions_off"] == ["phones.see"]
