"""One of the staff registers where they are reached, signed in, without a sheet (ADR 54)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from directory_school import School
from registering_family import Family, Office
from told_points import change, stop

from common import clock
from common.testing.tokens import bearer, staff_token
from common.web_push import encode
from directory.actions.erase_members import KEPT_AFTER_DELETION, erase_deleted_members
from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN
from directory.domain.registration.confirming import CODE_TRIES, MAX_CONTACT_POINTS
from directory.store.models import Registration, RegistrationMail

FURUKAWA, NOGUCHI = "古川 茂", "野口 大輔"
HERS = "furukawa@town.test"
LINE_USER = "U" + "c" * 32
TERMS = "2026-12"


def phone() -> dict[str, str]:
    """Return what the browser of a new phone gives."""
    return {
        "endpoint": f"https://fcm.googleapis.com/fcm/send/{uuid4().hex}",
        "p256dh": encode(b"\x04" + uuid4().bytes * 4),
        "auth": encode(uuid4().bytes),
    }


@dataclass
class Colleague:
    """One of the staff, signed in. `member`: to whom the account is tied; None for nobody."""

    office: Office
    member: str | None = FURUKAWA
    school: School | None = None

    def call(self, method: str, url: str, **body: Any) -> Any:
        school = self.school or self.office.school
        member_id = UUID(school.roster.id(self.member)) if self.member else None
        token = staff_token(
            school.keys_dir, school_id=school.id, member_id=member_id, role="sender"
        )
        request = {"json": body} if method == "POST" else {}
        return school.call(method, f"/own-contact-points{url}", bearer(token), **request)

    def ask(self, url: str, **body: Any) -> Any:
        answer = self.call("POST", url, **body)
        assert answer.status_code in (201, 204), answer.json
        return answer.json if answer.data else None

    def refused(self, url: str, **body: Any) -> tuple[int, str]:
        answer = self.call("POST", url, **body)
        assert answer.json is not None, answer.status
        return answer.status_code, answer.json["error"]["code"]

    def shown(self) -> Any:
        answer = self.call("GET", "")
        assert answer.status_code == 200, answer.json
        return answer.json

    @property
    def points(self) -> list[dict[str, Any]]:
        return self.shown()["contact_points"]

    def type_mail(self, address: str, **more: Any) -> str:
        body = {"address": address, "terms_version": TERMS, **more}
        return self.ask("/mails", **body)["mail_id"]

    def prove(self, address: str) -> None:
        mail_id = self.type_mail(address)
        self.ask(f"/mails/{mail_id}/proof", code=self.office.mail_to(address)["code"])

    def add_phone(self, given: dict[str, str] | None = None) -> None:
        self.ask("/apps", subscription=given or phone(), terms_version=TERMS)


@pytest.fixture
def her(office) -> Colleague:
    return Colleague(office)


def tell_line(office: Office, nonce: str, user_id: str = LINE_USER) -> Any:
    headers = office.school.service("dispatch-line")
    told = {"nonce": nonce, "user_id": user_id}
    return office.school.call("POST", "/line-links/told", headers, json=told)


def look_up(office: Office, kind: str) -> list[dict[str, Any]]:
    """Return where a message to her goes on a channel, as a dispatcher is told."""
    members = [{"member_id": office.school.roster.id(FURUKAWA), "guardian_ids": []}]
    body = {"kind": kind, "lane": "normal", "members": members}
    headers = office.school.service(f"dispatch-{kind}")
    answer = office.school.call("POST", "/contact-points/look-up", headers, json=body)
    return answer.json["items"]


def test_who_has_nothing_yet_sees_that_nothing_is_there(her):
    assert her.shown() == {"contact_points": [], "waiting": []}


def test_an_account_that_is_tied_to_nobody_is_told_so(office):
    nobody = Colleague(office, member=None)
    assert nobody.call("GET", "").json["error"]["code"] == "not_on_roster"
    assert nobody.refused("/mails", address=HERS, terms_version=TERMS) == (409, "not_on_roster")
    assert nobody.refused("/line-links", terms_version=TERMS) == (409, "not_on_roster")
    refused = nobody.refused("/apps", subscription=phone(), terms_version=TERMS)
    assert refused == (409, "not_on_roster")


def test_an_account_that_is_tied_to_a_child_is_none_of_the_staff(office):
    child = Colleague(office, member="高木 さくら")
    assert child.refused("/mails", address=HERS, terms_version=TERMS) == (409, "not_on_roster")


def test_who_has_left_the_school_registers_nothing(office, her):
    mail_id = her.type_mail(HERS)
    code = office.mail_to(HERS)["code"]
    member = office.school.roster.id(FURUKAWA)
    body = {"ids": [member], "status": "retired", "status_since": "2026-03-31"}
    assert office.school.call("POST", "/members/statuses", json=body).status_code == 200
    assert her.refused(f"/mails/{mail_id}/proof", code=code) == (409, "not_on_roster")
    link = office.mails("confirmation")[0]["token"]
    pressed = Family(office).call("POST", "/registration-links/proof", link=link, token=None)
    assert pressed.json["error"]["code"] == "registration_over"


def test_a_mail_is_a_contact_point_once_its_digits_are_given(office, her):
    mail_id = her.type_mail(HERS)
    [waiting] = her.shown()["waiting"]
    assert (waiting["id"], waiting["address"], waiting["is_proved"]) == (mail_id, HERS, False)
    her.ask(f"/mails/{mail_id}/proof", code=office.mail_to(HERS)["code"])
    shown = her.shown()
    [point] = shown["contact_points"]
    assert (point["kind"], point["hint"], point["state"]) == ("mail", "f•••@town.test", "active")
    assert point["proved_at"]
    assert shown["waiting"] == []
    assert [item["owner_member_id"] for item in look_up(office, "mail")]


def test_a_mail_is_a_contact_point_once_its_link_is_pressed_in_any_browser(office, her):
    her.type_mail(HERS)
    link = office.mail_to(HERS)["token"]
    phone_of_hers = Family(office)
    seen = phone_of_hers.call("POST", "/registration-links/look-up", link=link, token=None).json
    assert (seen["is_staff"], seen["is_proved"]) == (True, False)
    pressed = phone_of_hers.call("POST", "/registration-links/proof", link=link, token=None).json
    assert (pressed["is_staff"], pressed["is_waiting"]) == (True, False)
    assert pressed["session_token"] is None
    again = phone_of_hers.call("POST", "/registration-links/proof", link=link, token=None)
    assert again.status_code == 200
    assert [point["hint"] for point in her.points] == ["f•••@town.test"]


def test_a_likely_typo_is_asked_about_and_what_is_no_address_is_refused(office, her):
    refused = her.call("POST", "/mails", address="a@gmail.con", terms_version=TERMS)
    assert refused.json["error"]["code"] == "mail_doubtful"
    assert refused.json["error"]["fields"]["mail"]["guess"] == "a@gmail.com"
    assert her.refused("/mails", address="none", terms_version=TERMS) == (422, "mail_at_sign")
    assert office.mails() == []
    her.type_mail("a@gmail.con", is_sure=True)
    assert [mail["address"] for mail in office.mails()] == ["a@gmail.con"]


def test_wrong_digits_are_counted_and_the_mail_is_void_then(office, her):
    mail_id = her.type_mail(HERS)
    for _ in range(CODE_TRIES):
        assert her.refused(f"/mails/{mail_id}/proof", code="x")[1] == "mail_code_wrong"
    code = office.mails()[-1]["code"]
    assert her.refused(f"/mails/{mail_id}/proof", code=code) == (409, "confirmation_over")


def test_one_address_is_mailed_three_times_an_hour_at_most(her):
    for _ in range(3):
        her.type_mail(HERS)
    refused = her.refused("/mails", address=HERS, terms_version=TERMS)
    assert refused == (429, "confirmations_too_many")


def test_an_address_that_is_theirs_already_needs_no_second_mail(office, her):
    her.prove(HERS)
    refused = her.refused("/mails", address=HERS.upper(), terms_version=TERMS)
    assert refused == (422, "mail_already")


def test_there_are_four_mails_and_ten_contact_points_at_most(office, her):
    for number in range(MAX_MAILS_A_GUARDIAN):
        her.prove(f"m{number}@town.test")
    refused = her.refused("/mails", address="m9@town.test", terms_version=TERMS)
    assert refused == (422, "mails_too_many")
    for _ in range(MAX_CONTACT_POINTS - MAX_MAILS_A_GUARDIAN):
        her.add_phone()
    refused = her.refused("/apps", subscription=phone(), terms_version=TERMS)
    assert refused == (422, "contact_points_too_many")
    refused = her.refused("/line-links", terms_version=TERMS)
    assert refused == (422, "contact_points_too_many")
    assert len(her.points) == MAX_CONTACT_POINTS


def test_the_talk_leads_one_of_the_staff_to_no_familys_page(office, her):
    tell_line(office, her.ask("/line-links", terms_version=TERMS)["nonce"])
    headers = office.school.service("dispatch-line")
    asked = {"user_id": LINE_USER}
    refused = office.school.call("POST", "/family-links/of-line", headers, json=asked)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "no_family_page")


def test_line_is_linked_in_lines_own_dialog(office, her):
    nonce = her.ask("/line-links", terms_version=TERMS)["nonce"]
    answer = tell_line(office, nonce)
    assert answer.json == {"children": 0, "is_held": False}
    assert tell_line(office, nonce).json == answer.json
    assert tell_line(office, nonce, "U" + "d" * 32).json["error"]["code"] == "line_link_used"
    [point] = her.points
    assert (point["kind"], point["state"]) == ("line", "active")
    assert point["proved_at"]
    assert len(look_up(office, "line")) == 1


def test_a_phone_is_a_contact_point_at_once_and_a_press_on_its_test_proves_it(office, her):
    her.add_phone()
    [point] = her.points
    assert (point["kind"], point["proved_at"]) == ("push", None)
    [notification] = office.notifications()
    assert notification["kind"] == "staff_test"
    assert notification["guardian_id"] == office.school.roster.id(FURUKAWA)
    pressed = Family(office).call("POST", f"/family-links/{notification['token']}/press")
    assert (pressed.json["token"], pressed.json["is_staff"]) == (None, True)
    assert her.points[0]["proved_at"]
    assert len(look_up(office, "push")) == 1


def test_an_endpoint_that_leads_elsewhere_is_refused(her):
    given = {**phone(), "endpoint": "https://127.0.0.1/inside"}
    refused = her.refused("/apps", subscription=given, terms_version=TERMS)
    assert refused == (422, "push_service_unknown")


def test_the_same_phone_twice_is_one_contact_point(her):
    given = phone()
    for _ in range(2):
        her.add_phone(given)
    assert len(her.points) == 1


def test_a_test_by_mail_proves_by_its_press_that_it_arrives(office):
    his = Colleague(office, NOGUCHI)
    [point] = his.points
    assert point["proved_at"] is None
    his.ask(f"/{point['id']}/tests")
    [mail] = office.mails("staff_test")
    assert mail["address"] == "noguchi@town.test"
    Family(office).call("POST", f"/family-links/{mail['token']}/press")
    assert his.points[0]["proved_at"]
    for _ in range(2):
        his.ask(f"/{point['id']}/tests")
    assert his.refused(f"/{point['id']}/tests") == (429, "links_slowed")


def test_the_other_contact_points_are_told_of_each_new_one(office, her):
    her.prove(HERS)
    assert office.mails("staff_added") == []
    her.add_phone()
    assert [mail["address"] for mail in office.mails("staff_added")] == [HERS]
    tell_line(office, her.ask("/line-links", terms_version=TERMS)["nonce"])
    told = [each for each in office.notifications() if each["kind"] == "staff_added"]
    assert len(told) == 1
    assert len(office.mails("staff_added")) == 2


def test_the_log_says_what_was_registered_and_to_which_words_they_agreed(office, her):
    her.prove(HERS)
    her.add_phone()
    lines = office.operations("contact_point.registered")
    assert [line["details"]["channel"] for line in lines] == ["mail", "push"]
    member_id = office.school.roster.id(FURUKAWA)
    for line in lines:
        assert line["details"]["member_ids"] == [member_id]
        assert line["details"]["terms_version"] == TERMS
        assert line["details"]["agreed_at"]
        assert (line["actor_kind"], str(line["actor_id"])) == ("staff", member_id)


def test_one_is_ended_and_the_last_one_only_by_who_means_it(office, her):
    her.prove(HERS)
    her.add_phone()
    mail, app = her.points
    her.ask(f"/{mail['id']}/end")
    assert her.refused(f"/{app['id']}/end") == (409, "last_contact_point")
    her.ask(f"/{app['id']}/end", even_last=True)
    assert her.points == []
    assert len(office.operations("contact_point.ended")) == 1
    assert len(office.operations("contact_point.last_ended")) == 1
    assert look_up(office, "mail") == []


def test_an_address_that_was_ended_is_registered_anew(office, her):
    her.prove(HERS)
    her.ask(f"/{her.points[0]['id']}/end", even_last=True)
    her.prove(HERS)
    assert [point["state"] for point in her.points] == ["active"]


def test_a_bounce_and_a_stop_stand_at_ones_own_contact_point(office, her, school, database):
    her.prove(HERS)
    her.add_phone()
    point = her.points[0]
    school.roster.ids[HERS] = UUID(point["id"])
    stop(school, database, HERS)
    assert her.points[0]["state"] == "stopped"
    [line] = office.operations("contact_point.stopped")
    assert (line["actor_kind"], str(line["actor_id"])) == ("staff", school.roster.id(FURUKAWA))
    assert [each["kind"] for each in office.notifications()].count("staff_stopped") == 1
    change(school, database, "user_unknown", clock.now() + timedelta(minutes=1), HERS)
    assert her.points[0]["health"]["code"] == "user_unknown"


def test_a_teacher_who_is_a_parent_here_has_both(office, her):
    """Neither page shows the other's contact point, and each gets what is addressed to it."""
    family = Family(office)
    family.begin(office.sheet("高木 さくら"))
    family.prove(HERS)
    her.prove(HERS)
    [guardian] = office.guardians("高木 さくら")
    assert len(guardian["contact_points"]) == 1
    assert len(her.points) == 1
    assert guardian["contact_points"][0]["id"] != her.points[0]["id"]
    again = Family(office)
    again.begin(office.sheet("高木 さくら"))
    again.prove(HERS)
    assert len(office.guardians("高木 さくら")) == 1


