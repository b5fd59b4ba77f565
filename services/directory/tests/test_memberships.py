"""A person's class and groups, changed from the person's side (DIR-5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import School

REN = "髙橋 蓮"  # of 5年1組 and 東町1班


def groups_of(school: School, name: str) -> list[tuple[str, str]]:
    shown = school.get(f"/members/{school.roster.id(name)}")
    return [(group["name"], group["membership"]) for group in shown["groups"]]


def moved(school: School, name: str, headers: Any = None, **moves: Any) -> Any:
    body = {
        "class_id": school.roster.id(moves["room"]) if "room" in moves else None,
        "join": school.of(*moves.get("join", ())),
        "leave": school.of(*moves.get("leave", ())),
    }
    url = f"/members/{school.roster.id(name)}/memberships"
    return school.call("POST", url, headers, json=body)


def test_a_child_goes_into_another_class_and_other_groups(school: School) -> None:
    answer = moved(school, REN, room="4-1", join=["ひまわり学級"], leave=["東町1班"])
    assert answer.status_code == 204
    assert groups_of(school, REN) == [("4年1組", "enrolled"), ("ひまわり学級", "joined")]


def test_what_is_not_named_stays(school: School) -> None:
    """A colleague took the child into a group while the page was open."""
    moved(school, REN, join=["ひまわり学級"])
    moved(school, REN, leave=["東町1班"])
    assert groups_of(school, REN) == [("5年1組", "enrolled"), ("ひまわり学級", "joined")]


def test_a_joined_class_becomes_the_own_one(school: School) -> None:
    moved(school, "渡邉 咲良", room="4-1")
    assert groups_of(school, "渡邉 咲良") == [("4年1組", "enrolled")]


@pytest.mark.parametrize(
    ("name", "moves", "status", "code"),
    [
        (REN, {"room": "全校"}, 422, "class_missing"),
        (REN, {"join": ["全校"]}, 422, "class_missing"),
        (REN, {"room": "東町1班"}, 422, "enrolled_in_class_only"),
        (REN, {"join": ["全教職員"]}, 422, "kind_differs"),
        (REN, {"leave": ["5-1"]}, 422, "class_needed"),
        ("野口 大輔", {"room": "4-1"}, 422, "kind_differs"),
        (REN, {"join": ["どこにもない"]}, 404, "group_not_found"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    school: School, name: str, moves: dict[str, Any], status: int, code: str
) -> None:
    before = groups_of(school, name)
    answer = moved(school, name, **moves)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert groups_of(school, name) == before


def test_own_groups_only_means_both_ends_of_a_move(school: School) -> None:
    headers = school.staff("roster.change", own_only=["roster.change"], groups=["東町1班"])
    refusals = [
        moved(school, REN, headers, room="4-1"),
        moved(school, REN, headers, leave=["5-1"]),
        moved(school, REN, headers, leave=["東町1班"]),
        moved(school, "山崎 樹", headers, join=["東町1班"]),
    ]
    assert [answer.json["error"]["code"] for answer in refusals] == ["out_of_scope"] * 4


def test_a_change_of_the_whole_list_keeps_groups_outside_ones_own(school: School) -> None:
    """Who changes 4年 alone takes nobody out of the 登校班 by not seeing it."""
    headers = school.staff("roster.change", own_only=["roster.change"], groups=["4年"])
    url = f"/members/{school.roster.id('髙橋 陽菜')}"
    body = {"class_id": school.roster.id("4-2"), "group_ids": []}
    assert school.call("PATCH", url, headers, json=body).status_code == 204
    assert groups_of(school, "髙橋 陽菜") == [("4年2組", "enrolled"), ("東町1班", "joined")]


class TestSeats:
    """DIR-5, DIR-11: a class has each 出席番号 once, by whatever way somebody comes."""

    def give(self, school: School, name: str, number: int) -> None:
        change = {"number": number}
        url = f"/members/{school.roster.id(name)}"
        assert school.call("PATCH", url, json=change).status_code == 204

    def fill(self, school: School, room: str, *names: str) -> Any:
        body = {"add": school.of(*names), "kind": "enrolled"}
        return school.call("POST", f"/groups/{school.roster.id(room)}/memberships", json=body)

    def test_a_child_does_not_move_onto_the_seat_of_another(self, school: School) -> None:
        self.give(school, REN, 12)
        before = groups_of(school, REN)
        answer = moved(school, REN, room="4-2")
        assert answer.status_code == 422
        assert answer.json["error"]["fields"] == {
            "number": {"code": "number_taken", "value": 12, "name": "高木 さくら"}
        }
        assert groups_of(school, REN) == before

    def test_nor_do_two_who_are_enrolled_from_the_classs_side(self, school: School) -> None:
        self.give(school, REN, 14)
        answer = self.fill(school, "4-2", REN)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "number_taken")
        assert groups_of(school, REN)[0] == ("5年1組", "enrolled")

    def test_nor_two_who_come_together(self, school: School) -> None:
        self.give(school, "高木 さくら", 77)
        self.give(school, REN, 77)
        answer = self.fill(school, "4-1", "高木 さくら", REN)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "number_taken")

    def test_who_has_a_number_of_their_own_comes_in(self, school: School) -> None:
        self.give(school, REN, 33)
        assert self.fill(school, "4-2", REN).status_code == 200
        assert groups_of(school, REN)[0] == ("4年2組", "enrolled")

    def test_a_clash_that_was_there_before_stops_nobody_else(self, school, database) -> None:
        self.give(school, REN, 33)
        twice = sa.text("UPDATE members SET number = 12 WHERE id = :id")
        with database.for_system() as session:
            session.execute(twice, {"id": UUID(school.roster.id("髙橋 陽菜"))})
        assert self.fill(school, "4-2", REN).status_code == 200
