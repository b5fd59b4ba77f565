"""Families register in the LINE talk, where the school allows it (DLV-5, DIR-8, ADR 51)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from registering_family import CODE, Family, Office

from common import clock
from common.errors import Unavailable
from directory.store.models import RegistrationAttempt, RegistrationTries

MOTHER, FATHER = "U" + "a" * 32, "U" + "b" * 32
WRONG = "2222222222"
SETTING = "/talk-registrations/setting"


@pytest.fixture
def office(school, schools, at) -> Office:
    at("2026-11-24T19:00")
    made = Office.of(school, schools)
    allow(made)
    return made


@pytest.fixture(autouse=True)
def _nothing_tried(database):
    with database.for_system() as session:
        for model in (RegistrationTries, RegistrationAttempt):
            session.execute(sa.delete(model))


def allow(office: Office, *, is_allowed: bool = True) -> None:
    administrator = office.school.staff("settings.edit")
    body = {"is_allowed": is_allowed}
    assert office.school.call("PUT", SETTING, administrator, json=body).status_code == 204


def call(office: Office, path: str, body: dict[str, Any]) -> Any:
    headers = office.school.service("dispatch-line")
    return office.school.call("POST", f"/talk-registrations{path}", headers, json=body)


def type_school(office: Office, code: str = CODE, user: str = MOTHER, **more: Any) -> Any:
    ids = [str(office.school.id)]
    return call(
        office, "/schools", {"user_id": user, "school_code": code, "school_ids": ids, **more}
    )


def register(office: Office, sheet: Any, user: str = MOTHER, **more: Any) -> Any:
    typed = {"user_id": user, "login_id": sheet.login_id, "passcode": sheet.passcode}
    agreed = {"terms_version": "2026-12", "agreed_at": clock.now().isoformat()}
    return call(office, "", {**typed, **agreed, **more})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_a_family_registers_in_the_talk_as_by_a_link(office):
    assert type_school(office).json == {"school_id": str(office.school.id)}
    assert register(office, office.sheet("高木 さくら")).json == {"children": 1, "is_held": False}
    [guardian] = office.guardians("高木 さくら")
    [point] = guardian["contact_points"]
    assert (point["kind"], point["state"]) == ("line", "active")
    assert point["proved_at"]
    [line] = office.operations("family.registered")
    assert line["details"]["terms_version"] == "2026-12"
    [shown] = office.school.get("/registrations")["items"]
    assert (shown["state"], shown["lines"]) == ("linked", 1)


def test_codes_may_be_typed_as_a_phone_writes_them(office):
    sheet = office.sheet("高木 さくら")
    typed = {
        "login_id": f"{sheet.login_id[:4]}ー{sheet.login_id[4:]}".lower(),
        "passcode": f"　{sheet.passcode[:5]} {sheet.passcode[5:]}".lower(),
    }
    assert type_school(office, "２０８－１１４ ８２５").status_code == 200
    assert register(office, sheet, **typed).status_code == 201


def test_a_school_lets_nobody_register_in_the_talk_before_it_says_so(office):
    assert call(office, "/schools/look-up", {"school_ids": [str(office.school.id)]}).json == {
        "school_ids": [str(office.school.id)]
    }
    allow(office, is_allowed=False)
    looked = call(office, "/schools/look-up", {"school_ids": [str(office.school.id)]})
    assert looked.json == {"school_ids": []}
    assert code_of(type_school(office)) == (409, "talk_registration_off")
    assert code_of(register(office, office.sheet("高木 さくら"))) == (409, "talk_registration_off")
    assert office.guardians("高木 さくら") == []


def test_the_operation_log_keeps_who_allowed_it_and_says_nothing_twice(office):
    allow(office)
    assert len(office.operations("registration.talk_allowed")) == 1
    allow(office, is_allowed=False)
    assert len(office.operations("registration.talk_ended")) == 1


def test_five_wrong_tries_lock_this_line_user_alone_and_the_office_reads_of_it(office, at):
    sheet = office.sheet("高木 さくら")
    wrong = [register(office, sheet, passcode=WRONG) for _ in range(5)]
    left = [answer.json["error"]["fields"]["left"] for answer in wrong]
    assert (left, {answer.status_code for answer in wrong}) == ([4, 3, 2, 1, 0], {422})
    assert code_of(register(office, sheet)) == (429, "locked")
    assert register(office, sheet, FATHER).status_code == 201
    [line] = office.operations("registration.guessed")
    assert str(line["target_id"]) == office.school.roster.id("高木 さくら")
    at("2026-11-24T19:00:31")
    assert register(office, sheet).status_code == 201


def test_codes_of_schools_and_of_sheets_are_counted_together(office):
    sheet = office.sheet("高木 さくら")
    for number in range(3):
        assert type_school(office, f"10000000{number}").status_code == 422
    assert register(office, sheet, login_id="ABCD2345").json["error"]["fields"]["left"] == 1
    assert register(office, sheet, passcode=WRONG).json["error"]["fields"]["left"] == 0
    assert code_of(type_school(office)) == (429, "locked")


def test_who_holds_one_sheet_guesses_at_no_other_without_end(office):
    own, other = office.sheet("高木 さくら"), office.sheet("山崎 樹")
    left = []
    for _ in range(3):
        assert register(office, own).status_code == 201
        left.append(register(office, other, passcode=WRONG).json["error"]["fields"]["left"])
    assert left == [4, 3, 2]


def test_who_guesses_at_one_sheet_as_many_users_waits(office):
    sheet = office.sheet("高木 さくら")
    for number in range(30):
        user = f"U{number:032x}"
        assert register(office, sheet, user, passcode=WRONG).status_code == 422
    waiting = register(office, sheet)
    assert code_of(waiting) == (429, "slowed")
    assert waiting.json["error"]["fields"]["retry_after"] <= 30
    assert register(office, office.sheet("山崎 樹"), FATHER).status_code == 201
    assert len(office.operations("registration.guessed")) == 1


def test_a_code_of_a_school_that_speaks_through_another_account_is_wrong(office):
    assert code_of(type_school(office, school_ids=[str(uuid4())])) == (
        422,
        "registration_codes_wrong",
    )


def test_siblings_join_the_same_guardian_and_the_family_is_told(office):
    father = Family(office)
    father.begin(office.sheet("高木 さくら"), label="父")
    father.prove("f.takagi@town.test")
    register(office, office.sheet("高木 さくら"))
    assert [mail["address"] for mail in office.mails("added")] == ["f.takagi@town.test"]
    assert register(office, office.sheet("山崎 樹")).json["children"] == 1
    [mother] = [
        guardian
        for guardian in office.guardians("高木 さくら")
        if [point["kind"] for point in guardian["contact_points"]] == ["line"]
    ]
    assert mother["id"] in {guardian["id"] for guardian in office.guardians("山崎 樹")}


def test_the_same_sheet_typed_again_changes_nothing(office):
    sheet = office.sheet("高木 さくら")
    assert register(office, sheet).json == register(office, sheet).json
    [guardian] = office.guardians("高木 さくら")
    assert len(guardian["contact_points"]) == 1


def test_two_parents_at_once_are_both_registered(office):
    sheet = office.sheet("高木 さくら")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda user: register(office, sheet, user), (MOTHER, FATHER)))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(office.guardians("高木 さくら")) == 2


def test_a_protected_family_waits_for_the_office(office):
    child_id, guardian_id = office.school.of("小鳥遊 心", "小鳥遊 学")
    url = f"/members/{child_id}/guardians/{guardian_id}/protection"
    assert office.school.call("PUT", url, json={"protected": True}).status_code == 204
    before = len(office.guardians("小鳥遊 心"))
    held = register(office, office.sheet("小鳥遊 心"))
    assert held.json == {"children": 0, "is_held": True}
    assert len(office.guardians("小鳥遊 心")) == before


def test_a_sheet_that_was_made_void_meanwhile_is_a_wrong_one(office):
    old = office.sheet("高木 さくら")
    office.sheet("高木 さくら", anew=True)
    assert code_of(register(office, old)) == (422, "registration_codes_wrong")


def test_what_is_refused_for_another_reason_is_no_guess(office):
    sheet = office.sheet("高木 さくら")
    for number in range(10):
        assert register(office, sheet, f"U{number:032x}").status_code == 201
    allow(office, is_allowed=False)
    for _ in range(6):
        assert code_of(register(office, sheet)) == (409, "talk_registration_off")


def test_while_identity_is_away_no_try_is_lost(office, schools, school_keys, monkeypatch):
    def away(_: Any) -> Any:
        raise Unavailable("identity_away", "Identity is away.")

    sheet = office.sheet("高木 さくら")
    schools.is_away = True
    with monkeypatch.context() as patched:
        patched.setattr(school_keys, "get", away)
        for _ in range(3):
            assert type_school(office).status_code == 503
            assert register(office, sheet).status_code == 503
    schools.is_away = False
    assert type_school(office).status_code == 200
    assert register(office, sheet).status_code == 201


def test_at_a_school_that_has_ended_nobody_registers(office, schools):
    schools.ended.add(office.school.id)
    assert code_of(register(office, office.sheet("高木 さくら"))) == (404, "registration_over")


def test_only_who_sets_the_school_up_may_allow_it(office):
    staff = office.school.staff("sheets.change", "roster.change")
    assert office.school.call("GET", SETTING, staff).status_code == 403
    assert office.school.call("PUT", SETTING, staff, json={"is_allowed": True}).status_code == 403


def ask_link(office: Office, user: str = MOTHER) -> Any:
    headers = office.school.service("dispatch-line")
    return office.school.call("POST", "/family-links/of-line", headers, json={"user_id": user})


def press(office: Office, token: str) -> Any:
    gateway = office.school.service("gateway")
    return office.school.call("POST", f"/family-links/{token}/press", gateway)


def test_a_line_user_comes_to_their_page_by_a_link_that_is_good_once(office, at):
    assert code_of(ask_link(office)) == (404, "contact_point_not_found")
    register(office, office.sheet("高木 さくら"))
    token = ask_link(office).json["token"]
    held = press(office, token).json["token"]
    shown = Family(office).call("POST", "/family-sessions/resolve", token=held).json
    assert [child["display_name"] for child in shown["children"]] == ["高木 さくら"]
    assert code_of(press(office, token)) == (409, "family_link_used")
    late = ask_link(office).json["token"]
    at("2026-11-24T19:16")
    assert code_of(press(office, late)) == (409, "family_link_over")


def test_who_asks_for_links_again_and_again_waits(office):
    register(office, office.sheet("高木 さくら"))
    assert {ask_link(office).status_code for _ in range(20)} == {201}
    assert code_of(ask_link(office)) == (429, "links_slowed")


def test_a_link_is_no_use_after_its_contact_point_was_taken_away(office):
    register(office, office.sheet("高木 さくら"))
    token = ask_link(office).json["token"]
    [guardian] = office.guardians("高木 さくら")
    [point] = guardian["contact_points"]
    ended = office.school.call("POST", f"/contact-points/{point['id']}/end")
    assert ended.status_code == 204
    assert code_of(press(office, token)) == (404, "family_link_not_found")
