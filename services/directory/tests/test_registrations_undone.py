"""What the office undid stays undone, and nobody becomes somebody else by registering (DIR-14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from registering_family import CODE, Family, Office

from directory.store.models import Guardianship

CHILD, SISTER, PROTECTED = "高木 さくら", "山崎 樹", "小鳥遊 心"
MINE, MORE, ELSEWHERE = "mine@town.test", "more@town.test", "elsewhere@town.test"
# Whom the school knows, of the protected child.
MOTHER = "manabu@town.test"


@pytest.fixture
def thief(office) -> Family:
    """Return somebody who registered by a sheet that was found."""
    thief = Family(office)
    thief.begin(office.sheet(CHILD))
    thief.prove(MINE)
    return thief


def remove(office: Office, child: str) -> None:
    """Take the child's first guardian away."""
    guardian = office.guardians(child)[0]["id"]
    url = f"/members/{office.school.roster.id(child)}/guardians/{guardian}"
    answer = office.school.call("DELETE", url, json={"reason": "違う人でした"})
    assert answer.status_code == 204, answer.json


def protect(office: Office, child: str) -> None:
    guardian = office.guardians(child)[0]["id"]
    url = f"/members/{office.school.roster.id(child)}/guardians/{guardian}/protection"
    answer = office.school.call("PUT", url, json={"protected": True})
    assert answer.status_code == 204, answer.json


def void(office: Office, child: str) -> None:
    url = f"/registration-sheets/{office.school.roster.id(child)}/void"
    answer = office.school.call("POST", url)
    assert answer.status_code == 204, answer.json


def add_sibling(family: Family, child: str) -> Any:
    sheet = family.office.sheet(child)
    typed = {"school_code": CODE, "login_id": sheet.login_id, "passcode": sheet.passcode}
    return family.refused("/registrations/siblings", **typed, remote_address=family.address)


def press(office: Office, address: str) -> str | None:
    """Press the link of a mail in the browser of who reads it."""
    link = office.mail_to(address)["token"]
    answer = Family(office).call("POST", "/registration-links/proof", link=link)
    assert answer.status_code == 200, answer.json
    return answer.json["session_token"]


def shown_at(family: Family, token: str | None) -> list[str]:
    shown = family.call("POST", "/family-sessions/resolve", token=token).json
    return [child["display_name"] for child in shown["children"]]


@pytest.mark.parametrize("undo", [remove, protect, void])
def test_what_the_office_undoes_ends_what_a_browser_holds_open(office, thief, undo):
    thief.type_mail(MORE)
    waiting = office.mail_to(MORE)["token"]
    nonce = thief.ask("/line-links/of-registrations")["nonce"]
    before = office.guardians(CHILD)
    undo(office, CHILD)
    left = [] if undo is remove else [guardian["id"] for guardian in before]
    over = (404, "registration_over")
    assert thief.refused("/registrations/mails", address="third@town.test") == over
    assert thief.refused("/registrations/look-up") == over
    assert add_sibling(thief, SISTER) == over
    link = thief.refused("/registration-links/proof", link=waiting)
    assert link == (409, "confirmation_over")
    told = {"nonce": nonce, "user_id": "U" + "a" * 32}
    answer = office.school.call(
        "POST", "/line-links/told", office.school.service("dispatch-line"), json=told
    )
    assert answer.json["error"]["code"] == "line_link_over"
    after = office.guardians(CHILD)
    assert [guardian["id"] for guardian in after] == left
    assert sum(len(guardian["contact_points"]) for guardian in after) == len(left)


def test_a_guardian_who_is_none_any_more_does_not_come_back(office, thief, database):
    """Also where it was not the office's button that took them away."""
    mail_id = thief.type_mail(MORE)
    code = office.mail_to(MORE)["code"]
    [guardian] = office.guardians(CHILD)
    with database.for_school(office.school.id) as session:
        gone = sa.delete(Guardianship).where(Guardianship.guardian_id == UUID(guardian["id"]))
        session.execute(gone)
    refused = thief.refused("/registrations/mails/proof", mail_id=mail_id, code=code)
    assert refused == (409, "sheet_replaced")
    assert office.guardians(CHILD) == []


def test_a_registration_lives_two_days_however_many_addresses_are_typed(office, at):
    at("2026-11-24T19:00")
    family = Family(office)
    family.begin(office.sheet(CHILD))
    for moment, address in (("25T18:59", MINE), ("26T18:58", MORE)):
        at(f"2026-11-{moment}")
        family.prove(address)
    at("2026-11-26T19:01")
    refused = family.refused("/registrations/mails", address="third@town.test")
    assert refused == (404, "registration_over")


