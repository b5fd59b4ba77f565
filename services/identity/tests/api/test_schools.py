"""The operator makes a school: its key, its contract, its first administrator (OPS-1 begun)."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select, update

from common.crypto import SealedPlace
from identity.store.accounts import find_account
from identity.store.models import ContractContact, School


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


def test_the_contacts_of_the_contract_are_sealed_with_the_schools_key(
    door, app, database, body
) -> None:
    school_id = UUID(make(door, body).json["id"])
    with database.for_system(read_only=True) as session:
        contact = session.scalars(
            select(ContractContact).where(ContractContact.school_id == school_id)
        ).one()
    key = app.extensions["house"].keyring.get(contact.school_id)
    assert (
        key.decrypt(contact.mail, SealedPlace("contract_contacts", "mail", contact.id))
        == "jimu@town.test"
    )
    assert (
        key.decrypt(contact.phone, SealedPlace("contract_contacts", "phone", contact.id))
        == "03-0000-0002"
    )


def test_a_code_or_an_address_is_taken_once_and_nothing_half_made_stays(
    door, app, database, school_body
) -> None:
    first, same_code, same_mail = school_body(), school_body(), school_body()
    same_code["code"] = first["code"]
    same_mail["administrator"]["mail"] = first["administrator"]["mail"]
    assert make(door, first).status_code == 201
    for body, code in ((same_code, "code_taken"), (same_mail, "mail_taken"), (first, "code_taken")):
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
    for service in ("messaging", "directory", "gateway", "retention"):
        assert (
            door.as_service(service, "GET", "/schools/current", school_id=here.id).json["code"]
            == here.code
        )
    assert (
        door.as_service("messaging", "GET", "/schools/current").json["error"]["code"] == "no_school"
    )
    for service in ("dispatch-mail", "dispatch-line", "dispatch-push", "operator"):
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
