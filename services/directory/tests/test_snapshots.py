"""Frozen audiences at the door (MSG-1, DIR-4, DIR-12, DIR-15)."""

from __future__ import annotations

import pytest

from common.testing.statements import count_statements

ROUTE = "/snapshots"


def members_of(school, snapshot_id, limit=500):
    after, pages = -1, []
    while after is not None:
        url = f"/snapshots/{snapshot_id}/page?after={after}&limit={limit}"
        page = school.get(url, school.service("messaging"))
        pages.append(page["items"])
        after = page["next"]
    return pages


def names_of(school, items):
    by_id = {str(value): name for name, value in school.roster.ids.items()}
    return [by_id[item["member_id"]] for item in items]


def test_a_class_is_its_enrolled_pupils_in_the_order_of_numbers(school):
    made = school.snapshot(groups=["4-2"])
    assert made["label"] == "4年2組"
    assert (made["heads"], made["households"]) == (3, 3)
    [page] = members_of(school, made["id"])
    assert names_of(school, page) == ["高木 さくら", "小鳥遊 心", "髙橋 陽菜"]


def test_transferred_prospective_and_deleted_pupils_are_not_addressed(school):
    assert school.call("DELETE", f"/members/{school.roster.id('小鳥遊 心')}").status_code == 204
    made = school.snapshot(groups=["全校"])
    [page] = members_of(school, made["id"])
    assert made["heads"] == 6
    assert not {"転出 した子", "来年 入る子", "小鳥遊 心"} & set(names_of(school, page))


def test_a_child_in_an_enrolled_and_a_joined_class_counts_once(school):
    one = school.snapshot(groups=["4-1"])
    both = school.snapshot(groups=["4-1", "ひまわり学級"])
    assert (one["heads"], both["heads"]) == (2, 2)
    assert [group["heads"] for group in both["groups"]] == [2, 1]


def test_siblings_are_one_household_and_one_contact_point(school):
    made = school.snapshot(groups=["全校"])
    assert (made["heads"], made["households"]) == (7, 6)
    assert made["multi"] == {"siblings_households": 1}
    assert made["contact_points"] == {"mail": 4, "line": 1, "push": 0}


def test_a_page_never_splits_a_household(school):
    made = school.snapshot(groups=["全校"])
    pages = members_of(school, made["id"], limit=1)
    assert sorted(len(page) for page in pages) == [1, 1, 1, 1, 1, 2]
    households = [{item["household"] for item in page} for page in pages]
    assert all(len(numbers) == 1 for numbers in households)
    everybody = [name for page in pages for name in names_of(school, page)]
    assert len(everybody) == len(set(everybody)) == made["heads"]
    [sisters] = [page for page in pages if len(page) == 2]
    assert sorted(names_of(school, sisters)) == ["髙橋 蓮", "髙橋 陽菜"]


def test_a_page_holds_a_household_of_any_size_whole(empty_school, new_roster):
    roster = new_roster()
    roster.group("全校")
    for number in range(75):
        roster.member(f"子 {number}", "コ", "全校", number + 1)
    roster.guardian("施設長", [f"子 {number}" for number in range(5, 70)])
    empty_school.load(roster)
    pages = members_of(empty_school, empty_school.snapshot(groups=["全校"])["id"], limit=8)
    assert [len(page) for page in pages] == [70, 5]
    assert len({item["member_id"] for page in pages for item in page}) == 75