def test_who_is_accepted_does_not_become_the_guardian_whose_address_they_typed(office):
    """She presses the link in her own mailbox; he proves his own address; both wait."""
    protect(office, PROTECTED)
    father = Family(office)
    father.begin(office.sheet(PROTECTED), label="父")
    father.type_mail(MOTHER)
    assert press(office, MOTHER) is None
    assert father.prove(MINE)["session_token"] is None
    [row] = office.school.get("/registrations")["items"]
    url = f"/registrations/{row['registration_id']}/accept"
    assert office.school.call("POST", url).status_code == 204
    mother, new = office.guardians(PROTECTED)
    assert mother["name"] == "小鳥遊 学"
    assert len(mother["contact_points"]) == len(new["contact_points"]) == 1
    # What he does next is done as himself, not as her.
    father.add_sibling(office.sheet(CHILD))
    [of_sister] = office.guardians(CHILD)
    assert of_sister["id"] == new["id"]


def test_whose_address_was_pressed_elsewhere_alone_goes_on_as_nobody(office):
    protect(office, PROTECTED)
    father = Family(office)
    father.begin(office.sheet(PROTECTED), label="父")
    father.type_mail(MOTHER)
    press(office, MOTHER)
    [row] = office.school.get("/registrations")["items"]
    url = f"/registrations/{row['registration_id']}/accept"
    assert office.school.call("POST", url).status_code == 204
    father.add_sibling(office.sheet(CHILD))
    assert office.guardians(CHILD) == []


def test_a_strangers_press_gives_the_browser_that_asked_nothing(office):
    family = Family(office)
    family.begin(office.sheet(CHILD))
    family.type_mail(ELSEWHERE)
    stranger = press(office, ELSEWHERE)
    assert shown_at(family, stranger) == [CHILD]
    own = family.prove(MINE)["session_token"]
    first, second = office.guardians(CHILD)
    assert len(first["contact_points"]) == len(second["contact_points"]) == 1
    family.add_sibling(office.sheet(SISTER))
    assert shown_at(family, stranger) == [CHILD]
    assert shown_at(family, own) == [CHILD, SISTER]


def test_another_address_pressed_elsewhere_is_somebody_of_its_own(office):
    """A partner's address, pressed on the partner's phone."""
    family = Family(office)
    family.begin(office.sheet(CHILD))
    own = family.prove(MINE)["session_token"]
    family.type_mail(ELSEWHERE)
    assert shown_at(family, press(office, ELSEWHERE)) == [CHILD]
    assert shown_at(family, own) == [CHILD]
    assert len(office.guardians(CHILD)) == 2


@pytest.fixture
def held(office) -> Family:
    protect(office, PROTECTED)
    family = Family(office)
    family.begin(office.sheet(PROTECTED), label="父")
    family.prove(MINE)
    return family


def accept(office: Office) -> Any:
    rows = office.school.get("/registrations")["items"]
    waiting = next(row for row in rows if row["state"] == "held")
    return office.school.call("POST", f"/registrations/{waiting['registration_id']}/accept")


def test_a_sibling_entered_while_the_office_decides_is_settled_at_once(office, held):
    """So that it is not linked unseen by what the office accepts."""
    held.add_sibling(office.sheet(CHILD))
    states = {child["name"]: child["state"] for child in held.shown()["children"]}
    assert states == {PROTECTED: "held", CHILD: "linked"}
    [guardian] = office.guardians(CHILD)
    assert accept(office).status_code == 204
    assert office.guardians(PROTECTED)[-1]["id"] == guardian["id"]


def test_a_protected_sibling_entered_meanwhile_waits_too(office, held):
    other = Family(office)
    other.begin(office.sheet(SISTER))
    other.prove(MORE)
    protect(office, SISTER)
    held.add_sibling(office.sheet(SISTER))
    rows = office.school.get("/registrations")["items"]
    assert [row["state"] for row in rows].count("held") == 2


def test_a_child_who_left_meanwhile_is_not_accepted(office, held):
    url = f"/members/{office.school.roster.id(PROTECTED)}"
    assert office.school.call("PATCH", url, json={"status": "transferred"}).status_code == 204
    answer = accept(office)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "sheet_replaced")
