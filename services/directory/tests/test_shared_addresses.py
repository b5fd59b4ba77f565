"""Who shares a mail address with another guardian sees no more by it (MY-1, DIR-14)."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import RosterBuilder, School
from my_page_school import MINE, OVER, Families, double, families, names

from common import clock
from common.db import Database
from directory.actions.family_sessions import open_session
from directory.store.models import ContactPoint

__all__ = ["double", "families"]

HOME, SECRET = "home@town.test", "secret.mum@town.test"


def test_who_shares_the_address_comes_to_one_page(double: Families) -> None:
    token = double.sign_in(MINE)
    assert len(double.events("family_mail.requested")) == 1
    family = double.resolve(token)
    assert names(family) == ["森 鷗介", "森 茉莉"]
    assert sorted(family["guardian_ids"]) == sorted(double.school.of("森 峰", "森 峰子"))


def test_of_who_shares_the_address_nothing_else_is_shown_or_ended(double: Families) -> None:
    other = double.school.roster.id("other@town.test")
    for mail in (MINE, "other@town.test"):
        token = double.sign_in(mail)
        family = double.resolve(token)
        is_hers = family["guardian_id"] == double.school.roster.id("森 峰")
        hints = {point["hint"] for point in family["contact_points"]}
        assert hints == ({"m•••@town.test", "o•••@town.test"} if is_hers else {"m•••@town.test"})
        if not is_hers:
            url = f"/contact-points/{other}"
            for act in ("tests", "end"):
                answer = double.change("POST", f"{url}/{act}", token)
                assert answer.status_code in (404, 422)


@pytest.fixture(params=["mother first", "father first"])
def protected(
    request: pytest.FixtureRequest,
    empty_school: School,
    new_roster: type[RosterBuilder],
    database: Database,
) -> Families:
    """Return a school where a father reads an address that a protected mother has too."""
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.member("森 茉莉", "モリ マリ", "全校", 2)
    roster.guardian("森 峰", ["森 鷗介", "森 茉莉"], [SECRET], protected=True)
    roster.guardian("森 静男", ["森 鷗介"], ["father@town.test"], label="父")
    numbers = sorted(roster.id(each) for each in ("one", "two"))
    owners = ["森 峰", "森 静男"]
    if request.param == "father first":
        owners.reverse()
    for number, owner in zip(numbers, owners, strict=True):
        again = {"id": number, "guardian_id": roster.id(owner)}
        roster.add("contact_points", kind="mail", address=HOME, **again)
    empty_school.load(roster)
    return Families(empty_school, database)


def test_a_shared_address_does_not_open_a_protected_guardians_page(protected: Families) -> None:
    token = protected.sign_in(HOME)
    family = protected.resolve(token)
    assert family["guardian_ids"] == protected.school.of("森 静男")
    assert names(family) == ["森 鷗介"]
    hints = sorted(point["hint"] for point in family["contact_points"])
    assert hints == ["f•••@town.test", "h•••@town.test"]
    secret = protected.school.roster.id(SECRET)
    ended = protected.change("POST", f"/contact-points/{secret}/end", token, even_last=True)
    assert ended.status_code == 404
    home = [each["id"] for each in family["contact_points"] if each["hint"].startswith("h")]
    url = f"/contact-points/{home[0]}/end"
    assert protected.change("POST", url, token).status_code == 204
    # Of the mother's own she loses nothing by it.
    mother = protected.resolve(protected.sign_in(SECRET))
    assert len(mother["contact_points"]) == 2
    assert mother["guardian_ids"] == protected.school.of("森 峰")


def test_a_browser_let_in_as_a_protected_guardian_by_a_shared_address_is_out(
    protected: Families, database: Database
) -> None:
    mother, school_id = UUID(protected.school.roster.id("森 峰")), protected.school.id
    with database.for_school(school_id) as session:
        points = session.scalars(
            sa.select(ContactPoint).where(ContactPoint.guardian_id == mother)
        ).all()
        [home] = [
            point.id for point in points if str(point.id) != protected.school.roster.id(SECRET)
        ]
        token = open_session(session, school_id, mother, contact_point_id=home, now=clock.now())
    assert protected.refused(token) == OVER


def test_a_protected_guardian_registered_twice_sees_the_shared_address_alone(
    protected: Families,
) -> None:
    school = protected.school
    child, father = school.of("森 鷗介", "森 静男")
    url = f"/members/{child}/guardians/{father}/protection"
    assert school.call("PUT", url, json={"protected": True}).status_code == 204
    family = protected.resolve(protected.sign_in(HOME))
    assert len(family["guardian_ids"]) == 1
    assert [point["hint"] for point in family["contact_points"]] == ["h•••@town.test"]
