"""What directory refuses of a roster file, the gateway says in words an office can act upon."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbook_files import sheet_of

from common.words import words_of
from directory.domain.mail_addresses import MailProblem
from directory.domain.roster.book import READ
from directory.domain.roster.doubts import ANOTHER, LEAVE, RESTORE, SAME
from directory.domain.roster.families import END, KEEP, LEAVE_ENDED, REVIVE
from directory.domain.roster.plan import read_roster
from directory.domain.roster.staff.accounts import REFUSALS, word_of
from directory.domain.workbooks import SENTENCES, WorkbookRefused
from gateway.domain.cell_words import (
    CELL_WORDS,
    NOTE_WORDS,
    UNUSED_WORDS,
    explain_cell,
    explain_note,
    explain_nothing_registered,
)
from gateway.domain.import_questions import KINDS
from gateway.domain.words import ERROR_WORDS, words_for

PRIMARY = words_of("elementary")
BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
HINA = ("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ", "髙橋 美穂", "母", "miho@mail.town.test")
SAYS = {"Unreadable", "Remark", "Unused", "_refuse", "_note"}
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")


@pytest.fixture
def domain(root: Path) -> Path:
    return root / "services/directory/directory/domain"


def said(*lines: tuple[str, ...]) -> list[str]:
    reading = read_roster([sheet_of([BASIC, *lines])])
    assert reading.plan is None
    return [explain_cell(error.as_json(), PRIMARY) for error in reading.errors]


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Yield what a module says of cells: by a call that says, or named `code` or `differs`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
                spoken = args if name in SAYS else []
                spoken = spoken + [k.value for k in node.keywords if k.arg in ("differs", "code")]
            case ast.Assign(targets=[ast.Name(id="code" | "_FAULTS")], value=value):
                spoken = [value]
            case ast.AnnAssign(target=ast.Name(id="differs"), value=ast.expr() as value):
                spoken = [value]
            case _:
                continue
        for part in spoken:
            yield from (
                each.value
                for each in ast.walk(part)
                if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value))
            )


def test_every_code_of_a_cell_has_its_words_and_no_words_are_left_over(domain: Path) -> None:
    codes = set(get_args(MailProblem))
    files = [*(domain / "roster").rglob("*.py"), *(domain / "year_change").rglob("*.py")]
    for path in files:
        codes |= set(codes_in(ast.parse(path.read_text(encoding="utf-8"))))
    codes |= {word_of(code) for code in REFUSALS} | {word_of("unheard_of")}
    words = CELL_WORDS.keys() | NOTE_WORDS.keys() | UNUSED_WORDS.keys()
    assert codes - {"contact_points"} == words


def test_every_question_has_its_words_and_choices(domain: Path) -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in (domain / "roster").rglob("*.py"))
    asked = set(re.findall(r'kind="([a-z_]+)",\s+spot', text)) | {"hidden_rows", "struck_rows"}
    assert asked == set(KINDS)
    for choices in (
        (LEAVE, RESTORE, ANOTHER),
        (SAME, ANOTHER),
        (KEEP, END),
        (LEAVE_ENDED, REVIVE),
        (LEAVE, READ),
    ):
        assert choices in [tuple(kind.choices) for kind in KINDS.values()]


def test_every_refusal_of_a_whole_workbook_has_its_words() -> None:
    assert {code for code in ERROR_WORDS if code.startswith("workbook_")} == set(SENTENCES)


def test_a_refused_workbook_is_explained_with_what_to_do() -> None:
    refusal = WorkbookRefused("workbook_damaged")
    assert refusal.status == 422
    assert words_for(refusal.code, refusal.fields, school=PRIMARY) == (
        "ファイルが壊れていて読めません。Excelで開いて保存し直してください。"
    )
    large = WorkbookRefused("workbook_too_large", limit_mb=5)
    assert words_for(large.code, large.fields, school=PRIMARY).startswith(
        "ファイルが大きすぎます（5MBまで）。"
    )
    assert words_for(large.code, school=PRIMARY).startswith("ファイルが大きすぎます。")


def test_a_cell_is_named_with_what_stands_there_and_whom_it_contradicts() -> None:
    with_kanji = (*HINA[:4], "高橋", *HINA[5:])
    assert said(with_kanji)[0].startswith(
        "2行目「フリガナ」(E2)：「高橋」はフリガナとして読めません。"
    )
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
    reading = read_roster([sheet_of([BASIC, *cells])])
    for error in reading.errors:
        assert explain_cell(error.as_json(), PRIMARY)
    for note in reading.notes:
        assert explain_note(note.as_json(), PRIMARY)
