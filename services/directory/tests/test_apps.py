"""A family registers a phone: its browser's subscription becomes a contact point (DIR-8, DLV-6)."""

from __future__ import annotations

import base64
import json
from uuid import UUID

import pytest
import sqlalchemy as sa
from registering_family import Family, phone, points_of

from common.crypto import SealedPlace
from directory.domain.registration.confirming import MAX_CONTACT_POINTS
from directory.store.models import RegistrationApp

MOTHER = "m.takagi@town.test"
CHILD = "高木 さくら"
PROTECTED = "小鳥遊 心"


@pytest.fixture
def family(office) -> Family:
    family = Family(office)
    family.begin(office.sheet(CHILD))
    return family


def register(family: Family, given: dict[str, str] | None = None) -> str | None:
    answer = family.ask("/registrations/apps", subscription=given or phone())
    return answer["session_token"]


def test_a_phone_is_a_contact_point_at_once_and_nothing_is_said_to_arrive(office, family):
    token = register(family)
    [point] = points_of(office, CHILD)
    assert (point["kind"], point["state"], point["proved_at"]) == ("push", "active", None)
    shown = family.call("POST", "/family-sessions/resolve", token=token).json
    assert [child["display_name"] for child in shown["children"]] == [CHILD]


def test_the_press_on_the_test_that_only_the_phone_has_proves_it(office, family):
    given = phone()
    register(family, given)
    [notification] = office.notifications()
    assert notification["kind"] == "test"
    assert json.loads(notification["address"])["endpoint"] == given["endpoint"]
    pressed = family.call("POST", f"/family-links/{notification['token']}/press")
    assert pressed.json["kind"] == "test"
    assert points_of(office, CHILD)[0]["proved_at"]
    assert office.notifications() == []


def test_the_same_phone_twice_is_one_contact_point(office, family):
    given = phone()
    register(family, given)
    register(family, given)
    again = Family(office)
    again.begin(office.sheet(CHILD))
    register(again, given)
    assert len(points_of(office, CHILD)) == 1
    assert len(office.guardians(CHILD)) == 1


def test_the_phone_of_another_adult_is_another_guardians(office, family):
    register(family)
    father = Family(office)
    father.begin(office.sheet(CHILD), label="父")
    register(father)
    assert sorted(each["label"] for each in office.guardians(CHILD)) == ["母", "父"]


def test_who_names_an_endpoint_without_its_secret_is_somebody_else(office, family):
    """Whoever learns where a phone is reached is not let in as its owner."""
    given = phone()
    register(family, given)
    stranger = Family(office)
    stranger.begin(office.sheet(CHILD))
    register(stranger, {**phone(), "endpoint": given["endpoint"]})
    assert len(office.guardians(CHILD)) == 2


def test_mail_and_phone_of_one_registration_are_one_guardians(office, family):
    family.prove(MOTHER)
    register(family)
    [guardian] = office.guardians(CHILD)
    assert sorted(point["kind"] for point in guardian["contact_points"]) == ["mail", "push"]


def test_existing_contact_points_are_told_of_a_new_one_mails_and_apps(office, family):
    family.prove(MOTHER)
    register(family)
    [told] = office.mails("added")
    assert told["address"] == MOTHER
    father = Family(office)
    father.begin(office.sheet(CHILD), label="父")
    register(father)
    assert [each["kind"] for each in office.notifications()].count("added") == 1


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("http://127.0.0.1:8000/inside", "push_service_unknown"),
        ("https://127.0.0.1/inside", "push_service_unknown"),
        ("https://attacker.example/push", "push_service_unknown"),
        ("https://fcm.googleapis.com.attacker.example/push", "push_service_unknown"),
        ("not an address", "push_service_unknown"),
    ],
)
def test_an_endpoint_that_leads_elsewhere_is_refused(office, family, endpoint, code):
    assert family.refused("/registrations/apps", subscription=phone(endpoint)) == (422, code)
    assert points_of(office, CHILD) == []


@pytest.mark.parametrize("changes", [{"auth": "AAAA"}, {"p256dh": "AAAA"}, {"auth": "%%%"}])
def test_what_is_no_subscription_is_refused(office, family, changes):
    refused = family.refused("/registrations/apps", subscription={**phone(), **changes})
    assert refused == (422, "subscription_refused")


def test_no_phone_is_taken_before_its_use_was_agreed_to(office):
    family = Family(office)
    sheet = office.sheet(CHILD)
    family.enter(sheet.login_id, sheet.passcode)
    refused = family.refused("/registrations/apps", subscription=phone())
    assert refused == (409, "terms_not_agreed")


