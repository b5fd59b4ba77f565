"""Write the roster as a workbook that offices open: text stays text (DIR-2)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from common.workbook import HEADING, open_workbook, text_format, write_cell
from directory.domain.roster.columns import COLUMNS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


def write_roster(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of a roster, the header first; numbers stay numbers."""
    content = io.BytesIO()
    with open_workbook(content) as book:
        sheet = book.add_worksheet("名簿")
        heading = book.add_format(HEADING)
        text = text_format(book)
        for row, cells in enumerate(rows):
            style = heading if row == 0 else text
            for column, cell in enumerate(cells):
                write_cell(sheet, (row, column), cell, style)
        _lay_out(sheet, rows)
    return content.getvalue()


def _lay_out(sheet: Worksheet, rows: Sequence[Sequence[Any]]) -> None:
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(1, 0)
    if len(rows) > 1:
        last_row, last_column = len(rows) - 1, len(rows[0]) - 1
        sheet.autofilter(0, 0, last_row, last_column)
