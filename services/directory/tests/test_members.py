"""People at the door (DIR-1, DIR-11, DIR-12, DIR-15)."""

from __future__ import annotations

import pytest

from common import clock


def names(page):
    return [item["display_name"] for item in page["items"]]


def search(school, query, **more):
    return names(
        school.get("/members?" + "&".join(f"{k}={v}" for k, v in {"query": query, **more}.items()))
    )


def new_pupil(**more):
    return {"kind": "pupil", "display_name": "転入 花", "kana": "てんにゅう はな", **more}


def test_people_stand_in_the_order_of_classes_numbers_and_readings(school):
    assert search(school, "", kind="pupil", status="enrolled") == [
        "高橋 陽菜",
        "高木 さくら",
        "小鳥遊 心",
        "髙橋 陽菜",
        "髙橋 蓮",
        "山崎 樹",
        "渡邉 咲良",
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_show_everybody_once_in_the_same_order(school, limit):
    whole = search(school, "")
    seen, after = [], ""
    while after is not None:
        page = school.get(f"/members?limit={limit}" + (f"&after={after}" if after else ""))
        seen += names(page)
        after = page["next"]
    assert seen == whole
    assert len(seen) == 11


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("高橋", ["高橋 陽菜", "髙橋 陽菜", "髙橋 蓮"]),
        ("髙橋　蓮", ["髙橋 蓮"]),
        ("たかはし", ["高橋 陽菜", "髙橋 陽菜", "髙橋 蓮"]),
        ("ﾀｶﾊｼ ﾋﾅ", ["高橋 陽菜", "髙橋 陽菜"]),
        ("渡辺", ["渡邉 咲良"]),
        ("4-2-12", ["高木 さくら"]),
        ("４－２－１２", ["高木 さくら"]),
        ("5年1組", ["髙橋 蓮", "山崎 樹"]),
        ("5ー1", ["髙橋 蓮", "山崎 樹"]),
        ("9-9", []),
        ("100%", []),
        ("_", []),
    ],
)
def test_search_folds_variants_kana_and_width_and_reads_seats(school, query, found):
    page = school.call("GET", "/members", query_string={"query": query, "status": "enrolled"}).json
    assert names(page) == found


def test_a_group_lists_enrolled_and_joined_people_below_it(school):
    url = f"/groups/{school.roster.id('4年')}"
    group = school.get(url)
    assert (group["path"], group["heads"]) == ("4年", 5)
    assert "渡邉 咲良" in names(group["members"])


def test_a_listed_person_shows_class_and_live_channels(school):
    [item] = school.get("/members?query=4-2-14")["items"]
    assert (item["class_name"], item["number"], item["channels"]) == (
        "4年2組",
        14,
        {"mail": 1, "line": 0, "push": 0},
    )


def test_one_person_shows_family_masked_addresses_and_siblings(school):
    member = school.get(f"/members/{school.roster.id('髙橋 陽菜')}")
    [guardian] = member["guardians"]
    assert (guardian["label"], guardian["name"]) == ("母", "髙橋 恵")
    assert [point["hint"] for point in guardian["contact_points"]] == ["m•••@docomo.town.test"]
    assert [sibling["display_name"] for sibling in member["siblings"]] == ["髙橋 蓮"]
    assert [(group["name"], group["membership"]) for group in member["groups"]] == [
        ("4年2組", "enrolled"),
        ("東町1班", "joined"),
    ]


def test_a_member_of_staff_shows_its_own_contact_points(school):
    member = school.get(f"/members/{school.roster.id('野口 大輔')}")
    assert (member["guardians"], [point["hint"] for point in member["contact_points"]]) == (
        [],
        ["n•••@town.test"],
    )


def test_a_protected_guardian_is_only_a_mark_for_who_may_not_see_it(empty_school, new_roster):
    roster = new_roster()
    roster.group("全校")
    roster.member("森 鷗介", "モリ オウスケ", "全校", 1)
    roster.guardian("森 林", ["森 鷗介"], ["hidden@town.test"], protected=True)
    empty_school.load(roster)
    url = f"/members/{roster.id('森 鷗介')}"
    [shown] = empty_school.get(url)["guardians"]
    [marked] = empty_school.get(url, empty_school.staff("roster.see"))["guardians"]
    assert (shown["name"], len(shown["contact_points"])) == ("森 林", 1)
    assert (marked["protected"], marked["name"], marked["contact_points"]) == (True, None, [])


