"""Workbooks from schools are read, hostile ones refused in words (DIR-2).

None of them can end the process.
"""

import io
import time
import zipfile
from collections.abc import Callable, Sequence

import pytest
import xlsxwriter
from workbook_files import read_workbook

from directory.actions.read_workbook import read_sheets
from directory.actions.workbook import process
from directory.domain.roster.plan import RosterPlan, read_roster
from directory.domain.workbooks import WorkbookRefused

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
SHEET = "xl/worksheets/sheet1.xml"
HINA = ("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ", "髙橋 美穂", "母", "miho@mail.town.test")


def sample_workbook(lines: Sequence[Sequence[str | int]], *, title: str = "") -> bytes:
    """Build a roster as an office would.

    A merged title where given, the header, one row a guardian.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名簿")
        top = 0
        if title:
            sheet.merge_range(0, 0, 0, len(BASIC) - 1, title)
            top = 2
        for row, line in enumerate([BASIC, *lines], start=top):
            for column, value in enumerate(line):
                if value != "":
                    sheet.write(row, column, value)
    return file.getvalue()


def repacked(
    content: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None
) -> bytes:
    """Rewrite a workbook's parts, and add others."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry.filename, change(entry.filename, source.read(entry)))
        for name, part in (extra or {}).items():
            target.writestr(name, part)
    return file.getvalue()


def with_cells(cells: bytes) -> bytes:
    """Put raw cells into an otherwise ordinary workbook."""

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"</sheetData>", cells + b"</sheetData>") if name == SHEET else part

    return repacked(sample_workbook([HINA]), change)


def refusal_of(content: bytes) -> WorkbookRefused:
    with pytest.raises(WorkbookRefused) as caught:
        read_workbook(content)
    return caught.value


def test_a_schools_workbook_is_read_and_planned() -> None:
    father = (
        "４年",
        "２組",
        14,
        "髙橋　陽菜",
        "たかはし ひな",
        "髙橋 亮",
        "父",
        "m..takahashi@docomo.town.test",
    )
    content = sample_workbook([HINA, father], title="令和8年度 児童名簿（取扱注意）")
    rows = read_workbook(content)
    assert rows[0][0] == "令和8年度 児童名簿（取扱注意）"
    plan = read_roster(read_sheets(content)).plan
    assert isinstance(plan, RosterPlan)
    assert [pupil.display_name for pupil in plan.pupils] == ["髙橋 陽菜"]
    assert [link.label for link in plan.guardianships] == ["母", "父"]


@pytest.mark.parametrize(
    "name",
    [
        "\ufa19谷 新",
        "\ufa1b田 \ufa46",
        "\u845b\U000e0100西 蒼",
        "\U00020bb7田 結衣",
        "\U0002363a本 杏",
    ],
)
def test_difficult_names_come_out_of_a_workbook_by_their_code_points(name: str) -> None:
    rows = read_workbook(sample_workbook([(*HINA[:3], name, *HINA[4:])]))
    assert rows[1][3] == name


def test_numbers_typed_as_numbers_are_read_as_people_see_them() -> None:
    rows = read_workbook(sample_workbook([(4, 2, 14, *HINA[3:])]))
    assert rows[1][:3] == ["4", "2", "14"]


def test_hidden_columns_and_hidden_sheets_do_not_matter() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        hidden, sheet = book.add_worksheet("記入例"), book.add_worksheet("名簿")
        hidden.write(0, 0, "例")
        sheet.activate()
        sheet.set_first_sheet()
        hidden.hide()
        for row, line in enumerate([("管理", *BASIC), ("x", *HINA)]):
            sheet.write_row(row, 0, line)
        sheet.set_column(0, 0, 10, None, {"hidden": True})
    assert isinstance(read_roster(read_sheets(file.getvalue())).plan, RosterPlan)


def test_the_reading_that_excel_keeps_above_a_name_is_not_part_of_the_name() -> None:
    reading = '<rPh sb="0" eb="2"><t>タカハシ</t></rPh><phoneticPr fontId="1"/>'
    ruby = f"髙橋 陽菜</t>{reading}</si>".encode()

    def change(name: str, part: bytes) -> bytes:
        if name != "xl/sharedStrings.xml":
            return part
        return part.replace("髙橋 陽菜</t></si>".encode(), ruby)

    content = repacked(sample_workbook([HINA]), change)
    assert zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml").count(b"<rPh") == 1
    assert read_workbook(content)[1][3] == "髙橋 陽菜"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "workbook_empty"),
        (b" \r\n", "workbook_empty"),
        (b"%PDF-1.7", "workbook_not_xlsx"),
        (b"PK\x03\x04 and nothing more", "workbook_damaged"),
        (b"PK\x03\x04" + bytes(5 * 1024 * 1024), "workbook_too_large"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook_old_format"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "workbook_encrypted",
        ),
    ],
)
def test_what_is_no_xlsx_is_refused_by_its_first_bytes(content: bytes, code: str) -> None:
    assert refusal_of(content).code == code


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refusal_of(file.getvalue()).code == "workbook_not_xlsx"


def test_rows_are_those_of_the_first_visible_sheet_from_the_first_row_on() -> None:
    cells = b'<row r="5"><c r="BL5"><v>7</v></c></row>'
    rows = read_workbook(with_cells(cells))
    assert [len(row) for row in rows] == [8, 8, 0, 0, 64]
    assert rows[4][63] == "7"


def test_a_child_that_takes_too_long_is_stopped() -> None:
    hurried = process.Task(process.READ.module, wall_seconds=0)
    with pytest.raises(WorkbookRefused) as refused:
        process.ask_child(sample_workbook([HINA]), hurried)
    assert refused.value.code == "workbook_too_heavy"


def test_a_broken_sheet_is_called_damaged() -> None:
    content = repacked(
        sample_workbook([HINA]),
        lambda name, part: part[:-40] if name == "xl/workbook.xml" else part,
    )
    assert refusal_of(content).code == "workbook_damaged"


def test_a_part_that_lies_about_its_content_is_called_damaged() -> None:
    content = bytearray(sample_workbook([HINA]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(SHEET).header_offset
    content[at + 80] ^= 0xFF
    assert refusal_of(bytes(content)).code == "workbook_damaged"


def test_two_thousand_pupils_are_read_and_planned_in_seconds() -> None:
    lines = [
        (
            n % 6 + 1,
            n // 6 % 9 + 1,
            n // 54 + 1,
            f"児童 {n}",
            "ジドウ メイ",
            "",
            "母",
            f"m{n}@mail.town.test",
        )
        for n in range(2_000)
    ]
    content = sample_workbook(lines)
    started = time.perf_counter()
    plan = read_roster(read_sheets(content)).plan
    assert time.perf_counter() - started < 5
    assert isinstance(plan, RosterPlan)
    assert len(plan.pupils) == 2_000
