"""操作ログ as an administrator uses it: narrowed, printed, taken as a file (ID-9).

It tells who, what, whose or which, and when.
"""

from __future__ import annotations

import io
from typing import Any

import pytest
import python_calamine
from browser import Browser
from fake_houses import FakeHouses
from fake_log import ME
from fake_log import make_line as line
from town_school import CLASS_42, make_id

from common.errors import NotAllowed, Unavailable
from gateway.clients.calls import (
    ACCOUNTS,
    EXPORT_OPERATION_LOG,
    GROUPS,
    LOOK_UP,
    NAME_MESSAGES,
    OPERATION_LOG,
    Call,
)
from gateway.domain import log
from gateway.domain.log_filter import read_filter

MOTHER = make_id("mother")


@pytest.fixture
def message_id(houses: FakeHouses) -> str:
    """Return a message that was sent."""
    made = houses.post_messages({"json": {"subject": "校外学習の持ち物", "body": "お弁当"}})
    houses.messages[made["id"]]["state"] = "complete"
    return str(made["id"])


@pytest.fixture
def rows(houses: FakeHouses, message_id: str) -> list[dict[str, Any]]:
    """Fill the log with one line of each sort."""
    child = houses.members[13]["id"]
    guardian = ("guardian", MOTHER)
    houses.operations = [
        line("message.released", ("message", message_id), details={"heads": 26, "lane": "urgent"}),
        line(
            "message.confirmed",
            ("message", message_id),
            actor=guardian,
            folded=142,
            last_at="2026-11-24T12:40:00+00:00",
            details={"children": 1},
        ),
        line("member.changed", ("member", child), details={"fields": ["class_id", "number"]}),
        line("group.changed", ("group", CLASS_42), details={"added": 2, "removed": 1}),
        line(
            "contact_point.stopped",
            ("contact_point", make_id("p")),
            actor=guardian,
            details={"member_ids": [child]},
        ),
        line("account.created", ("account", make_id("noguchi"))),
        line("account.signed_in", ("account", ME)),
        line("message.drafted", ("message", message_id)),
    ]
    return houses.operations


def asked(houses: FakeHouses, call: Call) -> dict[str, Any]:
    """Return what a house was asked last by a call."""
    request = [request for each, request in houses.asked if each == call][-1]
    return dict(request.get("params") or request.get("json") or {})


