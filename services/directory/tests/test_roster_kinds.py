"""What offices really have in their cells: understood, or named; never silent (DIR-2).

Cases B03 to B32 are one file each of a kind; here stand their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from roster_readings import BASIC, BOTH, CHILD, HINA, faults, guardians, plan_of, read

from directory.domain.roster.plan import read_roster
from directory.domain.workbooks import Mark, MarkKind, Sheet, SheetRow

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
