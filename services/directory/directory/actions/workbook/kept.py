"""The uploaded workbook as openpyxl keeps it: loaded with values for its formulas, and saved."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from directory.domain.workbooks import MarkKind, Sheet

FORMULA, TEXT = "f", "s"
Pages = list[tuple[Worksheet, Sheet]]


def load_book(content: bytes, sheets: Sequence[Sheet]) -> tuple[Workbook, Pages]:
    """Return the workbook, and its visible sheets beside what was read of each.

    Raise what openpyxl raises of a file that it doesn't open.
    """
    book = load_workbook(io.BytesIO(content), rich_text=True)
    pairs = list(zip(book.worksheets, sheets, strict=True))
    if any(cell.data_type == FORMULA for page in book.worksheets for cell in cells_of(page)):
        _put_values(content, pairs)
    return book, [(page, sheet) for page, sheet in pairs if not sheet.is_hidden]


def cells_of(page: Worksheet) -> Iterator[Cell]:
    """Yield the cells that are there; openpyxl's own ways fill the rectangle around them."""
    yield from page._cells.values()


def _put_values(content: bytes, pairs: Pages) -> None:
    """Write in place of each formula what it gave: openpyxl saves either, not both.

    A formula that no program has computed stays one.
    """
    computed = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for (page, sheet), values in zip(pairs, computed.worksheets, strict=True):
        formulas = {
            (cell.row, cell.column): cell for cell in cells_of(page) if cell.data_type == FORMULA
        }
        if not formulas:
            continue
        # What a program wrote of the sheet's size may be wrong.
        values.reset_dimensions()
        found = _values_at(values, formulas)
        waiting = _uncalculated(sheet)
        for place, cell in formulas.items():
            value, kind = found.get(place, (None, ""))
            if value is not None:
                put(cell, value, kind)
            elif not sheet.is_hidden and place not in waiting:
                # It gives an empty text.
                put(cell, None, "n")


def _values_at(
    values: Any, wanted: dict[tuple[int, int], Cell]
) -> dict[tuple[int, int], tuple[Any, str]]:
    found = {}
    for row in values.iter_rows():
        for cell in row:
            if cell.value is not None and (cell.row, cell.column) in wanted:
                found[cell.row, cell.column] = (cell.value, cell.data_type)
    return found


def _uncalculated(sheet: Sheet) -> set[tuple[int, int]]:
    return {
        (row.number, column + 1)
        for row in sheet.rows
        for column, mark in row.marks.items()
        if mark.kind is MarkKind.UNCALCULATED
    }


def put(cell: Cell, value: Any, kind: str) -> None:
    """Write a value as what it is; openpyxl would take a text that begins with = for a formula."""
    cell.value = value
    cell.data_type = kind


class _Writer(ExcelWriter):
    """Saves without the temporary files that a process under our limits can't write."""

    def write_worksheet(self, page: Worksheet) -> None:
        page._drawing = SpreadsheetDrawing()
        page._drawing.charts = page._charts
        page._drawing.images = page._images
        part = io.BytesIO()
        writer = WorksheetWriter(page, out=part)
        writer.write()
        page._rels = writer._rels
        self._archive.writestr(page.path[1:], part.getvalue())
        self.manifest.append(page)


def save_book(book: Workbook) -> bytes:
    content = io.BytesIO()
    archive = zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED)
    _Writer(book, archive).save()
    return content.getvalue()