def test_each_row_says_who_did_what_to_whom_and_when(
    deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    words = deputy.open("/operation-log").words
    assert "11月24日（火） 7:05:04" in words
    assert "山下 明子 連絡を送信しました 「校外学習の持ち物」 緊急・対象 26人" in words
    assert "名簿を変更しました 4年2組 14番 髙橋 陽菜 さん 学級、番号を変更" in words
    assert "グループを変更しました 4年2組 加えた人 2人・外した人 1人" in words
    assert "保護者 メールの受信を止めました 4年2組 14番 髙橋 陽菜 さん の受信先" in words
    assert f"アカウントを作りました 番号 {make_id('noguchi')[:8]}" in words


def test_an_account_is_called_by_its_name_and_a_sign_in_names_nobody_twice(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.operations = [
        line(
            "account.changed",
            ("account", ME),
            actor=("operator", None),
            details={"changed": ["role"]},
        ),
        line("account.signed_in", ("account", ME)),
    ]
    words = deputy.open("/operation-log").words
    assert "運営者 アカウントを変更しました 山下 明子 権限の種類を変更" in words
    assert "山下 明子 ログインしました 時刻は日本時間です" in words


def test_a_familys_consent_is_named_by_the_version_of_its_words(
    houses: FakeHouses, deputy: Browser
) -> None:
    """It stays here when the registration is erased (DIR-16)."""
    child = houses.members[13]["id"]
    details = {
        "pupil_ids": [child],
        "contact_points": 1,
        "terms_version": "2026-12",
        "agreed_at": "2026-11-24T10:00:00+00:00",
    }
    registered = line("family.registered", ("member", child), details=details)
    houses.operations = [registered]
    words = deputy.open("/operation-log").words
    assert "個人情報の扱い（2026-12の版）に同意" in words


def test_a_category_is_called_by_its_name_and_a_filing_says_from_where_to_where(
    houses: FakeHouses, deputy: Browser, message_id: str
) -> None:
    health, event = make_id("保健"), make_id("学校行事")
    gone = make_id("gone")
    houses.operations = [
        line("category.changed", ("category", health), details={"fields": ["name", "colour"]}),
        line(
            "message.filed",
            ("message", message_id),
            details={"category_id": event, "former_id": None},
        ),
        line(
            "message.filed",
            ("message", message_id),
            details={"category_id": gone, "former_id": health},
        ),
    ]
    deputy.open("/operation-log")
    assert "カテゴリを変更しました 保健 名前、色を変更" in deputy.words
    assert "「校外学習の持ち物」 カテゴリなし → 学校行事" in deputy.words
    assert f"保健 → 番号 {gone[:8]}" in deputy.words


def test_confirmations_are_one_row_that_says_how_many(
    deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    words = deputy.open("/operation-log").words
    assert (
        "7:05:04 21:40:00 まで 保護者 のべ 143人 連絡を確認しました 「校外学習の持ち物」" in words
    )


def test_rows_lead_to_what_they_speak_of(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]], message_id: str
) -> None:
    html = deputy.open("/operation-log").html
    assert f'href="/messages/{message_id}"' in html
    assert f'href="/members/{houses.members[13]["id"]}"' in html
    assert f'href="/groups/{CLASS_42}"' in html


def test_a_deleted_group_keeps_its_name_while_it_can_come_back(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    gone = next(group for group in houses.groups if group["path"] == "金管バンド")
    houses.delete_groups_group_id({}, gone["id"])
    rows[:] = [
        line("group.deleted", ("group", gone["id"]), details={"below": 2, "removed": 31}),
        line("group.restored", ("group", CLASS_42)),
    ]
    deputy.open("/operation-log")
    assert "グループを削除しました 金管バンド 外した人 31人・その下 2件" in deputy.words
    assert "グループの削除を取り消しました 4年2組" in deputy.words
    assert f'href="/groups/{gone["id"]}"' not in deputy.html


@pytest.mark.parametrize("call", [ACCOUNTS, LOOK_UP, NAME_MESSAGES, GROUPS], ids=str)
def test_a_house_that_is_away_leaves_numbers_and_no_error(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]], call: Call
) -> None:
    houses.failures[call] = Unavailable()
    deputy.open("/operation-log")
    assert deputy.status == 200
    assert "連絡を送信しました" in deputy.words
    assert "名簿を変更しました" in deputy.words


def test_names_are_those_that_the_houses_give_to_who_looks(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]], message_id: str
) -> None:
    houses.failures[LOOK_UP] = NotAllowed()
    houses.failures[NAME_MESSAGES] = NotAllowed()
    words = deputy.open("/operation-log").words
    assert "髙橋 陽菜" not in words
    assert f"番号 {message_id[:8]}" in words
    assert "校外学習" not in words
    tokens = [
        request["user_token"] for call, request in houses.asked if call in (LOOK_UP, NAME_MESSAGES)
    ]
    assert tokens == ["token", "token"]


