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


def fill(school, name, add=(), remove=(), kind="joined", headers=None):
    return school.call(
        "POST",
        f"/groups/{school.roster.id(name)}/memberships",
        headers,
        json={"add": school.of(*add), "remove": school.of(*remove), "kind": kind},
    )


def change(school, group, version=1, headers=None, **wanted):
    body = {"version": version, **wanted}
    return school.call("PATCH", f"/groups/{school.roster.id(group)}", headers, json=body)


def refusal(answer):
    return answer.status_code, answer.json["error"]["code"]


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


def test_a_renamed_and_moved_group_keeps_its_people_and_stands_last(school):
    answer = change(school, "4-2", name="3組", parent_id=school.roster.id("5年"))
    assert answer.status_code == 204
    assert [path for path in listed(school) if path.startswith("5年")] == [
        "5年",
        "5年1組",
        "5年3組",
    ]
    assert listed(school)["5年"]["heads"] == 5


@pytest.mark.parametrize(
    ("group", "wanted", "code"),
    [
        ("4年", {"parent": "4-1"}, "parent_below"),
        ("4年", {"parent": "4年"}, "parent_below"),
        ("全校", {"parent": "4年"}, "root_stays"),
        ("東町1班", {"parent": "4年"}, "kind_differs"),
        ("4年", {"name": ""}, "name_missing"),
        ("4年", {"name": "年" * 51}, "name_too_long"),
    ],
)
def test_a_change_that_breaks_the_tree_is_refused(school, group, wanted, code):
    if "parent" in wanted:
        wanted = {"parent_id": school.roster.id(wanted["parent"])}
    before = listed(school)
    assert refusal(change(school, group, **wanted)) == (422, code)
    assert listed(school) == before


def test_the_tree_is_four_levels_deep_at_most(school):
    body = {"kind": "class", "name": "A班", "parent_id": school.roster.id("4-1")}
    fourth = school.post("/groups", body)
    assert school.refused("POST", "/groups", json={**body, "parent_id": fourth["id"]}) == (
        422,
        "too_deep",
    )
    below_a_class = school.roster.id("5-1")
    assert refusal(change(school, "4年", parent_id=below_a_class)) == (422, "too_deep")


def test_a_class_without_a_parent_stands_below_the_one_root(school, empty_school):
    for each in (school, empty_school):
        each.post("/groups", {"kind": "class", "name": "6年"})
        roots = [path for path, item in listed(each).items() if item["depth"] == 1]
        assert roots[0] == "全校"
        assert roots.count("全校") == 1
        assert listed(each)["6年"]["depth"] == 2


def test_a_new_group_stands_behind_the_one_it_is_put_behind(school):
    body = {"kind": "class", "name": "0組", "parent_id": school.roster.id("4年")}
    school.post("/groups", {**body, "after_id": school.roster.id("4-1")})
    assert [path for path in listed(school) if path.startswith("4年")] == [
        "4年",
        "4年1組",
        "4年0組",
        "4年2組",
    ]
    elsewhere = {**body, "after_id": school.roster.id("5-1")}
    assert school.refused("POST", "/groups", json=elsewhere) == (404, "group_not_found")


def test_enrolling_moves_pupils_out_of_their_class(school):
    # The class has a number 13 already.
    school.call("PATCH", f"/members/{school.roster.id('小鳥遊 心')}", json={"number": 3})
    answer = fill(school, "5-1", ["山崎 樹", "小鳥遊 心"], kind="enrolled")
    assert answer.json == {"added": 1, "removed": 0}
    assert members_in(school, "5-1") == ["小鳥遊 心", "髙橋 蓮", "山崎 樹"]
    assert "小鳥遊 心" not in members_in(school, "4-2")
    assert listed(school)["全校"]["heads"] == 7


def test_a_change_takes_only_those_it_names(school):
    """Two people who work on one group at once lose nothing of each other's (DIR-5)."""
    assert fill(school, "東町1班", ["山崎 樹"]).json == {"added": 1, "removed": 0}
    assert fill(school, "東町1班", remove=["髙橋 陽菜"]).json == {"added": 0, "removed": 1}
    assert members_in(school, "東町1班") == ["髙橋 蓮", "山崎 樹"]
    assert fill(school, "東町1班", ["山崎 樹"], ["髙橋 陽菜"]).json == {"added": 0, "removed": 0}
    assert members_in(school, "5-1") == ["髙橋 蓮", "山崎 樹"]


def test_who_is_enrolled_does_not_join_the_class_besides(school):
    assert fill(school, "4-1", ["高橋 陽菜"]).json == {"added": 0, "removed": 0}
    assert fill(school, "4-1", ["渡邉 咲良"], kind="enrolled").json == {"added": 1, "removed": 0}
    assert members_in(school, "ひまわり学級") == []


def test_nobody_is_left_without_a_class_by_mistake(school):
    answer = fill(school, "4-1", remove=["高橋 陽菜", "渡邉 咲良"])
    assert refusal(answer) == (422, "class_needed")
    assert answer.json["error"]["fields"]["remove"]["count"] == 1
    assert members_in(school, "4-1") == ["高橋 陽菜", "渡邉 咲良"]
    assert fill(school, "4-1", remove=["渡邉 咲良"]).status_code == 200


@pytest.mark.parametrize("kind", ["enrolled", "joined"])
def test_nobody_is_in_the_whole_school_itself(school, kind):
    assert refusal(fill(school, "全校", ["山崎 樹"], kind=kind)) == (422, "class_missing")


def test_the_people_of_one_group_are_listed_with_how_they_are_in_it(school):
    url = f"/groups/{school.roster.id('4-1')}/memberships"
    assert [(item["display_name"], item["membership"]) for item in school.get(url)["items"]] == [
        ("高橋 陽菜", "enrolled"),
        ("渡邉 咲良", "joined"),
    ]
    above = f"/groups/{school.roster.id('4年')}/memberships"
    assert school.get(above)["items"] == []


@pytest.mark.parametrize(
    ("group", "person", "kind", "code"),
    [
        ("全教職員", "山崎 樹", "joined", "kind_differs"),
        ("4-1", "野口 大輔", "joined", "kind_differs"),
        ("東町1班", "山崎 樹", "enrolled", "enrolled_in_class_only"),
    ],
)
def test_people_and_groups_must_fit(school, group, person, kind, code):
    assert refusal(fill(school, group, [person], kind=kind)) == (422, code)


def test_a_change_limited_to_own_groups_takes_no_pupil_from_elsewhere(school):
    headers = school.staff("roster.change", own_only=["roster.change"], groups=["4-1"])
    taken = fill(school, "4-1", ["山崎 樹"], kind="enrolled", headers=headers)
    assert refusal(taken) == (403, "out_of_scope")
    # Of another class, and here only joined: it is not theirs to take out of that class.
    shared = fill(school, "4-1", ["渡邉 咲良"], kind="enrolled", headers=headers)
    assert refusal(shared) == (403, "out_of_scope")
    assert refusal(change(school, "5-1", headers=headers, name="x")) == (403, "out_of_scope")
