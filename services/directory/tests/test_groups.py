"""The class tree and the groups at the door (DIR-4, DIR-5)."""

from __future__ import annotations

import pytest


def listed(school, headers=None):
    return {item["path"]: item for item in school.get("/groups", headers)["items"]}


def members_in(school, name):
    return [
        item["display_name"]
        for item in school.get(f"/groups/{school.roster.id(name)}")["members"]["items"]
    ]


def put_members(school, name, people, kind):
    return school.call(
        "PUT",
        f"/groups/{school.roster.id(name)}/members",
        json={"member_ids": school.of(*people), "kind": kind},
    )


def test_groups_stand_in_the_order_of_the_tree_with_the_names_people_say(school):
    assert [(path, item["depth"]) for path, item in listed(school).items()] == [
        ("全校", 1),
        ("4年", 2),
        ("4年1組", 3),
        ("4年2組", 3),
        ("5年", 2),
        ("5年1組", 3),
        ("ひまわり学級", 2),
        ("東町1班", 1),
        ("全教職員", 1),
    ]


def test_heads_count_distinct_children_who_are_at_the_school(school):
    heads = {path: item["heads"] for path, item in listed(school).items()}
    assert heads == {
        "全校": 7,
        "4年": 5,
        "4年1組": 2,
        "4年2組": 3,
        "5年": 2,
        "5年1組": 2,
        "ひまわり学級": 1,
        "東町1班": 2,
        "全教職員": 2,
    }


def test_a_sender_of_one_class_is_told_what_can_be_sent_to(school):
    headers = school.staff(
        "roster.see", "messages.send", own_only=["messages.send"], groups=["4年"]
    )
    assert [path for path, item in listed(school, headers).items() if item["sendable"]] == [
        "4年",
        "4年1組",
        "4年2組",
    ]


def test_a_new_class_stands_behind_its_sisters(school):
    made = school.post(
        "/groups", {"kind": "class", "name": "3組", "parent_id": school.roster.id("4年")}
    )
    groups = listed(school)
    assert groups["4年3組"]["id"] == made["id"]
    assert groups["4年3組"]["position"] == 3


def test_a_renamed_and_moved_group_keeps_its_people(school):
    url = f"/groups/{school.roster.id('4-2')}"
    assert (
        school.call(
            "PATCH", url, json={"name": "3組", "position": 0, "parent_id": school.roster.id("5年")}
        ).status_code
        == 204
    )
    assert [path for path in listed(school) if path.startswith("5年")] == [
        "5年",
        "5年3組",
        "5年1組",
    ]
    assert listed(school)["5年"]["heads"] == 5


@pytest.mark.parametrize(
    ("group", "change", "code"),
    [
        ("4年", {"parent": "4-1"}, "parent_below"),
        ("4年", {"parent": "4年"}, "parent_below"),
        ("全校", {"parent": "4年"}, "root_stays"),
        ("東町1班", {"parent": "4年"}, "kind_differs"),
        ("4年", {"name": ""}, "name_missing"),
        ("4年", {"name": "年" * 51}, "name_too_long"),
    ],
)
def test_a_change_that_breaks_the_tree_is_refused(school, group, change, code):
    body = {"parent_id": school.roster.id(change["parent"])} if "parent" in change else change
    before = listed(school)
    assert school.refused("PATCH", f"/groups/{school.roster.id(group)}", json=body) == (422, code)
    assert listed(school) == before


def test_the_tree_is_four_levels_deep_at_most(school):
    body = {"kind": "class", "name": "A班", "parent_id": school.roster.id("4-1")}
    fourth = school.post("/groups", body)
    assert school.refused("POST", "/groups", json={**body, "parent_id": fourth["id"]}) == (
        422,
        "too_deep",
    )
    moved = {"parent_id": school.roster.id("5-1")}
    assert school.refused("PATCH", f"/groups/{school.roster.id('4年')}", json=moved) == (
        422,
        "too_deep",
    )


def test_there_is_one_root_only(school):
    assert school.refused("POST", "/groups", json={"kind": "class", "name": "全校2"}) == (
        409,
        "root_exists",
    )


def test_enrolling_moves_pupils_out_of_their_class(school):
    assert (
        put_members(school, "5-1", ["髙橋 蓮", "山崎 樹", "小鳥遊 心"], "enrolled").status_code
        == 204
    )
    assert members_in(school, "5-1") == ["小鳥遊 心", "髙橋 蓮", "山崎 樹"]
    assert "小鳥遊 心" not in members_in(school, "4-2")
    assert listed(school)["全校"]["heads"] == 7


def test_who_is_left_out_of_a_group_leaves_it_and_joined_pupils_stay_in_their_class(school):
    assert put_members(school, "東町1班", ["山崎 樹", "髙橋 蓮"], "joined").status_code == 204
    assert members_in(school, "東町1班") == ["髙橋 蓮", "山崎 樹"]
    assert members_in(school, "5-1") == ["髙橋 蓮", "山崎 樹"]


def test_enrolled_pupils_of_a_class_stay_when_its_joined_pupils_are_set(school):
    assert put_members(school, "4-1", [], "joined").status_code == 204
    assert members_in(school, "4-1") == ["高橋 陽菜"]


@pytest.mark.parametrize(
    ("group", "person", "kind", "code"),
    [
        ("全教職員", "山崎 樹", "joined", "kind_differs"),
        ("4-1", "野口 大輔", "joined", "kind_differs"),
        ("東町1班", "山崎 樹", "enrolled", "enrolled_in_class_only"),
    ],
)
def test_people_and_groups_must_fit(school, group, person, kind, code):
    answer = put_members(school, group, [person], kind)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)


def test_a_change_limited_to_own_groups_takes_no_pupil_from_elsewhere(school):
    headers = school.staff("roster.change", own_only=["roster.change"], groups=["4-1"])
    url = f"/groups/{school.roster.id('4-1')}/members"
    body = {"member_ids": school.of("山崎 樹"), "kind": "enrolled"}
    assert school.refused("PUT", url, headers, json=body) == (403, "out_of_scope")
    assert school.refused(
        "PATCH", f"/groups/{school.roster.id('5-1')}", headers, json={"name": "x"}
    ) == (403, "out_of_scope")
