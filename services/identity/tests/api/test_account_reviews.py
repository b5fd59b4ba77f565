"""All accounts are looked at, and the list is kept as it was signed (ID-13)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from common.db.types import as_dict
from common.keys import rotate_pair
from identity.store.accounts import get_role
from identity.store.models import Account, AccountReview


def review(door: Any, school: Any, kept: list[Any], stopped: list[Any]) -> Any:
    body = {"kept": [str(one) for one in kept], "stopped": [str(one) for one in stopped]}
    return door.as_staff(school.id, "POST", "/account-reviews", json=body)


@pytest.fixture
def staffed(school, add_account) -> tuple[Any, str, str]:
    """Return a school with two more accounts, and their ids."""
    return school, add_account(school)["id"], add_account(school)["id"]


def test_who_is_not_kept_is_stopped_and_the_list_stands_as_it_was(door, staffed) -> None:
    school, stays, leaves = staffed
    made = review(door, school, [school.administrator_id, stays], [leaves])
    assert made.status_code == 201, made.json
    shown = door.as_staff(school.id, "GET", f"/account-reviews/{made.json['id']}").json
    assert shown["signature_fits"] is True
    decided = {line["account_id"]: line["stays"] for line in shown["listed"]}
    assert decided == {str(school.administrator_id): True, stays: True, leaves: False}
    states = door.as_staff(school.id, "GET", "/accounts").json["items"]
    assert {one["id"]: one["status"] for one in states}[leaves] == "ended"
    (listed,) = door.as_staff(school.id, "GET", "/account-reviews").json["items"]
    assert listed["id"] == made.json["id"]


def test_a_school_with_more_than_five_hundred_accounts_ends_its_review(
    door, school, database
) -> None:
    with database.for_system() as session:
        role = get_role(session, school.id, school.administrator_id)
        ids = [uuid4() for _ in range(600)]
        account = session.get_one(Account, school.administrator_id)
        session.add_all(_copy(account, id=each, login_index=each.bytes * 2) for each in ids)
        session.flush()
        copies = [_copy(role, id=uuid4(), account_id=each, role="sender") for each in ids]
        session.add_all(copies)
    made = review(door, school, [school.administrator_id, *ids], [])
    assert made.status_code == 201, made.json
    shown = door.as_staff(school.id, "GET", f"/account-reviews/{made.json['id']}").json
    assert (len(shown["listed"]), shown["signature_fits"]) == (601, True)


def _copy(row: Any, **changes: Any) -> Any:
    """Return another row like this one."""
    return type(row)(**{**as_dict(row), **changes})


def test_everybody_is_decided_once_or_nothing_is_kept(door, staffed) -> None:
    school, one, other = staffed
    everybody = [school.administrator_id, one, other]
    for kept, stopped in (
        (everybody[:2], []),
        (everybody, [other]),
        ([*everybody, uuid4()], []),
    ):
        refused = review(door, school, kept, stopped)
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "review_incomplete")
    last = review(door, school, [one, other], [school.administrator_id])
    assert last.json["error"]["code"] == "last_administrator"
    assert door.as_staff(school.id, "GET", "/account-reviews").json["items"] == []


def test_a_list_that_was_changed_afterwards_does_not_fit_its_signature(
    door, school, database
) -> None:
    made = review(door, school, [school.administrator_id], [])
    with database.for_system() as session:
        row = session.get_one(AccountReview, UUID(made.json["id"]))
        row.listed = [{**row.listed[0], "display_name": "だれか"}]
    shown = door.as_staff(school.id, "GET", f"/account-reviews/{made.json['id']}").json
    assert shown["signature_fits"] is False


def test_a_review_fits_after_the_key_was_replaced(door, school) -> None:
    made = review(door, school, [school.administrator_id], [])
    rotate_pair(door.keys_dir, "identity")
    shown = door.as_staff(school.id, "GET", f"/account-reviews/{made.json['id']}").json
    assert shown["signature_fits"] is True


def test_another_school_sees_no_review(door, make_school) -> None:
    here, there = make_school(), make_school()
    made = review(door, here, [here.administrator_id], []).json
    assert door.as_staff(there.id, "GET", f"/account-reviews/{made['id']}").status_code == 404
    functions = ["settings.edit", "log.see"]
    for method, path in (("GET", "/account-reviews"), ("POST", "/account-reviews")):
        answer = door.as_staff(here.id, method, path, functions=functions, json={})
        assert answer.status_code == 403
