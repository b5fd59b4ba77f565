"""Lists of people, one person's page, and what can be done there (DIR-4, DIR-8, DIR-13, DLV-4)."""

from __future__ import annotations

import re
from html import unescape

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, PRIMARY, make_account, make_id

from gateway.clients.calls import (
    CHANGE_PHONES,
    END_POINT,
    GROUP_NAMES,
    GROUPS,
    MEMBERS,
    RESUME_POINT,
)
from gateway.domain.health import reach_of
from gateway.domain.menu import Entry, menu_for
from gateway.domain.people import by_class
from gateway.pages.frame import pages_with_a_place

NONE = {"mail": 0, "line": 0, "push": 0}


def listed(**columns: dict[str, int]) -> dict[str, dict[str, int]]:
    return {"channels": NONE, "dead": NONE, "stopped": NONE, **columns}


def entry_labels(menu: tuple[Entry, ...]) -> set[str]:
    return {entry.label for top in menu for entry in top.entries}


@pytest.mark.parametrize(
    ("columns", "live", "marks"),
    [
        ({"channels": {**NONE, "mail": 1, "line": 2}}, "メール 1・LINE 2", []),
        ({"dead": {**NONE, "push": 1}}, "", ["！ アプリ 届きません"]),
        (
            {"channels": {**NONE, "mail": 1}, "dead": {**NONE, "line": 1}},
            "メール 1",
            ["！ LINE 届きません"],
        ),
        ({"stopped": {**NONE, "mail": 1}}, "", ["？ メール 緊急のみ"]),
        ({}, "", ["！ 登録なし"]),
    ],
)
def test_a_dead_or_stopped_contact_point_never_looks_like_a_living_one(
    columns: dict[str, dict[str, int]], live: str, marks: list[str]
) -> None:
    reach = reach_of(listed(**columns))
    assert (reach.live, [f"{mark.sign} {mark.word}" for mark in reach.marks]) == (live, marks)


def test_the_list_shows_whom_nothing_reaches(houses: FakeHouses, deputy: Browser) -> None:
    houses.members[0].update(channels=NONE, dead={**NONE, "line": 1})
    words = deputy.open("/members").words
    assert "青木 湊 ！ LINE 届きません" in words
    assert "藤田 さくら ！ 登録なし" in words
    assert "池田 結衣 メール 1" in words


def test_lists_stand_by_class(houses: FakeHouses, deputy: Browser) -> None:
    room = {"class_id": make_id("5年1組"), "class_name": "5年1組"}
    rows = [
        *houses.members,
        {**houses.members[0], **room},
        {**houses.members[1], "class_id": None, "class_name": None},
    ]
    assert [(each.name, len(each.rows)) for each in by_class(rows)] == [
        ("4年2組", 26),
        ("5年1組", 1),
        ("", 1),
    ]
    houses.members[-1].update(room)
    words = deputy.open("/members").words
    assert "4年2組 25人" in words
    assert "5年1組 1人" in words
    assert f'href="/groups/{room["class_id"]}"' in deputy.html


def test_names_are_in_ink(houses: FakeHouses, deputy: Browser) -> None:
    assert (
        len(
            re.findall(r'<a class="name" href="/members/[0-9a-f-]+">', deputy.open("/members").html)
        )
        == 26
    )


