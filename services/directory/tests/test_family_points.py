"""What a family does with its own contact points and language at My Page (MY-2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from directory_school import RosterBuilder, School
from my_page_school import MINE, OVER, TAKAHASHI, Families, double, families, names

from common import clock
from common.db import Database, erasure
from directory.store.models import METADATA, ContactPoint, FamilyLink, FamilySession, LinkAsk

__all__ = ["double", "families"]


def test_the_language_is_ones_own(families: Families) -> None:
    token = families.sign_in(TAKAHASHI)
    for _ in range(2):
        assert families.change("PUT", "/language", token, language="en").status_code == 204
    assert families.resolve(token)["language"] == "en"
    assert families.actions().count("guardian.language_changed") == 1
    families.ask(TAKAHASHI, "203.0.113.9")
    assert families.mails()[-1]["language"] == "en"


def test_a_test_proves_the_address_whose_mail_is_pressed(
    families: Families, database: Database
) -> None:
    token = families.register("小鳥遊 学")
    [point] = families.resolve(token)["contact_points"]
    assert point["proved_at"] is None
    url = f"/contact-points/{point['id']}/tests"
    assert families.change("POST", url, token).status_code == 204
    [mail] = families.mails()
    assert mail["kind"] == "test"
    pressed = families.press(mail["token"]).json
    assert (pressed["kind"], pressed["token"]) == ("test", None)
    assert families.press(mail["token"]).json["error"]["code"] == "family_test_used"
    assert families.resolve(token)["contact_points"][0]["proved_at"] is not None


def test_a_test_is_good_for_a_day(families: Families, at: Callable[[str], None]) -> None:
    at("2026-11-24T07:00")
    token = families.register("小鳥遊 学")
    url = f"/contact-points/{families.school.roster.id('manabu@town.test')}/tests"
    assert families.change("POST", url, token).status_code == 204
    link = families.mails()[0]["token"]
    at("2026-11-25T07:01")
    assert families.press(link).json["error"]["code"] == "family_test_over"


def test_a_test_goes_to_ones_own_mail_addresses_and_not_without_end(families: Families) -> None:
    token = families.register("小鳥遊 学")
    for stranger in (families.school.roster.id(TAKAHASHI), str(uuid4())):
        url = f"/contact-points/{stranger}/tests"
        assert families.change("POST", url, token).status_code == 404
    url = f"/contact-points/{families.school.roster.id('manabu@town.test')}/tests"
    answers = [families.change("POST", url, token).status_code for _ in range(4)]
    assert answers == [204, 204, 204, 429]


def test_the_last_contact_point_is_asked_about_twice_and_logged(families: Families) -> None:
    token = families.sign_in(TAKAHASHI)
    url = f"/contact-points/{families.school.roster.id(TAKAHASHI)}/end"
    refused = families.change("POST", url, token)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "last_contact_point")
    assert families.change("POST", url, token, even_last=True).status_code == 204
    assert families.actions().count("contact_point.last_ended") == 1
    # Who took it away stays; no other browser does that it had let in.
    assert families.resolve(token)["contact_points"] == []


def test_of_two_ends_at_once_one_is_the_last_and_is_asked_about(
    empty_school: School, new_roster: type[RosterBuilder], database: Database
) -> None:
    mails = [f"m{number}@town.test" for number in range(4)]
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.guardian("森 峰", ["森 鷗介"], mails)
    empty_school.load(roster)
    families = Families(empty_school, database)
    token = families.register("森 峰")
    urls = [f"/contact-points/{roster.id(mail)}/end" for mail in mails]
    with ThreadPoolExecutor(len(urls)) as many:
        answers = list(many.map(lambda url: families.change("POST", url, token).status_code, urls))
    assert sorted(answers) == [204, 204, 204, 409]
    assert len(families.resolve(token)["contact_points"]) == 1


def test_an_address_registered_twice_is_taken_away_twice(
    double: Families, database: Database
) -> None:
    token, other = double.sign_in(MINE), double.sign_in("other@town.test")
    [mine] = [
        point["id"]
        for point in double.resolve(token)["contact_points"]
        if point["hint"].startswith("m")
    ]
    url = f"/contact-points/{mine}/end"
    # As one of the two she has no other.
    assert double.change("POST", url, token, even_last=True).status_code == 204
    assert len(double.events("contact_point.ended")) == 2
    with database.for_system(read_only=True) as session:
        states = session.scalars(
            sa.select(ContactPoint.state).where(ContactPoint.school_id == double.school.id)
        ).all()
    assert sorted(states) == ["active", "ended", "ended"]
    assert names(double.resolve(other)) == ["森 鷗介"]


def test_what_is_anothers_is_not_taken_away(families: Families) -> None:
    token = families.sign_in(TAKAHASHI)
    url = f"/contact-points/{families.school.roster.id('manabu@town.test')}/end"
    assert families.change("POST", url, token, even_last=True).status_code == 404


def test_the_mail_goes_sealed_to_the_address_as_it_was_typed(families: Families) -> None:
    families.ask(TAKAHASHI)
    [mail] = families.mails()
    assert datetime.fromisoformat(mail["expires_at"]) > clock.now()
    assert UUID(mail["guardian_id"]) == UUID(families.school.roster.id("髙橋 恵"))
    [event] = families.events("family_mail.requested")
    assert set(event.payload) == {"mail_id"}


def test_a_school_that_is_erased_lets_nobody_in_and_keeps_nothing(
    families: Families, database: Database
) -> None:
    token = families.sign_in(TAKAHASHI)
    families.ask("manabu@town.test", "203.0.113.9")
    link = families.mails()[-1]["token"]
    school_id = families.school.id
    with database.for_school(school_id) as session:
        erasure.begin_erasure(session, school_id, clock.now())
    # From the mark on nothing comes back, in the middle of it too.
    for answer in (families.press(link), families.change("POST", "/end", token)):
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "school_erased")
    with database.for_system() as session:
        while erasure.erase_batch(session, METADATA, school_id):
            pass
    assert families.refused(token) == OVER
    with database.for_system(read_only=True) as session:
        for model in (FamilySession, FamilyLink, LinkAsk):
            left = session.scalars(sa.select(model).where(model.school_id == school_id)).all()
            assert left == []
