"""One person registered and changed: errors at their fields, nothing typed lost (DIR-1, DIR-11)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_account, make_id

from gateway.clients.calls import ADD_MEMBER, CHANGE_MEMBER

NEW = {
    "display_name": "転入 花",
    "kana": "てんにゅう はな",
    "class_id": CLASS_42,
    "number": "３１番",
}


def sent(houses: FakeHouses, call: object) -> list[dict[str, object]]:
    return [request["json"] for asked, request in houses.asked if asked == call]


def values(browser: Browser, form: str) -> dict[str, str]:
    return dict(browser.form(form).fields)


def test_a_child_is_registered_and_its_page_opens(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/members")
    assert 'href="/members/new"' in deputy.html
    deputy.open("/members/new").press(form="/members", **NEW)
    [person] = sent(houses, ADD_MEMBER)
    assert (person["kind"], person["number"], person["class_id"]) == ("pupil", 31, CLASS_42)
    assert (person["management_number"], person["status"]) == (None, "enrolled")
    assert "転入 花 さんを登録しました。" in deputy.words
    assert deputy.path == f"/members/{make_id('new 転入 花')}"


def test_a_member_of_staff_is_registered_with_address_and_groups(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/members/staff/new")
    assert "出席番号" not in deputy.words
    group = make_id("全教職員")
    typed = {"display_name": "新任 一", "kana": "シンニン ハジメ", "mails": "ichi@town.test"}
    deputy.press(form="/members", group=group, **typed)
    [person] = sent(houses, ADD_MEMBER)
    assert (person["kind"], person["mails"], person["group_ids"]) == (
        "staff",
        ["ichi@town.test"],
        [group],
    )


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"number": "1"}, "number", "1番は、同じ学級の青木 湊さんの番号です。"),
        ({"number": "十二"}, "number", "出席番号は数字で入れてください。例：12"),
        ({"kana": ""}, "kana", "フリガナを入れてください。"),
        ({"status_since": "きのう"}, "status_since", "日付として読めません。例：2026/4/1"),
    ],
)
def test_what_is_refused_is_told_at_its_field_and_nothing_is_lost(
    houses: FakeHouses, deputy: Browser, typed: dict[str, str], field: str, words: str
) -> None:
    deputy.open("/members/new").press(form="/members", **(NEW | typed))
    assert deputy.status == 422
    assert words in deputy.words
    assert values(deputy, "/members") | NEW | typed == values(deputy, "/members")
    wrong = [given for _, given in deputy.read().tags if given.get("aria-invalid")]
    assert [(given["name"], given["aria-describedby"].split()[0]) for given in wrong] == [
        (field, f"wrong-{field}")
    ]


def test_the_limit_of_the_contract_is_named(houses: FakeHouses, deputy: Browser) -> None:
    houses.limit_reached = True
    deputy.open("/members/new").press(form="/members", **NEW)
    assert deputy.status == 409
    assert "契約の人数（400人）に達しているため、登録できません。" in deputy.words
    assert values(deputy, "/members")["display_name"] == "転入 花"


def test_only_what_differs_is_changed(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    deputy.open(f"/members/{child}")
    assert f'href="/members/{child}/edit"' in deputy.html
    deputy.open(f"/members/{child}/edit").press(
        form=f"/members/{child}", display_name="青木 みなと", formal_name="靑木 湊"
    )
    assert sent(houses, CHANGE_MEMBER) == [
        {"display_name": "青木 みなと", "formal_name": "靑木 湊", "version": "1"}
    ]
    assert "保存しました。" in deputy.words
    deputy.open(f"/members/{child}/edit").press(form=f"/members/{child}")
    assert "変わったところはありません。" in deputy.words
    assert len(sent(houses, CHANGE_MEMBER)) == 1


def test_a_day_of_birth_and_a_note_go_as_they_were_typed(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-1: directory reads the day, of whatever calendar; untouched it is no change."""
    child = houses.members[0]["id"]
    assert "生年月日 2016年5月10日" in deputy.open(f"/members/{child}").words
    deputy.open(f"/members/{child}/edit")
    assert values(deputy, f"/members/{child}")["birth_date"] == "2016/5/10"
    deputy.press(form=f"/members/{child}", birth_date="平成28年6月1日", note="給食アレルギー あり")
    assert sent(houses, CHANGE_MEMBER) == [
        {"birth_date": "平成28年6月1日", "note": "給食アレルギー あり", "version": "1"}
    ]


def test_staff_have_a_note_and_no_day_of_birth(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-1."""
    fields = dict(deputy.open("/members/staff/new").form("/members").fields)
    assert "note" in fields
    assert "birth_date" not in fields


def test_a_new_status_does_not_begin_on_the_day_of_the_old_one(
    houses: FakeHouses, deputy: Browser
) -> None:
    child = houses.members[0]["id"]
    deputy.open(f"/members/{child}/edit").press(form=f"/members/{child}", status="suspended")
    [change] = sent(houses, CHANGE_MEMBER)
    assert change["status"] == "suspended"
    assert change["status_since"] != "2023-04-01"


def test_of_two_who_change_one_child_the_second_sees_both_versions(
    houses: FakeHouses, deputy: Browser
) -> None:
    child = houses.members[0]["id"]
    deputy.open(f"/members/{child}/edit")
    houses.change_behind(child, number=40)
    deputy.press(form=f"/members/{child}", kana="アオキ ミナト")
    assert deputy.status == 409
    assert "画面を開いたあとに、ほかの人が変更しました。まだ何も保存していません。" in deputy.words
    assert "フリガナ カナ カナ アオキ ミナト" in deputy.words
    assert "出席番号 40 1" in deputy.words
    assert values(deputy, f"/members/{child}")["kana"] == "アオキ ミナト"
    deputy.press(form=f"/members/{child}", number="40")
    assert sent(houses, CHANGE_MEMBER)[-1] == {"kana": "アオキ ミナト", "version": "2"}
    assert deputy.status == 200


def test_who_may_not_change_the_roster_has_no_forms(houses: FakeHouses, deputy: Browser) -> None:
    houses.account = make_account("sender", functions=["roster.see"])
    child = houses.members[0]["id"]
    assert "/members/new" not in deputy.open("/members").html
    assert "/edit" not in deputy.open(f"/members/{child}").html
    for address in ("/members/new", f"/members/{child}/edit"):
        assert deputy.open(address).status == 403
