"""Headings, sheets and rows as offices lay them out: understood, or named (DIR-2)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from roster_readings import BASIC, BOTH, CHILD, FATHER, HINA, faults, guardians, plan_of, read
from workbook_files import read_workbook, sheet_of

from directory.actions.write_workbook import write_template
from directory.domain.roster.columns import COLUMNS, HEADINGS
from directory.domain.roster.help import HELP
from directory.domain.roster.plan import read_roster
from directory.domain.workbooks import Merge, Sheet, SheetRow


@pytest.mark.parametrize(
    "headings",
    [
        ("保護者", "続柄", "メールアドレス", "保護者", "続柄", "メールアドレス"),
        ("保護者1", "続柄1", "メール1", "保護者2", "続柄2", "メール2"),
        (
            "保護者１氏名",
            "保護者１続柄",
            "保護者１メール",
            "保護者②",
            "保護者②の続柄",
            "保護者②のメール",
        ),
        ("第1保護者", "続柄", "Eメール", "第2保護者", "続柄", "Eメール"),
    ],
)
def test_father_and_mother_side_by_side_are_two_guardians(headings: Sequence[str]) -> None:
    assert guardians(plan_of((*BASIC[:5], *headings), (*HINA, *FATHER))) == BOTH


def test_columns_of_mother_and_father_say_the_relation() -> None:
    header = (*BASIC[:5], "母氏名", "母メール", "父", "父のメールアドレス")
    row = (*CHILD, "髙橋 美穂", "miho@mail.town.test", "髙橋 亮", "ryo@mail.town.test")
    assert guardians(plan_of(header, row)) == BOTH
    only_mails = (*BASIC[:5], "母メール", "父メール")
    found = guardians(plan_of(only_mails, (*CHILD, "miho@mail.town.test", "ryo@mail.town.test")))
    assert [(label, mails) for _, label, mails in found] == [
        ("母", ["miho@mail.town.test"]),
        ("父", ["ryo@mail.town.test"]),
    ]


@pytest.mark.parametrize(
    "headings",
    [("メールアドレス", "メールアドレス2"), ("メール1", "メール2"), ("メール", "メール")],
)
def test_a_second_address_of_one_guardian_is_registered(headings: Sequence[str]) -> None:
    header = (*BASIC[:7], *headings)
    plan = plan_of(header, (*HINA, "second@mail.town.test"))
    assert guardians(plan) == [
        ("髙橋 美穂", "母", ["miho@mail.town.test", "second@mail.town.test"])
    ]


def test_numbers_to_call_keep_their_relation_beside_two_guardians() -> None:
    header = (*BASIC, "電話1", "続柄1", "電話2", "続柄2")
    plan = plan_of(header, (*HINA, "0000-00-1001", "母", "0000-00-1002", "祖母"))
    ((_, phones),) = plan.phones.items()
    assert [(phone.number, phone.label) for phone in phones.values()] == [
        ("0000-00-1001", "母"),
        ("0000-00-1002", "祖母"),
    ]
    assert guardians(plan)[0][1] == "母"


def test_one_heading_twice_is_named_with_its_columns() -> None:
    header = ("氏名", "続柄", "メールアドレス", *BASIC[:5])
    reading = read(header, ("髙橋 美穂", "母", "miho@mail.town.test", *CHILD))
    assert faults(reading) == [("G1", "column_twice")]
    assert reading.errors[0].params == {"count": 2, "columns": "A・G"}


def test_what_stands_above_two_headings_tells_them_apart() -> None:
    rows = (
        ("令和8年度 4年2組 名簿", "", "", "", "", "", "", ""),
        ("保護者", "", "", "児童", "", "", "", ""),
        ("氏名", "続柄", "メールアドレス", *BASIC[:5]),
        ("髙橋 美穂", "母", "miho@mail.town.test", *CHILD),
    )
    merges = (Merge(1, 1, 0, 7), Merge(2, 2, 0, 2), Merge(2, 2, 3, 7))
    sheet = Sheet("名簿", sheet_of(rows).rows, merges)
    plan = read_roster([sheet]).plan
    assert plan is not None
    assert plan.pupils[0].display_name == "髙橋 陽菜"
    assert guardians(plan) == [BOTH[0]]


def test_columns_that_are_not_read_are_named() -> None:
    reading = read((*BASIC, "アレルギー", "父の勤務先"), (*HINA, "卵", "町役場"))
    assert [(each.where, each.text) for each in reading.unused] == [
        ("I", "アレルギー"),
        ("J", "父の勤務先"),
    ]


def test_every_sheet_with_a_header_is_read_and_the_others_are_named() -> None:
    other = ("1", "1", "1", "阿部 蓮", "アベ レン", "", "", "")
    sheets = [
        sheet_of([("つばめ野小学校 学級名簿",)], "表紙"),
        sheet_of([BASIC, HINA], "4-2"),
        sheet_of([BASIC, other], "1-1"),
        sheet_of([BASIC, ("1", "1", "1", "見本 太郎", "ミホン タロウ", "", "", "")], "記入例"),
        Sheet("郵便番号", is_hidden=True),
    ]
    reading = read_roster(sheets)
    assert reading.plan is not None
    assert reading.sheets == ("4-2", "1-1")
    assert [pupil.display_name for pupil in reading.plan.pupils] == ["髙橋 陽菜", "阿部 蓮"]
    assert [(each.where, each.code) for each in reading.unused] == [
        ("表紙", "sheet_without_header"),
        ("記入例", "sheet_of_examples"),
        ("郵便番号", "sheet_hidden"),
    ]


def test_a_fault_names_its_sheet() -> None:
    wrong = ("四", *HINA[1:])
    reading = read_roster([sheet_of([BASIC, HINA], "4-2"), sheet_of([BASIC, wrong], "4-3")])
    assert [(e.spot.sheet, e.spot.cell) for e in reading.errors] == [("4-3", "A2")]


@pytest.mark.parametrize("name", ["見本 太郎", "（例）山田 花子", "記入例 山田", "例：山田 花子"])
def test_a_row_that_shows_how_to_write_is_never_registered(name: str) -> None:
    reading = read(BASIC, ("1", "1", "1", name, "ヤマダ", "", "", ""), HINA)
    assert reading.plan is not None
    assert [pupil.display_name for pupil in reading.plan.pupils] == ["髙橋 陽菜"]
    assert [(each.kind, each.where) for each in reading.unused] == [("row", "2")]


def test_merged_cells_hold_for_all_their_rows() -> None:
    rows = [BASIC, HINA]
    rows += [("", "", str(n), f"児童{n}", "ジドウ", "", "", "") for n in range(15, 44)]
    merges = Merge(2, 31, 0, 0), Merge(2, 31, 1, 1)
    plan = read_roster([Sheet("", sheet_of(rows).rows, merges)]).plan
    assert plan is not None
    assert {pupil.class_key for pupil in plan.pupils} == {"class/4年2組"}
    assert len(plan.pupils) == 30


def hidden(texts: Sequence[str], number: int) -> SheetRow:
    return SheetRow(number, tuple(texts), is_hidden=True)


def struck(texts: Sequence[str], number: int) -> SheetRow:
    return SheetRow(number, tuple(texts), struck=frozenset({3}))


@pytest.mark.parametrize(("make", "kind"), [(hidden, "hidden_rows"), (struck, "struck_rows")])
def test_rows_that_people_see_otherwise_are_asked_about(make: object, kind: str) -> None:
    other = ("4", "2", "15", "森田 健太", "モリタ ケンタ", "", "", "")
    rows = SheetRow(1, BASIC), SheetRow(2, HINA), make(other, 3)  # type: ignore[operator]
    sheet = Sheet("名簿", rows)
    reading = read_roster([sheet])
    (question,) = reading.questions
    assert (question.kind, question.must, question.params) == (
        kind,
        True,
        {"count": 1, "rows": "3"},
    )
    left = read_roster([sheet], {question.key: "leave"}).plan
    kept = read_roster([sheet], {question.key: "read"}).plan
    assert left is not None
    assert kept is not None
    assert (len(left.pupils), len(kept.pupils)) == (1, 2)


def test_the_empty_file_explains_every_column_and_registers_none_of_its_examples() -> None:
    rows = read_workbook(write_template())
    assert tuple(rows[0]) == HEADINGS
    assert set(HELP) == {column.field for column in COLUMNS}
    reading = read(*rows)
    assert [(part.where, part.code) for part in reading.unused] == [
        ("2", "row_of_example"),
        ("3", "row_of_example"),
    ]
    assert [error.code for error in reading.errors] == ["no_rows"]
    filled = dict.fromkeys(HEADINGS, "") | {"氏名": "髙橋 陽菜", "学年": "4", "組": "2"}
    plan = plan_of(*rows, tuple(filled.values()))
    assert [pupil.display_name for pupil in plan.pupils] == ["髙橋 陽菜"]
