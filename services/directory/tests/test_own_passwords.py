"""A guardian may choose a password for their page, and nobody guesses it (MY-1, ADR 53)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from directory_school import RosterBuilder, School
from flask import Flask
from my_page_school import (
    MINE,
    OVER,
    PLACE,
    TAKAHASHI,
    Families,
    double,
    families,
    names,
    no_passwords,
)

from common import clock
from common.db import Database
from directory.actions.erase_members import erase_guardians_alone
from directory.domain.my_page.passwords import MOST_COMPARED
from directory.store.models import FamilyPassword

__all__ = ["double", "families", "no_passwords"]

PASSWORD, OTHER = "kumo-to-sora-no-aida", "ame-ga-furu-mae-ni"
FATHER = "t.takahashi@town.test"
REFUSED = (401, "family_sign_in_refused")


def come_in(families: Families, mail: str, password: str, place: str = PLACE) -> Any:
    body = {"mail": mail, "password": password, "remote_address": place}
    return families.school.call("POST", "/family-sign-ins", families.gateway, json=body)


def answer_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["error"]["code"]


def refused(families: Families, mail: str, password: str, place: str = PLACE) -> tuple[int, str]:
    return answer_of(come_in(families, mail, password, place))


def token_of(families: Families, mail: str, password: str = PASSWORD) -> str:
    """Come in by a password at one school, and return what the browser keeps."""
    answer = come_in(families, mail, password)
    assert answer.status_code == 201, answer.json
    [opened] = answer.json["items"]
    assert opened["school_id"] == str(families.school.id)
    token: str = opened["token"]
    return token


def choose(families: Families, token: str, password: str = PASSWORD, current: str = "") -> Any:
    more = {"password": password, "current": current, "remote_address": PLACE}
    return families.change("PUT", "/password", token, **more)


def remove(families: Families, token: str, current: str = "") -> Any:
    more = {"current": current, "remote_address": PLACE}
    return families.change("POST", "/password/end", token, **more)


def stand_of(families: Families, token: str) -> Any:
    return families.change("POST", "/password/look-up", token).json


def chosen_by(families: Families, mail: str = TAKAHASHI, password: str = PASSWORD) -> str:
    """Let who has an address choose a password; return what their browser keeps."""
    token = families.sign_in(mail)
    assert choose(families, token, password).status_code == 204
    return token


def told(families: Families) -> list[str]:
    """Return the kinds of the mails that go to the family itself."""
    return [mail["kind"] for mail in families.mails() if mail["kind"].startswith("password")]


def test_a_password_lets_in_beside_the_link(families: Families) -> None:
    chosen_by(families)
    family = families.resolve(token_of(families, f" {TAKAHASHI.upper()}"))
    assert names(family) == ["髙橋 陽菜", "髙橋 蓮"]
    assert families.resolve(families.sign_in(TAKAHASHI))["guardian_id"] == family["guardian_id"]
    log = families.actions()
    assert "family.password_chosen" in log
    assert "family.signed_in_by_password" in log


def test_before_one_was_chosen_none_fits(families: Families) -> None:
    token = families.sign_in(TAKAHASHI)
    stand = stand_of(families, token)
    assert stand == {"chosen_at": None, "offered": True, "fresh": True}
    assert refused(families, TAKAHASHI, "") == REFUSED
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED


def test_an_unknown_address_gets_the_same_answer_for_the_same_work(
    families: Families, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen_by(families)
    hasher = app.extensions["hasher"]
    compared: list[bool] = []
    check = hasher.check

    def counted(password: str, password_hash: str | None) -> bool:
        compared.append(password_hash is not None)
        return bool(check(password, password_hash))

    monkeypatch.setattr(hasher, "check", counted)
    work = []
    for mail in (TAKAHASHI, "nobody@town.test", FATHER, "noguchi@town.test"):
        assert refused(families, mail, OTHER) == REFUSED
        work.append(len(compared))
        compared.clear()
    assert work == [MOST_COMPARED] * 4


def test_what_is_no_address_is_said_at_once(families: Families) -> None:
    assert refused(families, "takahashi", PASSWORD) == (422, "mail_at_sign")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("short", "too_short"), ("password12345", "common"), ("m..takahashi12", "personal")],
)
def test_a_password_is_held_to_what_staffs_is(families: Families, typed: str, problem: str) -> None:
    answer = choose(families, families.sign_in(TAKAHASHI), typed)
    assert answer_of(answer) == (422, "password_weak")
    assert answer.json["error"]["fields"]["password"] == problem


def test_full_width_letters_are_the_same_password(families: Families) -> None:
    chosen_by(families)
    token_of(families, TAKAHASHI, "ｋｕｍｏ-ｔｏ-ｓｏｒａ-ｎｏ-ａｉｄａ")


def test_who_was_let_in_long_ago_comes_in_again_first(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:00")
    token = families.sign_in(TAKAHASHI)
    at("2026-11-24T08:00")
    assert stand_of(families, token)["fresh"] is False
    assert answer_of(choose(families, token)) == (403, "fresh_sign_in_needed")
    assert choose(families, families.sign_in(TAKAHASHI)).status_code == 204
    at("2026-11-24T09:00")
    again = token_of(families, TAKAHASHI)
    at("2026-11-24T10:00")
    assert answer_of(choose(families, again, OTHER)) == (403, "fresh_sign_in_needed")
    assert answer_of(choose(families, again, OTHER, OTHER)) == (403, "current_wrong")
    assert choose(families, again, OTHER, PASSWORD).status_code == 204
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED
    token_of(families, TAKAHASHI, OTHER)


def test_a_change_puts_other_browsers_out_and_tells_the_guardian(families: Families) -> None:
    lost, registered = families.sign_in(TAKAHASHI), families.register("髙橋 恵")
    father = families.sign_in(FATHER)
    token = chosen_by(families)
    assert [families.refused(each) for each in (lost, registered)] == [OVER] * 2
    families.resolve(token)
    families.resolve(father)
    assert told(families) == ["password_chosen"]
    by_password = token_of(families, TAKAHASHI)
    assert remove(families, token).status_code == 204
    assert families.refused(by_password) == OVER
    assert told(families) == ["password_chosen", "password_removed"]
    assert "family.password_removed" in families.actions()


def test_a_removed_password_lets_nobody_in(families: Families) -> None:
    token = chosen_by(families)
    assert remove(families, token).status_code == 204
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED
    assert stand_of(families, token)["chosen_at"] is None
    # Again: nothing more, and nobody is told twice.
    assert remove(families, token).status_code == 204
    assert told(families) == ["password_chosen", "password_removed"]


def test_removing_needs_the_password_of_who_came_in_long_ago(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:00")
    token = chosen_by(families)
    at("2026-11-24T08:00")
    assert answer_of(remove(families, token)) == (403, "fresh_sign_in_needed")
    assert answer_of(remove(families, token, OTHER)) == (403, "current_wrong")
    assert remove(families, token, PASSWORD).status_code == 204


def test_ten_wrong_ones_lock_the_address_there_alone(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:00")
    chosen_by(families)
    chosen_by(families, FATHER, OTHER)
    for _ in range(10):
        assert refused(families, TAKAHASHI, OTHER) == REFUSED
    assert refused(families, TAKAHASHI, PASSWORD) == (429, "locked")
    assert families.actions().count("family.password_guessed") == 1
    # The other parent, the same parent elsewhere, and the link by mail are not kept out.
    token_of(families, FATHER, OTHER)
    assert come_in(families, TAKAHASHI, PASSWORD, "203.0.113.9").status_code == 201
    families.sign_in(TAKAHASHI)
    at("2026-11-24T07:01")
    token_of(families, TAKAHASHI)


def test_an_unknown_address_is_locked_as_a_known_one_is(families: Families) -> None:
    for _ in range(10):
        assert refused(families, "nobody@town.test", PASSWORD) == REFUSED
    assert refused(families, "nobody@town.test", PASSWORD) == (429, "locked")


def test_a_network_that_guesses_waits_and_is_never_shut(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:00")
    chosen_by(families)
    for number in range(30):
        assert refused(families, f"a{number}@town.test", PASSWORD) == REFUSED
    assert refused(families, TAKAHASHI, PASSWORD) == (429, "slowed")
    assert come_in(families, TAKAHASHI, PASSWORD, "203.0.113.9").status_code == 201
    at("2026-11-24T07:00:10")
    token_of(families, TAKAHASHI)


def test_guesses_at_once_are_counted_one_by_one(families: Families) -> None:
    chosen_by(families)
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: refused(families, TAKAHASHI, OTHER)[1], range(14)))
    assert answers.count("family_sign_in_refused") <= 10


def test_the_current_password_is_not_guessed_from_a_phone_that_lies_about(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:00")
    token = chosen_by(families)
    at("2026-11-24T08:00")
    for _ in range(10):
        assert answer_of(choose(families, token, OTHER, OTHER))[1] == "current_wrong"
    assert answer_of(choose(families, token, OTHER, PASSWORD)) == (429, "locked")
    # Who comes in by the password elsewhere is not locked out by that.
    token_of(families, TAKAHASHI)


def test_of_two_with_one_mailbox_it_is_who_chose_the_password(double: Families) -> None:
    first, second = double.register("森 峰"), double.register("森 峰子")
    assert choose(double, first, PASSWORD).status_code == 204
    assert choose(double, second, OTHER).status_code == 204
    ids = [
        double.resolve(token_of(double, MINE, password))["guardian_id"]
        for password in (PASSWORD, OTHER)
    ]
    assert ids == double.school.of("森 峰", "森 峰子")
    assert refused(double, MINE, "neither-of-the-two") == REFUSED


def test_an_address_that_was_taken_away_lets_nobody_in(families: Families) -> None:
    chosen_by(families)
    by_password = token_of(families, TAKAHASHI)
    point = families.school.roster.id(TAKAHASHI)
    assert families.school.call("POST", f"/contact-points/{point}/end").status_code == 204
    assert families.refused(by_password) == OVER
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED


def test_without_a_mail_address_none_is_offered(families: Families) -> None:
    token = families.register("山崎 操")
    assert stand_of(families, token)["offered"] is False
    assert answer_of(choose(families, token)) == (409, "own_password_not_offered")


def test_a_password_ends_when_the_family_is_protected(families: Families) -> None:
    chosen_by(families)
    school = families.school
    child, guardian = school.of("髙橋 陽菜", "髙橋 恵")
    url = f"/members/{child}/guardians/{guardian}/protection"
    assert school.call("PUT", url, json={"protected": True}).status_code == 204
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED
    # By the link she comes in, and may choose another one.
    chosen_by(families, TAKAHASHI, OTHER)
    token_of(families, TAKAHASHI, OTHER)


def test_a_password_ends_when_the_office_puts_out_a_lost_phone(families: Families) -> None:
    chosen_by(families)
    school = families.school
    child, guardian = school.of("髙橋 陽菜", "髙橋 恵")
    url = f"/members/{child}/guardians/{guardian}/sessions/end"
    assert school.call("POST", url).status_code == 204
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED


@pytest.fixture
def sharing(empty_school: School, new_roster: type[RosterBuilder], database: Database) -> Families:
    """Return a school where a father reads an address that a protected mother has too."""
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.guardian(
        "森 峰", ["森 鷗介"], ["secret.mum@town.test", "home@town.test"], protected=True
    )
    roster.guardian("森 静男", ["森 鷗介"], label="父")
    again = {"id": roster.id("again"), "guardian_id": roster.id("森 静男")}
    roster.add("contact_points", kind="mail", address="home@town.test", **again)
    empty_school.load(roster)
    return Families(empty_school, database)


def test_a_protected_guardian_comes_in_by_no_address_that_another_one_reads(
    sharing: Families,
) -> None:
    chosen_by(sharing, "secret.mum@town.test")
    assert refused(sharing, "home@town.test", PASSWORD) == REFUSED
    family = sharing.resolve(token_of(sharing, "secret.mum@town.test"))
    assert family["guardian_ids"] == sharing.school.of("森 峰")


def test_who_reads_an_address_with_a_protected_guardian_chooses_no_password_for_them(
    sharing: Families,
) -> None:
    """Else the secret address, once known, would open the whole page."""
    school = sharing.school
    child, father = school.of("森 鷗介", "森 静男")
    url = f"/members/{child}/guardians/{father}/protection"
    assert school.call("PUT", url, json={"protected": True}).status_code == 204
    token = sharing.sign_in("home@town.test")
    assert stand_of(sharing, token)["offered"] is False
    assert answer_of(choose(sharing, token)) == (409, "own_password_not_offered")


def test_at_two_schools_one_password_opens_both_pages(
    families: Families, other_school: School, database: Database
) -> None:
    there = Families(other_school, database)
    chosen_by(families)
    chosen_by(there)
    opened = come_in(families, TAKAHASHI, PASSWORD).json["items"]
    assert {each["school_id"] for each in opened} == {str(families.school.id), str(there.school.id)}
    tokens = {each["school_id"]: each["token"] for each in opened}
    guardian_id = there.resolve(tokens[str(there.school.id)])["guardian_id"]
    assert guardian_id == there.school.roster.id("髙橋 恵")
    # Where it was changed it opens no page any more, and the answer does not tell where.
    chosen_by(there, TAKAHASHI, OTHER)
    [only] = come_in(families, TAKAHASHI, PASSWORD).json["items"]
    assert only["school_id"] == str(families.school.id)


def test_a_password_goes_with_its_guardian(families: Families, database: Database) -> None:
    token = chosen_by(families)
    school = families.school
    guardian = school.roster.id("髙橋 恵")
    for child in school.of("髙橋 陽菜", "髙橋 蓮"):
        url = f"/members/{child}/guardians/{guardian}"
        assert school.call("DELETE", url, json={"reason": "転居"}).status_code == 204
    assert refused(families, TAKAHASHI, PASSWORD) == REFUSED
    with database.for_system() as session:
        erase_guardians_alone(session, now=clock.now())
        erase_guardians_alone(session, now=clock.now() + timedelta(days=31))
    with database.for_system(read_only=True) as session:
        assert session.get(FamilyPassword, UUID(guardian)) is None
    assert answer_of(choose(families, token, OTHER)) == OVER


def test_who_is_joined_into_another_one_keeps_the_password(double: Families) -> None:
    token = double.register("森 峰子")
    assert choose(double, token).status_code == 204
    kept, gone = double.school.of("森 峰", "森 峰子")
    url = f"/guardians/{kept}/joining/{gone}"
    version = double.school.get(url)["version"]
    assert double.school.call("POST", url, json={"version": version}).status_code == 204
    assert double.resolve(token_of(double, MINE))["guardian_id"] == kept


def test_of_two_changes_at_once_one_counts(families: Families) -> None:
    first = families.sign_in(TAKAHASHI)
    second = families.sign_in(TAKAHASHI)
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(
                lambda each: choose(families, *each).status_code,
                ((first, PASSWORD), (second, OTHER)),
            )
        )
    assert answers.count(204) == 1
    assert {each for each in answers if each != 204} <= {401, 409}
    assert len(told(families)) == 1
