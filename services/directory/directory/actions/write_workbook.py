"""Write workbooks that offices open: text stays text, whatever it begins with (DIR-2)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from common.workbook import HEADING, SAFE, text_format, write_cell

NOTES_HEADING = "直すところ"
_WIDTHS = (6, 12, 9, 20, 24, 20, 8, 34, 12, 16, 18, 16, 18, 16, 18)
_NOTES_WIDTH = 70


def write_roster(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of a roster, the header first; numbers stay numbers."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, dict(SAFE)) as book:
        sheet = book.add_worksheet("名簿")
        heading, text = book.add_format(HEADING), text_format(book)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                write_cell(sheet, (row, column), cell, heading if row == 0 else text)
        _lay_out(sheet, rows)
    return content.getvalue()


def write_marked(rows: Sequence[Sequence[str]], errors: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the uploaded rows as they were, with the cells to correct coloured, and their sentences beside the row.

    The column of sentences stands behind the widest row and is read over by the next import.
    """
    content = io.BytesIO()
    marked = {error["cell"]: error["words"] for error in errors if error["cell"]}
    with xlsxwriter.Workbook(content, dict(SAFE)) as book:
        sheet = book.add_worksheet("名簿")
        text, faulty = text_format(book), text_format(book, bg_color="#FFE0A3", border=1, border_color="#B36B00")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                name = xlsxwriter.utility.xl_rowcol_to_cell(row, column)
                write_cell(sheet, (row, column), cell, faulty if name in marked else text)
        for name, words in marked.items():
            row, column = xlsxwriter.utility.xl_cell_to_rowcol(name)
            is_empty = row >= len(rows) or column >= len(rows[row]) or not rows[row][column]
            if is_empty:
                sheet.write_blank(row, column, None, faulty)
            sheet.write_comment(row, column, words, {"x_scale": 2.5})
        notes = max((len(cells) for cells in rows), default=0)
        note = text_format(book, font_color="#7A4A00", text_wrap=True)
        for row, sentences in _by_row(errors).items():
            write_cell(sheet, (row, notes), "\n".join(sentences), note)
        sheet.set_column(notes, notes, _NOTES_WIDTH)
    return content.getvalue()


def _lay_out(sheet: Worksheet, rows: Sequence[Sequence[Any]]) -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    if len(rows) > 1:
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)


def _by_row(errors: Iterable[Mapping[str, Any]]) -> dict[int, list[str]]:
    """Return 0-based row → its sentences."""
    found: dict[int, list[str]] = {}
    for error in errors:
        found.setdefault(max(0, error["row"] - 1), []).append(error["words"])
    return found
