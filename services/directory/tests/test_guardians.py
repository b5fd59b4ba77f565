"""Guardians by hand: one more, another name, another 続柄, one more address (DIR-8, DIR-15)."""

from __future__ import annotations

from typing import Any

import pytest
from directory_school import School

CHILD, BROTHER, MOTHER, MAIL = "髙橋 陽菜", "髙橋 蓮", "髙橋 恵", "m..takahashi@docomo.town.test"
OTHER, OTHERS_FATHER, OTHERS_MAIL = "小鳥遊 心", "小鳥遊 学", "manabu@town.test"


def _guardians(school: School, child: str = CHILD) -> dict[str, Any]:
    found = school.get(f"/members/{school.roster.id(child)}")["guardians"]
    return {guardian["name"]: guardian for guardian in found}


def _url(school: School, below: str = "") -> str:
    return f"/members/{school.roster.id(CHILD)}/guardians/{school.roster.id(MOTHER)}{below}"


def _add(school: School, child: str = CHILD, headers: Any = None, **guardian: Any) -> Any:
    url = f"/members/{school.roster.id(child)}/guardians"
    return school.call("POST", url, headers, json={"label": "父", **guardian})


def _add_mail(school: School, mail: str, **more: bool) -> Any:
    return school.call("POST", _url(school, "/mails"), json={"mail": mail, **more})


def _said(answer: Any) -> Any:
    return answer.status_code, answer.json["error"]["fields"]["mails"]


def test_a_guardian_is_added_after_those_who_are_there(school):
    before = list(_guardians(school))
    answer = _add(school, name="髙橋 新", mails=["arata@town.test"])
    assert answer.status_code == 201
    assert list(_guardians(school)) == [*before, "髙橋 新"]
    added = _guardians(school)["髙橋 新"]
    assert (added["id"], added["label"]) == (answer.json["id"], "父")
    assert [point["hint"] for point in added["contact_points"]] == ["a•••@town.test"]


def test_a_known_address_with_the_same_name_is_the_same_guardian(school):
    answer = _add(school, name=OTHERS_FATHER, mails=[OTHERS_MAIL.upper()])
    assert answer.json == {"id": school.roster.id(OTHERS_FATHER)}
    siblings = school.get(f"/members/{school.roster.id(CHILD)}")["siblings"]
    assert OTHER in [child["display_name"] for child in siblings]


@pytest.mark.parametrize(
    ("name", "mail", "said"),
    [
        ("別 の人", OTHERS_MAIL, {"code": "mail_of_another", "name": OTHERS_FATHER}),
        ("", MAIL, {"code": "guardian_already"}),
        ("別 の人", "こんにちは", {"code": "mail_not_ascii", "value": "こんにちは"}),
    ],
)
def test_an_address_of_somebody_else_makes_no_guardian(school, name, mail, said):
    before = _guardians(school)
    assert _said(_add(school, name=name, mails=[mail])) == (422, said)
    assert _guardians(school) == before


def test_staff_have_no_guardians_and_a_reader_adds_none(school):
    assert _add(school, "野口 大輔").status_code == 404
    assert _add(school, headers=school.staff("roster.see")).status_code == 403


def test_a_name_is_changed_for_all_children_and_the_label_for_one(school):
    before = _guardians(school, BROTHER)[MOTHER]["label"]
    wanted = {"name": "鈴木 恵", "label": "実母"}
    assert school.call("PATCH", _url(school), json=wanted).status_code == 204
    assert _guardians(school)["鈴木 恵"]["label"] == "実母"
    assert _guardians(school, BROTHER)["鈴木 恵"]["label"] == before


def test_a_label_is_needed_and_a_name_is_not(school):
    assert school.refused("PATCH", _url(school), json={"label": " "}) == (422, "label_missing")
    assert school.call("PATCH", _url(school), json={"name": ""}).status_code == 204
    assert None in _guardians(school)


def test_an_address_is_added_once_and_four_are_enough(school):
    assert _said(_add_mail(school, MAIL)) == (422, {"code": "mail_already"})
    other = {"code": "mail_of_another", "name": OTHERS_FATHER}
    assert _said(_add_mail(school, OTHERS_MAIL)) == (422, other)
    there = len(_guardians(school)[MOTHER]["contact_points"])
    for number in range(4 - there):
        assert _add_mail(school, f"more{number}@town.test").status_code == 204
    assert _said(_add_mail(school, "fifth@town.test")) == (
        422,
        {"code": "mails_too_many", "limit": 4},
    )


def test_an_address_that_had_ended_is_asked_about_and_then_used_as_if_it_were_new(school):
    """DIR-8: ended means never written to again, unless the office says otherwise."""
    school.call("POST", f"/contact-points/{school.roster.id(MAIL)}/end")
    ended = {"code": "mail_ended", "value": MAIL}
    assert _said(_add_mail(school, MAIL)) == (422, ended)
    assert _guardians(school)[MOTHER]["contact_points"] == []
    assert _add_mail(school, MAIL, again=True).status_code == 204
    [point] = [
        point
        for point in _guardians(school)[MOTHER]["contact_points"]
        if point["id"] == school.roster.id(MAIL)
    ]
    assert (point["state"], point["health"], point["proved_at"]) == ("active", None, None)
