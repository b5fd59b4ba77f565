"""A roster file in the browser: chosen, shown as differences, applied, or given back (DIR-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import PRIMARY, make_account, make_id, make_plan

from common import clock
from common.errors import Busy, Invalid, Refused
from gateway.clients.calls import APPLY_IMPORT, EXPORT_ROSTER, MARKED_IMPORT, PLAN_IMPORT
from gateway.domain import imports
from gateway.domain.cell_words import LONGEST_MARK, MOST_MARKED
from gateway.pages.staff import roster_import

PLAN = f"/members/import/{make_id('plan')}"


def choose(browser: Browser, content: bytes = b"PK", page: str = "/members/import") -> Browser:
    """Choose a file.

    The body is written here: the test client leaves the temporary file of a large one open.
    """
    browser.open(page)
    token = dict(browser.form(page).fields)["csrf_token"]
    head = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    parts = (
        head.format("csrf_token", "").encode() + token.encode(),
        head.format("file", '; filename="a.xlsx"').encode() + content,
    )
    body = b"".join(b"--border\r\n" + part + b"\r\n" for part in parts) + b"--border--\r\n"
    return browser.post(page, body, content_type="multipart/form-data; boundary=border")


def test_a_file_is_shown_as_differences_before_anything_changes(
    houses: FakeHouses, deputy: Browser
) -> None:
    choose(deputy)
    assert deputy.path == PLAN
    assert "まだ何も反映していません" in deputy.words
    for words in ("新しく登録 1 人", "変更 1 人", "変わりなし 24 人", "ファイルにない 1 人"):
        assert words in deputy.words
    assert "学級：4年2組 → 4年1組" in deputy.words
    assert "番号：1番 → 7番" in deputy.words
    assert "メールアドレスを追加（母 新田 茜）：akane@town.test" in deputy.words
    assert "ファイルにない児童" in deputy.words
    assert "名簿から削除しません。" in deputy.words
    assert APPLY_IMPORT not in [call for call, _ in houses.asked]


def test_the_button_says_what_it_does_and_a_second_press_changes_nothing(deputy: Browser) -> None:
    choose(deputy)
    assert "この内容で反映する （新しく 1人・変更 1人）" in deputy.words
    fields = dict(deputy.form("/apply").fields)
    deputy.press(form="/apply")
    assert "反映しました（新しく登録 1人、変更 1人）。" in deputy.words
    assert "/apply" not in deputy.html
    assert "すでに反映されています。" in deputy.post(f"{PLAN}/apply", fields).words


FAULT = {
    "sheet": "名簿",
    "row": 2,
    "column": "フリガナ",
    "cell": "E2",
    "code": "kana_unreadable",
    "params": {"value": "高橋"},
}
SAID = "「名簿」2行目「フリガナ」(E2)：「高橋」はフリガナとして読めません。"


def test_a_file_with_faults_is_told_cell_by_cell(houses: FakeHouses, deputy: Browser) -> None:
    houses.plan = make_plan(
        state="refused", error_count=3, errors=[FAULT] * 3, changes={"items": [], "next": None}
    )
    choose(deputy)
    assert (
        "3か所に直すところがあるため、まだ1件も登録していません。印をつけたExcelをダウンロードして直し、"
        in deputy.words
    )
    assert SAID in deputy.words
    assert "印をつけたExcelをダウンロード" in deputy.words
    assert "/apply" not in deputy.html


def test_a_file_with_faults_comes_back_marked(houses: FakeHouses, deputy: Browser) -> None:
    houses.plan = make_plan(state="refused", errors=[FAULT])
    answer = deputy.client.get(f"{PLAN}/marked.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data == b"PK marked"
    (mark,) = houses.marks
    assert (mark["sheet"], mark["row"], mark["cell"]) == ("名簿", 2, "E2")
    assert mark["text"].startswith(SAID)


def test_of_very_many_faults_the_first_come_back_marked(
    houses: FakeHouses, deputy: Browser
) -> None:
    long = {**FAULT, "params": {"value": "高" * 1_000}}
    houses.plan = make_plan(state="refused", errors=[long] * (MOST_MARKED + 1))
    assert deputy.client.get(f"{PLAN}/marked.xlsx").status_code == 200
    assert len(houses.marks) == MOST_MARKED
    assert len(houses.marks[0]["text"]) == LONGEST_MARK


def test_who_asks_for_a_marked_file_while_others_are_read_is_told(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.plan = make_plan(state="refused", errors=[FAULT])
    houses.failures[MARKED_IMPORT] = Busy("import_busy", "Others.", fields={"retry_after": 10})
    deputy.open(f"{PLAN}/marked.xlsx")
    assert deputy.path == PLAN
    assert "いま、ほかのファイルを読み込んでいます。" in deputy.words


LEFT = {
    "key": "former/1",
    "kind": "former_child",
    "sheet": "名簿",
    "row": 3,
    "cell": "D3",
    "choices": ["leave", "restore", "another"],
    "must": True,
    "chosen": None,
    "params": {"name": "森田 健太", "status": "transferred"},
}
GIVEN_UP = {
    **LEFT,
    "key": "end/1",
    "kind": "mail_replaced",
    "choices": ["keep", "end"],
    "must": False,
    "chosen": "keep",
    "params": {"name": "母 髙橋 美穂", "before": "miho@gmail.con", "after": "miho@gmail.com"},
}


def test_what_only_the_office_can_decide_is_asked_before_anything_is_applied(
    houses: FakeHouses, deputy: Browser
) -> None:
    second = {**GIVEN_UP, "key": "end/2"}
    houses.plan = make_plan(state="asking", open_count=1, questions=[LEFT, GIVEN_UP, second])
    choose(deputy)
    assert "3行目の森田 健太さんは、転出した児童です。" in deputy.words
    assert "前の miho@gmail.con はどうしますか。" in deputy.words
    assert "/apply" not in deputy.html
    deputy.press(form="/decisions", **{"former/1": "restore", "all/mail_replaced": "end"})
    assert houses.decided == {"former/1": "restore", "end/1": "end", "end/2": "end"}
    assert "/apply" in deputy.html


def test_what_was_not_read_and_what_is_doubtful_is_named(
    houses: FakeHouses, deputy: Browser
) -> None:
    column = {"kind": "column", "sheet": "名簿", "where": "I", "code": "column_unknown"}
    typo = {**FAULT, "column": "メールアドレス", "cell": "H2", "code": "mail_typo"}
    typo["params"] = {"value": "miho@gmail.con", "meant": "gmail.com"}
    houses.plan = make_plan(notes=[typo], unused=[{**column, "text": "アレルギー"}])
    choose(deputy)
    assert "「名簿」のI列「アレルギー」：使わない見出しのため" in deputy.words
    assert "「miho@gmail.con」は、gmail.com の打ち間違いではありませんか。" in deputy.words
    assert "アオキ ミナト" in deputy.words
    assert "ファイルの2行目" in deputy.words


def test_a_file_that_is_no_workbook_is_told_on_the_page_where_it_was_chosen(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.failures[PLAN_IMPORT] = Invalid("workbook_damaged", "Damaged.")
    said = "ファイルが壊れていて読めません。Excelで開いて保存し直してください。"
    assert said in choose(deputy).words
    assert deputy.path == "/members/import"


def test_without_a_file_one_is_asked_for(deputy: Browser) -> None:
    assert "ファイルを選んでください。" in deputy.open("/members/import").press().words


@pytest.mark.parametrize(
    ("trouble", "words", "button"),
    [
        (
            {"code": "import_stale", "params": {}},
            "ファイルを確かめたあとに、名簿が変わりました。",
            "もう一度ファイルを選ぶ",
        ),
        (
            {"code": "member_limit", "params": {"limit": 400}},
            "契約の人数（400人）に達しているため",
            "この内容で反映する",
        ),
        (
            {"code": "import_apply_stopped", "params": {}},
            "反映が途中で止まりました。名簿は何も変わっていません。",
            "この内容で反映する",
        ),
    ],
)
def test_what_speaks_against_it_is_told_on_its_page(
    houses: FakeHouses, deputy: Browser, trouble: dict[str, Any], words: str, button: str
) -> None:
    choose(deputy)
    houses.trouble = trouble
    deputy.press(form="/apply")
    assert deputy.path == PLAN
    assert words in deputy.words
    assert button in deputy.words
    assert ("/apply" in deputy.html) == (button == "この内容で反映する")


def test_a_press_on_what_somebody_decided_anew_is_told(houses: FakeHouses, deputy: Browser) -> None:
    choose(deputy)
    houses.failures[APPLY_IMPORT] = Refused("changed_meanwhile", "Changed.")
    deputy.press(form="/apply")
    assert deputy.path == PLAN
    assert "反映しました" not in deputy.words


PROGRESS = [
    ("waiting", "読み込みの順番を待っています"),
    ("reading", "ファイルを読んでいます"),
    ("comparing", "10,001行を読みました。名簿と比べています"),
    ("confirmed", "反映の順番を待っています"),
    ("applying", "名簿に反映しています"),
]


@pytest.mark.parametrize(("state", "words"), PROGRESS)
def test_a_file_in_hand_shows_how_far_it_is_and_leads_on_when_it_is_done(
    houses: FakeHouses,
    deputy: Browser,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    words: str,
) -> None:
    monkeypatch.setattr(roster_import, "FIRST_WAIT_SECONDS", 0)
    asked_at = clock.now() - timedelta(seconds=12)
    houses.plan.update(state=state, rows=10_001, asked_at=asked_at.isoformat())
    choose(deputy)
    assert deputy.path == PLAN
    assert words in deputy.words
    assert "経過 0:12" in deputy.words
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in deputy.html
    assert "/apply" not in deputy.html
    assert f'data-poll="{PLAN}/progress"' in deputy.html
    assert words in deputy.open(f"{PLAN}/progress").words
    assert "data-onward" not in deputy.html
    houses.plan.update(state="ready")
    deputy.open(f"{PLAN}/progress")
    assert f'data-onward href="{PLAN}"' in deputy.html
    assert 'data-every="1"' not in deputy.html


def test_what_could_not_be_read_is_told_in_the_same_words_on_its_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    trouble = {"code": "workbook_damaged", "params": {}}
    houses.plan.update(state="failed", trouble=trouble)
    said = "ファイルが壊れていて読めません。Excelで開いて保存し直してください。"
    assert said in choose(deputy).words
    assert "読み込めませんでした" in deputy.words
    assert "もう一度ファイルを選ぶ" in deputy.words
    assert "/apply" not in deputy.html


def test_a_file_beyond_the_contract_has_no_button(houses: FakeHouses, deputy: Browser) -> None:
    houses.plan = make_plan(over_limit=5)
    assert "契約の人数（400人）を 5人超えるため、反映できません。" in choose(deputy).words
    assert "/apply" not in deputy.html


def test_a_file_that_changes_nothing_says_so(houses: FakeHouses, deputy: Browser) -> None:
    counts = dict.fromkeys(("classes", "new", "changed", "deleted", "missing", "kept_mails"), 0)
    counts["unchanged"] = 26
    houses.plan = make_plan(counts=counts, changes={"items": [], "next": None})
    assert "名簿と同じです。反映することはありません。" in choose(deputy).words
    assert "/apply" not in deputy.html


def test_an_expired_file_is_asked_for_again(deputy: Browser) -> None:
    deputy.open(f"/members/import/{make_id('long gone')}")
    assert deputy.path == "/members/import"
    assert "30分たったため消しました。" in deputy.words


def test_a_file_of_six_megabytes_is_refused_in_words_and_other_forms_stay_small(
    deputy: Browser,
) -> None:
    assert choose(deputy, b"x" * 2_000_000).path == PLAN
    choose(deputy, b"x" * 7_000_000)
    assert deputy.status == 413
    assert "ファイルが大きすぎます。" in deputy.words
    assert deputy.open("/messages/new").press(subject="x", body="あ" * 2_000_000).status == 413


def test_the_roster_leaves_as_a_file_for_who_may_change_it(
    houses: FakeHouses, deputy: Browser
) -> None:
    token = dict(deputy.open("/members/import").form("/members/export.xlsx").fields)
    assert deputy.client.get("/members/export.xlsx").status_code == 405
    assert EXPORT_ROSTER not in [call for call, _ in houses.asked]
    answer = deputy.client.post("/members/export.xlsx", data=token)
    assert (answer.data, answer.headers["Cache-Control"]) == (b"PK roster", "no-store")
    assert EXPORT_ROSTER in [call for call, _ in houses.asked]
    houses.account = make_account("sender", functions=["roster.see"])
    assert deputy.client.post("/members/export.xlsx", data=token).status_code == 403
    assert "Excelで登録・変更・削除" not in deputy.open("/members").words


def test_every_change_has_its_words() -> None:
    kana = {"field": "kana", "heading": "フリガナ", "before": "ア", "after": "イ", "who": ""}
    assert imports.say_detail(kana, PRIMARY) == "フリガナ：ア → イ"
    phone = {
        "field": "phone",
        "heading": "",
        "before": None,
        "after": "0000-00-1001（母）",
        "who": "2",
    }
    assert imports.say_detail(phone, PRIMARY) == "緊急連絡先2：（なし） → 0000-00-1001（母）"
    status = {
        "field": "status",
        "heading": "",
        "before": "prospective",
        "after": "enrolled",
        "who": "",
    }
    assert imports.say_detail(status, PRIMARY) == "状態：入学予定 → 在籍"