@pytest.mark.parametrize(
    ("groups", "members", "excluded", "label"),
    [
        (["全校"], [], [], "全校"),
        (["全校", "4-1"], [], [], "全校"),
        (["5年", "4年"], [], [], "4年・5年"),
        (["4-1", "東町1班"], [], [], "4年1組・東町1班"),
        (
            ["4-1", "4-2", "5-1", "ひまわり学級", "東町1班"],
            [],
            [],
            "4年1組・4年2組・5年1組 ほか2件",
        ),
        ([], ["髙橋 陽菜"], [], "4年2組 14番 髙橋 陽菜 さん"),
        (
            [],
            ["髙橋 陽菜", "高橋 陽菜"],
            [],
            "4年2組 14番 髙橋 陽菜 さん・4年1組 15番 高橋 陽菜 さん",
        ),
        (["4-2"], ["山崎 樹"], [], "4年2組・5年1組 21番 山崎 樹 さん"),
        ([], ["野口 大輔"], [], "野口 大輔 さん"),
        (["4-2"], [], ["高木 さくら"], "4年2組（1人を除く）"),
        (["全教職員"], [], [], "全教職員"),
    ],
)
def test_an_audience_is_said_in_the_words_of_the_school(school, groups, members, excluded, label):
    assert school.snapshot(groups, members, excluded)["label"] == label


@pytest.mark.parametrize(
    ("groups", "members", "excluded", "words", "pupils", "staff"),
    [
        (["4-2"], [], [], "4年2組", 3, 0),
        (["5年", "4-2"], [], [], "4年2組・5年", 5, 0),
        (["4-2", "全教職員"], [], [], "4年2組", 3, 2),
        (["4-2"], ["野口 大輔"], [], "4年2組", 3, 1),
        (["4-2", "全教職員"], [], ["野口 大輔"], "4年2組", 3, 1),
        (["全教職員"], [], [], None, 0, 2),
        ([], ["髙橋 陽菜"], [], None, 1, 0),
        (["4-2"], ["山崎 樹"], [], None, 4, 0),
        (["4-2"], [], ["高木 さくら"], None, 2, 0),
    ],
)
def test_families_are_told_no_name_no_exclusion_and_no_group_of_staff(
    school, groups, members, excluded, words, pupils, staff
):
    made = school.snapshot(groups, members, excluded)
    assert (made["family_label"], made["pupil_heads"], made["staff_heads"]) == (
        words,
        pupils,
        staff,
    )
    again = school.get(f"/snapshots/{made['id']}")
    assert [again[name] for name in ("family_label", "pupil_heads", "staff_heads")] == [
        words,
        pupils,
        staff,
    ]


def test_who_is_not_reached_is_named_with_the_reason(school):
    made = school.snapshot(groups=["4-2", "5-1"])
    reasons = {item["member_id"]: item["reason"] for item in made["unreachable"]}
    assert reasons == {
        school.roster.id("高木 さくら"): "none",
        school.roster.id("山崎 樹"): "other_channel",
    }
    with_line = school.snapshot(groups=["5-1"], channels=["mail", "line"])
    assert with_line["unreachable"] == []


def test_a_dead_address_is_named_by_its_health(empty_school, new_roster):
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.guardian("森 林", ["森 鷗介"])
    roster.point(
        "森 林", "mail", "gone@town.test", health={"code": "user_unknown", "since": "2026-11-03"}
    )
    empty_school.load(roster)
    [item] = empty_school.snapshot(groups=["全校"])["unreachable"]
    assert item["reason"] == "user_unknown"


def test_staff_are_reached_by_their_own_contact_points(school):
    made = school.snapshot(groups=["全教職員"])
    [page] = members_of(school, made["id"])
    assert [item["guardian_ids"] for item in page] == [[], []]
    assert made["contact_points"]["mail"] == 1


def test_an_audience_of_nobody_is_refused(school):
    child = school.of("渡邉 咲良")
    audience = {"group_ids": school.of("ひまわり学級"), "excluded_member_ids": child}
    assert school.refused("POST", ROUTE, json={"audience": audience}) == (422, "audience_empty")
    assert school.refused("POST", ROUTE, json={"audience": {}}) == (422, "audience_empty")


def test_a_snapshot_has_the_same_people_when_the_roster_changes(school):
    made = school.snapshot(groups=["4-2"])

    def people():
        households = members_of(school, made["id"])
        return [[item["member_id"] for item in household] for household in households]

    before = people()
    assert (
        school.call(
            "PATCH", f"/members/{school.roster.id('小鳥遊 心')}", json={"status": "transferred"}
        ).status_code
        == 204
    )
    assert people() == before
    assert school.get(f"/snapshots/{made['id']}")["heads"] == 3
    assert school.snapshot(groups=["4-2"])["heads"] == 2