def test_a_protected_guardian_stays_hidden_when_a_sister_is_registered_with_the_same_address(
    empty_school, new_roster
):
    roster = new_roster()
    roster.group("全校")
    roster.group("1-1", "全校")
    roster.member("森 鷗介", "モリ オウスケ", "1-1", 1)
    roster.guardian("森 林", ["森 鷗介"], ["hidden@town.test"], protected=True)
    empty_school.load(roster)
    clerk = empty_school.staff("roster.see", "roster.change")
    other_name = new_pupil(
        class_id=roster.id("1-1"),
        guardians=[{"label": "父", "name": "別 の人", "mails": ["hidden@town.test"]}],
    )
    answer = empty_school.call("POST", "/members", clerk, json=other_name)
    assert (answer.status_code, answer.json["error"]["code"], "森 林" in answer.text) == (
        422,
        "mail_of_another",
        False,
    )
    sister = new_pupil(
        class_id=roster.id("1-1"), guardians=[{"label": "母", "mails": ["hidden@town.test"]}]
    )
    # Only who sees the family gives it one more child.
    assert empty_school.refused("POST", "/members", clerk, json=sister) == (422, "mail_of_another")
    made = empty_school.post("/members", sister)["id"]
    seen = empty_school.get(f"/members/{made}", clerk)
    assert [(g["protected"], g["name"], g["contact_points"]) for g in seen["guardians"]] == [
        (True, None, [])
    ]
    assert seen["siblings"] == []
    assert [
        sibling["display_name"] for sibling in empty_school.get(f"/members/{made}")["siblings"]
    ] == ["森 鷗介"]


def test_a_pupil_moves_in_with_family_and_is_addressed_at_once(school):
    guardian = {"label": "母", "name": "転入 母", "mails": ["hana@town.test"]}
    body = new_pupil(class_id=school.roster.id("4-2"), number=31, guardians=[guardian])
    made = school.post("/members", body)
    member = school.get(f"/members/{made['id']}")
    assert (member["kana"], member["class_name"], member["status"]) == (
        "テンニュウ ハナ",
        "4年2組",
        "enrolled",
    )
    snapshot = school.snapshot(groups=["4-2"])
    assert (snapshot["heads"], snapshot["contact_points"]["mail"]) == (4, 3)


def test_a_known_mail_address_joins_brothers_and_sisters(school):
    guardian = {"label": "母", "mails": ["M..Takahashi@docomo.town.test"]}
    made = school.post(
        "/members", new_pupil(class_id=school.roster.id("4-1"), guardians=[guardian])
    )
    member = school.get(f"/members/{made['id']}")
    assert member["guardians"][0]["id"] == school.roster.id("髙橋 恵")
    assert {sibling["display_name"] for sibling in member["siblings"]} == {"髙橋 陽菜", "髙橋 蓮"}
    assert len(member["guardians"][0]["contact_points"]) == 1


def test_an_address_of_a_guardian_with_another_name_is_refused(school):
    guardian = {"label": "父", "name": "別 の人", "mails": ["manabu@town.test"]}
    assert school.refused("POST", "/members", json=new_pupil(guardians=[guardian])) == (
        422,
        "mail_of_another",
    )
    assert search(school, "転入 花") == []


@pytest.mark.parametrize("name", ["名" * 200, "葛󠄀" * 200, "<b>山田</b> & 花", "一 翼"])
def test_names_are_kept_as_typed(school, name):
    made = school.post("/members", new_pupil(display_name=name))
    assert school.get(f"/members/{made['id']}")["display_name"] == name


