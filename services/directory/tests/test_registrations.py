"""A family registers by its sheet and by mail (DIR-8, DIR-14, DIR-16)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from registering_family import CODE, Family, Office

from common import clock
from directory.actions.recent_registrations import sweep_registrations
from directory.store.models import ContactPoint, RegistrationMail

MOTHER = "m.takagi@town.test"
FATHER = "a..takagi@docomo.town.test"


@pytest.fixture
def family(office) -> Family:
    return Family(office)


def test_a_family_registers_by_its_sheet_and_a_code_that_came_by_mail(office, family):
    family.begin(office.sheet("高木 さくら"))
    assert family.prove(MOTHER)["session_token"]
    [guardian] = office.guardians("高木 さくら")
    assert guardian["label"] == "母"
    [point] = guardian["contact_points"]
    assert (point["kind"], point["state"]) == ("mail", "active")
    assert point["proved_at"]


def test_who_has_registered_is_at_their_page_at_once(office, family):
    family.begin(office.sheet("高木 さくら"))
    token = family.prove(MOTHER)["session_token"]
    shown = family.call("POST", "/family-sessions/resolve", token=token).json
    assert [child["display_name"] for child in shown["children"]] == ["高木 さくら"]


def test_an_address_is_no_contact_point_before_it_was_proved(office, family):
    family.begin(office.sheet("高木 さくら"))
    family.type_mail(MOTHER)
    assert office.guardians("高木 さくら") == []
    [mail] = family.shown()["mails"]
    assert (mail["address"], mail["is_proved"]) == (MOTHER, False)


def test_codes_count_however_a_phone_wrote_them(office, family):
    sheet = office.sheet("高木 さくら")
    typed = f" {sheet.passcode[:5].lower()} {sheet.passcode[5:]}"
    assert family.enter(f"{sheet.login_id[:4]}-{sheet.login_id[4:]}", typed).status_code == 201


@pytest.mark.parametrize("what", ["school code", "id", "passcode"])
def test_whatever_is_wrong_the_answer_is_one(office, family, what):
    sheet = office.sheet("高木 さくら")
    typed = [sheet.login_id, sheet.passcode, CODE]
    typed[["id", "passcode", "school code"].index(what)] = "222222222"
    answer = family.enter(*typed)
    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "registration_codes_wrong"
    assert answer.json["error"]["fields"] == {}


def test_no_address_is_taken_before_its_use_was_agreed_to(office, family):
    sheet = office.sheet("高木 さくら")
    family.enter(sheet.login_id, sheet.passcode)
    assert family.refused("/registrations/mails", address=MOTHER) == (409, "terms_not_agreed")
    assert office.mails() == []


def test_the_words_that_were_agreed_to_are_kept_by_version_with_their_time(office, family, at):
    at("2026-11-24T19:00")
    family.begin(office.sheet("高木 さくら"))
    assert family.shown()["terms_version"] == "2026-12"
    about = {"terms_version": "2027-01", "label": "母", "language": "en"}
    family.ask("/registrations/agreement", "PUT", **about)
    shown = family.shown()
    assert (shown["terms_version"], shown["language"]) == ("2027-01", "en")


def test_what_a_family_agreed_to_stays_in_the_operation_log(office, family, at):
    """The registration itself is erased after 14 days (DIR-16)."""
    at("2026-11-24T19:00")
    family.begin(office.sheet("高木 さくら"))
    at("2026-11-24T19:05")
    family.prove(MOTHER)
    [line] = office.operations("family.registered")
    details = line["details"]
    assert details["terms_version"] == "2026-12"
    assert details["agreed_at"] == "2026-11-24T10:00:00+00:00"


def test_an_old_address_of_a_carrier_is_taken_as_it_is(office, family):
    family.begin(office.sheet("高木 さくら"))
    family.prove(FATHER)
    assert office.guardians("高木 さくら")[0]["contact_points"][0]["hint"].startswith("a•••@")


def test_a_likely_typo_is_asked_about_and_not_refused(office, family):
    family.begin(office.sheet("高木 さくら"))
    answer = family.call(
        "POST", "/registrations/mails", token=family.token, address="mama@gmail.con"
    )
    problem = answer.json["error"]["fields"]["mail"]
    assert (problem["code"], problem["guess"]) == ("mail_doubtful", "mama@gmail.com")
    family.type_mail("mama@gmail.con", is_sure=True)
    assert office.mail_to("mama@gmail.con")


def test_what_is_no_address_is_refused_in_words(office, family):
    family.begin(office.sheet("高木 さくら"))
    for typed, code in [("mama", "mail_at_sign"), ("mama＠docomo.ne.jp", "mail_full_width")]:
        assert family.refused("/registrations/mails", address=typed) == (422, code)


def test_four_addresses_are_room_enough_for_one_guardian(office, family):
    family.begin(office.sheet("高木 さくら"))
    for number in range(4):
        family.prove(f"takagi{number}@town.test")
    refused = family.refused("/registrations/mails", address="takagi5@town.test")
    assert refused == (422, "mails_too_many")
    assert len(office.guardians("高木 さくら")[0]["contact_points"]) == 4


def test_five_wrong_codes_and_the_mail_is_void(office, family):
    family.begin(office.sheet("高木 さくら"))
    mail_id = family.type_mail(MOTHER)
    right = office.mail_to(MOTHER)["code"]
    wrong = "000000" if right != "000000" else "111111"
    for left in (4, 3, 2, 1, 0):
        answer = family.call(
            "POST", "/registrations/mails/proof", token=family.token, mail_id=mail_id, code=wrong
        )
        assert answer.json["error"]["fields"] == {"left": left}
    refused = family.refused("/registrations/mails/proof", mail_id=mail_id, code=right)
    assert refused == (409, "confirmation_over")
    assert family.prove(MOTHER)["session_token"]


def test_a_code_and_a_link_end_after_a_day(office, family, at):
    at("2026-11-24T19:00")
    family.begin(office.sheet("高木 さくら"))
    mail_id = family.type_mail(MOTHER)
    mail = office.mail_to(MOTHER)
    at("2026-11-25T19:01")
    assert office.mails() == []
    body = {"mail_id": mail_id, "code": mail["code"]}
    assert family.refused("/registrations/mails/proof", **body) == (404, "registration_over")
    link = family.refused("/registration-links/proof", link=mail["token"])
    assert link == (409, "confirmation_over")


def test_one_mailbox_gets_three_confirmations_an_hour_whoever_asks(office, at):
    at("2026-11-24T19:00")
    for child in ("高木 さくら", "山崎 樹", "小鳥遊 心"):
        family = Family(office)
        family.begin(office.sheet(child))
        family.type_mail(MOTHER)
    refused = family.refused("/registrations/mails", address=MOTHER)
    assert refused == (429, "confirmations_too_many")
    at("2026-11-24T20:01")
    assert family.type_mail(MOTHER)


def test_one_sheet_sends_thirty_confirmations_a_day_to_whomever(office, at, database):
    """Whoever finds a sheet does not write to the world in the school's name."""
    at("2026-11-24T19:00")
    sheet = office.sheet("高木 さくら")
    for first in (0, 12, 24):
        family = Family(office)
        family.begin(sheet)
        for number in range(first, min(first + 12, 30)):
            family.type_mail(f"world{number}@town.test")
    over = (429, "sheet_mails_too_many")
    assert family.refused("/registrations/mails", address=MOTHER) == over
    another = Family(office)
    another.begin(sheet)
    assert another.refused("/registrations/mails", address=MOTHER) == over
    elsewhere = Family(office)
    elsewhere.begin(office.sheet("山崎 樹"))
    assert elsewhere.type_mail(MOTHER)
    at("2026-11-25T19:01")
    again = Family(office)
    again.begin(sheet)
    assert again.type_mail(FATHER)


