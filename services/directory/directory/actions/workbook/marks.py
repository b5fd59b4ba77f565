"""Marks on a sheet: colour and comment at each cell to correct, the sentences beside its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.cell import Cell
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from directory.actions.workbook.kept import TEXT, cells_of, put
from directory.actions.workbook.rows import TEXT_FORMAT, clean
from directory.domain.roster.layout import HEADER_SEARCH_ROWS, find_layout
from directory.domain.roster.staff.lines import OF_STAFF
from directory.domain.workbooks import MAX_CELL_TEXT, Note, Sheet

AUTHOR = "Renraku"
REASONS = "直すところ"
# Between our sentences and a comment that stood at the cell before.
BEFORE = "\n――\n"
COLOUR = "FFE0A3"
FILL = PatternFill("solid", fgColor=COLOUR)
_LINE = Side(style="thin", color="9C5700")
BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
WRAPPED = Alignment(wrap_text=True, vertical="top")
REASONS_WIDTH = 70
COMMENT_WIDTH, COMMENT_LINE_HEIGHT = 360, 40
LAST_COLUMN = 16_384


def mark_sheet(page: Worksheet, sheet: Sheet, notes: Sequence[Note]) -> None:
    """Mark what the notes name, in place of what an earlier round marked."""
    _forget_marks(page)
    by_cell: dict[str, list[str]] = {}
    by_row: dict[int, list[str]] = {}
    for note in notes:
        text = clean(note.text)
        by_row.setdefault(note.row, []).append(f"・{text}")
        if note.cell:
            by_cell.setdefault(note.cell, []).append(text)
    column = _widest(page) + 1
    for place, texts in by_cell.items():
        _mark_cell(_top_left(page, place), texts)
    if by_row and column <= LAST_COLUMN:
        layout = find_layout(sheet) or find_layout(sheet, OF_STAFF)
        heading = layout.row if layout else min(by_row)
        _write_reasons(page, column, heading, by_row)


def _mark_cell(cell: Cell, texts: Sequence[str]) -> None:
    cell.fill, cell.border = FILL, BORDER
    said = "\n".join(texts)
    if cell.comment is not None:
        said += f"{BEFORE}{cell.comment.text}"
    height = COMMENT_LINE_HEIGHT * (said.count("\n") + 1)
    cell.comment = Comment(said[:MAX_CELL_TEXT], AUTHOR, height, COMMENT_WIDTH)


def _top_left(page: Worksheet, place: str) -> Cell:
    """Return a cell; of merged ones the one that holds them all."""
    cell = page[place]
    if not isinstance(cell, MergedCell):
        return cell
    around = next(merge for merge in page.merged_cells.ranges if place in merge)
    return page.cell(around.min_row, around.min_col)


def _widest(page: Worksheet) -> int:
    """Return the last column, from 1 on, in which any row has a value or a merged cell."""
    columns = [
        cell.column
        for cell in cells_of(page)
        if cell.value is not None or isinstance(cell, MergedCell)
    ]
    return max(columns, default=0)


def _write_reasons(
    page: Worksheet, column: int, heading: int, by_row: Mapping[int, Sequence[str]]
) -> None:
    _make_room(page, column)
    for row in {heading, *by_row}:
        lines = [REASONS] if row == heading else []
        lines += by_row.get(row, ())
        cell = page.cell(row, column)
        put(cell, "\n".join(lines)[:MAX_CELL_TEXT], TEXT)
        # It stays text after somebody edits it, whatever it begins with.
        cell.number_format, cell.quotePrefix = TEXT_FORMAT, True
        cell.fill, cell.border, cell.alignment = FILL, BORDER, WRAPPED


def _make_room(page: Worksheet, column: int) -> None:
    """Make a column wide and visible, apart from those that are described together with it."""
    columns = page.column_dimensions
    for together in list(columns.values()):
        first, last = together.min or 0, together.max or 0
        if not first < column <= last and not first == column < last:
            continue
        together.max = column - 1
        if first == column:
            del columns[together.index]
        if column < last:
            after = get_column_letter(column + 1)
            columns[after] = ColumnDimension(
                page,
                index=after,
                min=column + 1,
                max=last,
                width=together.width,
                hidden=together.hidden,
            )
    letter = get_column_letter(column)
    columns[letter] = ColumnDimension(page, index=letter, width=REASONS_WIDTH)


def _forget_marks(page: Worksheet) -> None:
    """Take off what an earlier round marked: the cells may be right by now."""
    headings = {
        cell.column
        for cell in cells_of(page)
        if cell.row <= HEADER_SEARCH_ROWS and _is_ours(cell) and str(cell.value).startswith(REASONS)
    }
    for cell in cells_of(page):
        comment = cell.comment
        if comment is not None and comment.author == AUTHOR:
            before = comment.text.partition(BEFORE)[2]
            cell.comment = Comment(before, "") if before else None
            _uncolour(cell)
        elif cell.column in headings and _is_ours(cell):
            put(cell, None, "n")
            _uncolour(cell)


def _is_ours(cell: Cell) -> bool:
    return bool(cell.has_style and str(cell.fill.fgColor.rgb).endswith(COLOUR))


def _uncolour(cell: Cell) -> None:
    if _is_ours(cell):
        cell.fill, cell.border = PatternFill(), Border()