def test_a_name_of_201_characters_is_refused_with_the_limit(school):
    answer = school.call("POST", "/members", json=new_pupil(display_name="葛󠄀" * 201))
    assert answer.status_code == 422
    assert answer.json["error"]["fields"] == {
        "display_name": {"code": "display_name_too_long", "limit": 200}
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"display_name": "　"}, "display_name_missing"),
        ({"kana": "高橋"}, "kana_unreadable"),
        ({"display_name": "a\u202eb"}, "character_unreadable"),
        ({"status": "retired"}, "status_of_other_kind"),
        ({"guardians": [{"label": "母", "mails": ["not-an-address"]}]}, "mail_at_sign"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_registered(school, change, code):
    assert school.refused("POST", "/members", json=new_pupil(**change)) == (422, code)
    assert len(search(school, "")) == 11


def test_an_id_in_use_is_refused(school, other_school):
    body = new_pupil(id=school.roster.id("山崎 樹"))
    assert other_school.refused("POST", "/members", json=body) == (409, "roster_conflict")


def test_a_search_for_what_no_screen_shows_is_refused(school):
    assert school.refused("GET", "/members?query=%00") == (422, "invalid")


def test_a_changed_name_is_found_at_once(school):
    url = f"/members/{school.roster.id('高木 さくら')}"
    assert (
        school.call(
            "PATCH", url, json={"display_name": "髙野 さくら", "kana": "たかの さくら"}
        ).status_code
        == 204
    )
    assert search(school, "高野") == search(school, "タカノ") == ["髙野 さくら"]
    assert search(school, "高木") == []


def test_a_status_has_its_date(school):
    url = f"/members/{school.roster.id('高木 さくら')}"
    assert (
        school.call(
            "PATCH", url, json={"status": "suspended", "status_since": "2026-10-01"}
        ).status_code
        == 204
    )
    member = school.get(url)
    assert (member["status"], member["status_since"]) == ("suspended", "2026-10-01")


def test_a_new_status_without_a_date_begins_today(school):
    url = f"/members/{school.roster.id('高木 さくら')}"
    school.call("PATCH", url, json={"status": "transferred"})
    assert school.get(url)["status_since"] == clock.today().isoformat()


def test_a_change_of_class_moves_the_pupil_and_keeps_its_groups(school):
    url = f"/members/{school.roster.id('髙橋 陽菜')}"
    assert (
        school.call(
            "PATCH", url, json={"class_id": school.roster.id("4-1"), "number": 16}
        ).status_code
        == 204
    )
    member = school.get(url)
    assert [(g["name"], g["membership"]) for g in member["groups"]] == [
        ("4年1組", "enrolled"),
        ("東町1班", "joined"),
    ]


def test_a_search_without_a_kind_finds_colleagues_as_well(school):
    assert search(school, "野口") == search(school, "のぐち") == ["野口 大輔"]
    assert names(school.get("/members?query=野口&kind=pupil")) == []


class TestMemberLimit:
    """The contract's limit counts who is at the school: seven pupils and two of the staff."""

    def test_the_last_place_can_be_taken_and_no_more(self, school, limits):
        limits.limit = 10
        school.post("/members", new_pupil())
        assert school.refused("POST", "/members", json=new_pupil()) == (409, "member_limit")

    def test_who_is_not_yet_at_the_school_does_not_count(self, school, limits):
        limits.limit = 9
        made = school.post("/members", new_pupil(status="prospective"))
        assert school.refused("PATCH", f"/members/{made['id']}", json={"status": "enrolled"}) == (
            409,
            "member_limit",
        )


class TestOwnClassesOnly:
    """A sender sees the roster of own classes only (ID-3)."""

    def sender(self, school):
        return school.staff("roster.see", own_only=["roster.see"], groups=["4-1"])

    def test_lists_hold_the_own_class_with_who_joins_it(self, school):
        assert names(school.get("/members", self.sender(school))) == ["高橋 陽菜", "渡邉 咲良"]
        assert [g["path"] for g in school.get("/groups", self.sender(school))["items"]] == [
            "4年1組"
        ]

    def test_a_search_finds_nobody_outside(self, school):
        assert names(school.get("/members?query=4-2-12", self.sender(school))) == []

    def test_a_person_outside_is_not_shown(self, school):
        headers = self.sender(school)
        assert school.refused("GET", f"/members/{school.roster.id('髙橋 蓮')}", headers) == (
            403,
            "out_of_scope",
        )
        assert (
            school.get(f"/members/{school.roster.id('渡邉 咲良')}", headers)["display_name"]
            == "渡邉 咲良"
        )
        assert school.refused("GET", f"/groups/{school.roster.id('4年')}", headers) == (
            403,
            "out_of_scope",
        )


def test_names_are_looked_up_by_id_in_the_order_asked(school):
    ids = school.of("山崎 樹", "高橋 陽菜")
    items = school.post("/members/look-up", {"ids": ids}, school.service("messaging"))["items"]
    assert [(item["display_name"], item["class_name"], item["number"]) for item in items] == [
        ("山崎 樹", "5年1組", 21),
        ("高橋 陽菜", "4年1組", 15),
    ]


@pytest.mark.parametrize("function", ["roster.see", "messages.read", "messages.send"])
def test_names_of_other_classes_are_left_out_for_who_is_limited_to_own_ones(school, function):
    ids = school.of("山崎 樹", "高橋 陽菜", "渡邉 咲良")

    def named(groups):
        headers = school.staff(function, "phones.see", own_only=[function], groups=groups)
        return names(school.post("/members/look-up", {"ids": ids}, headers))

    assert named(["4年"]) == named(["4-1"]) == ["高橋 陽菜", "渡邉 咲良"], (
        "who only joins the class is one of its people"
    )
    assert named(["全校"]) == ["山崎 樹", "高橋 陽菜", "渡邉 咲良"]
    assert named([]) == []
    assert names(school.post("/members/look-up", {"ids": ids}, school.staff(function))) == [
        "山崎 樹",
        "高橋 陽菜",
        "渡邉 咲良",
    ]


def test_who_sees_no_names_anywhere_looks_none_up(school):
    headers = school.staff("phones.see", "settings.edit")
    assert school.refused(
        "POST", "/members/look-up", headers, json={"ids": school.of("山崎 樹")}
    ) == (403, "not_allowed")
