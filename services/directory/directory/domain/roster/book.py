"""From a workbook's sheets to roster lines: which sheets are read, which rows, and what is not.

Nothing is left out in silence: what is not read is named, and what a person sees otherwise than a
program (hidden and struck-out rows) is asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from directory.domain.names import fold_for_search
from directory.domain.roster.cell_reader import is_example
from directory.domain.roster.columns import NAME
from directory.domain.roster.layout import OF_PUPILS, Headings, Layout, find_layout
from directory.domain.roster.lines import LineReader
from directory.domain.roster.remarks import Decisions, Question, Remark, Spot, Unused
from directory.domain.workbooks import MAX_ROWS, Sheet, SheetRow

READ, LEAVE = "read", "leave"
_EXAMPLE_SHEETS = tuple(
    map(fold_for_search, ("記入例", "見本", "サンプル", "記入方法", "記入のしかた"))
)


Line = TypeVar("Line")
ReadLine = TypeVar("ReadLine", covariant=True)


class RowReader(Protocol[ReadLine]):
    """Reads one row; `line` means something only while `errors` is empty."""

    errors: list[Remark]
    notes: list[Remark]

    def is_empty(self) -> bool: ...
    def line(self) -> ReadLine: ...


@dataclass(frozen=True)
class FileForm(Generic[Line]):
    """A kind of file: which headings it has, and what reads a row of it."""

    headings: Headings
    reader: Callable[[Layout, SheetRow, Mapping[int, str]], RowReader[Line]]


PUPILS = FileForm(OF_PUPILS, LineReader)


@dataclass
class ReadBook(Generic[Line]):
    """What the sheets say; `sheets`: the names of those that were read."""

    lines: list[Line] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def read_book(
    sheets: Sequence[Sheet], decisions: Decisions, form: FileForm[Line]
) -> ReadBook[Line]:
    """Read all sheets that carry the header of a kind of file."""
    book: ReadBook[Line] = ReadBook()
    for sheet, layout in _choose_sheets(sheets, book, form.headings):
        book.sheets.append(sheet.name)
        book.errors += layout.errors
        book.unused += layout.unused
        if sheet.is_cut:
            spot = Spot(sheet.name, MAX_ROWS)
            book.errors.append(Remark(spot, "sheet_too_long", {"limit": MAX_ROWS}))
        if not layout.errors:
            _read_sheet(sheet, layout, book, decisions, form)
    if not book.sheets:
        name = next((sheet.name for sheet in sheets if not sheet.is_hidden), "")
        book.errors.append(Remark(Spot(name, 1), "header_missing"))
    elif not book.lines and not book.errors:
        book.errors.append(Remark(Spot(book.sheets[0], 1), "no_rows"))
    book.notes = _once_a_column(book.notes)
    return book


def _once_a_column(notes: list[Remark]) -> list[Remark]:
    """Return notes with one for all zeros of a column, which a look-up writes by the hundred."""
    zeros = _count_zeros(notes)
    kept = []
    for note in notes:
        if note.code != "zero_blank":
            kept.append(note)
            continue
        where = note.spot.sheet, note.spot.column
        count = zeros.pop(where, 0)
        if count:
            of_column = replace(note, params={"count": count})
            kept.append(of_column)
    return kept


def _count_zeros(notes: list[Remark]) -> Counter[tuple[str, int | None]]:
    """Return (sheet, column) → how many zeros are noted there."""
    zeros: Counter[tuple[str, int | None]] = Counter()
    for note in notes:
        if note.code == "zero_blank":
            zeros[note.spot.sheet, note.spot.column] += 1
    return zeros


def _choose_sheets(
    sheets: Sequence[Sheet], book: ReadBook[Line], headings: Headings
) -> Iterator[tuple[Sheet, Layout]]:
    """Yield the sheets to read, and name the others."""
    for sheet in sheets:
        layout = None if sheet.is_hidden else find_layout(sheet, headings)
        if layout is not None and not _is_example_sheet(sheet):
            yield sheet, layout
            continue
        code = "sheet_hidden" if sheet.is_hidden else "sheet_without_header"
        if layout is not None:
            code = "sheet_of_examples"
        book.unused.append(Unused("sheet", sheet.name, sheet.name, code))


def _is_example_sheet(sheet: Sheet) -> bool:
    return any(word in fold_for_search(sheet.name) for word in _EXAMPLE_SHEETS)


def _read_sheet(
    sheet: Sheet,
    layout: Layout,
    book: ReadBook[Line],
    decisions: Decisions,
    form: FileForm[Line],
) -> None:
    filled = _fill_down(sheet, layout)
    for row in _choose_rows(sheet, layout, book, decisions):
        reader = form.reader(layout, row, filled.get(row.number, {}))
        if reader.is_empty():
            continue
        line = reader.line()
        book.notes += reader.notes
        book.errors += reader.errors
        if not reader.errors:
            book.lines.append(line)


def _choose_rows(
    sheet: Sheet, layout: Layout, book: ReadBook[Line], decisions: Decisions
) -> Iterator[SheetRow]:
    """Yield the rows to read: not examples, and hidden or struck ones as the office decides."""
    below = [row for row in sheet.rows if row.number > layout.row]
    others = []
    for row in below:
        if is_example(row):
            book.unused.append(Unused("row", sheet.name, str(row.number), "row_of_example"))
        else:
            others.append(row)
    name = layout.places[NAME.field]
    hidden = [row for row in others if row.is_hidden]
    struck = [row for row in others if name in row.struck and not row.is_hidden]
    left: list[SheetRow] = []
    for kind, rows in (("hidden_rows", hidden), ("struck_rows", struck)):
        if not rows:
            continue
        decision = _ask_about(kind, rows, layout, book, decisions)
        left += rows if decision == LEAVE else []
    numbers = {row.number for row in left}
    for row in others:
        if row.number not in numbers:
            yield row


def _ask_about(
    kind: str, rows: Sequence[SheetRow], layout: Layout, book: ReadBook[Line], decisions: Decisions
) -> str | None:
    key = f"{kind}/{layout.sheet}"
    numbers = "・".join(str(row.number) for row in rows[:10])
    spot = layout.spot(rows[0].number, None)
    question = Question(
        key=key,
        kind=kind,
        spot=spot,
        choices=(LEAVE, READ),
        must=True,
        params={
            "count": len(rows),
            "rows": numbers,
        },
    )
    book.questions.append(question)
    return decisions.get(key)


def _fill_down(sheet: Sheet, layout: Layout) -> Mapping[int, Mapping[int, str]]:
    """Return row → column → the text of the cell that is merged over it from above."""
    texts = {row.number: row.texts for row in sheet.rows}
    filled: dict[int, dict[int, str]] = {}
    for merge in sheet.merges:
        top = texts.get(merge.top, ())
        if merge.top <= layout.row or merge.left >= len(top):
            continue
        text = top[merge.left]
        last = min(merge.bottom, MAX_ROWS)
        for number in range(merge.top + 1, last + 1):
            row = filled.setdefault(number, {})
            row[merge.left] = text
    return filled