def test_a_sheet_that_was_replaced_meanwhile_registers_no_phone(office, family):
    office.sheet(CHILD, anew=True)
    refused = family.refused("/registrations/apps", subscription=phone())
    assert refused == (409, "sheet_replaced")
    assert points_of(office, CHILD) == []


def test_a_guardian_has_ten_contact_points_at_most(office, family):
    for _ in range(MAX_CONTACT_POINTS):
        register(family)
    refused = family.refused("/registrations/apps", subscription=phone())
    assert refused == (422, "contact_points_too_many")
    assert len(points_of(office, CHILD)) == MAX_CONTACT_POINTS


def test_siblings_join_the_one_whose_phone_it_is(office, family):
    given = phone()
    register(family, given)
    sibling = Family(office)
    sibling.begin(office.sheet("山崎 樹"))
    register(sibling, given)
    assert office.guardians(CHILD)[0]["id"] == office.guardians("山崎 樹")[-1]["id"]


def test_a_phone_is_added_at_my_page_and_taken_away_again(office, family):
    token = family.prove(MOTHER)["session_token"]
    body = {"token": token, "terms_version": "2026-12", "subscription": phone()}
    for _ in range(2):
        assert family.call("POST", "/family-sessions/apps", **body).status_code == 204
    shown = family.call("POST", "/family-sessions/resolve", token=token).json
    [app] = [point for point in shown["contact_points"] if point["kind"] == "push"]
    [line] = office.operations("family.app_added")
    assert line["details"]["terms_version"] == "2026-12"
    tested = family.call("POST", f"/family-sessions/contact-points/{app['id']}/tests", token=token)
    assert tested.status_code == 204
    ended = family.call(
        "POST", f"/family-sessions/contact-points/{app['id']}/end", token=token, even_last=False
    )
    assert ended.status_code == 204
    assert [point["kind"] for point in points_of(office, CHILD)] == ["mail"]


def test_a_phone_that_was_taken_away_can_register_again(office, family):
    given = phone()
    token = register(family, given)
    family.prove(MOTHER)
    [app] = [point for point in points_of(office, CHILD) if point["kind"] == "push"]
    family.call(
        "POST", f"/family-sessions/contact-points/{app['id']}/end", token=token, even_last=False
    )
    again = Family(office)
    again.begin(office.sheet(CHILD))
    register(again, given)
    assert [point["kind"] for point in points_of(office, CHILD)].count("push") == 1


def test_the_phone_of_a_protected_family_waits_for_the_office(office):
    child, guardian = office.school.of(PROTECTED, "小鳥遊 学")
    url = f"/members/{child}/guardians/{guardian}/protection"
    office.school.call("PUT", url, json={"protected": True})
    family = Family(office)
    family.begin(office.sheet(PROTECTED), label="父")
    assert register(family) is None
    assert (office.notifications(), len(office.guardians(PROTECTED))) == ([], 1)
    [row] = office.school.get("/registrations")["items"]
    assert (row["state"], row["apps"]) == ("held", 1)
    accept = f"/registrations/{row['registration_id']}/accept"
    assert office.school.call("POST", accept).status_code == 204
    [father] = [each for each in office.guardians(PROTECTED) if each["label"] == "父"]
    assert [point["kind"] for point in father["contact_points"]] == ["push"]
    assert office.notifications() == []


def test_the_phone_of_a_family_that_was_turned_down_is_erased(office):
    child, guardian = office.school.of(PROTECTED, "小鳥遊 学")
    url = f"/members/{child}/guardians/{guardian}/protection"
    office.school.call("PUT", url, json={"protected": True})
    family = Family(office)
    family.begin(office.sheet(PROTECTED), label="父")
    register(family)
    [row] = office.school.get("/registrations")["items"]
    office.school.call("POST", f"/registrations/{row['registration_id']}/refuse")
    mine = sa.select(RegistrationApp).where(RegistrationApp.school_id == office.school.id)
    with office.school.app.extensions["database"].for_system(read_only=True) as session:
        assert session.scalars(mine).all() == []


def test_the_addresses_of_phones_are_sealed(office, family):
    given = phone()
    register(family, given)
    [notification] = office.notifications(opened=False)
    sealed = base64.b64decode(notification["address"])
    assert given["endpoint"].encode() not in sealed
    place = SealedPlace("contact_points", "address", UUID(notification["contact_point_id"]))
    assert json.loads(office.key.decrypt(sealed, place)) == given
