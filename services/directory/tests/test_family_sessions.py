"""Families come to their page by a link in a mail, and stay known (MY-1, MY-2, MY-6)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from directory_school import School
from my_page_school import MINE, OVER, TAKAHASHI, Families, double, families, names

from common import clock
from common.db import Database
from directory.actions.erase_members import erase_guardians_alone
from directory.actions.family_links import forget_old_links
from directory.actions.family_sessions import forget_old_sessions
from directory.store.models import FamilyLink, FamilySession, LinkAsk

__all__ = ["double", "families"]


def test_a_link_from_a_registered_address_lets_one_in(families: Families) -> None:
    family = families.resolve(families.sign_in(TAKAHASHI))
    assert names(family) == ["髙橋 陽菜", "髙橋 蓮"]
    assert [child["class_name"] for child in family["children"]] == ["4年2組", "5年1組"]
    assert [point["hint"] for point in family["contact_points"]] == ["m•••@docomo.town.test"]
    assert family["guardian_ids"] == families.school.of("髙橋 恵")
    assert "family.signed_in" in families.actions()


def test_a_press_proves_the_address_that_brought_the_link(families: Families) -> None:
    family = families.resolve(families.sign_in(TAKAHASHI))
    assert family["contact_points"][0]["proved_at"] is not None


@pytest.mark.parametrize(
    "typed", [TAKAHASHI, f"  {TAKAHASHI.upper()} ", '"m..takahashi"@docomo.town.test']
)
def test_an_address_is_known_however_it_is_typed(families: Families, typed: str) -> None:
    assert families.ask(typed) == 204
    assert len(families.mails()) == 1


def test_an_unknown_address_gets_the_same_answer_and_no_mail(families: Families) -> None:
    assert families.ask("nobody@town.test") == 204
    # Of a member of staff, whose page this is not.
    assert families.ask("noguchi@town.test") == 204
    assert families.mails() == []


def test_what_is_no_address_is_said_at_once(families: Families) -> None:
    body = {"mail": "takahashi", "remote_address": "::1"}
    answer = families.school.call("POST", "/family-links", families.gateway, json=body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["error"]["code"] == "mail_at_sign"


def test_a_link_is_good_once_and_looking_at_it_changes_nothing(families: Families) -> None:
    families.ask(TAKAHASHI)
    [mail] = families.mails()
    for _ in range(3):
        shown = families.school.get(f"/family-links/{mail['token']}", families.gateway)
        assert shown["kind"] == "sign_in"
    assert families.press(mail["token"]).status_code == 200
    again = families.press(mail["token"])
    assert (again.status_code, again.json["error"]["code"]) == (409, "family_link_used")
    assert families.mails() == []


def test_of_two_presses_at_once_one_lets_in(families: Families) -> None:
    families.ask(TAKAHASHI)
    token = families.mails()[0]["token"]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: families.press(token).status_code, range(2)))
    assert sorted(answers) == [200, 409]


def test_a_link_is_good_for_a_quarter_of_an_hour(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-11-24T07:00")
    families.ask(TAKAHASHI)
    token = families.mails()[0]["token"]
    at("2026-11-24T07:16")
    assert families.press(token).json["error"]["code"] == "family_link_over"
    # A mail that went nowhere for so long need not go any more.
    assert families.mails() == []


def test_a_link_that_is_not_ours_opens_nothing(families: Families) -> None:
    families.ask(TAKAHASHI)
    token = families.mails()[0]["token"]
    turned = token[:-1] + ("A" if token[-1] != "A" else "B")
    for forged in (turned, "x", token + "A"):
        assert families.press(forged).status_code == 404


def test_a_mailbox_is_not_filled_and_nobody_learns_of_it(families: Families) -> None:
    answers = [families.ask(TAKAHASHI) for _ in range(8)]
    assert set(answers) == {204}
    assert len(families.mails()) == 3
    # The other parent is not kept out by that.
    families.ask("manabu@town.test")
    assert len(families.mails()) == 4


def test_a_stranger_who_asks_for_an_address_keeps_its_owner_not_out(families: Families) -> None:
    for _ in range(5):
        assert families.ask(TAKAHASHI, "203.0.113.9") == 204
    assert len(families.mails()) == 3
    families.ask(TAKAHASHI)
    assert len(families.mails()) == 4


def test_from_however_many_networks_a_mailbox_is_not_filled(families: Families) -> None:
    for number in range(34):
        assert families.ask(TAKAHASHI, f"10.0.{number}.1") == 204
    assert len(families.mails()) == 30


def test_asks_at_once_are_no_more_than_asks_one_by_one(families: Families) -> None:
    with ThreadPoolExecutor(12) as many:
        answers = list(many.map(lambda _: families.ask(TAKAHASHI), range(12)))
    assert set(answers) == {204}
    assert len(families.mails()) == 3


def test_tests_at_once_are_no_more_than_tests_one_by_one(families: Families) -> None:
    token = families.register("小鳥遊 学")
    url = f"/contact-points/{families.school.roster.id('manabu@town.test')}/tests"
    with ThreadPoolExecutor(8) as many:
        answers = list(
            many.map(lambda _: families.change("POST", url, token).status_code, range(8))
        )
    assert sorted(answers) == [204] * 3 + [429] * 5


def test_a_network_that_asks_for_a_list_of_addresses_waits(families: Families) -> None:
    answers = [families.ask(f"a{number}@town.test") for number in range(62)]
    assert answers[:60] == [204] * 60
    assert answers[60:] == [429] * 2
    # Another network of the same town is let in.
    assert families.ask(TAKAHASHI, "203.0.113.9") == 204
    assert len(families.mails()) == 1


def test_no_other_guardians_address_is_shown(families: Families) -> None:
    token = families.sign_in("t.takahashi@town.test")
    hints = [point["hint"] for point in families.resolve(token)["contact_points"]]
    assert hints == ["t•••@town.test"]


def test_who_has_just_registered_is_let_in(families: Families) -> None:
    family = families.resolve(families.register("山崎 操"))
    assert names(family) == ["山崎 樹"]
    assert [point["kind"] for point in family["contact_points"]] == ["line"]


def test_nothing_of_the_database_opens_a_page(families: Families, database: Database) -> None:
    token = families.sign_in(TAKAHASHI)
    with database.for_system(read_only=True) as session:
        hashes = session.scalars(sa.select(FamilySession.token_hash)).all()
    assert token.encode() not in [bytes(each) for each in hashes]


def test_another_school_does_not_know_the_browser(families: Families, other_school: School) -> None:
    token = families.sign_in(TAKAHASHI)
    body = {"token": token}
    gateway = other_school.service("gateway")
    answer = other_school.refused("POST", "/family-sessions/resolve", gateway, json=body)
    assert answer == OVER


def test_a_browser_is_known_for_long_and_not_for_ever(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-04-06T07:00")
    token = families.register("髙橋 恵")
    for moment in ("2026-06-20T07:00", "2026-09-10T07:00", "2026-12-01T07:00", "2027-02-20T07:00"):
        at(moment)
        families.resolve(token)
    # Every year and a month anew.
    at("2027-05-15T07:00")
    assert families.refused(token) == OVER


def test_a_browser_that_nobody_used_for_a_quarter_is_forgotten(
    families: Families, at: Callable[[str], None]
) -> None:
    at("2026-04-06T07:00")
    token = families.register("髙橋 恵")
    at("2026-07-06T07:00")
    assert families.refused(token) == OVER


def test_jobs_sweep_what_is_over(families: Families, database: Database) -> None:
    families.sign_in(TAKAHASHI)
    school_id = families.school.id
    later = clock.now() + timedelta(days=91)
    with database.for_system() as session:
        forget_old_sessions(session, now=later)
        forget_old_links(session, now=later)
    with database.for_system(read_only=True) as session:
        for model in (FamilySession, FamilyLink, LinkAsk):
            left = session.scalars(sa.select(model).where(model.school_id == school_id)).all()
            assert left == []


def test_signed_out_is_signed_out(families: Families) -> None:
    token = families.sign_in(TAKAHASHI)
    for _ in range(2):
        assert families.change("POST", "/end", token).status_code == 204
    assert families.refused(token) == OVER


def test_a_lost_phone_is_put_out_from_another_one(double: Families) -> None:
    lost = [double.sign_in(MINE), double.register("森 峰"), double.register("森 峰子")]
    token = double.sign_in(MINE)
    assert double.change("POST", "/end-others", token).status_code == 204
    assert [double.refused(each) for each in lost] == [OVER] * 3
    assert len(double.resolve(token)["children"]) == 2
    assert double.actions().count("family.sessions_ended") == 1
    answer = double.change("POST", "/end-others", lost[0])
    assert answer.status_code == 401


def test_others_stay_in_where_a_phone_is_put_out(families: Families) -> None:
    other, token = families.register("高橋 隆"), families.sign_in(TAKAHASHI)
    assert families.change("POST", "/end-others", token).status_code == 204
    assert names(families.resolve(other)) == ["高橋 陽菜"]


def test_the_office_puts_out_a_lost_phone(families: Families) -> None:
    school = families.school
    lost, other = families.sign_in(TAKAHASHI), families.register("高橋 隆")
    child, guardian = school.of("髙橋 陽菜", "髙橋 恵")
    url = f"/members/{child}/guardians/{guardian}/sessions/end"
    assert school.call("POST", url).status_code == 204
    assert families.refused(lost) == OVER
    families.resolve(other)
    assert families.actions().count("family.sessions_ended") == 1
    # By a mail she comes in again.
    families.resolve(families.sign_in(TAKAHASHI))
    # Of whom the child has not, nobody is put out.
    stranger = f"/members/{child}/guardians/{school.roster.id('高橋 隆')}/sessions/end"
    assert school.call("POST", stranger).status_code == 404


def test_an_address_that_the_office_takes_away_lets_nobody_in(families: Families) -> None:
    school = families.school
    token, registered = families.sign_in(TAKAHASHI), families.register("髙橋 恵")
    families.ask(TAKAHASHI, "203.0.113.9")
    link = families.mails()[0]["token"]
    point = school.roster.id(TAKAHASHI)
    assert school.call("POST", f"/contact-points/{point}/end").status_code == 204
    assert families.refused(token) == OVER
    assert families.press(link).status_code == 404
    assert families.mails() == []
    # A browser that was let in by the sheet has nothing to do with that address.
    assert families.resolve(registered)["contact_points"] == []


def test_a_family_that_is_protected_now_signs_in_anew(families: Families) -> None:
    school = families.school
    token, other = families.sign_in(TAKAHASHI), families.register("小鳥遊 学")
    child, guardian = school.of("髙橋 陽菜", "髙橋 恵")
    url = f"/members/{child}/guardians/{guardian}/protection"
    assert school.call("PUT", url, json={"protected": True}).status_code == 204
    assert families.refused(token) == OVER
    families.resolve(other)
    assert names(families.resolve(families.sign_in(TAKAHASHI))) == ["髙橋 陽菜", "髙橋 蓮"]


def test_a_child_that_was_taken_from_a_guardian_is_on_the_page_no_more(
    families: Families, database: Database
) -> None:
    school = families.school
    token = families.register("髙橋 恵")
    guardian = school.roster.id("髙橋 恵")
    for child in school.of("髙橋 陽菜", "髙橋 蓮"):
        url = f"/members/{child}/guardians/{guardian}"
        assert school.call("DELETE", url, json={"reason": "転居"}).status_code == 204
        if child == school.roster.id("髙橋 陽菜"):
            assert names(families.resolve(token)) == ["髙橋 蓮"]
    assert families.refused(token) == OVER
    with database.for_system() as session:
        erase_guardians_alone(session, now=clock.now())
        erase_guardians_alone(session, now=clock.now() + timedelta(days=31))
    assert families.refused(token) == OVER


def test_a_deleted_child_is_not_on_the_page(families: Families) -> None:
    school = families.school
    token = families.register("髙橋 恵")
    assert school.call("DELETE", f"/members/{school.roster.id('髙橋 陽菜')}").status_code == 204
    assert names(families.resolve(token)) == ["髙橋 蓮"]


def test_who_was_joined_into_another_one_is_that_one(families: Families) -> None:
    school = families.school
    token, same = families.register("山崎 操"), families.register("小鳥遊 学")
    kept, gone = school.of("小鳥遊 学", "山崎 操")
    url = f"/guardians/{kept}/joining/{gone}"
    version = school.get(url)["version"]
    assert school.call("POST", url, json={"version": version}).status_code == 204
    for each in (token, same):
        assert sorted(names(families.resolve(each))) == ["小鳥遊 心", "山崎 樹"]