def test_drafts_are_left_out_until_they_are_asked_for(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    assert "下書きを作りました" not in deputy.open("/operation-log").words
    assert "下書きを作りました" in deputy.open("/operation-log?drafts=1").words
    assert "下書きを作りました" in deputy.open("/operation-log?kind=draft").words
    assert "下書きの記録を除く" in deputy.open("/operation-log").words


def test_the_log_is_narrowed_by_person_kind_and_days(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    deputy.open(f"/operation-log?who={ME}&kind=roster&from=2026-11-24&until=2026-11-25")
    wanted = asked(houses, OPERATION_LOG)
    assert wanted["actor_id"] == ME
    assert "member.changed" in wanted["actions"]
    assert (wanted["first_day"], wanted["last_day"]) == ("2026-11-24", "2026-11-25")
    assert "山下 明子・名簿・令和8年11月24日（火）から・令和8年11月25日（水）まで" in deputy.words
    assert "名簿を変更しました" in deputy.words
    assert "連絡を送信しました" not in deputy.words
    deputy.open("/operation-log?who=guardian")
    assert asked(houses, OPERATION_LOG)["actor_kind"] == "guardian"
    assert "ログインしました" not in deputy.words


def test_days_the_wrong_way_round_are_put_right_and_rubbish_asks_for_everything() -> None:
    turned = read_filter({"from": "2026-11-25", "until": "2026-11-24"})
    assert turned.fields() == {"from": "2026-11-24", "until": "2026-11-25"}
    rubbish = read_filter({"who": "x", "kind": "x", "from": "31.12.", "until": "x", "drafts": "x"})
    assert rubbish.fields() == {}


def test_turning_the_page_keeps_the_filters(houses: FakeHouses, deputy: Browser) -> None:
    houses.operations = [line("member.changed", details={"number": number}) for number in range(60)]
    deputy.open("/operation-log?kind=roster")
    assert "/operation-log?after=50&amp;kind=roster" in deputy.html
    deputy.open("/operation-log?after=50&kind=roster")
    assert deputy.words.count("名簿を変更しました") == 10


def test_all_rows_stand_on_one_page_for_paper(houses: FakeHouses, deputy: Browser) -> None:
    houses.operations = [line("member.changed") for _ in range(730)]
    deputy.open("/operation-log?whole=1")
    assert deputy.words.count("名簿を変更しました") == 730


def test_paper_that_does_not_hold_everything_says_so(
    houses: FakeHouses, deputy: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.pages.staff.operation_log.WHOLE", 20)
    houses.operations = [line("member.changed") for _ in range(30)]
    deputy.open("/operation-log?whole=1")
    assert deputy.words.count("名簿を変更しました") == 20
    assert "新しいものから20件までを出しています。" in deputy.words


def test_paper_names_school_day_and_who_printed(
    deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    words = deputy.open("/operation-log").words
    assert "みなも市立つばめ野小学校 取扱注意" in words
    assert "現在 印刷した人 教頭 山下 明子" in words
    assert "print.css" in deputy.html


def sheet_of(deputy: Browser, **filters: str) -> list[list[Any]]:
    """Take the file and return its cells."""
    token = dict(deputy.open("/operation-log").form("/operation-log").fields)["csrf_token"]
    answer = deputy.client.post("/operation-log/export.xlsx", data={"csrf_token": token, **filters})
    assert answer.status_code == 200
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_a_file_holds_what_the_filters_leave_in_the_time_of_japan(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]]
) -> None:
    cells = sheet_of(deputy, kind="message", who=ME)
    assert cells[0][0] == "みなも市立つばめ野小学校　操作ログ　取扱注意"
    assert cells[1][0] == "山下 明子・連絡の送信"
    assert cells[2][0] == "1件"
    assert cells[4] == [
        "日時（日本時間）",
        "終わりの日時",
        "だれが",
        "何をした",
        "だれの・どの",
        "くわしく",
    ]
    (row,) = cells[5:]
    assert row[0].isoformat() == "2026-11-24T07:05:04"
    assert row[2:] == ["山下 明子", "連絡を送信しました", "「校外学習の持ち物」", "緊急・対象 26人"]
    assert "message.released" in asked(houses, EXPORT_OPERATION_LOG)["actions"]


def test_a_name_in_the_file_is_never_a_formula(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]], message_id: str
) -> None:
    houses.account["display_name"] = '=HYPERLINK("https://evil.example")'
    houses.messages[message_id]["subject"] = "+1+1"
    row = sheet_of(deputy)[5]
    assert row[2] == '=HYPERLINK("https://evil.example")'
    assert row[4] == "「+1+1」"


def test_a_file_that_leaves_older_rows_out_says_so(
    houses: FakeHouses, deputy: Browser, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def newest(request: dict[str, Any]) -> dict[str, Any]:
        return {"items": rows[:1], "left_off": True}

    monkeypatch.setattr(houses, "post_operation_log_exports", newest)
    assert sheet_of(deputy)[2][0] == "1件（新しいものから。これより古い記録は入っていません）"


def test_only_who_may_see_the_log_takes_it(houses: FakeHouses, deputy: Browser) -> None:
    token = dict(deputy.open("/operation-log").form("/operation-log").fields)["csrf_token"]
    houses.account["functions"].remove("log.see")
    assert deputy.post("/operation-log/export.xlsx", {"csrf_token": token}).status == 403
    assert EXPORT_OPERATION_LOG not in [call for call, _ in houses.asked]


def test_every_action_belongs_to_one_kind_and_every_kind_has_actions() -> None:
    kinds = [log.actions_of(kind) for kind in log.KIND_WORDS]
    assert sorted(action for actions in kinds for action in actions) == sorted(log.ACTION_WORDS)
    assert all(kinds)