def test_the_whole_list_goes_onto_paper_however_long_it_is(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.page_limit = 10
    deputy.open("/members?group=" + CLASS_42)
    assert "渡邉 希" not in deputy.words
    address = f"/members/print?kind=pupil&amp;status=enrolled&amp;group={CLASS_42}"
    assert address in deputy.html
    deputy.open(address.replace("&amp;", "&"))
    assert all(member["display_name"] in deputy.words for member in houses.members)
    assert "4年2組・在籍" in deputy.words
    assert "data-print" in deputy.html


def test_a_teacher_of_own_classes_is_not_led_to_an_empty_list_of_colleagues(
    teacher: Browser,
) -> None:
    assert "教職員" not in teacher.open("/members").words
    assert "教職員" not in teacher.open("/groups").html.split("<main")[0]
    pages = pages_with_a_place(teacher.client.application, "staff")
    assert "教職員" not in entry_labels(menu_for(pages, {"roster.see"}, PRIMARY, {"roster.see"}))
    assert "教職員" in entry_labels(menu_for(pages, {"roster.see"}, PRIMARY))


def test_numbers_are_changed_on_the_childs_page(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    deputy.open(f"/members/{child}")
    fields = [value for name, value in deputy.form("/phone-numbers").fields if name == "number"]
    assert fields == ["0000-00-1001", "0000-00-1002", ""]
    deputy.press(
        form="/phone-numbers",
        number=["0000-00-1001", "", "0000-00-1009"],
        label=["母", "父", "祖母"],
    )
    assert "緊急連絡先を保存しました。" in deputy.words
    assert houses.phones[child] == [
        {"number": "0000-00-1001", "label": "母"},
        {"number": "0000-00-1009", "label": "祖母"},
    ]
    assert 'href="tel:0000-00-1009"' in deputy.html


def test_what_is_no_number_stays_in_its_field_with_the_reason(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open(f"/members/{houses.members[0]['id']}")
    deputy.press(
        form="/phone-numbers", number=["0000-00-1001", "母の携帯", ""], label=["母", "祖母", ""]
    )
    assert deputy.status == 422
    assert (
        "電話番号として読めません。090-1234-5678 のように、番号だけを入力してください。"
        in deputy.words
    )
    fields = [value for _, value in deputy.form("/phone-numbers").fields if value]
    assert fields[1:] == ["0000-00-1001", "母", "母の携帯", "祖母"]
    wrong = [
        given for tag, given in deputy.read().tags if tag == "input" and given.get("aria-invalid")
    ]
    assert [(given["value"], given["aria-describedby"]) for given in wrong] == [
        ("母の携帯", "phone-problem")
    ]
    assert houses.phones == {}


def test_only_who_changes_the_roster_and_sees_numbers_has_the_form(
    houses: FakeHouses, deputy: Browser
) -> None:
    address = f"/members/{houses.members[0]['id']}"
    houses.account = make_account("sender", functions=["roster.see", "phones.see"])
    assert "/phone-numbers" not in deputy.open(address).html
    token = {"csrf_token": dict(deputy.form("/sign-out").fields)["csrf_token"]}
    assert deputy.post(f"{address}/phone-numbers", token).status == 403
    assert CHANGE_PHONES not in [call for call, _ in houses.asked]


def stopped_point() -> dict[str, object]:
    point = {
        "id": make_id("stopped"),
        "kind": "mail",
        "state": "stopped",
        "hint": "m•••@town.test",
        "health": None,
    }
    proved_at = "2026-11-20T07:02:00+00:00"
    return {**point, "proved_at": proved_at, "last_proved_at": proved_at}


def test_a_stopped_address_is_resumed_on_the_childs_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.points = [stopped_point()]
    deputy.open(f"/members/{houses.members[0]['id']}")
    assert (
        "？ 要確認 ご家庭がメールの受信を止めています（緊急連絡は届きます） 受信を再開する"
        in deputy.words
    )
    deputy.press(form="/resume")
    assert "受信を再開しました。これからは、ふだんの連絡も届きます。" in deputy.words
    assert "✓ 届いています" in deputy.words
    assert "/resume" not in deputy.html
    assert RESUME_POINT in [call for call, _ in houses.asked]


def test_without_the_right_there_is_no_button_to_resume(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.points = [stopped_point()]
    houses.account = make_account("sender", functions=["roster.see"])
    deputy.open(f"/members/{houses.members[0]['id']}")
    assert "ご家庭がメールの受信を止めています" in deputy.words
    assert "受信を再開する" not in deputy.words


def test_the_office_ends_a_mistyped_address_on_the_childs_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-8, B06: an address with a mistake may be somebody else's."""
    other = {**stopped_point(), "id": make_id("other"), "hint": "o•••@town.test"}
    houses.points = [stopped_point(), other]
    deputy.open(f"/members/{houses.members[0]['id']}")
    assert "このアドレスを止める 緊急連絡も含めて、ここへはもう何も送りません。" in deputy.words
    deputy.press(form=f"{make_id('stopped')}/end")
    assert "止めました。ここへは、もう何も送りません。" in deputy.words
    assert "m•••@town.test" not in deputy.words
    assert "o•••@town.test" in deputy.words


def test_an_address_that_a_colleague_ended_meanwhile_says_so(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.points = [stopped_point()]
    deputy.open(f"/members/{houses.members[0]['id']}")
    houses.points = [{**stopped_point(), "id": make_id("other")}]
    deputy.press(form=f"{make_id('stopped')}/end")
    assert "この受信先は、もう登録されていません。" in deputy.words


def test_without_the_right_no_address_is_ended(houses: FakeHouses, deputy: Browser) -> None:
    houses.points = [stopped_point()]
    houses.account = make_account("sender", functions=["roster.see"])
    address = f"/members/{houses.members[0]['id']}"
    assert "このアドレスを止める" not in deputy.open(address).words
    token = {"csrf_token": dict(deputy.form("/sign-out").fields)["csrf_token"]}
    assert deputy.post(f"{address}/contact-points/{make_id('stopped')}/end", token).status == 403
    assert END_POINT not in [call for call, _ in houses.asked]


def test_an_address_that_nobody_pressed_yet_says_so(houses: FakeHouses, deputy: Browser) -> None:
    houses.points = [{**stopped_point(), "state": "active", "proved_at": None}]
    assert "・ まだ確かめていません" in deputy.open(f"/members/{houses.members[0]['id']}").words


def test_the_contracts_limit_is_spoken_of_when_it_is_near(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-1: a school hears of the limit before it stands before it."""
    assert "契約の人数" not in deputy.open("/").words
    houses.counted = 360
    assert "契約の人数 400人のうち、360人を登録しています。" in deputy.open("/").words


def test_a_long_list_is_turned_there_and_back_and_counted(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-1."""
    houses.page_limit = 10
    first = deputy.open("/members?status=all").words
    assert "全部で26人のうち、10人を表示しています。" in first
    assert 'rel="prev"' not in deputy.html
    deputy.open(link_of(deputy, "next"))
    assert 'rel="prev"' in deputy.html
    deputy.open(link_of(deputy, "next"))
    assert 'rel="next"' not in deputy.html
    deputy.open(link_of(deputy, "prev"))
    deputy.open(link_of(deputy, "prev"))
    assert names_in(deputy.words, houses) == names_in(first, houses)


def link_of(browser: Browser, rel: str) -> str:
    [found] = re.findall(rf'rel="{rel}" href="([^"]+)"', browser.html)
    return unescape(found)


def names_in(words: str, houses: FakeHouses) -> list[str]:
    names = [member["display_name"] for member in houses.members]
    return [name for name in names if name in words]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("/members", {"status": "enrolled"}),
        ("/members?status=all", {}),
        ("/members?status=all&reach=unreached", {"reach": "unreached"}),
        ("/members?reach=sideways&status=sideways", {"status": "enrolled"}),
        ("/members/staff?reach=doubtful", {"status": "active", "reach": "doubtful"}),
    ],
)
def test_the_list_is_narrowed_by_state_and_by_how_somebody_is_reached(
    houses: FakeHouses, deputy: Browser, address: str, asked: dict[str, str]
) -> None:
    """DIR-9: directory judges who is reached; the page passes on what was chosen."""
    deputy.open(address)
    [request] = [request for call, request in houses.asked if call == MEMBERS]
    params = request["params"]
    narrowed = {name: params[name] for name in ("status", "reach") if name in params}
    assert narrowed == asked


def test_paper_says_of_whom_the_list_is(deputy: Browser) -> None:
    """DIR-9."""
    printed = deputy.open("/members/print?kind=pupil&status=all&reach=unreached").words
    assert "すべての状態・届かない見込み" in printed


def test_the_list_counts_nobodys_heads(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-1: to choose a class nobody needs to be counted, which takes long at a large school."""
    deputy.open("/members")
    calls = [call for call, _ in houses.asked]
    assert GROUP_NAMES in calls
    assert GROUPS not in calls
