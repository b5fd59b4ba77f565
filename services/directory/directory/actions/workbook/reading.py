"""A file's sheets: of an .xlsx, or of a text with separators."""

from __future__ import annotations

from directory.actions.workbook.book import Book, Tab, read_book
from directory.actions.workbook.budget import Budget
from directory.actions.workbook.delimited import read_delimited
from directory.actions.workbook.package import Package
from directory.actions.workbook.sheet import Common, SheetReader
from directory.actions.workbook.styles import read_styles
from directory.actions.workbook.texts import SharedTexts, read_texts
from directory.domain.workbooks import ZIP_MAGIC, Sheet, WorkbookRefused


def read_file(content: bytes) -> tuple[Sheet, ...]:
    """Raise WorkbookRefused for what is neither, or too much."""
    if not content.startswith(ZIP_MAGIC):
        return (read_delimited(content),)
    with Package(content) as package:
        book = read_book(package)
        if all(tab.is_hidden for tab in book.tabs):
            raise WorkbookRefused("workbook_no_sheet")
        common = _read_common(package, book)
        return tuple(_read_tab(package, tab, common) for tab in book.tabs)


def _read_common(package: Package, book: Book) -> Common:
    budget = Budget()
    texts = SharedTexts()
    if book.texts:
        texts = read_texts(package.chunks(book.texts), budget)
    styles = read_styles(package.chunks(book.styles)) if book.styles else []
    return Common(texts, styles, book.is_1904, budget)


def _read_tab(package: Package, tab: Tab, common: Common) -> Sheet:
    if tab.is_hidden:
        return Sheet(tab.name, is_hidden=True)
    reader = SheetReader(common)
    reader.read(package.chunks(tab.part))
    rows = tuple(reader.rows[number] for number in sorted(reader.rows))
    return Sheet(tab.name, rows, tuple(reader.merges), is_cut=reader.is_cut)
