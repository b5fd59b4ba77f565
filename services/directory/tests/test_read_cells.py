"""What Excel's own cells say beyond their text reaches the office (DIR-2).

Errors, formulas that nobody computed, dates, zeros, lines through a text, hidden rows.
"""

import pytest
from workbook_files import (
    MAIN,
    TEXTS,
    book_part,
    number_cell,
    packed,
    parts_of,
    row,
    sheet_part,
    styles_part,
    text_cell,
    texts_part,
    workbook,
)

from directory.actions.read_workbook import read_sheets
from directory.domain.workbooks import Mark, MarkKind, Merge, Sheet, SheetRow

UNCALCULATED = Mark(MarkKind.UNCALCULATED)


def read(content: bytes) -> Sheet:
    (sheet,) = read_sheets(content)
    return sheet


def read_row(*cells: str, **parts: str) -> SheetRow:
    (found,) = read(workbook(row(1, *cells), **parts)).rows
    return found


def test_a_row_is_read_up_to_its_last_filled_cell() -> None:
    sheet = read(
        workbook(
            row(3, text_cell("B3", "４年"), number_cell("D3", "14")), row(5, '<c r="A5" s="1"/>')
        )
    )
    assert sheet == Sheet("名簿", (SheetRow(3, ("", "４年", "", "14")),))


def test_cells_and_rows_that_do_not_say_where_they_are_follow_one_another() -> None:
    sheet = read(workbook("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"))
    assert [(each.number, each.texts) for each in sheet.rows] == [(1, ("1", "2")), (2, ("3",))]


@pytest.mark.parametrize("word", ["#N/A", "#REF!", "#NAME?", "#SPILL!", "#BLOCKED!"])
def test_an_error_cell_is_marked_with_its_word(word: str) -> None:
    found = read_row(f'<c r="A1" t="e"><f>VLOOKUP(B1,台帳!A:B,2,0)</f><v>{word}</v></c>')
    assert found.texts == (word,)
    assert found.marks == {0: Mark(MarkKind.ERROR, word)}


def test_a_text_that_looks_like_an_error_is_a_text() -> None:
    found = read_row('<c r="A1" t="str"><f>H2</f><v>#N/A</v></c>')
    assert (found.texts, found.marks) == (("#N/A",), {})


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><f>J3&amp;"@mail.town.test"</f></c>',
        '<c r="A1"><f>PHONETIC(D2)</f><v></v></c>',
        '<c r="A1"><f>PHONETIC(D2)</f><v/></c>',
        '<c r="A1" t="str"><f>D2</f></c>',
        '<c r="A1" t="str"><f t="shared" si="0"/></c>',
    ],
)
def test_a_formula_that_nobody_computed_is_marked(cell: str) -> None:
    found = read_row(cell)
    assert (found.texts, found.marks) == (("",), {0: UNCALCULATED})


def test_a_formula_that_gives_nothing_is_empty() -> None:
    empty = '<c r="A1" t="str"><f>IF(B1="","",B1)</f><v></v></c>'
    assert read(workbook(row(1, empty))).rows == ()
    assert read_row(empty, number_cell("B1", "2")) == SheetRow(1, ("", "2"))


def test_a_formula_with_a_value_is_its_value() -> None:
    assert read_row('<c r="A1"><f>VLOOKUP(1,A:B,2,0)</f><v>0</v></c>').texts == ("0",)
    assert read_row('<c r="A1" t="b"><f>TRUE()</f><v>1</v></c>').texts == ("TRUE",)


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("General", "4.0", "4"),
        ("General", "1.23457E+15", "1234570000000000"),
        ("General", "0.10000000000000001", "0.1"),
        ("0000000", "12345", "0012345"),
        ("0000000;-0000000", "12345", "0012345"),
        ("00000", "1234567", "1234567"),
        ("000-0000-0000", "9012345678", "090-1234-5678"),
        ("000\\-0000", "600001", "060-0001"),
        ("@", "7", "7"),
        ('0"番"', "7", "7"),
        ("[h]:mm", "1.5", "1.5"),
        ("yyyy/m/d", "0", "0"),
        ("yyyy/m/d", "-1", "-1"),
        ("yyyy/m/d", "99999999", "99999999"),
    ],
)
def test_a_number_is_read_as_it_is_shown(code: str, value: str, text: str) -> None:
    found = read_row(number_cell("A1", value, 1), styles=styles_part(code))
    assert (found.texts, found.marks) == ((text,), {})


@pytest.mark.parametrize(
    ("code", "value", "text", "shown"),
    [
        ('m"月"d"日"', "46114", "2026-04-02", "4月2日"),
        ("m/d", "46114", "2026-04-02", "4月2日"),
        (56, "46114", "2026-04-02", "4月2日"),
        (16, "46114", "2026-04-02", "4月2日"),
        (14, "46114", "2026-04-02", "2026/4/2"),
        ("yyyy/m/d;@", "46114.0", "2026-04-02", "2026/4/2"),
        ('[$-411]ggge"年"m"月"d"日";@', "46114", "2026-04-02", "2026/4/2"),
        ("[$-411]ge.m.d", "46114", "2026-04-02", "2026/4/2"),
        (57, "46114", "2026-04-02", "2026/4/2"),
        ("[$-F800]dddd, mmmm dd, yyyy", "46114", "2026-04-02", "2026/4/2"),
        (17, "46114", "2026-04-02", "2026年4月"),
        (22, "46114.5", "2026-04-02T12:00:00", "2026/4/2 12:00"),
        ("h:mm", "0.0847222222222222", "02:02:00", "2:02"),
        ("m/d/yy", "1", "1900-01-01", "1900/1/1"),
    ],
)
def test_a_date_is_iso_text_and_says_what_excel_shows(
    code: str | int, value: str, text: str, shown: str
) -> None:
    found = read_row(number_cell("A1", value, 1), styles=styles_part(code))
    assert (found.texts, found.marks) == ((text,), {0: Mark(MarkKind.DATE, shown)})


