"""Tables as text, from Excel and from other programs, are read like workbooks (DIR-2)."""

import pytest
from workbook_files import read_workbook

from directory.actions.read_workbook import read_sheets
from directory.domain.workbooks import Sheet, SheetRow, WorkbookRefused

LINES = "学年,組,氏名\r\n4,2,髙橋 陽菜\r\n"
ROWS = (SheetRow(1, ("学年", "組", "氏名")), SheetRow(2, ("4", "2", "髙橋 陽菜")))


def read(content: bytes) -> Sheet:
    (sheet,) = read_sheets(content)
    return sheet


def texts_of(text: str) -> list[tuple[str, ...]]:
    return [row.texts for row in read(text.encode()).rows]


def refusal_of(content: bytes) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        read_sheets(content)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_table_is_read_whatever_its_encoding_and_separator(encoding: str, separator: str) -> None:
    text = LINES.replace(",", separator)
    assert read(text.encode(encoding)) == Sheet("", ROWS)


def test_utf_16_is_read_in_both_orders() -> None:
    assert read(b"\xff\xfe" + LINES.encode("utf-16-le")).rows == ROWS
    assert read(b"\xfe\xff" + LINES.encode("utf-16-be")).rows == ROWS


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_any_end_of_line_will_do(end: str) -> None:
    assert texts_of(f"学年,組{end}4,2{end}") == [("学年", "組"), ("4", "2")]


def test_quotes_hold_separators_and_ends_of_lines() -> None:
    text = '学年,備考\n4,"卵, ""そば""\nアレルギー"\n5,なし'
    assert texts_of(text) == [("学年", "備考"), ("4", '卵, "そば"\nアレルギー'), ("5", "なし")]


def test_rows_are_numbered_as_excel_would_and_empty_ones_left_out() -> None:
    sheet = read("名簿,,\n\n,,\n学年,組,\n".encode())
    assert [(row.number, row.texts) for row in sheet.rows] == [(1, ("名簿",)), (4, ("学年", "組"))]
    assert read_workbook("名簿,,\n\n,,\n学年,組,\n".encode()) == [["名簿"], [], [], ["学年", "組"]]


def test_zeros_kept_by_a_formula_are_kept() -> None:
    assert texts_of('番号,氏名\n="0012345",葵\n"=""0012346""",蓮') == [
        ("番号", "氏名"),
        ("0012345", "葵"),
        ("0012346", "蓮"),
    ]


def test_a_comma_in_a_name_does_not_make_a_table_of_tabs_one_of_commas() -> None:
    assert texts_of("学年\t組\t備考\n4\t2\ta,b\n") == [("学年", "組", "備考"), ("4", "2", "a,b")]


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n1, 2\n\x00",
        "学年".encode(),
        "<html><table><tr><td>学年, 組</td></tr></table></html>".encode("cp932"),
        b'<?xml version="1.0"?><Workbook a="1,2"/>',
        b"\x89PNG\r\n\x1a\n,,,",
        b"{\\rtf1}",
        b"a,b\n1,\xff\xfe",
    ],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    assert refusal_of(content) == "workbook_not_xlsx"


@pytest.mark.parametrize("text", ['学年,組\n4,"2\n5,3\n', '学年,組\n"4"年,2\n'])
def test_quotes_that_do_not_close_are_not_guessed_at(text: str) -> None:
    assert refusal_of(text.encode()) == "workbook_damaged"


def test_what_stands_behind_the_last_row_is_told_and_behind_the_last_column_passed_over() -> None:
    assert read(b"1,2\n" * 20_001).is_cut
    assert not read(b"1,2\n" * 20_000 + b"\n,\n").is_cut
    assert len(read(b"1," * 300).rows[0].texts) == 256