def test_an_address_that_is_erased_counts_on(office, family, at, database):
    at("2026-11-24T19:00")
    family.begin(office.sheet("高木 さくら"))
    family.type_mail(MOTHER)
    at("2026-11-25T18:00")
    family.type_mail(FATHER)
    at("2026-11-25T19:01")
    with database.for_system() as session:
        sweep_registrations(session, now=clock.now())
    with database.for_school(office.school.id, read_only=True) as session:
        mine = sa.select(RegistrationMail.address).where(
            RegistrationMail.school_id == office.school.id
        )
        kept = session.scalars(mine.order_by(RegistrationMail.asked_at)).all()
    assert (len(kept), kept[0]) == (2, None)
    assert [mail["address"] for mail in family.shown()["mails"]] == [FATHER]


def test_the_link_of_the_mail_counts_as_its_code(office, family):
    family.begin(office.sheet("高木 さくら"))
    family.type_mail(MOTHER)
    link = office.mail_to(MOTHER)["token"]
    looked = family.ask("/registration-links/look-up", link=link)
    assert looked["is_proved"] is False
    assert office.guardians("高木 さくら") == []
    assert family.ask("/registration-links/proof", link=link)["session_token"]
    assert len(office.guardians("高木 さくら")) == 1


def test_a_link_or_a_code_that_comes_again_changes_nothing(office, family):
    family.begin(office.sheet("高木 さくら"))
    mail_id = family.type_mail(MOTHER)
    mail = office.mail_to(MOTHER)
    family.ask("/registrations/mails/proof", mail_id=mail_id, code=mail["code"])
    again = family.ask("/registrations/mails/proof", mail_id=mail_id, code=mail["code"])
    by_link = family.ask("/registration-links/proof", link=mail["token"])
    assert again["session_token"] is by_link["session_token"] is None
    assert (by_link["is_waiting"], by_link["is_own_browser"]) == (False, True)
    assert len(office.operations("family.registered")) == 1
    assert family.ask("/registration-links/look-up", link=mail["token"])["is_proved"] is True


