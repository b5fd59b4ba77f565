"""A family writes an empty mail instead of typing its address (DIR-8)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from registering_family import Family

from common.testing.tokens import bearer, service_token

MOTHER = "m.takagi@town.test"
FATHER = '"a..takagi"@docomo.town.test'
PLAIN_FATHER = "a..takagi@docomo.town.test"
SISTER = "s.takagi@town.test"


@pytest.fixture
def family(office) -> Family:
    begun = Family(office)
    begun.begin(office.sheet("高木 さくら"))
    return begun


def address_of(family: Family) -> str:
    return family.ask("/empty-mails/address")["local_part"]


def of_no_school(family: Family) -> dict[str, str]:
    """Return what dispatch-mail is let in by: which school a mail is for, it does not know."""
    return bearer(service_token(family.school.keys_dir, "dispatch-mail", "directory"))


def write(family: Family, sender: str, local_part: str | None = None) -> str:
    """Bring a mail as dispatch-mail does; return what is refused, or nothing."""
    body = {"local_part": local_part or address_of(family), "sender": sender}
    headers = of_no_school(family)
    answer = family.school.call("POST", "/empty-mails", headers, json=body)
    return answer.json["error"]["code"] if answer.status_code != 204 else ""


def is_read(family: Family, local_part: str) -> bool:
    headers = of_no_school(family)
    body = {"local_part": local_part}
    answer = family.school.call("POST", "/empty-mails/look-up", headers, json=body)
    assert answer.status_code in (204, 404)
    return answer.status_code == 204


def test_who_wrote_registers_by_what_is_answered(office, family):
    assert write(family, MOTHER) == ""
    [mail] = family.shown()["mails"]
    assert (mail["address"], mail["is_proved"]) == (MOTHER, False)
    assert office.guardians("高木 さくら") == [], "a sender is easily forged"
    code = office.mail_to(MOTHER)["code"]
    assert family.ask("/registrations/mails/proof", mail_id=mail["id"], code=code)["session_token"]
    [point] = office.guardians("高木 さくら")[0]["contact_points"]
    assert point["proved_at"]


def test_an_old_address_of_a_carrier_is_kept_without_its_quotes(office, family):
    write(family, FATHER)
    assert family.shown()["mails"][0]["address"] == PLAIN_FATHER
    assert office.mail_to(PLAIN_FATHER)["token"]


def test_a_mail_that_comes_twice_is_answered_once(office, family, at):
    at("2026-11-24T19:00")
    address = address_of(family)
    for sender in (MOTHER, MOTHER.upper()):
        assert write(family, sender, address.upper()) == ""
    assert len(office.asked_mails()) == 1
    at("2026-11-24T19:03")
    write(family, MOTHER)
    assert len(office.asked_mails()) == 2, "who writes again later had no answer"


def test_a_mailbox_gets_three_answers_an_hour_whoever_forges_its_sender(office, family, at):
    for minute in ("00", "03", "06"):
        at(f"2026-11-24T19:{minute}")
        assert write(family, MOTHER) == ""
    at("2026-11-24T19:09")
    assert write(family, MOTHER) == "confirmations_too_many"
    assert len(office.asked_mails()) == 3


def test_whoever_learns_the_address_leaves_room_for_what_is_typed(office, family):
    for number in range(6):
        assert write(family, f"stranger{number}@elsewhere.test") == ""
    assert write(family, MOTHER) == "confirmations_too_many"
    assert family.prove(MOTHER)["session_token"]


def test_a_forged_or_foreign_address_is_not_read(office, family):
    address = address_of(family)
    assert is_read(family, address)
    assert is_read(family, address.upper()), "relays change its case"
    last = "0" if address[-1] != "0" else "1"
    forged = [f"{address[:-1]}{last}", f"t+{uuid4().hex}{address[-16:]}", address[:-16], "t+", "x"]
    for each in forged:
        assert not is_read(family, each)
        assert write(family, MOTHER, each) == "registration_over"
    assert office.asked_mails() == []


def test_an_address_ends_with_its_registration(office, family, at):
    address = address_of(family)
    at("2027-01-30T19:00")
    assert not is_read(family, address)
    assert write(family, MOTHER, address) == "registration_over"


def test_no_address_is_named_before_its_use_was_agreed_to(office):
    family = Family(office)
    sheet = office.sheet("高木 さくら")
    family.enter(sheet.login_id, sheet.passcode)
    assert family.refused("/empty-mails/address") == (409, "terms_not_agreed")


def test_nothing_is_answered_after_a_contract_has_ended(office, family, schools):
    address = address_of(family)
    schools.ended.add(family.school.id)
    assert write(family, MOTHER, address) == "registration_over"


def test_what_is_no_address_or_registered_already_gets_no_answer(office, family, at):
    assert write(family, "mama") == "mail_at_sign"
    at("2026-11-24T19:00")
    family.prove(MOTHER)
    for minute in ("01", "05"):
        at(f"2026-11-24T19:{minute}")
        assert write(family, MOTHER) == ("" if minute == "01" else "mail_already")
    assert len(office.asked_mails()) == 1


def test_a_sheet_made_void_in_between_registers_nobody(office, family):
    write(family, MOTHER)
    office.sheet("高木 さくら", anew=True)
    [mail] = family.shown()["mails"]
    body = {"mail_id": mail["id"], "code": office.mail_to(MOTHER)["code"]}
    assert family.refused("/registrations/mails/proof", **body) == (409, "sheet_replaced")
