"""Who is no guardian any more, who is protected, and a contact point that ends (DIR-14, DIR-15)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import School

from common.db import Database
from common.schemas import Envelope

CHILD, BROTHER, MOTHER, MAIL = "髙橋 陽菜", "髙橋 蓮", "髙橋 恵", "m..takahashi@docomo.town.test"
WHY = {"reason": "親権者の変更（11月30日、書面で確認）"}


def _said(school: School, database: Database) -> list[tuple[str, dict[str, Any]]]:
    statement = sa.text("SELECT body FROM outbox WHERE school_id = :school ORDER BY position")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(statement, {"school": school.id}).all()
    events = map(Envelope.load, bodies)
    return [(event.type, event.payload) for event in events]


def _of_guardianship(school: School, child: str) -> dict[str, UUID]:
    member_id, guardian_id = UUID(school.roster.id(child)), UUID(school.roster.id(MOTHER))
    return {"guardian_id": guardian_id, "member_id": member_id}


def _url(school: School, child: str = CHILD) -> str:
    return f"/members/{school.roster.id(child)}/guardians/{school.roster.id(MOTHER)}"


def _end(school: School, child: str = CHILD) -> Any:
    return school.call("DELETE", _url(school, child), json=WHY)


def _guardians(school: School, child: str) -> list[str]:
    return [each["name"] for each in school.get(f"/members/{school.roster.id(child)}")["guardians"]]


def test_a_guardianship_ends_for_one_child_and_is_told(school, database):
    before = len(_said(school, database))
    assert _end(school).status_code == 204
    assert MOTHER not in _guardians(school, CHILD)
    assert MOTHER in _guardians(school, BROTHER)
    (recorded, operation), ended = _said(school, database)[before:]
    assert (recorded, operation["action"]) == ("operation.recorded", "guardianship.ended")
    assert operation["details"] == {"guardian_id": school.roster.id(MOTHER), **WHY}
    assert ended == ("guardianship.ended", _of_guardianship(school, CHILD))
    assert school.refused("DELETE", _url(school), json=WHY) == (404, "guardian_not_found")


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "reason_missing"), ("　", "reason_missing"), ("あ" * 201, "reason_too_long")],
)
def test_a_guardianship_ends_for_a_reason_only(school, reason, code):
    refused = school.refused("DELETE", _url(school), json={"reason": reason})
    assert refused == (422, code)
    assert MOTHER in _guardians(school, CHILD)


def test_after_the_last_child_nothing_is_sent_to_the_guardian_any_more(school, database):
    """DIR-8: an address stays where a brother still has it."""
    _end(school)
    members = [{"member_id": school.roster.id(BROTHER), "guardian_ids": school.of(MOTHER)}]
    body = {"kind": "mail", "lane": "urgent", "members": members}
    dispatcher = school.service("dispatch-mail")
    [item] = school.post("/contact-points/look-up", body, dispatcher)["items"]
    before = len(_said(school, database))
    _end(school, BROTHER)
    said = _said(school, database)[before:]
    ended = [payload for kind, payload in said if kind == "contact_point.ended"]
    assert ended == [{"contact_point_id": UUID(item["contact_point_id"])}]
    recorded = [payload for kind, payload in said if kind == "operation.recorded"]
    assert [(each["action"], each["target_kind"]) for each in recorded] == [
        ("guardianship.ended", "member"),
        ("contact_point.ended", "contact_point"),
    ]


def test_an_audience_that_was_frozen_before_leaves_the_ended_guardian_out(school):
    snapshot = school.snapshot(groups=["全校"])
    page = f"/snapshots/{snapshot['id']}/page?limit=500"

    def readers() -> dict[str, list[str]]:
        items = school.get(page, school.service("messaging"))["items"]
        return {item["display_name"]: item["guardian_ids"] for item in items}

    mother = school.roster.id(MOTHER)
    assert mother in readers()[CHILD]
    _end(school)
    assert mother not in readers()[CHILD]
    assert mother in readers()[BROTHER]


def test_a_page_of_an_audience_names_children_and_classes_for_their_pages(school):
    snapshot = school.snapshot(groups=["全校"])
    page = school.get(f"/snapshots/{snapshot['id']}/page?limit=500", school.service("messaging"))
    classes = {item["display_name"]: item["class_name"] for item in page["items"]}
    assert classes[CHILD] == "4年2組"


def test_a_mark_of_protection_covers_all_of_the_guardians_children(school, database):
    before = len(_said(school, database))
    url = f"{_url(school)}/protection"
    for _ in range(2):
        assert school.call("PUT", url, json={"protected": True}).status_code == 204
    said = _said(school, database)[before:]
    assert [payload["action"] for kind, payload in said if kind == "operation.recorded"] == [
        "guardianship.protected"
    ]
    told = [payload for kind, payload in said if kind == "guardianship.protected"]
    assert sorted(told, key=str) == sorted(
        [_of_guardianship(school, CHILD), _of_guardianship(school, BROTHER)], key=str
    )
    guardians = school.get(f"/members/{school.roster.id(BROTHER)}")["guardians"]
    assert {each["name"]: each["protected"] for each in guardians}[MOTHER] is True


def test_a_mark_is_taken_away_and_brings_no_old_link_back(school, database):
    url = f"{_url(school)}/protection"
    school.call("PUT", url, json={"protected": True})
    before = len(_said(school, database))
    assert school.call("PUT", url, json={"protected": False}).status_code == 204
    [(kind, payload)] = _said(school, database)[before:]
    assert (kind, payload["action"]) == ("operation.recorded", "guardianship.unprotected")


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [("DELETE", "", WHY), ("PUT", "/protection", {"protected": True})],
)
def test_only_who_may_change_the_roster_there_changes_a_guardianship(school, method, suffix, body):
    url = f"{_url(school)}{suffix}"
    assert school.call(method, url, school.staff("roster.see"), json=body).status_code == 403
    assert MOTHER in _guardians(school, CHILD)


def test_who_does_not_see_protected_families_marks_none(school):
    clerk = school.staff("roster.see", "roster.change")
    url = f"{_url(school)}/protection"
    assert school.call("PUT", url, clerk, json={"protected": True}).status_code == 403


def test_an_ended_contact_point_takes_nothing_any_more_and_is_told(school, database):
    url = f"/contact-points/{school.roster.id(MAIL)}/end"
    before = len(_said(school, database))
    assert school.call("POST", url).status_code == 204
    (recorded, operation), ended = _said(school, database)[before:]
    assert (recorded, operation["action"]) == ("operation.recorded", "contact_point.ended")
    assert set(operation["details"]["member_ids"]) == {
        school.roster.id(CHILD),
        school.roster.id(BROTHER),
    }
    point_id = UUID(school.roster.id(MAIL))
    assert ended == ("contact_point.ended", {"contact_point_id": point_id})
    members = [{"member_id": school.roster.id(CHILD), "guardian_ids": school.of(MOTHER)}]
    body = {"kind": "mail", "lane": "urgent", "members": members}
    found = school.post("/contact-points/look-up", body, school.service("dispatch-mail"))["items"]
    assert school.roster.id(MAIL) not in {item["contact_point_id"] for item in found}
    assert school.refused("POST", url) == (404, "contact_point_not_found")


def test_an_ended_guardian_gets_nothing_of_what_is_still_under_way(school):
    """A dispatcher asks with the guardians of the send, perhaps an hour later."""
    members = [{"member_id": school.roster.id(CHILD), "guardian_ids": school.of(MOTHER)}]
    body = {"kind": "mail", "lane": "urgent", "members": members}
    dispatcher = school.service("dispatch-mail")
    assert len(school.post("/contact-points/look-up", body, dispatcher)["items"]) == 1
    _end(school)
    assert school.post("/contact-points/look-up", body, dispatcher)["items"] == []
