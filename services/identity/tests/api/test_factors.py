"""A second factor beside the password: codes of an app, recovery codes, the step before (ID-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from authenticators import ADDRESS, PASSWORD, Colleague, code_of, wrong_code
from sqlalchemy import select

from identity.store.models import Account, RecoveryCode, SecondFactor, StaffRole

MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)
OTHER = "tsubame no su ni hina"
SETTINGS = "/schools/current/settings"


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def demand(door: Any, school: Any, of_whom: str) -> None:
    seen = door.as_staff(school.id, "GET", SETTINGS).json
    wanted = {"changed_at": seen["changed_at"], "factor_for": of_whom}
    assert door.as_staff(school.id, "PATCH", SETTINGS, json=wanted).status_code == 200


def test_the_code_of_an_app_opens_the_first_page(enrolled) -> None:
    person, secret, _ = enrolled
    assert person.ask("POST", "/sessions/factor/kinds").json == {"kinds": ["totp"]}
    assert error_of(person.prove(wrong_code(secret))) == (403, "factor_wrong")
    assert person.step() == "factor"
    answer = person.prove(code_of(secret))
    assert (answer.status_code, answer.json) == (200, {"recovery_codes_left": None})
    assert person.step() is None
    assert error_of(person.prove(code_of(secret))) == (409, "factor_proved")


def test_a_code_is_used_once_in_whatever_session(enrolled, travel) -> None:
    person, secret, _ = enrolled
    used = code_of(secret)
    assert person.prove(used).status_code == 200
    person.sign_in()
    assert error_of(person.prove(used)) == (403, "factor_wrong")
    travel.shift(timedelta(seconds=30))
    assert error_of(person.prove(used)) == (403, "factor_wrong")
    assert person.prove(code_of(secret)).status_code == 200


def test_the_code_by_which_an_app_was_registered_is_used_too(colleague, travel) -> None:
    colleague.confirm()
    secret, _ = colleague.enrol_app()
    colleague.sign_in()
    assert error_of(colleague.prove(code_of(secret))) == (403, "factor_wrong")


@pytest.mark.parametrize(("ahead", "status"), [(-1, 403), (0, 200), (1, 200), (2, 403)])
def test_a_clock_may_be_half_a_minute_off(enrolled, ahead: int, status: int) -> None:
    """The step before was used to register the app."""
    person, secret, _ = enrolled
    assert person.prove(code_of(secret, ahead=ahead)).status_code == status


def test_a_recovery_code_stands_in_once_however_it_is_typed(enrolled) -> None:
    person, _, codes = enrolled
    assert len(set(codes)) == 10
    shouted = codes[3].replace("-", " ").upper()
    answer = person.prove(shouted)
    assert (answer.status_code, answer.json) == (200, {"recovery_codes_left": 9})
    assert person.step() is None
    assert person.factors()["recovery_codes_left"] == 9
    person.sign_in()
    assert error_of(person.prove(codes[3])) == (403, "factor_wrong")
    assert person.prove(codes[4]).json == {"recovery_codes_left": 8}


def test_new_recovery_codes_take_the_place_of_the_old_ones(enrolled) -> None:
    person, secret, codes = enrolled
    person.prove(code_of(secret))
    assert error_of(person.ask("POST", "/own/factors/recovery-codes")) == (403, "password_needed")
    person.confirm()
    fresh = person.ask("POST", "/own/factors/recovery-codes").json["recovery_codes"]
    assert len(set(fresh) | set(codes)) == 20
    person.sign_in()
    assert person.prove(codes[0]).status_code == 403
    assert person.prove(fresh[0]).status_code == 200


def test_neither_secret_nor_recovery_code_lies_in_the_database(enrolled, database) -> None:
    _, secret, codes = enrolled
    with database.for_system(read_only=True) as session:
        kept = [bytes(each) for each in session.scalars(select(RecoveryCode.digest))]
        sealed = [bytes(each) for each in session.scalars(select(SecondFactor.secret)) if each]
    assert not any(code.encode() in digest for code in codes for digest in kept)
    assert not any(secret.encode() in each for each in sealed)


def test_what_has_not_proved_its_factor_can_do_nothing_but_that(enrolled, door, school) -> None:
    person, secret, _ = enrolled
    before = person.session_id
    denied = [
        person.ask("POST", "/sessions/schools"),
        person.ask("PUT", "/sessions/school", school_id=str(school.id), remote_address=ADDRESS),
        person.ask("PUT", "/sessions/password", password=OTHER),
        person.ask(
            "PUT",
            "/own/password",
            current=PASSWORD,
            password=OTHER,
            remote_address="203.0.113.12",
        ),
        person.confirm(),
        person.ask("POST", "/own/factors/look-up"),
        person.ask("POST", "/own/factors/app-offers"),
        person.ask("POST", "/own/factors/apps", name="また", code="000000"),
        person.ask("POST", "/own/factors/passkey-offers"),
        person.ask("POST", "/own/factors/passkeys", name="また", credential="{}"),
        person.ask("POST", f"/own/factors/{uuid4()}/end"),
        person.ask("POST", "/own/factors/recovery-codes"),
    ]
    assert {error_of(answer) for answer in denied} == {(401, "session_pending")}
    assert {answer.json["error"]["fields"]["step"] for answer in denied} == {"factor"}
    # Own sessions are ended with a token, and none was given.
    assert door.resolve(before).status_code == 401
    assert door.sign_in(person.mail, PASSWORD).status_code == 201
    assert person.prove(code_of(secret)).status_code == 200
    assert door.resolve(before).status_code == 200


def test_a_factor_is_proved_before_a_school_is_chosen_or_a_password_replaced(
    enrolled, door, school, make_school, database
) -> None:
    person, _, codes = enrolled
    account_id = account_of(database, person, door).id
    there = make_school()
    issued = {"account_ids": [str(account_id)]}
    door.as_staff(school.id, "POST", "/temporary-passwords", json=issued)
    (row,) = door.as_staff(school.id, "POST", "/temporary-passwords/exports", json=issued).json[
        "items"
    ]
    # As two operators leave it who issued a password for who works at two schools.
    with database.for_system() as session:
        role = session.query(StaffRole).filter_by(account_id=account_id).one()
        columns = {column.key: getattr(role, column.key) for column in role.__mapper__.column_attrs}
        other = {"id": uuid4(), "school_id": there.id, "created_at": MORNING + timedelta(days=1)}
        session.add(StaffRole(**columns | other))
    person.session_id = door.sign_in(person.mail, row["password"]).json["session_id"]
    assert person.step() == "factor"
    assert person.prove(codes[0]).status_code == 200
    assert person.step() == "school"
    person.ask("PUT", "/sessions/school", school_id=str(school.id), remote_address=ADDRESS)
    assert person.step() == "renewal"
    assert person.ask("PUT", "/sessions/password", password=OTHER).status_code == 204
    assert person.step() is None


def account_of(database: Any, person: Colleague, door: Any) -> Account:
    index = door.app.extensions["house"].login.index(person.mail)
    with database.for_system(read_only=True) as session:
        return session.scalars(select(Account).where(Account.login_index == index)).one()


def test_other_open_sessions_have_to_prove_the_new_factor_too(colleague, door) -> None:
    elsewhere = Colleague(door, colleague.mail)
    elsewhere.sign_in()
    assert elsewhere.step() is None
    colleague.confirm()
    colleague.enrol_app()
    assert colleague.step() is None
    assert elsewhere.step() == "factor"


def test_wrong_codes_lock_the_factor_and_neither_the_password_nor_an_open_session(
    enrolled, door
) -> None:
    person, secret, codes = enrolled
    wrong = wrong_code(secret)
    for _ in range(5):
        assert person.prove(wrong).status_code == 403
    # The right password, known to who guesses, forgives none of them.
    person.sign_in()
    for _ in range(5):
        assert person.prove(wrong).status_code == 403
    locked = person.prove(code_of(secret))
    assert error_of(locked) == (429, "locked")
    assert locked.json["error"]["fields"]["retry_after"] == 30
    assert error_of(person.prove(codes[0])) == (429, "locked")
    assert error_of(person.prove_by("{}")) == (429, "locked")
    assert door.sign_in(person.mail, PASSWORD).status_code == 201


def test_factors_are_changed_by_who_typed_the_password_a_short_while_ago(colleague, travel) -> None:
    assert error_of(colleague.ask("POST", "/own/factors/app-offers")) == (403, "password_needed")
    assert error_of(colleague.confirm("wrong wrong wrong")) == (403, "current_wrong")
    assert error_of(colleague.ask("POST", "/own/factors/passkey-offers")) == (
        403,
        "password_needed",
    )
    colleague.confirm()
    assert colleague.factors()["is_sure"] is True
    offer = colleague.ask("POST", "/own/factors/app-offers").json
    assert offer["address"].startswith("otpauth://totp/Renraku:")
    assert colleague.ask("POST", "/own/factors/app-offers").json == offer
    travel.shift(timedelta(minutes=11))
    assert colleague.factors()["is_sure"] is False
    assert error_of(colleague.ask("POST", "/own/factors/app-offers")) == (403, "password_needed")


def test_guessing_the_password_on_the_page_of_factors_is_counted(colleague, door) -> None:
    answers = [colleague.confirm("wrong wrong wrong").status_code for _ in range(12)]
    assert 429 in answers
    again = door.sign_in(colleague.mail, PASSWORD, address=ADDRESS)
    assert again.status_code == 429


def test_an_app_is_registered_by_its_code_alone(colleague, travel) -> None:
    colleague.confirm()
    early = colleague.ask("POST", "/own/factors/apps", name="iPhone", code="000000")
    assert error_of(early) == (409, "offer_gone")
    secret = colleague.ask("POST", "/own/factors/app-offers").json["secret"]
    wrong = colleague.ask("POST", "/own/factors/apps", name="iPhone", code=wrong_code(secret))
    assert error_of(wrong) == (403, "factor_wrong")
    assert colleague.factors()["items"] == []
    right = colleague.ask("POST", "/own/factors/apps", name="iPhone", code=code_of(secret))
    assert len(right.json["recovery_codes"]) == 10
    (kept,) = colleague.factors()["items"]
    assert (kept["kind"], kept["name"]) == ("totp", "iPhone")


def test_ten_factors_are_enough(colleague, travel) -> None:
    colleague.confirm()
    codes = [colleague.enrol_app(f"端末{number}")[1] for number in range(10)]
    assert [len(each) for each in codes] == [10] + [0] * 9
    assert error_of(colleague.ask("POST", "/own/factors/app-offers")) == (409, "factors_too_many")


def test_removing_the_last_factor_takes_the_recovery_codes_along(enrolled, database) -> None:
    person, secret, _ = enrolled
    person.prove(code_of(secret))
    (kept,) = person.factors()["items"]
    address = f"/own/factors/{kept['id']}/end"
    assert error_of(person.ask("POST", address)) == (403, "password_needed")
    person.confirm()
    assert person.ask("POST", f"/own/factors/{uuid4()}/end").status_code == 404
    assert person.ask("POST", address).status_code == 204
    shown = person.factors()
    assert (shown["items"], shown["recovery_codes_left"]) == ([], 0)
    person.sign_in()
    assert person.step() is None


def test_nobody_removes_the_factor_of_somebody_else(enrolled, door, school, add_account) -> None:
    person, secret, _ = enrolled
    person.prove(code_of(secret))
    (kept,) = person.factors()["items"]
    other = Colleague(door, add_account(school)["mail"])
    other.sign_in()
    other.confirm()
    assert other.ask("POST", f"/own/factors/{kept['id']}/end").status_code == 404
    assert len(person.factors()["items"]) == 1


@pytest.mark.parametrize(
    ("of_whom", "administrators", "senders"),
    [
        ("nobody", None, None),
        ("administrators", "enrolment", None),
        ("everybody", "enrolment", "enrolment"),
    ],
)
def test_a_school_demands_a_factor_of_a_role_at_once(
    door, school, colleague, of_whom, administrators, senders
) -> None:
    administrator = Colleague(door, school.administrator_mail)
    administrator.sign_in()
    demand(door, school, of_whom)
    assert (administrator.step(), colleague.step()) == (administrators, senders)


def test_who_must_have_a_factor_registers_one_on_the_way_in(
    door, school, colleague, travel
) -> None:
    demand(door, school, "everybody")
    travel.shift(timedelta(seconds=30))
    colleague.sign_in()
    assert colleague.step() == "enrolment"
    # The password was typed just now.
    secret, codes = colleague.enrol_app()
    assert len(codes) == 10
    assert colleague.step() is None
    (kept,) = colleague.factors()["items"]
    assert colleague.factors()["is_demanded"] is True
    assert colleague.factors()["is_sure"] is False
    colleague.confirm()
    refused = colleague.ask("POST", f"/own/factors/{kept['id']}/end")
    assert error_of(refused) == (409, "factor_demanded")
    travel.shift(timedelta(seconds=30))
    second, _ = colleague.enrol_app("予備の電話")
    assert colleague.ask("POST", f"/own/factors/{kept['id']}/end").status_code == 204
    travel.shift(timedelta(seconds=30))
    colleague.sign_in()
    assert colleague.prove(code_of(secret)).status_code == 403
    assert colleague.prove(code_of(second)).status_code == 200


def test_who_is_asked_for_a_factor_in_an_old_session_types_the_password_first(
    door, school, colleague, travel
) -> None:
    travel.shift(timedelta(minutes=11))
    demand(door, school, "everybody")
    assert colleague.step() == "enrolment"
    assert error_of(colleague.ask("POST", "/own/factors/app-offers")) == (403, "password_needed")
    assert colleague.confirm().status_code == 204
    colleague.enrol_app()
    assert colleague.step() is None
