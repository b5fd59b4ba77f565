"""The operator makes a school: its key, its contract, its first administrator (OPS-1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from common import clock
from common.crypto import SealedPlace
from identity.store.accounts import find_account
from identity.store.models import Contract, ContractContact, School


@pytest.fixture
def body(school_body):
    return school_body()


def make(door, body):
    return door.as_service("operator", "POST", "/schools", json=body)


def test_a_new_school_has_an_administrator_who_can_sign_in(door, body) -> None:
    del body["administrator"]["password"], body["code"]
    made = make(door, body)
    assert made.status_code == 201, made.json
    opened = door.sign_in(body["administrator"]["mail"], made.json["administrator_password"])
    session_id = opened.json["session_id"]
    chosen = {"session_id": session_id, "password": "tsubame no su ni hina"}
    replaced = door.as_service("gateway", "PUT", "/sessions/password", json=chosen)
    assert replaced.status_code == 204
    resolved = door.resolve(session_id).json
    assert (resolved["account"]["role"], resolved["account"]["display_name"]) == (
        "administrator",
        "山下 明子",
    )
    profile = resolved["school"]
    assert (profile["id"], profile["code"]) == (body["id"], made.json["code"])
    assert (profile["undo_seconds"], profile["urgent_undo_seconds"]) == (30, 5)


def test_a_supplied_password_is_not_given_back(door, body) -> None:
    assert set(make(door, body).json) == {"id", "code"}


def test_two_presses_make_one_school_and_give_one_password(door, database, logged, body) -> None:
    del body["administrator"]["password"], body["code"]
    first, second = make(door, body), make(door, body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    mail = body["administrator"]["mail"]
    assert door.sign_in(mail, first.json["administrator_password"]).status_code == 201
    with database.for_system(read_only=True) as session:
        contracts = select(Contract).where(Contract.school_id == UUID(body["id"]))
        assert len(session.scalars(contracts).all()) == 1
    made = [line for line in logged(body["id"]) if line.payload["action"] == "school.created"]
    assert [line.school_id for line in made] == [UUID(body["id"]), None]


def test_two_presses_at_the_same_moment_make_one_school(door, body) -> None:
    del body["administrator"]["password"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: make(door, body), range(2)))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert {answer.json["code"] for answer in answers} == {body["code"]}


def letter_of(operator, body):
    return operator.ask("POST", f"/schools/{body['id']}/letters")


def has_letter(operator, body) -> bool:
    return operator.ask("GET", f"/schools/{body['id']}").json["has_letter"]


def test_the_letter_can_be_printed_again_and_says_the_same(door, operator, body) -> None:
    del body["administrator"]["password"]
    made = make(door, body).json
    assert has_letter(operator, body)
    first, second = letter_of(operator, body), letter_of(operator, body)
    assert first.status_code == 201
    assert first.json == second.json
    assert first.json == {
        "display_name": "山下 明子",
        "post": "教頭",
        "mail": body["administrator"]["mail"],
        "password": made["administrator_password"],
        "until": made["administrator_password_until"],
    }


def test_once_the_administrator_chose_a_password_there_is_no_letter(door, operator, body) -> None:
    del body["administrator"]["password"]
    mail = body["administrator"]["mail"]
    opened = door.sign_in(mail, make(door, body).json["administrator_password"]).json
    given = {"session_id": opened["session_id"], "password": "haru no ogawa wa"}
    chosen = door.as_service("gateway", "PUT", "/sessions/password", json=given)
    assert chosen.status_code == 204, chosen.json
    refused = letter_of(operator, body)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "letter_gone")
    assert not has_letter(operator, body)
    again = make(door, body)
    assert (again.status_code, set(again.json)) == (201, {"id", "code"})
    assert door.sign_in(mail, "haru no ogawa wa").status_code == 201


def test_a_password_that_is_over_or_was_issued_by_the_school_is_in_no_letter(
    door, operator, school_body
) -> None:
    over, reissued = school_body(), school_body()
    for body in (over, reissued):
        del body["administrator"]["password"]
        make(door, body)
    with time_machine.travel(clock.now() + timedelta(days=9)):
        assert letter_of(operator, over).json["error"]["code"] == "letter_gone"
    school_id = UUID(reissued["id"])
    listed = door.as_service("operator", "GET", "/accounts", school_id=school_id).json["items"]
    ids = {"account_ids": [listed[0]["id"]]}
    issued = door.as_staff(school_id, "POST", "/temporary-passwords", json=ids)
    assert issued.status_code in (200, 201), issued.json
    assert letter_of(operator, reissued).json["error"]["code"] == "letter_gone"


def test_a_successor_stands_in_no_letter(door, operator, body) -> None:
    made = make(door, body).json
    school_id = UUID(made["id"])
    successor = {**body["administrator"], "mail": "koukei@town.test", "role": "administrator"}
    del successor["password"]
    given = door.as_staff(school_id, "POST", "/accounts", json=successor)
    assert given.json["password"]
    listed = door.as_service("operator", "GET", "/accounts", school_id=school_id).json["items"]
    (first,) = [each["id"] for each in listed if each["id"] != given.json["id"]]
    ended = door.as_staff(school_id, "PATCH", f"/accounts/{first}", json={"status": "ended"})
    assert ended.status_code == 200
    assert not has_letter(operator, body)
    assert letter_of(operator, body).json["error"]["code"] == "letter_gone"
    body["administrator"]["mail"] = successor["mail"]
    assert set(make(door, body).json) == {"id", "code"}


def test_the_password_that_is_given_again_stands_in_the_log(operator, logged, body) -> None:
    del body["administrator"]["password"]
    first, again = (operator.ask("POST", "/schools", json=body) for _ in range(2))
    assert again.json == first.json
    assert "administrator_password" in again.json
    printed = [
        line.school_id
        for line in logged(body["id"])
        if line.payload["action"] == "school.letter_printed"
    ]
    assert printed == [UUID(body["id"]), None]


def test_an_operator_makes_a_school_in_the_own_name(operator, logged, body) -> None:
    del body["administrator"]["password"]
    made = operator.ask("POST", "/schools", json=body)
    assert made.status_code == 201, made.json
    assert letter_of(operator, body).status_code == 201
    lines = [
        (line.payload["action"], line.school_id)
        for line in logged(body["id"])
        if line.payload["actor_id"] == operator.id
    ]
    school_id = UUID(body["id"])
    assert lines == [
        ("account.created", school_id),
        ("account.password_replaced", school_id),
        ("school.created", school_id),
        ("school.created", None),
        ("school.letter_printed", school_id),
        ("school.letter_printed", None),
    ]


def test_every_field_that_can_not_be_is_named_at_once(operator, body) -> None:
    body |= {
        "name": " ",
        "short_name": "みなも市立つばめ野",
        "kind": "circus",
        "phone": "でんわ",
        "mail_local": "つばめ",
        "member_limit": "四百",
    }
    body["contract"] |= {"starts_on": "春", "agreement_number": "第" * 51}
    body["contract"]["contacts"] = [
        {"name": "", "mail": "jimu", "phone": "x", "postal_code": "12-3456"},
        {"name": "中野\n正"},
    ]
    body["administrator"] |= {"mail": "", "display_name": "あ" * 101}
    refused = operator.ask("POST", "/schools", json=body)
    assert refused.status_code == 422
    assert refused.json["error"]["fields"] == {
        "name": ["empty"],
        "short_name": ["too_long"],
        "kind": ["not_a_choice"],
        "phone": ["not_a_phone"],
        "mail_local": ["not_a_local_part"],
        "member_limit": ["not_a_number"],
        "contract": {
            "starts_on": ["not_a_day"],
            "agreement_number": ["too_long"],
            "contacts": {
                "0": {
                    "name": ["empty"],
                    "mail": ["not_an_address"],
                    "phone": ["not_a_phone"],
                    "postal_code": ["not_a_postal_code"],
                },
                "1": {"name": ["not_text"]},
            },
        },
        "administrator": {"mail": ["empty"], "display_name": ["too_long"]},
    }


def test_the_contacts_of_the_contract_are_sealed_with_the_schools_key(
    door, app, database, body
) -> None:
    place = {"postal_code": "〒１２３０００１", "address": "みなも市つばめ野1-2-3"}
    body["contract"]["contacts"][0] |= place
    school_id = UUID(make(door, body).json["id"])
    with database.for_system(read_only=True) as session:
        contact = session.scalars(
            select(ContractContact).where(ContractContact.school_id == school_id)
        ).one()
    key = app.extensions["house"].keyring.get(contact.school_id)
    kept = {
        column: key.decrypt(
            getattr(contact, column), SealedPlace("contract_contacts", column, contact.id)
        )
        for column in ("mail", "phone", "postal_code", "address")
    }
    assert kept == {
        "mail": "jimu@town.test",
        "phone": "03-0000-0002",
        "postal_code": "123-0001",
        "address": "みなも市つばめ野1-2-3",
    }


def test_a_code_or_an_address_is_taken_once_and_nothing_half_made_stays(
    door, app, database, school_body
) -> None:
    first, same_code, same_mail = school_body(), school_body(), school_body()
    same_code["code"] = first["code"]
    same_mail["administrator"]["mail"] = first["administrator"]["mail"]
    assert make(door, first).status_code == 201
    other_school_of_this_id = {**school_body(), "id": first["id"]}
    for body, code in (
        (same_code, "code_taken"),
        (same_mail, "mail_taken"),
        (other_school_of_this_id, "code_taken"),
    ):
        refused = make(door, body)
        assert (refused.status_code, refused.json["error"]["code"]) == (409, code)
    login = app.extensions["house"].login
    with database.for_system(read_only=True) as session:
        assert session.get(School, UUID(same_mail["id"])) is None
        assert find_account(session, login.index(same_code["administrator"]["mail"])) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "12345678"),
        ("code", "012345678"),
        ("short_name", "みなも市立つばめ野"),
        ("mail_local", "つばめ"),
        ("mail_local", "a\nb"),
    ],
)
def test_particulars_that_cannot_be_used_are_named(door, body, field: str, value: str) -> None:
    refused = make(door, body | {field: value})
    assert (refused.status_code, list(refused.json["error"]["fields"])) == (422, [field])


def test_a_character_with_a_variation_selector_counts_once(door, body) -> None:
    assert make(door, body | {"short_name": "辻\U000e0100の森つばめ野小"}).status_code == 201


def test_the_current_school_is_the_one_of_the_token(door, make_school, database) -> None:
    here, _ = make_school(), make_school()
    assert door.as_staff(here.id, "GET", "/schools/current", functions=[]).json["id"] == str(
        here.id
    )
    readers = ("messaging", "directory", "gateway", "retention", "dispatch-mail", "dispatch-push")
    for service in readers:
        assert (
            door.as_service(service, "GET", "/schools/current", school_id=here.id).json["code"]
            == here.code
        )
    assert (
        door.as_service("messaging", "GET", "/schools/current").json["error"]["code"] == "no_school"
    )
    for service in ("dispatch-line", "operator"):
        refused = door.as_service(service, "GET", "/schools/current", school_id=here.id)
        assert refused.status_code == 403
    with database.for_system() as session:
        session.execute(update(School).where(School.id == here.id).values(state="erased"))
    assert (
        door.as_service("messaging", "GET", "/schools/current", school_id=here.id).status_code
        == 404
    )


def test_only_the_operator_makes_and_lists_schools(door, make_school, body) -> None:
    codes = sorted(make_school().code for _ in range(3))
    listed, after = [], ""
    while after is not None:
        page = door.as_service("operator", "GET", f"/schools?limit=2&after={after}").json
        listed += [row["code"] for row in page["items"]]
        after = page["next"]
    assert listed == sorted(set(listed))
    assert set(codes) <= set(listed)
    for method in ("GET", "POST"):
        assert door.as_service("gateway", method, "/schools", json=body).status_code == 403
        assert door.as_staff(make_school().id, method, "/schools", json=body).status_code == 403