def test_a_link_that_somebody_made_up_is_none(office, family):
    family.begin(office.sheet("高木 さくら"))
    family.type_mail(MOTHER)
    link = office.mail_to(MOTHER)["token"]
    for forged in (link[:-4] + "AAAA", "x", link + "A"):
        refused = family.refused("/registration-links/proof", link=forged)
        assert refused == (409, "confirmation_over")


def test_an_address_that_the_office_knows_brings_its_guardian(office, family):
    """Nobody is shown who is registered: whose address it is says who came."""
    family.begin(office.sheet("小鳥遊 心"), label="父")
    family.prove("manabu@town.test")
    [guardian] = office.guardians("小鳥遊 心")
    assert (guardian["name"], guardian["label"]) == ("小鳥遊 学", "母")
    [point] = guardian["contact_points"]
    assert point["proved_at"]


def test_who_proves_a_stopped_address_takes_the_stop_back_in_the_log_too(office, family, database):
    address, school_id = "m..takahashi@docomo.town.test", office.school.id
    with database.for_school(school_id) as session:
        point = session.get(ContactPoint, UUID(office.school.roster.id(address)))
        point.state, point.stopped_at = "stopped", clock.now()
        point.proved_at = first = clock.now() - timedelta(days=9)
        point.last_proved_at = first
    family.begin(office.sheet("髙橋 蓮"))
    family.prove(address)
    with database.for_school(school_id, read_only=True) as session:
        point = session.get(ContactPoint, UUID(office.school.roster.id(address)))
        assert (point.state, point.stopped_at) == ("active", None)
        assert point.proved_at == first
        assert point.last_proved_at > first
        assert point.resumed_at is not None
    assert len(office.operations("contact_point.resumed")) == 1


def test_guardians_of_a_child_see_nothing_of_each_other(office, family):
    family.begin(office.sheet("小鳥遊 心"))
    family.prove(MOTHER)
    shown = str(family.shown())
    for secret in ("manabu", "小鳥遊 学"):
        assert secret not in shown
    assert len(office.guardians("小鳥遊 心")) == 2


def test_a_familys_other_addresses_are_told_of_a_new_one(office, family):
    family.begin(office.sheet("小鳥遊 心"))
    family.prove(MOTHER)
    told = office.mails("added")
    assert [mail["address"] for mail in told] == ["manabu@town.test"]
    assert told[0]["code"] is None


def test_siblings_become_one_guardians_children(office, family):
    family.begin(office.sheet("高木 さくら"))
    family.prove(MOTHER)
    family.add_sibling(office.sheet("山崎 樹"))
    [first] = office.guardians("高木 さくら")
    second = office.guardians("山崎 樹")[-1]
    assert first["id"] == second["id"]


def test_siblings_may_be_entered_before_the_address(office, family):
    family.begin(office.sheet("高木 さくら"))
    family.add_sibling(office.sheet("山崎 樹"))
    family.prove(MOTHER)
    assert office.guardians("高木 さくら")[0]["id"] == office.guardians("山崎 樹")[-1]["id"]


