"""One sheet: its rows with anything in them, cell by cell, and what is peculiar about each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from directory.actions.workbook.budget import Budget, Collected
from directory.actions.workbook.elements import Attributes, is_true, local, number, walk
from directory.actions.workbook.styles import USUAL, Style
from directory.actions.workbook.texts import RichText, SharedTexts, unescape
from directory.domain.number_formats import show_date, show_number
from directory.domain.workbooks import (
    MAX_COLUMNS,
    MAX_ROWS,
    Mark,
    MarkKind,
    Merge,
    SheetRow,
    WorkbookRefused,
)

_LETTERS = re.compile(r"[A-Z]{1,3}")
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_UNCALCULATED = Mark(MarkKind.UNCALCULATED)


@dataclass(frozen=True)
class Common:
    """What all sheets of a workbook share."""

    texts: SharedTexts
    styles: Sequence[Style]
    is_1904: bool
    budget: Budget


@dataclass(slots=True)
class _Row:
    """The row that is being read; `last`: the column of the cell before, -1 before the first."""

    number: int
    is_hidden: bool
    last: int = -1
    texts: dict[int, str] = field(default_factory=dict)
    marks: dict[int, Mark] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Cell:
    """The cell that is being read. `kind`: its `t`; `value`: of its `v`, None without one."""

    column: int
    kind: str
    style: Style
    value: str | None = None
    has_formula: bool = False


class SheetReader:
    """Walks a sheet's part; what it found stands in `rows`, `merges` and `is_cut`.

    It is between rows, in a row, or in a cell (`_row`, `_cell`); elements of other lists that bear
    the same names are passed over.
    """

    def __init__(self, common: Common) -> None:
        self.rows: dict[int, SheetRow] = {}
        self.merges: list[Merge] = []
        self.is_cut = False
        self._common = common
        self._row: _Row | None = None
        self._cell: _Cell | None = None
        self._last_row = 0
        self._value = Collected()
        self._inline: RichText | None = None
        self._text: Callable[[str], None] | None = None
        self._is_in_cells = False

    def read(self, chunks: Iterable[bytes]) -> None:
        walk(chunks, self._start, self._end, self._add)

    def _start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = local(name)
        if self._cell is not None:
            self._start_in_cell(self._cell, name, attributes)
        elif self._row is not None:
            if name == "c":
                self._start_cell(self._row, attributes)
        elif name == "row" and self._is_in_cells:
            self._start_row(attributes)
        elif name == "sheetData":
            self._is_in_cells = True
        elif name == "mergeCell":
            self._add_merge(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if self._cell is not None:
            if name == "c":
                self._finish_cell(self._cell)
            else:
                self._end_in_cell(self._cell, name)
        elif name == "row" and self._row is not None:
            self._finish_row(self._row)
        elif name == "sheetData":
            self._is_in_cells = False

    def _add(self, piece: str) -> None:
        if self._text is not None:
            self._text(piece)

    def _start_row(self, attributes: Attributes) -> None:
        reference = attributes.get("r")
        self._last_row = number(reference) if reference else self._last_row + 1
        is_flat = attributes.get("ht") in ("0", "0.0")
        is_hidden = is_true(attributes.get("hidden")) or is_flat
        self._row = _Row(self._last_row, is_hidden)

    def _start_cell(self, row: _Row, attributes: Attributes) -> None:
        reference = attributes.get("r")
        row.last = _column_of(reference, row.number) if reference else row.last + 1
        style = USUAL
        styled = attributes.get("s")
        if styled:
            index = number(styled)
            if index < len(self._common.styles):
                style = self._common.styles[index]
        self._cell = _Cell(row.last, attributes.get("t", "n"), style)

    def _start_in_cell(self, cell: _Cell, name: str, attributes: Attributes) -> None:
        if name == "v":
            self._text = self._value.add
        elif name == "f":
            cell.has_formula = True
        elif name == "is":
            self._inline = RichText()
            self._text = self._inline.add
        elif self._inline is not None:
            self._inline.start(name, attributes)

    def _end_in_cell(self, cell: _Cell, name: str) -> None:
        if name == "v":
            cell.value = self._value.empty()
            self._text = None
        elif name == "is":
            self._text = None
        elif self._inline is not None:
            self._inline.end(name)

    def _finish_cell(self, cell: _Cell) -> None:
        self._cell = None
        text, mark, is_struck = self._understand(cell)
        self._inline = None
        is_filled = bool(text) or mark is not None
        row = self._row
        if row is None or not is_filled:
            return
        if row.number > MAX_ROWS:
            self.is_cut = True
            return
        if cell.column >= MAX_COLUMNS:
            return
        if cell.column in row.texts:
            raise WorkbookRefused("workbook_damaged")
        self._common.budget.take(len(text))
        row.texts[cell.column] = text
        if mark is not None:
            row.marks[cell.column] = mark
        if is_struck or cell.style.is_struck:
            row.struck.add(cell.column)

    def _understand(self, cell: _Cell) -> tuple[str, Mark | None, bool]:
        """Return a cell's text, its mark, and whether a run of it is struck through."""
        if self._inline is not None:
            text, is_struck = self._inline.finish()
            return text, None, is_struck
        value = cell.value
        if not value:
            # A formula may give an empty text; programs that compute nothing leave `v` empty too.
            gives_text = cell.kind == "str" and value is not None
            is_open = cell.has_formula and not gives_text
            return "", _UNCALCULATED if is_open else None, False
        if cell.kind == "s":
            return self._shared(value)
        text, mark = self._read_value(cell, value)
        return text, mark, False

    def _shared(self, value: str) -> tuple[str, Mark | None, bool]:
        place = number(value.strip())
        shared = self._common.texts
        if place >= len(shared.texts):
            raise WorkbookRefused("workbook_damaged")
        return shared.texts[place], None, place in shared.struck

    def _read_value(self, cell: _Cell, value: str) -> tuple[str, Mark | None]:
        match cell.kind:
            case "str" | "inlineStr":
                return unescape(value), None
            case "e":
                word = unescape(value)
                return word, Mark(MarkKind.ERROR, word)
            case "b":
                return "TRUE" if is_true(value.strip()) else "FALSE", None
            case "d":
                return _read_date(value.strip())
        is_1904 = self._common.is_1904
        return show_number(value.strip(), cell.style.number_format, is_1904=is_1904)

    def _finish_row(self, row: _Row) -> None:
        self._row = None
        if not row.texts:
            return
        if row.number in self.rows:
            raise WorkbookRefused("workbook_damaged")
        width = max(row.texts) + 1
        empty = width - len(row.texts)
        self._common.budget.take(0, empty=empty)
        texts = [""] * width
        for column, text in row.texts.items():
            texts[column] = text
        self.rows[row.number] = SheetRow(
            row.number,
            tuple(texts),
            row.marks,
            frozenset(row.struck),
            row.is_hidden,
        )

    def _add_merge(self, reference: str) -> None:
        """Take merged cells as far as they lie in what is read."""
        found = _RANGE.fullmatch(reference)
        if found is None:
            return
        left = _column_number(found[1])
        top = int(found[2])
        right = _column_number(found[3])
        bottom = int(found[4])
        is_read = top <= MAX_ROWS and left < MAX_COLUMNS
        if is_read:
            self._common.budget.take(0)
            merge = Merge(
                top,
                min(bottom, MAX_ROWS),
                left,
                min(right, MAX_COLUMNS - 1),
            )
            self.merges.append(merge)


def _column_of(reference: str, row: int) -> int:
    """Return a cell's 0-based column; raise `workbook_damaged` where it names another row."""
    return _column_number(reference.removesuffix(str(row)))


@cache
def _column_number(letters: str) -> int:
    if not _LETTERS.fullmatch(letters):
        raise WorkbookRefused("workbook_damaged")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _read_date(value: str) -> tuple[str, Mark | None]:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value, None
    return show_date(moment.replace(tzinfo=None))
