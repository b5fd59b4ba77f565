"""A table as text, as Excel and other programs save it: CSV, or with tabs or semicolons."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from directory.actions.workbook.budget import Budget
from directory.domain.workbooks import (
    MAX_CELL_TEXT,
    MAX_COLUMNS,
    MAX_ROWS,
    Sheet,
    SheetRow,
    WorkbookRefused,
)

# A file says by its first bytes that it is UTF-16; these are its two orders.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Japanese Excel's "CSV" is cp932; what is valid UTF-8 is hardly ever anything else.
_ENCODINGS = ("utf-8-sig", "cp932")
_SEPARATORS = (",", "\t", ";")
_LOOKED_AT = 20  # lines
# cp932 gives U+0080, U+00A0 and U+F8F0 ff. for bytes that no text has.
_NO_TEXT = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\uf8f0-\uf8f3]")
# How a CSV keeps Excel from taking a number's zeros.
_FORMULA = re.compile(r'="([^"]*)"')


def read_delimited(content: bytes) -> Sheet:
    """Return the one sheet, without a name.

    Raise WorkbookRefused `workbook_not_xlsx` for what is no such text.
    """
    text = _decode(content)
    separator = _find_separator(text)
    budget = Budget()
    rows: list[SheetRow] = []
    is_cut = False
    for number, texts in _filled_lines(text, separator):
        if number > MAX_ROWS:
            is_cut = True
            break
        _take_cells(budget, texts)
        rows.append(SheetRow(number, texts))
    return Sheet("", tuple(rows), is_cut=is_cut)


def _take_cells(budget: Budget, texts: tuple[str, ...]) -> None:
    """Count a line's cells among all that a file may have."""
    filled = [cell for cell in texts if cell]
    for cell in filled:
        budget.take(len(cell))
    empty = len(texts) - len(filled)
    budget.take(0, empty=empty)


def _decode(content: bytes) -> str:
    encodings = ("utf-16",) if content.startswith(_UTF_16) else _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NO_TEXT.search(text):
            return text
    raise WorkbookRefused("workbook_not_xlsx")


def _find_separator(text: str) -> str:
    """Return what stands most often in the first lines; a text without any is no table."""
    if text.lstrip().startswith("<"):
        # HTML or XML that was given the name of a workbook.
        raise WorkbookRefused("workbook_not_xlsx")
    first_lines = text[: MAX_CELL_TEXT * 2].splitlines()[:_LOOKED_AT]
    counts = {
        separator: sum(line.count(separator) for line in first_lines) for separator in _SEPARATORS
    }
    separator = max(_SEPARATORS, key=lambda each: counts[each])
    if not counts[separator]:
        raise WorkbookRefused("workbook_not_xlsx")
    return separator


def _filled_lines(text: str, separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each line with anything in it, numbered as Excel would, up to its last filled cell.

    Raise WorkbookRefused `workbook_damaged` where quotes do not close.
    """
    csv.field_size_limit(MAX_CELL_TEXT)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            texts = [_FORMULA.sub(r"\1", cell) for cell in line[:MAX_COLUMNS]]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                yield number, tuple(texts)
    except csv.Error as error:
        is_too_long = "field larger" in str(error)
        code = "workbook_too_heavy" if is_too_long else "workbook_damaged"
        raise WorkbookRefused(code) from error
