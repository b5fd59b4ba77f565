"""A new workbook of what was read of a file: of a CSV, and where the file itself can't be kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from directory.actions.workbook.kept import TEXT, Pages, put
from directory.domain.workbooks import MarkKind, Sheet, SheetRow

USUAL_NAME = "名簿"
# What Excel takes in the name of a sheet.
LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\\*?:/\[\]]")
# XML holds neither these nor halves of characters.
_NO_TEXT = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ERROR = "e"
# Of a formula that nobody computed: what Excel says of a value that isn't there.
NO_VALUE = "#N/A"
TEXT_FORMAT = "@"


def rebuild_book(sheets: Sequence[Sheet]) -> tuple[Workbook, Pages]:
    """Return a workbook of the visible sheets, and each of its own beside what was read."""
    book = Workbook()
    book.remove(book.active)
    pages: Pages = []
    for sheet in sheets:
        if sheet.is_hidden:
            continue
        title = _FORBIDDEN.sub("_", sheet.name)[:LONGEST_NAME]
        page = book.create_sheet(title or USUAL_NAME)
        for row in sheet.rows:
            _write_row(page, row)
        for merge in sheet.merges:
            page.merge_cells(
                start_row=merge.top,
                end_row=merge.bottom,
                start_column=merge.left + 1,
                end_column=merge.right + 1,
            )
        pages.append((page, sheet))
    return book, pages


def _write_row(page: Worksheet, row: SheetRow) -> None:
    if row.is_hidden:
        page.row_dimensions[row.number].hidden = True
    for column, text in enumerate(row.texts):
        mark = row.marks.get(column)
        is_error = mark is not None and mark.kind is MarkKind.ERROR
        if mark is not None and mark.kind is MarkKind.UNCALCULATED:
            text, is_error = NO_VALUE, True
        if not text:
            continue
        cell = page.cell(row.number, column + 1)
        cell.number_format = TEXT_FORMAT
        put(cell, clean(text), ERROR if is_error else TEXT)
        if column in row.struck:
            cell.font = Font(strike=True)


def clean(text: str) -> str:
    """Return a text that a workbook can hold."""
    return _NO_TEXT.sub(REPLACEMENT, text)