def test_nobody_reaches_the_contact_points_of_a_colleague(office, her):
    his = Colleague(office, NOGUCHI)
    her.prove(HERS)
    [point] = his.points
    assert her.refused(f"/{point['id']}/tests")[0] == 404
    assert her.refused(f"/{point['id']}/end", even_last=True)[0] == 404
    mail_id = her.type_mail("second@town.test")
    code = office.mail_to("second@town.test")["code"]
    assert his.refused(f"/mails/{mail_id}/proof", code=code) == (409, "confirmation_over")
    assert len(his.points) == 1


def test_nobody_reaches_the_contact_points_of_another_school(office, her, other_school):
    her.prove(HERS)
    [point] = her.points
    stranger = Colleague(office, NOGUCHI, other_school)
    assert stranger.refused(f"/{point['id']}/tests")[0] == 404
    assert stranger.refused(f"/{point['id']}/end", even_last=True)[0] == 404
    mail_id = her.type_mail("second@town.test")
    code = office.mail_to("second@town.test")["code"]
    assert stranger.refused(f"/mails/{mail_id}/proof", code=code) == (409, "confirmation_over")


def test_a_school_whose_contract_has_ended_changes_nothing(office, her, schools):
    schools.ended.add(office.school.id)
    assert her.refused("/mails", address=HERS, terms_version=TERMS)[0] == 403
    assert her.shown() == {"contact_points": [], "waiting": []}


def test_the_office_sees_and_ends_the_contact_points_of_staff(office, her):
    her.prove(HERS)
    member = office.school.get(f"/members/{office.school.roster.id(FURUKAWA)}")
    [point] = member["contact_points"]
    ended = office.school.call("POST", f"/contact-points/{point['id']}/end")
    assert ended.status_code == 204
    assert her.points == []


def test_an_address_on_its_way_goes_with_who_is_deleted(office, her):
    her.type_mail(HERS)
    database = office.school.app.extensions["database"]
    body = {"ids": [office.school.roster.id(FURUKAWA)]}
    assert office.school.call("POST", "/members/deletions", json=body).status_code == 200
    later = clock.now() + KEPT_AFTER_DELETION + timedelta(minutes=1)
    with database.for_system() as session:
        erase_deleted_members(session, now=later)
    with database.for_system(read_only=True) as session:
        for model in (Registration, RegistrationMail):
            mine = sa.select(model).where(model.school_id == office.school.id)
            assert session.scalars(mine).all() == []
