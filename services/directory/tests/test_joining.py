"""Two guardians who are one person are joined by hand (DIR-8, DIR-15)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import RosterBuilder, School

from common import clock
from common.db import Database
from common.schemas import Envelope
from directory.actions.contact_points import stop_contact_point

HINA, REN, SAKU = "髙橋 陽菜", "髙橋 蓮", "髙橋 咲"
MOTHER, TWICE, FATHER = "髙橋 恵", "髙橋恵", "髙橋 健"
MAIL, SECOND, FATHERS = "megumi@town.test", "megumi2@town.test", "ken@town.test"


@pytest.fixture
def family(empty_school: School, new_roster: type[RosterBuilder]) -> School:
    """Return a school in which a mother is registered twice: of the elder, and of the younger."""
    roster = new_roster()
    roster.group("全校")
    roster.group("4-1", "全校")
    roster.group("5-1", "全校")
    roster.member(HINA, "タカハシ ヒナ", "4-1", 1)
    roster.member(REN, "タカハシ レン", "5-1", 1)
    roster.member(SAKU, "タカハシ サク", "5-1", 2)
    roster.guardian(MOTHER, [HINA], [MAIL])
    roster.guardian(TWICE, [REN, SAKU], [SECOND], label="お母さん")
    roster.guardian(FATHER, [HINA, REN], [FATHERS], label="父")
    empty_school.load(roster)
    return empty_school


def url(school: School, one: str = MOTHER, other: str = TWICE) -> str:
    return f"/guardians/{school.roster.id(one)}/joining/{school.roster.id(other)}"


def join(school: School, one: str = MOTHER, other: str = TWICE, headers: Any = None) -> Any:
    where = url(school, one, other)
    version = school.get(where, headers)["version"]
    return school.call("POST", where, headers, json={"version": version})


def guardians(school: School, child: str) -> dict[str, dict[str, Any]]:
    shown = school.get(f"/members/{school.roster.id(child)}")["guardians"]
    return {guardian["name"]: guardian for guardian in shown}


def said(school: School, database: Database) -> list[tuple[str, dict[str, Any]]]:
    statement = sa.text("SELECT body FROM outbox WHERE school_id = :school ORDER BY position")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    events = map(Envelope.load, bodies)
    return [(event.type, event.payload) for event in events]


def protect(school: School, child: str, guardian: str) -> None:
    where = f"/members/{school.roster.id(child)}/guardians/{school.roster.id(guardian)}/protection"
    assert school.call("PUT", where, json={"protected": True}).status_code == 204


def test_the_preview_says_what_would_be_and_changes_nothing(
    family: School, database: Database
) -> None:
    before = said(family, database)
    shown = family.get(url(family))
    assert (shown["name"], shown["children"], shown["mails"]) == (MOTHER, 3, 2)
    assert (shown["too_many"], shown["same_points"], shown["protects"]) == (False, 0, False)
    names = [
        [child["display_name"] for child in shown[side]["children"]] for side in ("kept", "gone")
    ]
    assert [sorted(side) for side in names] == [[HINA], [SAKU, REN]]
    assert set(guardians(family, REN)) == {TWICE, FATHER}
    assert said(family, database) == before


def test_the_children_and_addresses_of_both_are_one_guardians(
    family: School, database: Database
) -> None:
    before = len(said(family, database))
    assert join(family).status_code == 204
    assert set(guardians(family, REN)) == {MOTHER, FATHER}
    mother = guardians(family, REN)[MOTHER]
    assert (mother["id"], mother["label"]) == (family.roster.id(MOTHER), "お母さん")
    assert len(mother["contact_points"]) == 2
    siblings = family.get(f"/members/{family.roster.id(HINA)}")["siblings"]
    assert {child["display_name"] for child in siblings} == {REN, SAKU}
    told = dict(said(family, database)[before:])
    assert told["guardian.joined"] == {
        "guardian_id": UUID(family.roster.id(TWICE)),
        "into_id": UUID(family.roster.id(MOTHER)),
    }
    recorded = told["operation.recorded"]
    assert (recorded["action"], recorded["details"]["contact_points"]) == (
        "guardianship.joined",
        2,
    )
    assert sorted(recorded["details"]["pupil_ids"]) == sorted(family.of(HINA, REN, SAKU))


def test_one_address_twice_stays_once_and_a_stop_stays(family: School, database: Database) -> None:
    """DIR-8: what the family stopped is not begun again by joining."""
    twice = sa.text(
        "UPDATE contact_points SET state = 'stopped',"
        " address_index = (SELECT address_index FROM contact_points WHERE id = :one)"
        " WHERE id = :other"
    )
    points = {"one": UUID(family.roster.id(MAIL)), "other": UUID(family.roster.id(SECOND))}
    with database.for_system() as session:
        session.execute(twice, points)
    assert family.get(url(family))["same_points"] == 1
    before = len(said(family, database))
    assert join(family).status_code == 204
    [point] = guardians(family, HINA)[MOTHER]["contact_points"]
    assert (point["id"], point["state"]) == (family.roster.id(MAIL), "stopped")
    ended = {"contact_point_id": UUID(family.roster.id(SECOND))}
    assert ("contact_point.ended", ended) in said(family, database)[before:]


def test_who_presses_stop_in_an_old_mail_is_heard_after_joining(
    family: School, database: Database
) -> None:
    """The mail names the contact point that is gone; the address lives on under the other one."""
    points = {"one": UUID(family.roster.id(MAIL)), "other": UUID(family.roster.id(SECOND))}
    twice = sa.text(
        "UPDATE contact_points SET address_index ="
        " (SELECT address_index FROM contact_points WHERE id = :one) WHERE id = :other"
    )
    with database.for_system() as session:
        session.execute(twice, points)
    assert join(family).status_code == 204
    where = f"/contact-points/{points['other']}"
    asked = family.get(where, family.service("dispatch-mail"))
    assert asked["state"] == "active"
    event = Envelope.of("contact_point.stopped", family.id, {"contact_point_id": points["other"]})
    with database.for_school(family.id) as session:
        stop_contact_point(session, event, None, now=clock.now())
    [point] = guardians(family, HINA)[MOTHER]["contact_points"]
    assert point["state"] == "stopped"


def test_a_child_of_both_keeps_one_link(family: School) -> None:
    assert join(family, MOTHER, FATHER).status_code == 204
    assert list(guardians(family, HINA)) == [MOTHER]
    assert guardians(family, HINA)[MOTHER]["label"] == "母"


def test_what_changed_since_the_preview_is_not_joined(family: School) -> None:
    version = family.get(url(family))["version"]
    family.call("POST", f"/contact-points/{family.roster.id(SECOND)}/end")
    refused = family.refused("POST", url(family), json={"version": version})
    assert refused == (409, "joining_changed")
    assert TWICE in guardians(family, REN)


def test_more_addresses_than_one_may_have_are_refused(family: School) -> None:
    for guardian, child in ((MOTHER, HINA), (TWICE, REN)):
        where = f"/members/{family.roster.id(child)}/guardians/{family.roster.id(guardian)}/mails"
        for number in range(2):
            mail = {"mail": f"more{number}-{family.roster.id(guardian)[:4]}@town.test"}
            assert family.call("POST", where, json=mail).status_code == 204
    assert family.get(url(family))["too_many"] is True
    answer = join(family)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "joined_mails_too_many")
    assert TWICE in guardians(family, REN)


def test_nobody_is_joined_with_oneself_or_twice(family: School) -> None:
    own = url(family, MOTHER, MOTHER)
    assert family.refused("GET", own) == (422, "same_guardian")
    join(family)
    assert family.refused("GET", url(family)) == (404, "guardian_not_found")


def test_an_audience_frozen_before_reaches_the_one_who_stays(family: School) -> None:
    """DIR-15: a message on its way must not miss the mother who was registered twice."""
    snapshot = family.snapshot(groups=["全校"])
    gone = family.of(TWICE)
    join(family)
    page = family.get(f"/snapshots/{snapshot['id']}/page?limit=500", family.service("messaging"))
    addressed = {item["display_name"]: item["guardian_ids"] for item in page["items"]}
    assert set(addressed[REN]) == set(family.of(MOTHER, FATHER))
    members = [{"member_id": family.roster.id(REN), "guardian_ids": gone}]
    body = {"kind": "mail", "lane": "normal", "members": members}
    found = family.post("/contact-points/look-up", body, family.service("dispatch-mail"))["items"]
    assert {item["guardian_id"] for item in found} == set(family.of(MOTHER))
    assert {item["contact_point_id"] for item in found} == set(family.of(MAIL, SECOND))


class TestDoubles:
    def names(self, school: School, query: str = "", headers: Any = None) -> list[str]:
        where = f"/guardians/{school.roster.id(MOTHER)}/doubles?query={query}"
        return [item["name"] for item in school.get(where, headers)["items"]]

    def test_one_of_the_same_name_is_offered(self, family: School) -> None:
        assert self.names(family) == [TWICE]

    def test_others_are_found_by_their_children(self, family: School) -> None:
        assert set(self.names(family, "レン")) == {TWICE, FATHER}

    def test_a_protected_one_is_offered_to_nobody_who_may_not_see_it(self, family: School) -> None:
        protect(family, REN, TWICE)
        clerk = family.staff("roster.see", "roster.change")
        assert self.names(family) == [TWICE]
        assert self.names(family, headers=clerk) == []


class TestProtected:
    """DIR-14: only who sees a protected family joins its guardians."""

    @pytest.mark.parametrize("marked", [(HINA, MOTHER), (REN, TWICE)])
    def test_a_hidden_one_is_not_joined(self, family: School, marked: tuple[str, str]) -> None:
        protect(family, *marked)
        clerk = family.staff("roster.see", "roster.change")
        assert family.refused("GET", url(family), clerk) == (404, "guardian_not_found")
        body = {"version": family.get(url(family))["version"]}
        refused = family.refused("POST", url(family), clerk, json=body)
        assert refused == (404, "guardian_not_found")

    def test_the_mark_of_one_covers_the_children_of_both(
        self, family: School, database: Database
    ) -> None:
        protect(family, REN, TWICE)
        assert family.get(url(family))["protects"] is True
        before = len(said(family, database))
        join(family)
        assert guardians(family, HINA)[MOTHER]["protected"] is True
        told = [payload for kind, payload in said(family, database)[before:] if "protected" in kind]
        assert {str(each["member_id"]) for each in told} == set(family.of(HINA, REN, SAKU))

    def test_a_mark_on_the_link_that_goes_stays(self, family: School) -> None:
        protect(family, HINA, FATHER)
        join(family, MOTHER, FATHER)
        assert guardians(family, HINA)[MOTHER]["protected"] is True


def test_who_is_limited_to_own_classes_joins_nobody_of_others(family: School) -> None:
    right = "roster.change"
    clerk = family.staff(right, own_only=[right], groups=["4-1"])
    assert family.refused("GET", url(family), clerk) == (403, "out_of_scope")
