"""A file with faults is given back as it was, each fault marked at its cell (DIR-2)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from structlog.testing import capture_logs
from workbook_files import BOOK, BOOK_LINKS, book_part, links_part, packed, parts_of

from directory.actions.mark_workbook import mark_workbook
from directory.actions.read_workbook import read_sheets
from directory.domain.workbooks import Mark, MarkKind, Note, Sheet

CASES = Path(__file__).parent / "cases"
SAID = "「#N/A」はExcelのエラーです。"


def case(name: str) -> bytes:
    (path,) = CASES.glob(f"{name}*.xlsx")
    return path.read_bytes()


def page_of(content: bytes, name: str = "名簿") -> Worksheet:
    return load_workbook(io.BytesIO(content))[name]


def cells_read(sheet: Sheet, width: int) -> list[Any]:
    """Return what was read of the first columns, row by row."""
    rows = []
    for row in sheet.rows:
        texts = (*row.texts, *[""] * width)[:width]
        if any(texts) or row.marks:
            rows.append((row.number, texts, row.marks, row.struck, row.is_hidden))
    return rows


def assert_same(before: Sequence[Sheet], after: Sequence[Sheet]) -> None:
    assert [(s.name, s.is_hidden) for s in before] == [(s.name, s.is_hidden) for s in after]
    for old, new in zip(before, after, strict=True):
        width = max((len(row.texts) for row in old.rows), default=0)
        assert cells_read(new, width) == cells_read(old, width)
        assert set(new.merges) == set(old.merges)


def made(*cells: tuple[str, Any], **options: Any) -> bytes:
    """Return a workbook with these cells; a formula is (text, what it gave)."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        page = book.add_worksheet("名簿")
        for place, cell in cells:
            if isinstance(cell, tuple):
                page.write_formula(place, cell[0], None, cell[1])
            else:
                page.write_string(place, cell)
        if options.get("hides_the_rest"):
            page.set_column("C:XFD", None, None, {"hidden": True})
    return content.getvalue()


@pytest.mark.parametrize(
    "name", ["B04-a", "B05-a", "B05-d", "B08-b", "B09-a", "B21-a", "B27-a", "B29-a"]
)
def test_everything_but_the_marks_stays_as_it_was(name: str) -> None:
    before = read_sheets(case(name))
    read = next(sheet for sheet in reversed(before) if not sheet.is_hidden)
    with capture_logs() as logged:
        marked = mark_workbook(case(name), [Note(read.name, 4, "D4", SAID)])
    assert "workbook.marked_as_rows" not in [line["event"] for line in logged]
    assert_same(before, read_sheets(marked))
    cell = page_of(marked, read.name)["D4"]
    assert cell.comment.text == SAID
    assert cell.fill.fgColor.rgb == "00FFE0A3"
    assert cell.border.left.style


def test_a_fault_inside_merged_cells_is_told_at_the_cell_that_is_seen() -> None:
    (sheet,) = read_sheets(case("B21-a"))
    marked = mark_workbook(case("B21-a"), [Note(sheet.name, 4, "B4", SAID)])
    assert page_of(marked, sheet.name)["B2"].comment.text == SAID


def test_numbers_keep_their_formats_and_hidden_sheets_their_cells() -> None:
    zeros = page_of(mark_workbook(case("B27-a"), []))["I2"]
    assert (zeros.value, zeros.number_format) == (12345, "0000000")
    hidden = mark_workbook(case("B26-a"), [Note("名簿", 2, "D2", SAID)])
    book = load_workbook(io.BytesIO(hidden), read_only=True)
    (postcodes,) = (page for page in book.worksheets if page.sheet_state == "hidden")
    postcodes.reset_dimensions()
    assert sum(1 for _ in postcodes.iter_rows()) == 30_000


def test_all_sentences_of_a_row_stand_behind_the_widest_one() -> None:
    notes = [
        Note("名簿", 2, "H2", SAID),
        Note("名簿", 2, "B2", "組が空欄です。"),
        Note("名簿", 1, "", "「フリガナ」の列がありません。"),
    ]
    page = page_of(mark_workbook(case("B04-a"), notes))
    assert page["I1"].value == "直すところ\n・「フリガナ」の列がありません。"
    assert page["I2"].value == f"・{SAID}\n・組が空欄です。"
    assert page["B2"].comment.text == "組が空欄です。"
    assert page["A1"].comment is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_sentence_is_text_whatever_it_begins_with(text: str) -> None:
    page = page_of(mark_workbook(case("B04-a"), [Note("名簿", 2, "H2", text)]))
    reasons = page["I2"]
    assert (reasons.data_type, reasons.quotePrefix, reasons.number_format) == ("s", True, "@")
    assert reasons.value.endswith(text)
    assert page["H2"].comment.text == text


def test_what_no_workbook_can_hold_is_taken_out_of_a_sentence() -> None:
    marked = mark_workbook(case("B04-a"), [Note("名簿", 2, "H2", "「\0\x1b\ufffe」です")])
    assert page_of(marked)["H2"].comment.text == "「\ufffd\ufffd\ufffd」です"


