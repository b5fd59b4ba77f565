"""What directory refuses of a roster file, the gateway says in words an office can act upon."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.actions.rosters import describe_error
from directory.domain.roster.columns import HEADINGS
from directory.domain.roster.plan import plan_roster
from directory.domain.workbooks import SENTENCES, WorkbookRefused
from gateway.domain.cell_words import CELL_WORDS, explain_cell, explain_nothing_registered
from gateway.domain.words import ERROR_WORDS, words_for

BASIC = HEADINGS[:8]  # up to メールアドレス
HINA = ("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ", "髙橋 美穂", "母", "miho@mail.town.test")
PREFIXES = (
    "mail|mails|phone|phones|value|kana|number|text|grade|class|header|column|character|no"
    "|management_number|guardian|pupil"
)
# Names of fields, tables and parameters that begin alike.
NO_CODES = {"class_name", "guardian_id", "guardian_name", "management_number", "phone_numbers"}


@pytest.fixture
def domain(root: Path) -> Path:
    return root / "services/directory/directory/domain"


def said(*lines: tuple[str, ...]) -> list[str]:
    errors = plan_roster([BASIC, *lines])
    assert isinstance(errors, list)
    return [explain_cell(describe_error(error)) for error in errors]


def test_every_code_of_a_cell_has_its_words_and_no_words_are_left_over(domain: Path) -> None:
    rooms = [domain / "mail_addresses.py", *(domain / "roster").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in rooms)
    codes = set(re.findall(f'"((?:{PREFIXES})_[a-z_]+)"', text)) - NO_CODES
    assert codes == set(CELL_WORDS)


def test_every_refusal_of_a_whole_workbook_has_its_words() -> None:
    assert {code for code in ERROR_WORDS if code.startswith("workbook_")} == set(SENTENCES)


def test_a_refused_workbook_is_explained_with_what_to_do() -> None:
    refusal = WorkbookRefused("workbook_too_wide", cell="XFD1048576", rows=20_000, columns=64)
    assert refusal.status == 422
    assert words_for(refusal.code, refusal.fields) == (
        "離れたセル（XFD1048576）に入力か書式があります。20000行・64列までにしてください。"
        "新しいブックに名簿だけを貼り付けると直ります。"
    )
    large = WorkbookRefused("workbook_too_large", limit_mb=5)
    assert words_for(large.code, large.fields).startswith("ファイルが大きすぎます（5MBまで）。")
    assert words_for(large.code).startswith("ファイルが大きすぎます。")


def test_a_cell_is_named_with_what_stands_there_and_whom_it_contradicts() -> None:
    without_reading = (*HINA[:4], "", *HINA[5:])
    assert said(without_reading)[0].startswith("2行目「フリガナ」(E2)：フリガナが空欄です。")
    other_name = (*HINA[:3], "高橋 陽菜", *HINA[4:])
    assert "14番は2行目の「髙橋 陽菜」さんと同じです。" in said(HINA, other_name)[0]
    stranger = ("4", "2", "1", "阿部 千夏", "アベ チナツ", "阿部 愛", *HINA[6:])
    assert "2行目の保護者「髙橋 美穂」さんと同じメールアドレス" in said(HINA, stranger)[0]
    beside = ("4", "ひまわり", *HINA[2:])
    assert said(beside, ("5", *beside[1:])) == [
        "3行目「学年」(A3)：2行目と同じ児童ですが、学年が違います。"
    ]
    assert explain_nothing_registered(3).startswith(
        "3か所に直すところがあるため、まだ1件も登録していません。"
    )


@given(st.lists(st.lists(st.text(max_size=12), max_size=9), max_size=8))
def test_any_cells_end_in_a_plan_or_in_errors_that_have_words(cells: list[list[str]]) -> None:
    result = plan_roster([BASIC, *cells])
    for error in result if isinstance(result, list) else []:
        assert explain_cell(describe_error(error))
