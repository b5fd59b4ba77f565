"""A family links a LINE user by LINE's own dialog (DLV-5, DIR-8, ADR 49)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from registering_family import Family, Office

from common import clock
from common.testing.tokens import bearer, service_token
from directory.actions.recent_registrations import sweep_registrations

MOTHER, FATHER = "U" + "a" * 32, "U" + "b" * 32


@pytest.fixture
def family(office) -> Family:
    return Family(office)


def nonce_of(family: Family) -> str:
    return family.ask("/line-links/of-registrations")["nonce"]


def tell(office: Office, nonce: str, user_id: str = MOTHER) -> Any:
    """Say what LINE told, as dispatch-line does."""
    headers = office.school.service("dispatch-line")
    told = {"nonce": nonce, "user_id": user_id}
    return office.school.call("POST", "/line-links/told", headers, json=told)


def test_a_family_registers_by_its_sheet_and_by_line(office, family):
    family.begin(office.sheet("高木 さくら"))
    answer = tell(office, nonce_of(family))
    assert answer.json == {"children": 1, "is_held": False}
    [guardian] = office.guardians("高木 さくら")
    [point] = guardian["contact_points"]
    assert (guardian["label"], point["kind"], point["state"]) == ("母", "line", "active")
    assert point["proved_at"]
    assert family.shown()["lines"] == 1


def test_no_line_user_is_taken_before_the_use_of_addresses_was_agreed_to(office, family):
    sheet = office.sheet("高木 さくら")
    family.enter(sheet.login_id, sheet.passcode)
    assert family.refused("/line-links/of-registrations") == (409, "terms_not_agreed")


def test_what_line_tells_again_changes_nothing(office, family):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    assert tell(office, nonce).json == tell(office, nonce).json
    assert len(office.guardians("高木 さくら")[0]["contact_points"]) == 1


def test_a_nonce_is_one_line_users_alone(office, family):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    assert tell(office, nonce).status_code == 200
    other = tell(office, nonce, FATHER)
    assert (other.status_code, other.json["error"]["code"]) == (409, "line_link_used")
    assert len(office.guardians("高木 さくら")[0]["contact_points"]) == 1


def test_of_two_line_users_at_once_one_is_linked(office, family):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda user: tell(office, nonce, user), (MOTHER, FATHER)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(office.guardians("高木 さくら")[0]["contact_points"]) == 1


def test_an_invented_nonce_and_one_of_another_school_link_nobody(office, family, other_school):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    for typed in ("", "x" * 40, f"{nonce[:-4]}AAAA"):
        assert tell(office, typed).status_code in (409, 422)
    token = service_token(office.school.keys_dir, "dispatch-line", "directory", other_school.id)
    told = {"nonce": nonce, "user_id": MOTHER}
    answer = office.school.call("POST", "/line-links/told", bearer(token), json=told)
    assert answer.json["error"]["code"] == "line_link_over"
    assert office.guardians("高木 さくら") == []


def test_a_nonce_ends_after_an_hour(office, family, at):
    at("2026-11-24T19:00")
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    at("2026-11-24T20:01")
    assert tell(office, nonce).json["error"]["code"] == "line_link_over"


def test_a_sheet_that_was_made_void_meanwhile_registers_nobody(office, family):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    office.sheet("高木 さくら", anew=True)
    assert tell(office, nonce).json["error"]["code"] == "sheet_replaced"
    assert office.guardians("高木 さくら") == []


def test_the_family_is_told_of_line_by_its_mails(office):
    mother, father = Family(office), Family(office)
    sheet = office.sheet("高木 さくら")
    mother.begin(sheet)
    mother.prove("m.takagi@town.test")
    father.begin(sheet, label="父")
    tell(office, nonce_of(father), FATHER)
    assert [mail["address"] for mail in office.mails("added")] == ["m.takagi@town.test"]
    assert len(office.guardians("高木 さくら")) == 2


def test_the_line_user_says_who_registers_a_sibling(office):
    first, second = Family(office), Family(office)
    first.begin(office.sheet("高木 さくら"))
    tell(office, nonce_of(first))
    second.begin(office.sheet("山崎 樹"))
    assert tell(office, nonce_of(second)).json["children"] == 1
    [one] = office.guardians("高木 さくら")
    of_sibling = {guardian["id"]: guardian for guardian in office.guardians("山崎 樹")}
    assert len(of_sibling[one["id"]]["contact_points"]) == 1


def test_ten_contact_points_are_room_enough_for_one_guardian(office, family):
    family.begin(office.sheet("高木 さくら"))
    for number in range(10):
        assert tell(office, nonce_of(family), f"U{number:032}").status_code == 200
    refused = tell(office, nonce_of(family))
    assert refused.status_code == 422
    [point] = refused.json["error"]["fields"].values()
    assert point["code"] == "contact_points_too_many"


def test_a_family_links_line_from_its_own_page(office, family):
    family.begin(office.sheet("高木 さくら"))
    token = family.prove("m.takagi@town.test")["session_token"]
    asked = {"token": token, "terms_version": "2026-12"}
    nonce = family.call("POST", "/line-links/of-families", **asked).json["nonce"]
    assert tell(office, nonce).json == {"children": 1, "is_held": False}
    points = office.guardians("高木 さくら")[0]["contact_points"]
    assert sorted(point["kind"] for point in points) == ["line", "mail"]
    assert [mail["address"] for mail in office.mails("added")] == ["m.takagi@town.test"]


def protect(office: Office, child: str, guardian: str) -> None:
    child_id, guardian_id = office.school.of(child, guardian)
    url = f"/members/{child_id}/guardians/{guardian_id}/protection"
    assert office.school.call("PUT", url, json={"protected": True}).status_code == 204


def test_a_protected_family_waits_for_the_office(office, family):
    protect(office, "小鳥遊 心", "小鳥遊 学")
    before = len(office.guardians("小鳥遊 心"))
    family.begin(office.sheet("小鳥遊 心"), label="父")
    assert tell(office, nonce_of(family)).json == {"children": 0, "is_held": True}
    assert len(office.guardians("小鳥遊 心")) == before
    [row] = office.school.get("/registrations")["items"]
    assert (row["state"], row["lines"]) == ("held", 1)
    url = f"/registrations/{row['registration_id']}/accept"
    assert office.school.call("POST", url, json={}).status_code == 204
    kinds = [
        point["kind"] for one in office.guardians("小鳥遊 心") for point in one["contact_points"]
    ]
    assert kinds.count("line") == 1


def test_who_the_office_turned_down_is_erased(office, family):
    protect(office, "小鳥遊 心", "小鳥遊 学")
    family.begin(office.sheet("小鳥遊 心"), label="父")
    nonce = nonce_of(family)
    tell(office, nonce)
    [row] = office.school.get("/registrations")["items"]
    url = f"/registrations/{row['registration_id']}/refuse"
    assert office.school.call("POST", url, json={}).status_code == 204
    assert tell(office, nonce).json["error"]["code"] == "line_link_over"


def test_a_protected_family_adds_nothing_from_its_own_page(office, family):
    family.begin(office.sheet("高木 さくら"))
    token = family.prove("m.takagi@town.test")["session_token"]
    asked = {"token": token, "terms_version": "2026-12"}
    nonce = family.call("POST", "/line-links/of-families", **asked).json["nonce"]
    [guardian] = office.guardians("高木 さくら")
    child_id = office.school.roster.id("高木 さくら")
    url = f"/members/{child_id}/guardians/{guardian['id']}/protection"
    assert office.school.call("PUT", url, json={"protected": True}).status_code == 204
    assert tell(office, nonce).json["error"]["code"] == "sheet_needed"


def test_the_browser_that_registered_by_line_is_at_its_page(office, family):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    assert family.refused("/line-links/sessions") == (404, "registration_over")
    tell(office, nonce)
    token = family.ask("/line-links/sessions")["session_token"]
    shown = family.call("POST", "/family-sessions/resolve", token=token).json
    assert [child["display_name"] for child in shown["children"]] == ["高木 さくら"]


def test_another_browser_is_not_let_in_by_the_same_sheet(office, family):
    sheet = office.sheet("高木 さくら")
    family.begin(sheet)
    tell(office, nonce_of(family))
    other = Family(office)
    other.begin(sheet)
    assert other.refused("/line-links/sessions") == (404, "registration_over")


def test_who_is_no_family_gets_no_nonce(office, family):
    asked = {"token": "x" * 43, "terms_version": "2026-12"}
    answer = family.call("POST", "/line-links/of-families", **asked)
    assert answer.json["error"]["code"] == "family_session_over"
    stranger = Family(office)
    stranger.token = "y" * 43
    assert stranger.refused("/line-links/of-registrations") == (404, "registration_over")


def test_nobody_fills_the_table(office, family):
    family.begin(office.sheet("高木 さくら"))
    for _ in range(20):
        nonce_of(family)
    assert family.refused("/line-links/of-registrations") == (429, "line_links_too_many")


def test_links_nobody_used_are_erased(office, family):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    database = office.school.app.extensions["database"]
    with database.for_system() as session:
        sweep_registrations(session, now=clock.now() + timedelta(hours=2))
    assert tell(office, nonce).json["error"]["code"] == "line_link_over"


def test_at_a_school_that_has_ended_meanwhile_nobody_is_linked(office, family, schools):
    family.begin(office.sheet("高木 さくら"))
    nonce = nonce_of(family)
    schools.ended.add(office.school.id)
    answer = tell(office, nonce)
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "registration_over")
    assert office.guardians("高木 さくら") == []
