"""年度更新 in a browser without JavaScript (DIR-10)."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_years import FORMER, NEXT_52, make_year
from flask.testing import FlaskClient
from town_school import make_account, make_id

from common.errors import Refused
from gateway.clients.calls import REHEARSE_YEAR, REMOVE_CLASS, SCHEDULE_YEAR
from gateway.domain.years import (
    TypedMoment,
    list_without_class,
    read_place,
    say_fiscal_year,
    say_on_board,
)

HINA = make_id("child-1")
STILL_OLD = "まだ昨年度の{class}のままです。"


@pytest.fixture
def drafted(houses: FakeHouses, deputy: Browser) -> Browser:
    houses.year = make_year("draft")
    return deputy


def test_a_draft_is_made_and_thrown_away(houses: FakeHouses, deputy: Browser) -> None:
    assert "令和9年度の準備を始める" in deputy.open("/year-change").words
    words = deputy.press("下書きを作る", form="/year-change").words
    assert "進級 251 人 卒業 49 人 新入学 51 人" in words
    assert "学級が決まっていない児童が 51人います" in words
    words = deputy.press("読み込んだ学級と番号ごと捨てる", form="/year-change/drop").words
    assert "いまの名簿は変わっていません" in words
    assert houses.year["state"] == "none"


def test_what_becomes_of_children_is_listed_by_outcome(drafted: Browser) -> None:
    words = drafted.open("/year-change/lines?outcome=moves").words
    assert "いま 4年2組 26人" in words
    assert "5年2組 1番" in words
    assert "児童はいません。" in drafted.open("/year-change/lines?outcome=graduates").words


def test_one_child_is_decided_otherwise(houses: FakeHouses, drafted: Browser) -> None:
    page = f"/year-change/places/{HINA}"
    drafted.open(page)
    words = drafted.press(
        "この内容で決める", form=page, place="class", group=NEXT_52, number="7"
    ).words
    assert houses.decided[HINA] == {"group_id": NEXT_52, "number": 7}
    assert "決めました。" in words
    drafted.open(page)
    drafted.press("この内容で決める", form=page, place="graduates")
    assert houses.decided[HINA] == {"graduates": True}
    drafted.open(page)
    drafted.press("この内容で決める", form=page, place="rule")
    assert houses.decided == {}


def upload(client: FlaskClient, browser: Browser, content: bytes) -> Any:
    token = dict(browser.form("/year-change/class-lists").fields)["csrf_token"]
    data = {"csrf_token": token, "file": (io.BytesIO(content), "学級編制.xlsx")}
    return client.post("/year-change/class-lists", data=data, follow_redirects=True)


def test_class_lists_are_read_or_their_faults_are_said(
    client: FlaskClient, drafted: Browser
) -> None:
    drafted.open("/year-change")
    taken = upload(client, drafted, b"a list").get_data(as_text=True)
    assert "26人の学級と番号を読み込みました。" in taken
    assert "使わなかった列：いまの番号" in taken
    drafted.open("/year-change")
    refused = upload(client, drafted, b"with faults")
    assert refused.status_code == 422
    text = refused.get_data(as_text=True)
    assert "1か所に直すところがあるため、下書きは変えていません" in text
    assert "「知らない 子」さんが名簿に見つかりません" in text


def test_a_rehearsal_says_what_would_come(houses: FakeHouses, drafted: Browser) -> None:
    drafted.open("/year-change")
    words = drafted.press("リハーサルをする", form="/year-change/rehearsal").words
    assert "名簿は変わっていません" in words
    assert "全校 302人" in words
    houses.failures[REHEARSE_YEAR] = Refused("year_clashes", "Seats.", fields={"count": 12})
    drafted.open("/year-change")
    words = drafted.press("リハーサルをする", form="/year-change/rehearsal").words
    assert "12人の番号が重なっています。番号を直してから、切り替えてください。" in words


def test_the_moment_is_1_april_unless_another_is_chosen(
    houses: FakeHouses, drafted: Browser
) -> None:
    drafted.open("/year-change/turn")
    words = drafted.press("この日時で決める", form="/year-change/turn", when="april").words
    assert houses.year["starts_at"] == "2027-04-01T00:00:00+09:00"
    assert "令和9年4月1日（木）0:00に、自動で切り替わります" in words
    drafted.open("/year-change/turn")
    chosen = {"when": "chosen", "day": "2027-04-05", "hour": "17:30"}
    drafted.press("この日時で決める", form="/year-change/turn", **chosen)
    assert houses.year["starts_at"] == "2027-04-05T17:30:00+09:00"
    words = drafted.press("切り替えの予約を取り消す", form="/year-change/schedule/drop").words
    assert "下書きは残っています" in words


def test_a_moment_that_is_none_is_asked_for_again(houses: FakeHouses, drafted: Browser) -> None:
    drafted.open("/year-change/turn")
    chosen = {"when": "chosen", "day": "", "hour": "17:30"}
    words = drafted.press("この日時で決める", form="/year-change/turn", **chosen).words
    assert "切り替える日と時刻を入力してください。" in words
    assert SCHEDULE_YEAR not in [call for call, _ in houses.asked]


def test_turned_at_once_and_undone(houses: FakeHouses, drafted: Browser) -> None:
    drafted.open("/year-change/turn")
    words = drafted.press("この日時で決める", form="/year-change/turn", when="now").words
    assert "令和9年4月1日（木）0:00に、令和9年度に切り替えました。" in words
    assert "令和9年4月15日（木）0:00まで" in words
    words = drafted.press("前の年度の名簿に戻す", form="/year-change/undo").words
    assert "切り替えを元に戻しました" in words


def test_after_a_message_there_is_no_way_back(houses: FakeHouses, deputy: Browser) -> None:
    moments = {"applied_at": "2027-04-01T00:00:00+09:00"}
    houses.year = make_year("applied", **moments, first_message_at="2027-04-06T10:00:00+09:00")
    words = deputy.open("/year-change").words
    assert "新しい学級へ連絡を送ったため、元に戻せません" in words
    assert "前の年度の名簿に戻す" not in words


def test_what_was_refused_at_its_moment_is_said(houses: FakeHouses, deputy: Browser) -> None:
    starts_at = "2027-04-01T00:00:00+09:00"
    houses.year = make_year("scheduled", starts_at=starts_at, refused="member_limit")
    words = deputy.open("/year-change").words
    assert "決めた時刻に切り替えられませんでした。" in words
    assert "契約の人数" in words
    assert "切り替えられませんでした" in deputy.open("/").words


def test_classes_are_added_and_kept_while_somebody_is_in_them(
    houses: FakeHouses, drafted: Browser
) -> None:
    drafted.open("/year-change")
    words = drafted.press("学級を加える", form="/year-change/classes", name="3組").words
    assert "5年3組" in words
    empty = make_id("next 5年3組")
    houses.failures.clear()
    page = f"/year-change/lines?group_id={empty}"
    assert "フリガナの順に番号をつけ直す" in drafted.open(page).words
    assert REMOVE_CLASS not in [call for call, _ in houses.asked]


def test_a_class_of_next_year_may_be_given_before_it_is_there(drafted: Browser) -> None:
    words = drafted.open("/accounts/new").words
    assert "新しい年度の学級（切り替わったときから）" in words


def test_who_may_not_change_the_roster_sees_none_of_it(houses: FakeHouses, deputy: Browser) -> None:
    houses.account = make_account("sender", functions=["roster.see", "messages.read"])
    assert deputy.open("/year-change").status == 403


def test_who_is_limited_to_own_classes_needs_one_of_the_next_year() -> None:
    def account(scope: str, *groups: str) -> Any:
        return {"scope": scope, "group_ids": list(groups)}

    whole, old = account("school"), account("own", "4-2")
    new, club = account("own", "4-2", "next 5-2"), account("own", "club")
    found = list_without_class([whole, old, new, club], ["next 5-2"], ["club"])
    assert found == [old]


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"place": "rule"}, None),
        ({"place": "graduates", "group": "x"}, {"graduates": True}),
        ({"place": "class", "group": "x", "number": "１２"}, {"group_id": "x", "number": 12}),
        ({"place": "class", "group": "", "number": "a"}, {"group_id": None, "number": None}),
    ],
)
def test_a_place_is_read_from_its_form(form: Any, place: Any) -> None:
    assert read_place(form) == place


def test_a_year_and_a_moment_in_words() -> None:
    assert say_fiscal_year(2020) == "令和2年度"
    assert say_fiscal_year(2027) == "令和9年度"
    assert TypedMoment("2028-02-29", "09:00").read() == "2028-02-29T09:00:00+09:00"
    assert TypedMoment("2027-02-29", "09:00").read() is None


@pytest.mark.parametrize(
    ("today", "state", "words"),
    [
        (date(2026, 10, 31), "none", ""),
        (date(2026, 11, 24), "none", "年度末の準備：令和9年度の下書きを作れます（あと 128日）。"),
        (date(2027, 3, 31), "draft", "令和9年度の下書きがあります（あと 1日）。"),
        (
            date(2027, 4, 1),
            "none",
            "まだ昨年度の{class}のままです。令和9年度に切り替えてください。",
        ),
    ],
)
def test_the_home_page_says_what_is_near(today: date, state: str, words: str) -> None:
    noted: Any = {"state": state, "fiscal_year": 2027, "starts_at": None, "refused": None}
    assert say_on_board(noted, today) == words
    assert say_on_board(None, today) == ""


def test_what_was_sent_to_last_years_class_still_names_it(houses: FakeHouses) -> None:
    named = houses.clients().directory.groups_ever([FORMER["id"], None])
    assert {"id": FORMER["id"], "path": "5年2組"} in named
