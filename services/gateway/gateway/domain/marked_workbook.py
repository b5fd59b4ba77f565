"""A roster file given back with the cells to correct marked (DIR-2)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from common.workbook import open_workbook, text_format, write_cell
from gateway.domain.cell_words import explain_cell

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_NOTES_WIDTH = 70
_FAULTY = {"bg_color": "#FFE0A3", "border": 1, "border_color": "#B36B00"}
_NOTE = {"font_color": "#7A4A00", "text_wrap": True}


def write_marked(rows: Sequence[Sequence[str]], errors: Sequence[Mapping[str, Any]]) -> bytes:
    """Return uploaded rows as they were, the cells to correct coloured, sentences beside them.

    The column of sentences stands behind the widest row and is read over by the next import.
    """
    # As `open_workbook`: what writes workbooks is loaded when one is wanted.
    from xlsxwriter.utility import xl_rowcol_to_cell

    content = io.BytesIO()
    marked = {error["cell"]: explain_cell(error) for error in errors if error["cell"]}
    with open_workbook(content) as book:
        sheet = book.add_worksheet("名簿")
        text = text_format(book)
        faulty = text_format(book, **_FAULTY)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                name = xl_rowcol_to_cell(row, column)
                style = faulty if name in marked else text
                write_cell(sheet, (row, column), cell, style)
        _write_comments(sheet, rows, marked, faulty)
        note = text_format(book, **_NOTE)
        behind_widest = max((len(cells) for cells in rows), default=0)
        _write_notes(sheet, behind_widest, errors, note)
    return content.getvalue()


def _write_notes(
    sheet: Worksheet, column: int, errors: Iterable[Mapping[str, Any]], style: Format
) -> None:
    for row, sentences in _by_row(errors).items():
        write_cell(sheet, (row, column), "\n".join(sentences), style)
    sheet.set_column(column, column, _NOTES_WIDTH)


def _write_comments(
    sheet: Worksheet, rows: Sequence[Sequence[str]], marked: Mapping[str, str], style: Format
) -> None:
    from xlsxwriter.utility import xl_cell_to_rowcol

    for name, words in marked.items():
        row, column = xl_cell_to_rowcol(name)
        if _is_empty(rows, row, column):
            sheet.write_blank(row, column, None, style)
        sheet.write_comment(row, column, words, {"x_scale": 2.5})


def _is_empty(rows: Sequence[Sequence[str]], row: int, column: int) -> bool:
    is_outside = row >= len(rows) or column >= len(rows[row])
    return is_outside or not rows[row][column]


def _by_row(errors: Iterable[Mapping[str, Any]]) -> dict[int, list[str]]:
    """Return 0-based row → its sentences."""
    found: dict[int, list[str]] = {}
    for error in errors:
        row = max(0, error["row"] - 1)
        found.setdefault(row, []).append(explain_cell(error))
    return found