def test_a_sheet_of_another_school_is_no_siblings(office, family, other_school, schools):
    family.begin(office.sheet("高木 さくら"))
    elsewhere = Office.of(other_school, schools, "999999999")
    sheet = elsewhere.sheet("高木 さくら")
    typed = {"login_id": sheet.login_id, "passcode": sheet.passcode, "remote_address": "::1"}
    refused = family.refused("/registrations/siblings", school_code="999999999", **typed)
    assert refused == (422, "registration_codes_wrong")


def test_who_typed_somebody_elses_address_does_not_become_them(office, family):
    """The father types the mother's address, and she presses the link in her own browser."""
    family.begin(office.sheet("小鳥遊 心"))
    family.type_mail("manabu@town.test")
    link = office.mail_to("manabu@town.test")["token"]
    owner = Family(office)
    answer = owner.call("POST", "/registration-links/proof", link=link)
    assert answer.json["session_token"]
    # Another address of his makes him a guardian of his own.
    family.prove("other@town.test")
    first, second = office.guardians("小鳥遊 心")
    assert first["name"] == "小鳥遊 学"
    assert len(first["contact_points"]) == len(second["contact_points"]) == 1


def test_a_sheet_made_void_in_the_middle_ends_the_registration(office, family):
    family.begin(office.sheet("高木 さくら"))
    mail_id = family.type_mail(MOTHER)
    code = office.mail_to(MOTHER)["code"]
    office.sheet("高木 さくら", anew=True)
    refused = family.refused("/registrations/mails/proof", mail_id=mail_id, code=code)
    assert refused == (409, "sheet_replaced")
    assert office.guardians("高木 さくら") == []


def test_a_sheet_printed_again_in_the_middle_stays_good(office, family):
    family.begin(office.sheet("高木 さくら"))
    office.sheet("高木 さくら")
    assert family.prove(MOTHER)["session_token"]


def test_a_child_who_left_in_the_middle_gets_no_guardian(office, family):
    family.begin(office.sheet("高木 さくら"))
    mail_id = family.type_mail(MOTHER)
    code = office.mail_to(MOTHER)["code"]
    url = f"/members/{office.school.roster.id('高木 さくら')}"
    assert office.school.call("PATCH", url, json={"status": "transferred"}).status_code == 204
    refused = family.refused("/registrations/mails/proof", mail_id=mail_id, code=code)
    assert refused == (409, "sheet_replaced")


def test_a_school_whose_contract_ends_in_the_middle_takes_nobody_in(office, family, schools):
    family.begin(office.sheet("高木 さくら"))
    mail_id = family.type_mail(MOTHER)
    mail = office.mail_to(MOTHER)
    schools.ended.add(office.school.id)
    body = {"mail_id": mail_id, "code": mail["code"]}
    assert family.refused("/registrations/mails/proof", **body) == (404, "registration_over")
    link = family.refused("/registration-links/proof", link=mail["token"])
    assert link == (409, "confirmation_over")
    sheet = office.sheet("高木 さくら")
    assert Family(office).enter(sheet.login_id, sheet.passcode).status_code == 422


def test_a_family_of_six_children_is_one(office, family):
    children = ["高橋 陽菜", "髙橋 陽菜", "高木 さくら", "小鳥遊 心", "髙橋 蓮", "山崎 樹"]
    family.begin(office.sheet(children[0]))
    for child in children[1:]:
        family.add_sibling(office.sheet(child))
    family.prove(MOTHER)
    assert len({office.guardians(child)[-1]["id"] for child in children}) == 1
    [line] = office.operations("family.registered")
    assert len(line["details"]["pupil_ids"]) == 6


def test_two_parents_register_at_once_and_both_are_in(office):
    sheet = office.sheet("高木 さくら")
    mother, father = Family(office), Family(office)
    mother.begin(sheet)
    father.begin(sheet, label="父")
    mother.type_mail(MOTHER)
    father.type_mail(FATHER)
    for family, address in ((mother, MOTHER), (father, FATHER)):
        [mail] = family.shown()["mails"]
        code = office.mail_to(address)["code"]
        family.ask("/registrations/mails/proof", mail_id=mail["id"], code=code)
    labels = [guardian["label"] for guardian in office.guardians("高木 さくら")]
    assert labels == ["母", "父"]
    assert [mail["address"] for mail in office.mails("added")] == [MOTHER]