def test_an_audience_says_which_groups_are_above_its_classes(school):
    made = school.snapshot(groups=["4-2"], members=["渡邉 咲良", "野口 大輔"])
    own, small = school.of("4-2", "ひまわり学級")
    expected = {own: school.of("4年", "全校"), small: school.of("全校")}
    assert {line["id"]: line["above"] for line in made["classes"]} == expected, (
        "the class, not one that a pupil only joins"
    )
    assert school.get(f"/snapshots/{made['id']}")["classes"] == made["classes"]


class TestOwnClassesOnly:
    """A sender is limited to own classes and groups, with what is below them (ID-3)."""

    def sender(self, school, *groups):
        return school.staff("messages.send", own_only=["messages.send"], groups=groups)

    def test_a_sender_reaches_the_own_class(self, school):
        assert school.snapshot(groups=["4-2"], headers=self.sender(school, "4-2"))["heads"] == 3

    def test_a_sender_with_a_grade_reaches_its_classes(self, school):
        assert school.snapshot(groups=["4-1"], headers=self.sender(school, "4年"))["heads"] == 2

    @pytest.mark.parametrize("groups", [["5-1"], ["全校"], ["4年"], ["4-2", "東町1班"]])
    def test_a_sender_reaches_no_other_group(self, school, groups):
        body = {"audience": {"group_ids": school.of(*groups)}}
        assert school.refused("POST", ROUTE, self.sender(school, "4-2"), json=body) == (
            403,
            "audience_out_of_scope",
        )

    def test_a_sender_reaches_single_pupils_of_the_own_class_only(self, school):
        headers = self.sender(school, "4-1")
        assert school.snapshot(members=["渡邉 咲良"], headers=headers)["heads"] == 1
        body = {"audience": {"member_ids": school.of("髙橋 蓮")}}
        assert school.refused("POST", ROUTE, headers, json=body) == (403, "audience_out_of_scope")

    def test_a_sender_looks_at_own_audiences_only(self, school):
        headers = self.sender(school, "4-2")
        own, colleagues = (
            school.snapshot(groups=["4-2"], headers=headers),
            school.snapshot(groups=["全校"]),
        )
        assert school.get(f"{ROUTE}/{own['id']}", headers)["label"] == "4年2組"
        assert school.refused("GET", f"{ROUTE}/{colleagues['id']}", headers) == (
            404,
            "snapshot_not_found",
        )
        assert (
            school.get(f"{ROUTE}/{colleagues['id']}", school.staff("messages.send"))["heads"]
            == colleagues["heads"]
        )
        assert school.refused("GET", f"{ROUTE}/{own['id']}", school.staff("messages.read")) == (
            403,
            "not_allowed",
        )

    def test_messaging_may_address_anybody_of_the_school(self, school):
        assert (
            school.snapshot(members=["野口 大輔"], headers=school.service("messaging"))["heads"]
            == 1
        )


def test_a_large_school_takes_hardly_more_statements_than_a_small_one(
    empty_school, database, new_roster
):
    roster = new_roster()
    roster.group("全校")
    for room in range(40):
        roster.group(f"c{room}", "全校", label=f"{room}組", position=room)
    for index in range(3000):
        name = f"児童 {index}"
        roster.member(name, "ジドウ", f"c{index % 40}", index // 40 + 1)
        if index % 2:
            roster.guardian(f"保護者 {index}", [name, f"児童 {index - 1}"], [f"g{index}@town.test"])
    empty_school.load(roster)
    count = count_statements(database.engine)
    made = empty_school.snapshot(groups=["全校"])
    used = count()
    assert (made["heads"], made["households"]) == (3000, 1500)
    assert used <= 20, "a statement a member would be 3,000: rows go in by the thousand"
