"""The menus, put together from what each page says of itself (screens.md 2.2, 2.6)."""

from __future__ import annotations

from browser import Browser
from flask import Flask
from town_school import PRIMARY

from gateway.domain.menu import bar_for, menu_for
from gateway.pages import door
from gateway.pages.frame import pages_with_a_place

WHOLE_MENU = {
    "ホーム": [],
    "連絡を送る": ["新しく作る", "下書き", "送った連絡"],
    "名簿": [
        "児童",
        "教職員",
        "転入・転出",
        "学年・学級とグループ",
        "所属の割り当て",
        "Excelで登録・変更・削除",
        "年度更新",
    ],
    "受信登録": ["登録の状況", "登録手順書の発行", "最近の登録"],
    "記録": ["操作ログ"],
    "ヘルプ": [],
}
ALL_RIGHTS = {
    "messages.send",
    "messages.read",
    "roster.see",
    "roster.change",
    "sheets.print",
    "log.see",
}


def test_who_may_everything_sees_the_whole_menu_in_its_order(app: Flask) -> None:
    menu = menu_for(pages_with_a_place(app, "staff", "public"), ALL_RIGHTS, PRIMARY)
    assert {top.label: [each.label for each in top.entries] for top in menu} == WHOLE_MENU
    assert [top.label for top in menu] == list(WHOLE_MENU)


def test_a_line_of_the_menu_opens_a_page_or_has_pages_under_it(app: Flask) -> None:
    for top in menu_for(pages_with_a_place(app, "staff", "public"), ALL_RIGHTS, PRIMARY):
        assert bool(top.page) != bool(top.entries), top.label


def test_the_bar_of_a_phone_has_four_places(app: Flask) -> None:
    bar = bar_for(pages_with_a_place(app, "staff", "public"), ALL_RIGHTS)
    assert [entry.label for entry in bar] == ["ホーム", "連絡を送る", "送った連絡", "名簿"]


def test_the_console_has_a_menu_of_its_own(app: Flask) -> None:
    menu = menu_for(pages_with_a_place(app, "operator"), ())
    assert [entry.label for entry in menu] == [
        "状況盤",
        "学校・契約",
        "期限の時計",
        "運営者アカウント",
    ]


def test_a_page_is_called_the_same_in_the_menu_and_by_its_heading(deputy: Browser) -> None:
    for address, title in (("/members", "児童"), ("/members/staff", "教職員"), ("/help", "ヘルプ")):
        assert deputy.open(address).read().texts["h1"].strip() == title


def test_every_page_lies_in_a_wing(app: Flask) -> None:
    wings = {door.wing(app, endpoint) for endpoint in app.view_functions if "." in endpoint}
    assert wings == {"staff", "guardian", "operator", "public"}
    assert door.wing(app, "readings.read") == "guardian"
    assert door.wing(app, "static") == door.wing(app, None) == ""
