"""From a sheet's rows to roster lines.

Find the header wherever it stands, read each cell or say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from directory.domain.names import tidy_name
from directory.domain.phone_numbers import Phone
from directory.domain.roster.cells import Unreadable, is_special_room
from directory.domain.roster.columns import (
    COLUMNS,
    GRADE,
    GUARDIAN,
    LABEL,
    MAIL,
    PHONES,
    PUPIL_COLUMNS,
    ROOM,
    Column,
    Subject,
    Value,
    find_column,
)

HEADER_SEARCH_ROWS = 20
FEWEST_HEADINGS = 3


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell.

    `row` as Excel counts, `cell` like F14, empty where a whole column is meant.
    """

    row: int
    column_name: str
    cell: str
    code: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """Where the header stands (0-based row) and in which 0-based column each known heading is."""

    row: int
    columns: dict[str, int]


@dataclass(frozen=True)
class RosterLine:
    """One row understood: a pupil, and what it says of one guardian.

    `room`: 2組 or ひまわり学級; `grade`: 0 where none is. `pupil`: field → value, of the columns
    about the child that are filled in.
    """

    row: int
    grade: int
    room: str
    pupil: Mapping[str, Value]
    guardian: str
    label: str
    mail: str
    # (place from 0, number)
    phones: tuple[tuple[int, Phone], ...] = ()


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell such as F14 from Excel's row and a 0-based column."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def find_header(rows: Sequence[Sequence[str]]) -> Header | list[CellError]:
    """Find the row with the most known headings among the first 20.

    Merged titles may stand above it.
    """
    best = Header(0, {})
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        places: dict[str, int] = {}
        for place, text in enumerate(row):
            column = find_column(text)
            if column:
                places.setdefault(column.heading, place)
        if len(places) > len(best.columns):
            best = Header(index, places)
    if len(best.columns) < FEWEST_HEADINGS:
        return [CellError(1, "", "", "header_missing")]
    missing = [
        column.heading
        for column in COLUMNS
        if column.is_needed and column.heading not in best.columns
    ]
    if missing:
        return [CellError(best.row + 1, heading, "", "column_missing") for heading in missing]
    return best


@dataclass
class LineReader:
    """Reads one row cell by cell and gathers its errors."""

    header: Header
    row: int
    cells: Sequence[str]
    errors: list[CellError] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Return whether the row says nothing in any known column."""
        return not any(self._text(heading) for heading in self.header.columns)

    def line(self) -> RosterLine:
        """Read all cells; the result means something only while `errors` is empty."""
        values: dict[str, Value] = {}
        for column in COLUMNS:
            if column.about is Subject.CALLING:
                continue
            value = self._read(column)
            if value is not None:
                values[column.field] = value
        room = str(values.get(ROOM.field, ""))
        # 特別支援学級 stand beside the grades: a child of theirs may have none.
        if not is_special_room(room) and not self._text(GRADE.heading):
            self._refuse(GRADE, "value_missing")
        fields = (column.field for column in PUPIL_COLUMNS)
        pupil = {name: values[name] for name in fields if name in values}
        return RosterLine(
            row=self.row,
            grade=int(values.get(GRADE.field, 0)),
            room=room,
            pupil=pupil,
            guardian=str(values.get(GUARDIAN.field, "")),
            label=str(values.get(LABEL.field, "")),
            mail=str(values.get(MAIL.field, "")),
            phones=tuple(self._phones()),
        )

    def _phones(self) -> list[tuple[int, Phone]]:
        """Return the numbers of the row with their places; a 続柄 without a number says nothing."""
        found = []
        for place, (number_column, label_column) in enumerate(PHONES):
            number = self._read(number_column)
            if number is not None:
                label = self._read(label_column) or ""
                phone = Phone(str(number), str(label))
                found.append((place, phone))
        return found

    def _read(self, column: Column) -> Value | None:
        """Return what a cell says; None where it is empty, or refused."""
        text = self._text(column.heading)
        if not text:
            if column.empty:
                self._refuse(column, column.empty)
            return None
        try:
            return column.read(text)
        except Unreadable as unreadable:
            self._refuse(column, unreadable.code, **unreadable.params)
            return None

    def _text(self, heading: str) -> str:
        """Return a cell's text, tidied; empty where the column or the cell is absent."""
        place = self.header.columns.get(heading, -1)
        return tidy_name(self.cells[place]) if 0 <= place < len(self.cells) else ""

    def _refuse(self, column: Column, code: str, **params: str | int) -> None:
        cell = cell_name(self.row, self.header.columns[column.heading])
        self.errors.append(CellError(self.row, column.heading, cell, code, params))
