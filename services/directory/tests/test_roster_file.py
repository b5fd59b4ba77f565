"""A roster file is understood as a person would, or refused whole by cell (DIR-2, DIR-11)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbook_files import sheet_of

from directory.domain.roster.plan import FileReading, RosterPlan, read_roster
from directory.domain.roster.remarks import Remark

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
HINA = ("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ", "髙橋 美穂", "母", "miho@mail.town.test")
REN = ("1", "1", "13", "髙橋 蓮", "タカハシ レン", "髙橋 美穂", "母", "miho@mail.town.test")


def read(*lines: Sequence[str], header: Sequence[str] = BASIC) -> FileReading:
    return read_roster([sheet_of([header, *lines])])


def plan_of(rows: Sequence[Sequence[str]]) -> RosterPlan:
    reading = read_roster([sheet_of(rows)])
    assert reading.plan is not None, reading.errors
    return reading.plan


def planned(*lines: Sequence[str], header: Sequence[str] = BASIC) -> RosterPlan:
    return plan_of([header, *lines])


def refused(*lines: Sequence[str], header: Sequence[str] = BASIC) -> list[Remark]:
    reading = read(*lines, header=header)
    assert reading.plan is None
    return list(reading.errors)


def changed(line: Sequence[str], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, text) for name, text in zip(BASIC, line, strict=True))


def found(errors: Sequence[Remark]) -> list[tuple[str, str]]:
    return [(error.spot.cell, error.code) for error in errors]


def test_one_row_becomes_a_pupil_a_guardian_and_a_contact_point() -> None:
    plan = planned(HINA)
    (pupil,), (guardian,), (link,), (point,) = (
        plan.pupils,
        plan.guardians,
        plan.guardianships,
        plan.contact_points,
    )
    assert (pupil.display_name, pupil.kana, pupil.number) == ("髙橋 陽菜", "タカハシ ヒナ", 14)
    assert (guardian.name, link.label, point.kind, point.address) == (
        "髙橋 美穂",
        "母",
        "mail",
        "miho@mail.town.test",
    )
    assert (link.pupil_key, link.guardian_key, point.guardian_key) == (
        pupil.key,
        guardian.key,
        guardian.key,
    )
    assert [(c.name, c.parent) for c in plan.classes] == [
        ("全校", None),
        ("4年", "class/all"),
        ("2組", "class/4年"),
    ]
    assert pupil.class_key == plan.classes[-1].key


def test_columns_stand_in_any_order_under_a_title_and_stray_spaces() -> None:
    order = [7, 3, 0, 6, 2, 4, 1, 5]
    header = [f" {BASIC[i]}　" for i in order]
    rows = [
        ["令和8年度 児童名簿（取扱注意）", *[""] * 8],
        [],
        ["", *header],
        ["", *(HINA[i] for i in order)],
    ]
    assert plan_of(rows) == planned_at_row(4)


def planned_at_row(row: int) -> RosterPlan:
    return plan_of([[]] * (row - 2) + [BASIC, HINA])


def test_common_other_headings_are_understood() -> None:
    header = ("学　年", "学級", "番号", "児童氏名", "ふりがな", "保護者氏名", "続き柄", "メール")
    assert planned(HINA, header=header) == planned(HINA)


def test_full_width_numbers_and_counters_are_read() -> None:
    typed = changed(HINA, 学年="４年", 組="２組", 出席番号="１４番")
    assert planned(typed) == planned(HINA)
    assert planned(changed(HINA, 学年="4年生")) == planned(HINA)


def test_a_special_class_stands_beside_the_grades() -> None:
    plan = planned(HINA, changed(REN, 組="ひまわり", 出席番号="1"))
    assert plan == planned(HINA, changed(REN, 組="ひまわり学級", 出席番号="1"))
    assert [(c.name, c.parent) for c in plan.classes][-1] == ("ひまわり学級", "class/all")
    assert "1年" not in {c.name for c in plan.classes}


def test_classes_come_in_order_however_the_rows_stand() -> None:
    rooms = ["10", "2", "1", "い"]
    plan = planned(
        *(changed(HINA, 組=room, メールアドレス="") for room in rooms),
        changed(REN, メールアドレス=""),
    )
    names = ["全校", "1年", "1組", "4年", "1組", "2組", "10組", "い組"]
    assert [node.name for node in plan.classes] == names


@pytest.mark.parametrize("typed", ["たかはし　ひな", "ﾀｶﾊｼ ﾋﾅ", " タカハシ  ヒナ "])
def test_a_reading_in_any_kana_is_stored_in_full_width_katakana(typed: str) -> None:
    assert planned(changed(HINA, フリガナ=typed)).pupils[0].kana == "タカハシ ヒナ"


def test_a_reading_may_be_missing() -> None:
    assert [pupil.kana for pupil in planned(HINA, changed(REN, フリガナ="　")).pupils][1] == ""


def test_rows_with_only_spaces_are_passed_over_and_rows_keep_their_numbers() -> None:
    errors = refused(["　", " "], [], ["", "", "", "", "", "", "", " "], changed(HINA, 学年="四"))
    assert found(errors) == [("A5", "grade_unreadable")]


def test_mother_and_father_are_two_guardians_of_one_pupil() -> None:
    father = changed(HINA, 保護者="髙橋 亮", 続柄="父", メールアドレス="ryo@mail.town.test")
    plan = planned(HINA, father)
    assert len(plan.pupils) == 1
    assert [(link.label, link.position) for link in plan.guardianships] == [("母", 1), ("父", 2)]
    assert len(plan.contact_points) == 2


def test_siblings_are_joined_by_the_same_address() -> None:
    plan = planned(HINA, changed(REN, メールアドレス="MIHO@mail.town.test", 保護者=""))
    assert len(plan.pupils) == 2
    assert len(plan.guardians) == len(plan.contact_points) == 1
    assert {link.guardian_key for link in plan.guardianships} == {plan.guardians[0].key}


def test_two_addresses_of_one_mother_are_two_contact_points_of_one_guardian() -> None:
    plan = planned(HINA, changed(HINA, メールアドレス="second@mail.town.test"))
    assert len(plan.guardians) == 1
    assert [point.address for point in plan.contact_points] == [
        "miho@mail.town.test",
        "second@mail.town.test",
    ]


def test_a_fifth_address_of_one_guardian_is_refused() -> None:
    lines = [changed(HINA, メールアドレス=f"m{n}@mail.town.test") for n in range(5)]
    assert found(refused(*lines)) == [("H6", "mails_too_many")]


def test_the_same_row_twice_changes_nothing() -> None:
    assert planned(HINA, HINA) == planned(HINA)


def test_an_address_that_would_join_two_families_is_refused() -> None:
    stranger = ("4", "2", "1", "阿部 千夏", "アベ チナツ", "阿部 愛", "母", "miho@mail.town.test")
    errors = refused(HINA, stranger)
    assert found(errors) == [("H3", "mail_of_another")]
    assert errors[0].params == {"row": 2, "name": "髙橋 美穂"}


def test_a_variant_character_in_the_guardians_name_does_not_part_siblings() -> None:
    assert len(planned(HINA, changed(REN, 保護者="高橋　美穂")).guardians) == 1


def test_same_name_with_another_number_is_another_child() -> None:
    plan = planned(HINA, changed(HINA, 出席番号="15", メールアドレス=""))
    assert [pupil.number for pupil in plan.pupils] == [14, 15]


def test_a_variant_character_makes_another_child() -> None:
    other = changed(HINA, 組="1", 出席番号="15", 氏名="高橋 陽菜", 保護者="", メールアドレス="")
    assert [pupil.display_name for pupil in planned(HINA, other).pupils] == [
        "髙橋 陽菜",
        "高橋 陽菜",
    ]


def test_two_children_with_numbers_of_their_own_may_sit_on_one_seat() -> None:
    """A roster may have them so for a time, and its export comes back unchanged."""
    header = (*BASIC, "管理番号")
    rows = [(*HINA, "M1"), (*changed(HINA, 氏名="本田 葵", フリガナ="ホンダ アオイ"), "M2")]
    plan = planned(*rows, header=header)
    assert [(pupil.display_name, pupil.number) for pupil in plan.pupils] == [
        ("髙橋 陽菜", 14),
        ("本田 葵", 14),
    ]
    mistyped = [rows[0], (*HINA, "M2")]
    assert found(refused(*mistyped, header=header)) == [("I3", "value_differs")]


def test_one_number_twice_in_a_class_with_two_names_is_an_error_at_the_second() -> None:
    errors = refused(HINA, changed(HINA, 氏名="高橋 陽菜"))
    assert found(errors) == [("C3", "number_twice")]
    assert errors[0].params == {"value": 14, "row": 2, "name": "髙橋 陽菜"}


def test_one_child_with_two_readings_is_an_error() -> None:
    assert found(refused(HINA, changed(HINA, フリガナ="タカハシ ハルナ"))) == [
        ("E3", "kana_differs")
    ]


def test_one_child_with_two_grades_or_two_management_numbers_is_an_error() -> None:
    beside = changed(HINA, 組="ひまわり")
    errors = refused(beside, changed(beside, 学年="5"))
    assert [(e.spot.cell, e.code, e.params) for e in errors] == [
        ("A3", "value_differs", {"row": 2, "value": ""})
    ]
    header = (*BASIC, "管理番号")
    errors = refused((*HINA, "20260412"), (*HINA, ""), (*HINA, "20260413"), header=header)
    assert found(errors) == [("I4", "value_differs")]


def test_a_pupil_without_an_address_is_registered_and_unreachable() -> None:
    plan = planned(changed(HINA, 保護者="", 続柄="", メールアドレス=""))
    assert len(plan.pupils) == 1
    assert plan.guardians == plan.guardianships == plan.contact_points == ()


PHONES = (
    *BASIC,
    "緊急連絡先1",
    "緊急連絡先1の続柄",
    "緊急連絡先2",
    "緊急連絡先2の続柄",
    "緊急連絡先3",
    "緊急連絡先3の続柄",
)


def numbers(plan: RosterPlan) -> dict[int, tuple[str, str]]:
    ((_, phones),) = plan.phones.items()
    return {place: (phone.number, phone.label) for place, phone in phones.items()}


def test_numbers_to_call_stand_in_their_places() -> None:
    plan = planned((*HINA, "０９０-1111-2222", "母", "", "", "0000-00-1002", "祖母"), header=PHONES)
    assert numbers(plan) == {0: ("090-1111-2222", "母"), 2: ("0000-00-1002", "祖母")}
    assert planned(HINA).phones == {}


@pytest.mark.parametrize(
    "words",
    [
        ("電話1", "電話2"),
        ("電話番号１", "電話番号２"),
        ("緊急連絡先①", "緊急連絡先②"),
        ("電話番号", "連絡先2"),
    ],
)
def test_other_headings_of_numbers_are_understood(words: tuple[str, str]) -> None:
    plan = planned((*HINA, "0000-00-1001", "0000-00-1002"), header=(*BASIC, *words))
    assert numbers(plan) == {0: ("0000-00-1001", ""), 1: ("0000-00-1002", "")}


def test_a_column_that_is_only_called_contact_is_not_taken_for_telephone_numbers() -> None:
    assert planned((*HINA, "母の職場に昼だけ"), header=(*BASIC, "連絡先")).phones == {}


def test_a_number_on_each_guardians_row_is_a_number_of_the_child() -> None:
    mother = (*HINA, "090-1111-2222", "母")
    father = (
        *changed(HINA, 保護者="髙橋 健一", 続柄="父", メールアドレス="kenichi@mail.town.test"),
        "090-3333-4444",
        "父",
    )
    plan = planned(mother, father, mother, header=(*BASIC, "電話番号", "電話番号1続柄"))
    assert numbers(plan) == {0: ("090-1111-2222", "母"), 1: ("090-3333-4444", "父")}


def test_nonsense_and_a_fourth_number_are_refused_at_their_cells() -> None:
    header = (*BASIC, "電話1", "電話2", "電話3")
    assert found(refused((*HINA, "0000-00-1001", "母の携帯", ""), header=header)) == [
        ("J2", "phone_unreadable")
    ]
    rows = (*HINA, "0000-00-1001", "0000-00-1002", "0000-00-1003"), (*HINA, "0000-00-1004", "", "")
    assert found(refused(*rows, header=header)) == [("I3", "phones_too_many")]


def test_a_guardian_needs_no_name() -> None:
    plan = planned(changed(HINA, 保護者="", 続柄=""))
    assert [(guardian.name, guardian.label) for guardian in plan.guardians] == [(None, "")]


def test_guardian_columns_may_be_absent() -> None:
    keep = [0, 1, 2, 3, 4, 7]
    plan = planned([HINA[i] for i in keep], header=[BASIC[i] for i in keep])
    assert plan.contact_points[0].address == "miho@mail.town.test"


def test_carrier_addresses_are_kept_as_typed() -> None:
    for address in (
        "m..takahashi@docomo.town.test",
        ".nagisa@docomo.town.test",
        "hiro-.@ezweb.town.test",
    ):
        assert planned(changed(HINA, メールアドレス=address)).contact_points[0].address == address


def test_a_full_width_at_sign_is_pointed_out() -> None:
    errors = refused(changed(HINA, メールアドレス="miho＠mail.town.test"))
    assert found(errors) == [("H2", "mail_full_width")]
    assert errors[0].params == {"value": "miho＠mail.town.test"}


def test_a_name_of_200_visible_characters_passes_and_201_do_not() -> None:
    letter = "\u845b\U000e0100"
    assert planned(changed(HINA, 氏名=letter * 200)).pupils[0].display_name == letter * 200
    assert found(refused(changed(HINA, 氏名=letter * 201))) == [("D2", "text_too_long")]


def test_every_error_of_the_file_is_told_in_the_order_of_rows() -> None:
    errors = refused(
        changed(HINA, 学年="", 出席番号="一"),
        REN,
        changed(REN, 氏名="別人"),
        changed(HINA, 氏名="", メールアドレス="x"),
    )
    assert [error.spot.row for error in errors] == [2, 2, 4, 5, 5]
    assert {error.code for error in errors} == {
        "grade_missing",
        "number_unreadable",
        "number_twice",
        "value_missing",
        "mail_at_sign",
    }


def test_only_the_column_of_names_is_needed() -> None:
    errors = refused(HINA[:3], header=BASIC[:3])
    assert [(error.spot.row, error.spot.heading, error.code) for error in errors] == [
        (1, "氏名", "column_missing")
    ]
    plan = planned(("3", "髙橋 陽菜", "タカハシ ヒナ"), header=("学年", "氏名", "フリガナ"))
    assert [(pupil.class_key, pupil.number) for pupil in plan.pupils] == [("class/3年", None)]


def test_a_sheet_without_a_header_or_without_rows_is_refused() -> None:
    assert [error.code for error in read_roster([sheet_of([HINA])]).errors] == ["header_missing"]
    assert [error.code for error in read_roster([sheet_of([])]).errors] == ["header_missing"]
    assert [error.code for error in refused()] == ["no_rows"]


NAME_CHARACTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Cf", "Co", "Zs", "Zl", "Zp"],
    exclude_characters="\ufffd\u115f\u1160\u3164\uffa0" + "".join(map(chr, range(0x2E80, 0x2FE0))),
)


@given(
    st.text(NAME_CHARACTERS, min_size=1, max_size=60),
    st.text(NAME_CHARACTERS, min_size=1, max_size=60),
)
def test_names_come_out_by_the_code_points_that_went_in(family: str, given_name: str) -> None:
    name = f"名 {family} {given_name}"
    plan = planned(changed(HINA, 氏名=f"　{name} ", 保護者=name))
    assert (plan.pupils[0].display_name, plan.guardians[0].name) == (name, name)


def test_two_thousand_pupils_are_planned_at_once() -> None:
    lines = [
        (
            str(n % 6 + 1),
            str(n // 6 % 9 + 1),
            str(n // 54 + 1),
            f"児童 {n}",
            "ジドウ メイ",
            "",
            "母",
            f"m{n}@mail.town.test",
        )
        for n in range(2_000)
    ]
    plan = planned(*lines)
    assert len(plan.pupils) == len(plan.contact_points) == 2_000


def test_a_child_without_a_seat_is_one_though_only_one_row_has_its_number() -> None:
    header = ("管理番号", "氏名", "学年", "組")
    row = ("髙橋 陽菜", "4", "2")
    assert len(planned(("", *row), ("R7-0412", *row), header=header).pupils) == 1
    assert len(planned(("R7-0412", *row), ("", *row), header=header).pupils) == 1
    assert len(planned(("R7-0412", *row), ("R7-0413", *row), header=header).pupils) == 2
