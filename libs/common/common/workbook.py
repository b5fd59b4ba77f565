"""Workbooks that offices open: text stays text, whatever it begins with.

A cell that begins with = would be a formula otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# How every workbook is opened.
# xlsxwriter guesses formulas, links and numbers from texts unless it is told not to.
SAFE: Mapping[str, bool] = MappingProxyType(
    {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
)
HEADING: Mapping[str, Any] = MappingProxyType({"bold": True, "bg_color": "#F3EDF0", "bottom": 1})


def open_workbook(content: BinaryIO) -> Workbook:
    """Return an empty workbook that is written into `content` when it is closed."""
    # Offices ask for a workbook now and then: other processes need not hold what writes one.
    from xlsxwriter import Workbook

    return Workbook(content, dict(SAFE))


def text_format(book: Workbook, **more: Any) -> Format:
    """Return the format of text.

    A cell that begins with = + - @ stays text even after somebody edits it in Excel.
    """
    made: Format = book.add_format(
        {"num_format": "@", "quote_prefix": True, "valign": "top", **more}
    )
    return made


def write_cell(sheet: Worksheet, place: tuple[int, int], cell: Any, style: Format) -> None:
    """Write a number as a number, a moment as a moment, all else as text; nothing for nothing.

    A moment is naive: as people read it.
    """
    if isinstance(cell, datetime):
        sheet.write_datetime(*place, cell, style)
    elif isinstance(cell, int):
        sheet.write_number(*place, cell)
    elif cell:
        sheet.write_string(*place, str(cell), style)