def test_a_workbook_of_a_mac_counts_days_from_1904() -> None:
    book = book_part('name="名簿"', before='<workbookPr date1904="1"/>')
    found = read_row(number_cell("A1", "44652", 1), styles=styles_part(14), book=book)
    assert found.texts == ("2026-04-02",)


def test_a_date_may_be_spelt_out() -> None:
    found = read_row('<c r="A1" t="d"><v>2026-04-02T00:00:00Z</v></c>')
    assert found.texts == ("2026-04-02",)
    assert found.marks == {0: Mark(MarkKind.DATE, "2026/4/2")}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("<t>髙橋 陽菜</t><rPh sb='0' eb='2'><t>タカハシ</t></rPh>", "髙橋 陽菜"),
        ("<r><t>髙橋</t></r><r><rPr><b/></rPr><t xml:space='preserve'> 陽菜</t></r>", "髙橋 陽菜"),
        ("<t>1_x000D_\n2_x0041_</t>", "1\r\n2A"),
        ("<t>_x0000_</t>", "\N{REPLACEMENT CHARACTER}"),
        ("<t>_xD842_</t>", "\N{REPLACEMENT CHARACTER}"),
        ("<t>_xD842__xDFB7_田</t>", "\U00020bb7田"),
        ("<t/>", ""),
    ],
)
def test_a_text_is_joined_without_what_excel_adds(item: str, text: str) -> None:
    shared = read_row(
        '<c r="A1" t="s"><v>0</v></c>', number_cell("B1", "1"), texts=texts_part(item)
    )
    inline = read_row(f'<c r="A1" t="inlineStr"><is>{item}</is></c>', number_cell("B1", "1"))
    assert shared.texts == inline.texts == (text, "1")


def test_texts_struck_through_are_named() -> None:
    whole = read_row(
        text_cell("A1", "森田"), text_cell("B1", "健太", 1), styles=styles_part(struck=True)
    )
    assert whole.struck == {1}
    run = "<r><rPr><strike/></rPr><t>山田</t></r><r><t>佐藤</t></r>"
    part = read_row('<c r="A1" t="s"><v>0</v></c>', texts=texts_part(run))
    assert (part.texts, part.struck) == (("山田佐藤",), {0})
    none = run.replace("<strike/>", '<strike val="0"/>')
    assert read_row('<c r="A1" t="s"><v>0</v></c>', texts=texts_part(none)).struck == set()


@pytest.mark.parametrize(
    ("attributes", "is_hidden"),
    [
        ('hidden="1"', True),
        ('hidden="true"', True),
        ('ht="0" customHeight="1"', True),
        ('hidden="0" ht="18"', False),
        ('hidden="false"', False),
    ],
)
def test_a_hidden_row_is_read_and_says_so(attributes: str, is_hidden: bool) -> None:
    sheet = read(workbook(row(7, number_cell("A7", "1"), more=attributes)))
    assert sheet.rows == (SheetRow(7, ("1",), is_hidden=is_hidden),)


def test_merged_cells_are_named() -> None:
    merges = (
        '<mergeCells><mergeCell ref="A2:A31"/><mergeCell ref="B1:C1"/>'
        '<mergeCell ref="A30000:B30001"/><mergeCell ref="A40:XFD1048576"/></mergeCells>'
    )
    sheet = read(workbook(row(2, number_cell("A2", "3")), after=merges))
    assert sheet.merges == (
        Merge(2, 31, 0, 0),
        Merge(1, 1, 1, 2),
        Merge(40, 20_000, 0, 255),
    )


def test_elements_of_other_lists_are_no_cells() -> None:
    after = (
        '<extLst><ext><x14:sparkline xmlns:x14="x" xmlns:xm="m"><xm:f>A1</xm:f>'
        '<row r="9"><c r="A9"><v>9</v></c></row></x14:sparkline></ext></extLst>'
    )
    assert read(workbook(row(1, number_cell("A1", "1")), after=after)).rows == (
        SheetRow(1, ("1",)),
    )


def test_what_stands_behind_the_last_row_is_told_and_behind_the_last_column_passed_over() -> None:
    long = read(workbook(row(20_000, number_cell("IV20000", "7")), row(20_001, "<c><v>1</v></c>")))
    assert long.is_cut
    assert [len(each.texts) for each in long.rows] == [256]
    formatted = read(workbook(row(20_001, '<c r="A20001" s="1"/>'), row(1_048_576)))
    assert not formatted.is_cut
    wide = read(
        workbook(row(1, number_cell("A1", "1"), number_cell("IW1", "2"), number_cell("XFD1", "3")))
    )
    assert wide.rows == (SheetRow(1, ("1",)),)


def test_the_last_row_is_one_of_the_sheet_that_is_cut() -> None:
    parts = parts_of(sheet_part(row(20_001, number_cell("A20001", "1"))))
    parts["xl/workbook.xml"] = book_part('name="名簿"', 'name="要録"')
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="rId2" Type="{MAIN}/worksheet" Target="/xl/b.xml"/></Relationships>',
    )
    parts["xl/b.xml"] = sheet_part(row(1, '<c r="A1" t="s"><v>0</v></c>'))
    parts[TEXTS] = texts_part("<t>学年</t>")
    sheets = read_sheets(packed(parts))
    assert [(sheet.name, sheet.is_cut, len(sheet.rows)) for sheet in sheets] == [
        ("名簿", True, 0),
        ("要録", False, 1),
    ]
