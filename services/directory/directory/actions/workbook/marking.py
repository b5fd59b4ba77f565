"""Mark a file: the workbook as it was, with a colour and a comment at each cell to correct."""

from __future__ import annotations

from directory.actions.workbook.kept import load_book, save_book
from directory.actions.workbook.marks import mark_sheet
from directory.actions.workbook.reading import read_file
from directory.actions.workbook.rows import rebuild_book
from directory.actions.workbook.wire import Order
from directory.domain.workbooks import ZIP_MAGIC, WorkbookRefused


def mark_file(order: Order) -> bytes:
    """Raise WorkbookRefused for what openpyxl doesn't open, which our reader may well."""
    sheets = read_file(order.content)
    is_book = order.content.startswith(ZIP_MAGIC)
    keeps = is_book and not order.as_rows
    try:
        book, pages = load_book(order.content, sheets) if keeps else rebuild_book(sheets)
        for page, sheet in pages:
            notes = [note for note in order.notes if note.sheet == sheet.name]
            mark_sheet(page, sheet, notes)
        return save_book(book)
    except MemoryError:
        raise
    except Exception as error:
        # openpyxl raises what it meets: KeyError, TypeError and others, of a part that it expects.
        raise WorkbookRefused("workbook_damaged") from error