def test_formulas_are_kept_as_what_they_gave() -> None:
    content = made(
        ("A1", ("=4", 4)),
        ("B1", ("=C9", "=1+1")),
        ("C1", ('=""', "")),
        ("D1", "=1+1"),
        ("A2", ("=NA()", "#N/A")),
    )
    marked = mark_workbook(content, [Note("名簿", 2, "A2", SAID)])
    assert_same(read_sheets(content), read_sheets(marked))
    page = page_of(marked)
    assert [page[place].data_type for place in ("A1", "B1", "D1")] == ["n", "s", "s"]
    assert page["B1"].value == page["D1"].value == "=1+1"


def test_a_formula_that_nobody_computed_stays_one() -> None:
    marked = mark_workbook(case("B04-b"), [Note("名簿", 2, "H2", SAID)])
    assert page_of(marked)["H2"].data_type == "f"
    ((_, row),) = (sheet.rows for sheet in read_sheets(marked))
    assert row.marks == {7: Mark(MarkKind.UNCALCULATED)}


def test_reasons_can_be_seen_where_all_columns_to_the_right_are_hidden() -> None:
    content = made(("A1", "氏名"), ("C1", "組"), hides_the_rest=True)
    page = page_of(mark_workbook(content, [Note("名簿", 1, "A1", SAID)]))
    assert page["D1"].value == f"直すところ\n・{SAID}"
    shown = [(d.min, d.max, d.hidden) for d in page.column_dimensions.values()]
    assert sorted(shown) == [(3, 3, True), (4, 4, False), (5, 16384, True)]


def test_a_csv_comes_back_as_a_workbook_with_its_rows() -> None:
    content = "学年,組,氏名\n4,002,=1+1\n".encode("cp932")
    marked = mark_workbook(content, [Note("", 2, "B2", SAID)])
    page = page_of(marked)
    assert [cell.value for cell in page[2][:3]] == ["4", "002", "=1+1"]
    assert [cell.data_type for cell in page[2][:3]] == ["s", "s", "s"]
    assert (page["B2"].comment.text, page["D2"].value) == (SAID, f"・{SAID}")


def test_what_openpyxl_does_not_open_comes_back_as_its_rows() -> None:
    with capture_logs() as logged:
        marked = mark_workbook(case("B25-a"), [Note("名簿", 2, "D2", SAID)])
    assert "workbook.marked_as_rows" in [line["event"] for line in logged]
    assert_same(read_sheets(case("B25-a")), read_sheets(marked))
    assert page_of(marked)["D2"].comment.text == SAID


def test_rows_alone_keep_what_is_asked_about() -> None:
    """Hidden and struck rows, errors and formulas without a value must not become plain."""
    for name in ("B04-a", "B05-a", "B05-d", "B21-a"):
        parts = case(name).replace(b"xl/workbook.xml", b"xl\\workbook.xml")
        assert_same(read_sheets(case(name)), read_sheets(mark_workbook(parts, [])))
    open_formula = case("B04-b").replace(b"xl/workbook.xml", b"xl\\workbook.xml")
    ((_, row),) = (sheet.rows for sheet in read_sheets(mark_workbook(open_formula, [])))
    assert row.marks == {7: Mark(MarkKind.ERROR, "#N/A")}


def test_a_hostile_sheet_that_is_never_read_is_left_out() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 1_000 + '">]>'
    parts: dict[str, str | bytes] = {
        **parts_of(),
        BOOK: book_part('name="名簿"', 'name="隠" state="hidden"'),
        BOOK_LINKS: links_part("worksheets/sheet1.xml", "worksheets/sheet2.xml"),
        "xl/worksheets/sheet2.xml": f"{laughs}<worksheet>{'&b;' * 20_000}</worksheet>",
        "xl/media/image1.png": Random(1).randbytes(10_000),
    }
    marked = mark_workbook(packed(parts), [Note("名簿", 1, "A1", SAID)])
    assert [sheet.name for sheet in read_sheets(marked)] == ["名簿"]
    assert page_of(marked)["A1"].comment.text == SAID


def test_a_second_round_takes_off_the_marks_of_the_first() -> None:
    first = mark_workbook(case("B04-a"), [Note("名簿", 2, "H2", SAID), Note("名簿", 2, "B2", SAID)])
    book = load_workbook(io.BytesIO(first))
    book["名簿"]["D2"].comment = Comment("確認済み", "山下")
    content = io.BytesIO()
    book.save(content)
    second = mark_workbook(content.getvalue(), [Note("名簿", 2, "D2", "氏名が空欄です。")])
    page = page_of(second)
    assert page["H2"].comment is None
    assert page["H2"].fill.fill_type is None
    assert (page["I1"].value, page["I2"].value) == ("直すところ", "・氏名が空欄です。")
    assert page["D2"].comment.text == "氏名が空欄です。\n――\n確認済み"
    assert page_of(mark_workbook(second, []))["D2"].comment.text == "確認済み"
    assert page_of(mark_workbook(second, []))["I1"].value is None
