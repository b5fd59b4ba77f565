"""A phone that is reached otherwise now stays the contact point that it is (DLV-6, ADR 52)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from registering_family import Family, Office, phone, points_of

MOTHER = "m.takagi@town.test"
CHILD = "高木 さくら"
Given = dict[str, Any]


def browser(given: dict[str, str] | None = None) -> Given:
    return {"subscription": given or phone()}


def firebase(token: str = "") -> Given:
    return {"firebase_token": token or f"{uuid4().hex[:22]}:APA91b{uuid4().hex * 4}"}


def points(office: Office) -> list[dict[str, Any]]:
    return points_of(office, CHILD)


@pytest.fixture
def family(office) -> Family:
    family = Family(office)
    family.begin(office.sheet(CHILD))
    return family


def register(family: Family, given: Given) -> str:
    """Register a phone, and let the press on its test prove it; return the session."""
    token = family.ask("/registrations/apps", **given)["session_token"]
    [test] = [each for each in family.office.notifications() if each["kind"] == "test"]
    pressed = family.call("POST", f"/family-links/{test['token']}/press")
    assert pressed.status_code == 200
    return str(token)


def renew(family: Family, before: Given, after: Given) -> None:
    answer = family.call("POST", "/family-sessions/apps/renewals", before=before, after=after)
    assert answer.status_code == 204, answer.json


def look_up(family: Family, token: str, given: Given) -> str | None:
    answer = family.call("POST", "/family-sessions/apps/look-up", token=token, **given)
    assert answer.status_code == 200, answer.json
    found: str | None = answer.json["contact_point_id"]
    return found


def address_of(office: Office, token: str, point: dict[str, Any]) -> str:
    """Return where a test would go now."""
    url = f"/family-sessions/contact-points/{point['id']}/tests"
    answer = Family(office).call("POST", url, token=token)
    assert answer.status_code == 204
    return str(office.notifications()[-1]["address"])


@pytest.mark.parametrize(
    ("before", "after"),
    [(browser(), browser()), (firebase(), firebase()), (browser(), firebase())],
    ids=["subscription", "token", "from one to the other"],
)
def test_the_contact_point_follows_its_phone(office, family, before, after):
    token = register(family, before)
    [known] = points(office)
    told = len(office.asked_mails())
    renew(family, before, after)
    [point] = points(office)
    assert point["id"] == known["id"]
    # Nothing has been shown to arrive at the new address yet.
    assert (known["proved_at"] is None, point["proved_at"]) == (False, None)
    assert look_up(family, token, after) == point["id"]
    assert look_up(family, token, before) is None
    address = address_of(office, token, point)
    expected = after.get("subscription")
    assert (json.loads(address) == expected) if expected else address == after["firebase_token"]
    assert len(office.asked_mails()) == told
    [line] = office.operations("family.app_renewed")
    assert str(line["target_id"]) == point["id"]


def test_said_again_it_changes_nothing(office, family):
    before, after, later = browser(), browser(), browser()
    token = register(family, before)
    renew(family, before, after)
    renew(family, before, later)
    renew(family, before, after)
    assert look_up(family, token, after) == points(office)[0]["id"]
    assert len(office.operations("family.app_renewed")) == 1


def test_who_knows_the_endpoint_alone_moves_nothing(office, family):
    before = browser()
    token = register(family, before)
    guessed = {**phone(), "endpoint": before["subscription"]["endpoint"]}
    renew(family, browser(guessed), browser())
    assert look_up(family, token, before) == points(office)[0]["id"]


def test_an_address_that_nobody_has_makes_no_contact_point(office, family):
    family.prove(MOTHER)
    renew(family, browser(), browser())
    assert [point["kind"] for point in points(office)] == ["mail"]


def test_a_phone_that_had_come_in_by_itself_is_there_once(office, family):
    before, after = browser(), browser()
    register(family, before)
    family.ask("/registrations/apps", **after)
    renew(family, before, after)
    [point] = points(office)
    assert point["proved_at"] is None
    assert len(office.operations("contact_point.ended")) == 1


def test_what_was_taken_away_is_not_brought_back(office, family):
    before, after = browser(), browser()
    token = register(family, before)
    family.prove(MOTHER)
    [app] = [point for point in points(office) if point["kind"] == "push"]
    url = f"/family-sessions/contact-points/{app['id']}/end"
    family.call("POST", url, token=token, even_last=False)
    renew(family, before, after)
    assert [point["kind"] for point in points(office)] == ["mail"]


def test_of_two_at_once_one_follows(office, family):
    before = browser()
    token = register(family, before)
    later = [browser(), browser()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda after: renew(family, before, after), later))
    found = [look_up(family, token, after) for after in later]
    assert len([each for each in found if each is not None]) == 1
    assert len(points(office)) == 1


def test_the_phone_of_another_family_is_not_known(office, family):
    mine, others = browser(), browser()
    token = register(family, mine)
    father = Family(office)
    father.begin(office.sheet(CHILD), label="父")
    father.ask("/registrations/apps", **others)
    assert look_up(family, token, others) is None


@pytest.mark.parametrize("token", ["short", "a token with spaces between", "{" * 30, "あ" * 30])
def test_what_is_no_token_is_refused(office, family, token):
    """B02: Firebase would call it malformed at the first message."""
    refused = family.refused("/registrations/apps", firebase_token=token)
    assert refused == (422, "firebase_token_refused")
    assert points(office) == []


@pytest.mark.parametrize("given", [{}, {**browser(), **firebase()}])
def test_what_names_no_phone_or_two_is_refused(family, given):
    status, _ = family.refused("/registrations/apps", **given)
    assert status == 422


def test_a_renewal_leads_to_listed_push_services_alone(office, family):
    before = browser()
    token = register(family, before)
    elsewhere = browser(phone("https://attacker.example/push"))
    answer = family.call("POST", "/family-sessions/apps/renewals", before=before, after=elsewhere)
    assert answer.json["error"]["code"] == "push_service_unknown"
    assert look_up(family, token, before) is not None


def test_of_a_phone_that_was_taken_away_it_is_said_that_this_was_meant(office, family):
    mine = browser()
    token = register(family, mine)
    family.prove(MOTHER)
    [app] = [point for point in points(office) if point["kind"] == "push"]
    url = f"/family-sessions/contact-points/{app['id']}/end"
    family.call("POST", url, token=token, even_last=False)
    asked = {"token": token, **mine}
    found = family.call("POST", "/family-sessions/apps/look-up", **asked).json
    assert found == {"contact_point_id": None, "is_ended": True}
    never = family.call("POST", "/family-sessions/apps/look-up", **{**asked, **browser()}).json
    assert never == {"contact_point_id": None, "is_ended": False}
