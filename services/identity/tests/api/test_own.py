"""Own password and sessions of who is signed in; several schools, one sign-in (ID-11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import time_machine
from sqlalchemy import select

from common import clock
from common.bus.tables import outbox
from common.schemas import Envelope
from common.testing.tokens import bearer, staff_token

PASSWORD = "tsukushi mo sakura mo"
OTHER = "tsubame no su ni hina"
SOMEWHERE = {"remote_address": "203.0.113.9"}


def opened(door: Any, mail: str, password: str = PASSWORD) -> str:
    answer = door.sign_in(mail, password)
    assert answer.status_code == 201, answer.json
    return str(answer.json["session_id"])


def as_person(door: Any, school: Any, account: dict[str, Any], method: str, path: str, **more: Any):
    token = staff_token(door.keys_dir, school_id=school.id, account_id=UUID(account["id"]))
    return door.app.test_client().open(path, method=method, headers=bearer(token), **more)


def change(door: Any, session_id: str, current: str, password: str) -> Any:
    body = {
        "session_id": session_id,
        "remote_address": "203.0.113.9",
        "current": current,
        "password": password,
    }
    return door.as_service("gateway", "PUT", "/own/password", json=body)


def test_changing_the_own_password_ends_every_other_session(door, school, add_account) -> None:
    account = add_account(school)
    here, elsewhere = opened(door, account["mail"]), opened(door, account["mail"])
    assert change(door, here, PASSWORD, OTHER).status_code == 204
    assert door.resolve(here).status_code == 200
    assert door.resolve(elsewhere).status_code == 401
    assert door.sign_in(account["mail"]).status_code == 401
    assert door.sign_in(account["mail"], OTHER).status_code == 201


def test_who_does_not_know_the_current_password_changes_nothing_and_is_counted(
    door, school, add_account
) -> None:
    account = add_account(school)
    session_id = opened(door, account["mail"])
    refused = change(door, session_id, "wrong-wrong-wrong", OTHER)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "current_wrong")
    weak = change(door, session_id, PASSWORD, "short")
    assert (weak.status_code, weak.json["error"]["code"]) == (422, "password_weak")
    assert door.sign_in(account["mail"]).status_code == 201
    answers = [change(door, session_id, "wrong-wrong-wrong", OTHER).status_code for _ in range(12)]
    assert 429 in answers


def test_a_temporary_password_is_nobodys_own(door, federation, school) -> None:
    body = {"mail": federation.employ("temporary.own@town.test"), "display_name": "野口 大輔"}
    made = door.as_staff(school.id, "POST", "/accounts", json={**body, "role": "sender"}).json
    session_id = federation.opened(body["mail"])
    refused = change(door, session_id, made["password"], made["password"].upper())
    assert (refused.status_code, refused.json["error"]["fields"]["password"]) == (422, "temporary")
    with time_machine.travel(clock.now() + timedelta(days=9)):
        session_id = federation.opened(body["mail"])
        late = change(door, session_id, made["password"], OTHER)
        assert (late.status_code, late.json["error"]["code"]) == (403, "temporary_expired")
    session_id = federation.opened(body["mail"])
    assert change(door, session_id, made["password"], OTHER).status_code == 204


def test_own_sessions_are_listed_and_ended_and_nobody_elses(door, school, add_account) -> None:
    account, other = add_account(school), add_account(school)
    first, second = opened(door, account["mail"]), opened(door, account["mail"])
    theirs = opened(door, other["mail"])
    listed = as_person(door, school, account, "GET", "/own/sessions").json
    assert listed["mail"] == account["mail"]
    assert len(listed["items"]) == 2
    number = door.resolve(first).json["session_number"]
    foreign = {"number": door.resolve(theirs).json["session_number"], "others": False}
    as_person(door, school, account, "POST", "/own/sessions/end", json=foreign)
    assert door.resolve(theirs).status_code == 200
    body = {"number": number, "others": True}
    assert (
        as_person(door, school, account, "POST", "/own/sessions/end", json=body).status_code == 204
    )
    assert [door.resolve(one).status_code for one in (first, second)] == [200, 401]


def test_the_second_school_gets_no_way_into_the_first(door, two_schools) -> None:
    _, there, account = two_schools
    address = f"/accounts/{account['id']}"
    one = {"account_ids": [account["id"]]}
    for method, path, body in (
        ("PUT", f"{address}/password", {}),
        ("PATCH", address, {"mail": "mine@town.test"}),
        ("POST", "/temporary-passwords", one),
    ):
        refused = door.as_staff(there.id, method, path, json=body)
        assert (refused.status_code, refused.json["error"]["code"]) == (409, "managed_elsewhere")
    shown = door.as_staff(there.id, "POST", "/temporary-passwords/exports", json=one)
    assert shown.json["items"] == []
    again = {"mail": account["mail"], "display_name": "水野 さゆり", "role": "sender"}
    twice = door.as_staff(there.id, "POST", "/accounts", json=again)
    assert twice.json["error"]["code"] == "mail_taken"


def test_what_one_school_changes_ends_no_session_at_the_other(door, two_schools) -> None:
    here, there, account = two_schools
    session_id = opened(door, account["mail"])
    chosen = {"session_id": session_id, "school_id": str(here.id), **SOMEWHERE}
    door.as_service("gateway", "PUT", "/sessions/school", json=chosen)
    change = {"status": "ended"}
    door.as_staff(there.id, "PATCH", f"/accounts/{account['id']}", json=change)
    assert door.resolve(session_id).status_code == 200


def test_who_works_at_two_schools_chooses_and_goes_over(door, two_schools) -> None:
    here, there, account = two_schools
    session_id = opened(door, account["mail"])
    pending = door.resolve(session_id)
    assert pending.json["error"]["fields"] == {"step": "school"}
    body = {"session_id": session_id}
    choices = door.as_service("gateway", "POST", "/sessions/schools", json=body).json["items"]
    assert {choice["id"] for choice in choices} == {str(here.id), str(there.id)}
    for school in (there, here):
        chosen = {**body, "school_id": str(school.id), **SOMEWHERE}
        answer = door.as_service("gateway", "PUT", "/sessions/school", json=chosen)
        assert answer.status_code == 204
        assert door.resolve(session_id).json["school"]["id"] == str(school.id)


def test_nobody_goes_to_a_school_that_is_not_theirs(door, two_schools, make_school) -> None:
    _, _, account = two_schools
    session_id = opened(door, account["mail"])
    chosen = {"session_id": session_id, "school_id": str(make_school().id), **SOMEWHERE}
    answer = door.as_service("gateway", "PUT", "/sessions/school", json=chosen)
    assert answer.status_code == 404
    assert door.resolve(session_id).json["error"]["code"] == "session_pending"


def test_deleted_at_one_school_one_works_on_at_the_other(door, two_schools) -> None:
    here, there, account = two_schools
    assert door.as_staff(here.id, "DELETE", f"/accounts/{account['id']}").status_code == 204
    resolved = door.resolve(opened(door, account["mail"]))
    assert resolved.json["school"]["id"] == str(there.id)


def test_a_sign_in_from_a_browser_nobody_knows_is_told_by_mail(
    door, school, add_account, database
) -> None:
    account = add_account(school)
    device = door.sign_in(account["mail"]).json["device"]
    assert notices_of(database, school) == []
    door.sign_in(account["mail"], device=device)
    assert notices_of(database, school) == []
    door.sign_in(account["mail"])
    (notice,) = notices_of(database, school)
    assert (notice["kind"], notice["account_ids"]) == ("new_device", [UUID(account["id"])])


def notices_of(database: Any, school: Any) -> list[dict[str, Any]]:
    """Return what the product itself wants to tell a school's staff."""
    wanted = outbox.c.school_id == school.id, outbox.c.type == "notice.requested"
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(select(outbox.c.body).where(*wanted)).all()
    return [Envelope.load(body.encode()).payload for body in bodies]
