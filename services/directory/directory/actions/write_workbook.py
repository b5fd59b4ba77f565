"""Write the roster as a workbook that offices open, and an empty one to fill in (DIR-2).

Text stays text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from common.workbook import HEADING, open_workbook, text_format, write_cell
from directory.domain.roster.cells import DELETED_WORD, STATUS_WORDS
from directory.domain.roster.columns import COLUMNS, GUARDIANS, PHONES, STATUS, Column
from directory.domain.roster.help import EXAMPLES, HELP
from directory.domain.workbooks import MAX_ROWS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_HEADING_WIDTH = 20
_HELP_WIDTH = 90
_LABELLED = [each.label for each in GUARDIANS] + [each.label for each in PHONES]
LABELS = ("母", "父", "祖母", "祖父", "その他")


@dataclass(frozen=True)
class FileLook:
    """How a kind of file looks: its columns, how each is filled in, what may be chosen there."""

    title: str
    columns: Sequence[Column]
    help: Mapping[str, str]
    examples: Sequence[Mapping[str, str]]
    choices: Callable[[Column], Sequence[str]]


def write_roster(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of a roster, the header first; numbers stay numbers."""
    return write_rows(OF_PUPILS, rows)


def write_class_lists(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of class lists, the header first."""
    look = replace(OF_PUPILS, title="学級編制")
    return write_rows(look, rows)


def write_template() -> bytes:
    """Return an empty workbook of a roster."""
    return write_empty(OF_PUPILS)


def write_rows(look: FileLook, rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook of rows, the header first."""
    content = io.BytesIO()
    with open_workbook(content) as book:
        _write_sheet(book, look, rows)
    return content.getvalue()


def write_empty(look: FileLook) -> bytes:
    """Return an empty workbook with examples, which are never registered, and how to fill it in."""
    content = io.BytesIO()
    headings = [column.heading for column in look.columns]
    examples = [[cells.get(column.field, "") for column in look.columns] for cells in look.examples]
    help_rows = [
        ("列", "書きかた"),
        *((column.heading, look.help[column.field]) for column in look.columns),
    ]
    with open_workbook(content) as book:
        sheet = _write_sheet(book, look, [headings, *examples])
        for place, column in enumerate(look.columns):
            _offer_choices(sheet, place, look.choices(column))
        how = book.add_worksheet("書きかた")
        text = text_format(book, text_wrap=True, valign="top")
        for row, cells in enumerate(help_rows):
            for place, cell in enumerate(cells):
                write_cell(how, (row, place), cell, text)
        how.set_column(0, 0, _HEADING_WIDTH)
        how.set_column(1, 1, _HELP_WIDTH)
    return content.getvalue()


def _write_sheet(book: Workbook, look: FileLook, rows: Sequence[Sequence[Any]]) -> Worksheet:
    sheet = book.add_worksheet(look.title)
    heading = book.add_format(HEADING)
    text = text_format(book)
    for row, cells in enumerate(rows):
        style = heading if row == 0 else text
        for at, cell in enumerate(cells):
            write_cell(sheet, (row, at), cell, style)
    for place, column in enumerate(look.columns):
        # What is typed below stays as it is typed: 4-2 is no date, 0012 keeps its zeros.
        sheet.set_column(place, place, column.width, text)
    sheet.freeze_panes(1, 0)
    if len(rows) > 1:
        last_row, last_column = len(rows) - 1, len(rows[0]) - 1
        sheet.autofilter(0, 0, last_row, last_column)
    return sheet


def _offer_choices(sheet: Worksheet, place: int, choices: Sequence[str]) -> None:
    """Give the cells of a column a list to choose from; other words may be typed as well."""
    if choices:
        rule = {"validate": "list", "source": list(choices), "error_type": "information"}
        sheet.data_validation(1, place, MAX_ROWS - 1, place, rule)


def _choices_of(column: Column) -> Sequence[str]:
    if column is STATUS:
        return (*STATUS_WORDS.values(), DELETED_WORD)
    return LABELS if column in _LABELLED else ()


OF_PUPILS = FileLook("名簿", COLUMNS, HELP, EXAMPLES, _choices_of)
