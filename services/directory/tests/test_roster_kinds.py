"""What offices really have in their files: understood, or named; never silent (DIR-2).

Cases B03 to B32 are one file each of a kind; here stand their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from workbook_files import read_workbook

from directory.actions.write_workbook import write_template
from directory.domain.roster.columns import COLUMNS, HEADINGS
from directory.domain.roster.help import HELP
from directory.domain.roster.plan import FileReading, RosterPlan, read_roster
from directory.domain.workbooks import Mark, MarkKind, Merge, Sheet, SheetRow, sheet_of

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
HINA = ("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ", "髙橋 美穂", "母", "miho@mail.town.test")
CHILD = HINA[:5]
FATHER = ("髙橋 亮", "父", "ryo@mail.town.test")


def read(*rows: Sequence[str], **decisions: str) -> FileReading:
    return read_roster([sheet_of(rows)], decisions)


def plan_of(*rows: Sequence[str]) -> RosterPlan:
    reading = read(*rows)
    assert reading.plan is not None, reading.errors
    return reading.plan


def faults(reading: FileReading) -> list[tuple[str, str]]:
    return [(error.spot.cell, error.code) for error in reading.errors]


def guardians(plan: RosterPlan) -> list[tuple[str | None, str, list[str]]]:
    mails: dict[str, list[str]] = {}
    for point in plan.contact_points:
        mails.setdefault(point.guardian_key, []).append(point.address)
    return [(each.name, each.label, mails.get(each.key, [])) for each in plan.guardians]


BOTH = [
    ("髙橋 美穂", "母", ["miho@mail.town.test"]),
    ("髙橋 亮", "父", ["ryo@mail.town.test"]),
]


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


MARKS = [
    (Mark(MarkKind.ERROR, "#N/A"), "cell_error"),
    (Mark(MarkKind.ERROR, "#SPILL!"), "cell_error"),
    (Mark(MarkKind.UNCALCULATED), "cell_uncalculated"),
    (Mark(MarkKind.DATE, "4月2日"), "cell_date"),
]


@pytest.mark.parametrize("column", [1, 4, 5, 6, 7])
@pytest.mark.parametrize(("mark", "code"), MARKS)
def test_what_excel_made_of_a_cell_is_named_there(mark: Mark, code: str, column: int) -> None:
    row = SheetRow(2, HINA, marks={column: mark})
    sheet = Sheet("名簿", (SheetRow(1, BASIC), row))
    reading = read_roster([sheet])
    assert faults(reading) == [(f"{'ABCDEFGH'[column]}2", code)]
    assert reading.errors[0].params["value"] == mark.text


def test_a_date_is_read_where_one_is_meant() -> None:
    header = (*BASIC, "生年月日", "在籍状況", "異動日")
    texts = (*HINA, "2016-05-05", "在籍", "平成28年4月1日")
    row = SheetRow(2, texts, marks={8: Mark(MarkKind.DATE, "2016/5/5")})
    plan = read_roster([Sheet("", (SheetRow(1, header), row))]).plan
    assert plan is not None
    (pupil,) = plan.pupils
    assert (pupil.birth_date, pupil.status, pupil.since) == ("2016-05-05", "enrolled", "2016-04-01")


def test_zeros_of_a_look_up_are_blank_and_said_once() -> None:
    rows = [("4", "2", str(n), f"児童{n}", "ジドウ", "0", "0", "") for n in range(1, 5)]
    reading = read(BASIC, *rows)
    assert reading.plan is not None
    assert (len(reading.plan.pupils), reading.plan.guardians) == (4, ())
    assert [(note.spot.cell, note.code, note.params) for note in reading.notes] == [
        ("F2", "zero_blank", {"count": 4}),
        ("G2", "zero_blank", {"count": 4}),
    ]


@pytest.mark.parametrize("mark", ["〃", "同上", "々", "仝"])
@pytest.mark.parametrize("column", [1, 3, 5])
def test_a_ditto_mark_is_named_and_nothing_is_guessed(mark: str, column: int) -> None:
    typed = [*HINA]
    typed[column] = mark
    assert faults(read(BASIC, typed)) == [(f"{'ABCDEFGH'[column]}2", "cell_ditto")]


@pytest.mark.parametrize("word", ["－", "ー", "なし", "無し", "該当なし", "-"])
def test_words_for_nothing_are_nothing(word: str) -> None:
    plan = plan_of(BASIC, (*CHILD, word, word, word))
    assert plan.guardians == plan.contact_points == ()


@pytest.mark.parametrize("room", ["", "単学級", "－", "なし"])
def test_in_a_grade_of_one_class_children_sit_in_the_grade(room: str) -> None:
    plan = plan_of(BASIC, ("3", room, "1", "松下 蓮", "マツシタ レン", "", "", ""))
    assert [(c.key, c.name) for c in plan.classes] == [("class/all", "全校"), ("class/3年", "3年")]
    assert plan.pupils[0].class_key == "class/3年"


def test_who_has_no_class_beside_others_is_asked_for_one() -> None:
    other = ("4", "", "1", "松下 蓮", "マツシタ レン", "", "", "")
    assert faults(read(BASIC, HINA, other)) == [("B3", "room_missing")]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("小4", "4年"),
        ("小学4年", "4年"),
        ("中1", "1年"),
        ("高2", "2年"),
        ("1年次", "1年"),
        ("第4学年", "4年"),
        ("年少", "年少"),
        ("年長", "年長"),
        ("3歳児", "3歳児"),
    ],
)
def test_grades_of_every_kind_of_school_are_read(typed: str, name: str) -> None:
    plan = plan_of(BASIC, (typed, "1", *HINA[2:]))
    assert [c.name for c in plan.classes] == ["全校", name, "1組"]


def test_grades_of_two_schools_in_one_file_stay_apart() -> None:
    rows = ("小1", "1", *HINA[2:]), ("中1", "1", "1", "阿部 蓮", "アベ レン", "", "", "")
    names = [c.name for c in plan_of(BASIC, *rows).classes]
    assert names == ["全校", "小1年", "1組", "中1年", "1組"]


@pytest.mark.parametrize("typed", ["4年2組", "4-2", "４の２", "2", "２組"])
def test_a_class_may_name_its_grade(typed: str) -> None:
    assert plan_of(BASIC, ("4", typed, *HINA[2:])).pupils[0].class_key == "class/4年2組"


def test_a_class_that_contradicts_its_grade_is_named() -> None:
    assert faults(read(BASIC, ("4", "5-2", *HINA[2:]))) == [("B2", "class_disagrees")]


@pytest.mark.parametrize(
    "typed", [("B", "Ｂ組", "b"), ("ひまわり", "ヒマワリ学級", "ひまわり学級")]
)
def test_one_class_written_three_ways_is_one(typed: Sequence[str]) -> None:
    rows = [
        ("4", room, str(n), f"児童{n}", "ジドウ", "", "", "") for n, room in enumerate(typed, 1)
    ]
    assert len({pupil.class_key for pupil in plan_of(BASIC, *rows).pupils}) == 1


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


def test_parts_of_characters_are_read_as_the_characters_and_said() -> None:
    typed = "\u2ed1谷川 \u2fbc子"
    reading = read(BASIC, (*HINA[:3], typed, *HINA[4:]))
    assert reading.plan is not None
    assert reading.plan.pupils[0].display_name == "長谷川 高子"
    (note,) = reading.notes
    assert (note.spot.cell, note.code) == ("D2", "radical_read")
    assert note.params == {"value": typed, "meant": "長谷川 高子"}


def test_a_character_of_one_office_only_is_named() -> None:
    reading = read(BASIC, (*HINA[:3], "渡\ue000 蓮", *HINA[4:]))
    assert faults(reading) == [("D2", "character_private")]
    assert reading.errors[0].params == {"value": "U+E000"}


@pytest.mark.parametrize("invisible", ["\u200b", "\u00ad", "\u2060", "\u3164", "\ufeff"])
def test_what_cannot_be_seen_is_taken_out(invisible: str) -> None:
    address = f"hana{invisible}ko@mail.town.test" if invisible != "\u3164" else HINA[7]
    plan = plan_of(BASIC, (*HINA[:3], f"髙橋 陽{invisible}菜", *HINA[4:7], address))
    assert plan.pupils[0].display_name == "髙橋 陽菜"
    assert plan.contact_points[0].address.isascii()


def test_one_name_in_two_encodings_is_one_child() -> None:
    rows = [(*HINA[:3], name, *HINA[4:]) for name in ("山田 か\u3099く", "山田 がく")]
    assert len(plan_of(BASIC, *rows).pupils) == 1


@pytest.mark.parametrize(
    "typed",
    [
        '"m..takahashi"@docomo.town.test',
        "\u201dm..takahashi\u201d@docomo.town.test",
        "m..takahashi@docomo.town.test",
    ],
)
def test_quotes_come_off_an_address(typed: str) -> None:
    plan = plan_of(BASIC, (*HINA[:7], typed))
    assert plan.contact_points[0].address == "m..takahashi@docomo.town.test"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("miho@gmail.con", "gmail.com"),
        ("miho@gmai.com", "gmail.com"),
        ("miho@docomo.co.jp", "docomo.ne.jp"),
        ("miho@ezweb.co.jp", "ezweb.ne.jp"),
        ("miho@icloud.co", "icloud.com"),
        ("miho@fmail.com", "gmail.com"),
    ],
)
def test_a_likely_typing_error_is_warned_of_and_registered(typed: str, meant: str) -> None:
    reading = read(BASIC, (*HINA[:7], typed))
    assert reading.plan is not None
    assert [(n.spot.cell, n.code, n.params["meant"]) for n in reading.notes] == [
        ("H2", "mail_typo", meant)
    ]


@pytest.mark.parametrize(
    "typed", ["a@mail.com", "a@yahoo.co.jp", "a@i.softbank.jp", "a@city.lg.jp"]
)
def test_a_right_domain_is_no_typing_error(typed: str) -> None:
    assert read(BASIC, (*HINA[:7], typed)).notes == ()


def test_father_and_mother_may_share_a_mailbox() -> None:
    plan = plan_of(BASIC, HINA, (*CHILD, "髙橋 亮", "父", "miho@mail.town.test"))
    assert guardians(plan) == [BOTH[0], ("髙橋 亮", "父", [])]
    assert len(plan.guardianships) == 2


def test_a_shortened_number_is_named() -> None:
    header = (*BASIC, "管理番号")
    assert faults(read(header, (*HINA, "1.23457E+15"))) == [("I2", "number_shortened")]


def test_groups_statuses_and_remarks_are_read() -> None:
    header = (*BASIC, "任意グループ", "在籍状況", "備考")
    (pupil,) = plan_of(header, (*HINA, "登校班1、図書委員会", "入学予定", "きょうだい在園")).pupils
    assert (pupil.groups, pupil.status) == (("登校班1", "図書委員会"), "prospective")
    assert pupil.values["note"] == "きょうだい在園"


def test_a_name_of_a_million_marks_is_refused_quickly() -> None:
    assert faults(read(BASIC, (*HINA[:3], "葛" + "\u0300" * 1_000_000, *HINA[4:]))) == [
        ("D2", "text_too_long")
    ]


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
