"""Guessing at the codes of sheets is counted by place, and keeps nobody else out (ADR 32)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from registering_family import CODE, Family, Office

from directory.actions.registration_tries import purge_tries
from directory.store.models import RegistrationAttempt, RegistrationTries

WRONG = "2222222222"


@pytest.fixture
def office(school, schools, at) -> Office:
    at("2026-11-24T19:00")
    return Office.of(school, schools)


@pytest.fixture(autouse=True)
def _nothing_tried(database):
    with database.for_system() as session:
        for model in (RegistrationTries, RegistrationAttempt):
            session.execute(sa.delete(model))


def guess(family: Family, sheet, times: int) -> list[int]:
    return [family.enter(sheet.login_id, WRONG).status_code for _ in range(times)]


def test_ten_wrong_tries_at_a_sheet_lock_it_there_for_half_a_minute(office, at):
    sheet = office.sheet("高木 さくら")
    family = Family(office)
    assert guess(family, sheet, 10) == [422] * 10
    locked = family.enter(sheet.login_id, sheet.passcode)
    assert (locked.status_code, locked.json["error"]["code"]) == (429, "locked")
    assert locked.json["error"]["fields"]["retry_after"] == 30
    at("2026-11-24T19:01")
    assert family.enter(sheet.login_id, sheet.passcode).status_code == 201


def test_while_identity_is_away_no_try_is_lost_and_no_wrong_one_forgiven(office, schools):
    sheet, other = office.sheet("高木 さくら"), office.sheet("山崎 樹")
    family = Family(office)
    family.begin(sheet)
    assert guess(family, sheet, 9) == [422] * 9
    sibling = {"school_code": CODE, "login_id": other.login_id, "passcode": other.passcode}
    sibling["remote_address"] = family.address
    schools.is_away = True
    for _ in range(10):
        assert family.enter(sheet.login_id, sheet.passcode).status_code == 503
        asked = family.call("POST", "/registrations/siblings", token=family.token, **sibling)
        assert asked.status_code == 503
    schools.is_away = False
    family.add_sibling(other)
    assert guess(family, sheet, 2) == [422, 429]


def test_the_other_parent_elsewhere_is_not_locked_out(office):
    sheet = office.sheet("高木 さくら")
    guess(Family(office), sheet, 11)
    other = Family(office, address="198.51.100.20")
    assert other.enter(sheet.login_id, sheet.passcode).status_code == 201


def test_another_family_in_the_same_network_is_not_locked_out(office):
    guess(Family(office), office.sheet("高木 さくら"), 11)
    sheet = office.sheet("山崎 樹")
    assert Family(office).enter(sheet.login_id, sheet.passcode).status_code == 201


def test_a_network_that_guesses_waits_and_is_never_shut(office, at):
    for number in range(30):
        Family(office).enter(f"ABCD{number:04}", WRONG)
    sheet = office.sheet("高木 さくら")
    family = Family(office)
    slowed = family.enter(sheet.login_id, sheet.passcode)
    assert (slowed.status_code, slowed.json["error"]["code"]) == (429, "slowed")
    assert slowed.json["error"]["fields"]["retry_after"] <= 30
    at("2026-11-24T19:00:31")
    assert family.enter(sheet.login_id, sheet.passcode).status_code == 201


def test_right_tries_slow_no_network(office):
    """A school hall, in which a hundred families register by one network."""
    sheet = office.sheet("高木 さくら")
    assert all(
        Family(office).enter(sheet.login_id, sheet.passcode).status_code == 201 for _ in range(40)
    )


def test_codes_of_schools_are_counted_as_those_of_sheets(office):
    sheet = office.sheet("高木 さくら")
    family = Family(office)
    answers = [
        family.enter(sheet.login_id, sheet.passcode, f"1000000{number:02}").status_code
        for number in range(30)
    ]
    assert answers == [422] * 30
    assert family.enter(sheet.login_id, sheet.passcode, CODE).status_code == 429


def test_a_sheet_that_does_not_exist_locks_as_one_that_does(office):
    family = Family(office)
    answers = [family.enter("ABCD2345", WRONG) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_the_office_reads_of_guessing_once(office):
    sheet = office.sheet("高木 さくら")
    guess(Family(office), sheet, 14)
    [line] = office.operations("registration.guessed")
    assert str(line["target_id"]) == office.school.roster.id("高木 さくら")


def test_an_answer_takes_as_long_whatever_is_wrong(office, time_machine):
    """Measured: who asks 20 times each learns nothing from the time.

    A wrong passcode takes a derivation more than a wrong ID: microseconds beside milliseconds.
    """
    time_machine.move_to(datetime(2026, 11, 24, 10, tzinfo=UTC), tick=True)
    sheet = office.sheet("高木 さくら")

    def seconds(login_id: str, number: int) -> float:
        family = Family(office, address=f"203.0.{number}.1")
        began = time.perf_counter()
        assert family.enter(login_id, WRONG).status_code == 422
        return time.perf_counter() - began

    known, unknown = [], []
    for number in range(20):
        known.append(seconds(sheet.login_id, number))
        unknown.append(seconds("ABCD2345", 100 + number))
    # The fastest of each, in turn: what a busy machine adds is no part of the answer.
    assert abs(min(known) - min(unknown)) < 0.05


def test_tries_are_forgotten_after_a_day(office, database):
    guess(Family(office), office.sheet("高木 さくら"), 3)
    with database.for_system() as session:
        purge_tries(session, now=datetime(2026, 11, 25, 10, 1, tzinfo=UTC))
        for model in (RegistrationTries, RegistrationAttempt):
            assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
