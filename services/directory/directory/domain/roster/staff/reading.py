"""From a workbook of staff to its people, or to the cells to correct."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from directory.domain.names import fold_for_search
from directory.domain.roster.book import ReadBook, read_book
from directory.domain.roster.columns import GRADE, NUMBER, ROOM
from directory.domain.roster.layout import find_layout
from directory.domain.roster.remarks import Decisions, Question, Remark, Spot, Unused
from directory.domain.roster.staff.columns import STAFF_NAME, STAFF_NUMBER
from directory.domain.roster.staff.lines import STAFF, StaffLine
from directory.domain.workbooks import Sheet


@dataclass(frozen=True)
class StaffReading:
    """A file understood: `lines` mean something only while there are no `errors`."""

    lines: tuple[StaffLine, ...] = ()
    sheets: tuple[str, ...] = ()
    errors: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    unused: tuple[Unused, ...] = ()
    questions: tuple[Question, ...] = ()


def read_staff(sheets: Sequence[Sheet], decisions: Decisions) -> StaffReading:
    """Turn a workbook's sheets into people, or into every error found."""
    others = list(_find_pupils(sheets))
    if others:
        # Hundreds of children would be staff.
        return StaffReading(errors=tuple(others))
    book: ReadBook[StaffLine] = read_book(sheets, decisions, STAFF)
    errors = [*book.errors, *_find_twice(book.lines)]
    return StaffReading(
        lines=tuple(book.lines),
        sheets=tuple(book.sheets),
        errors=tuple(errors),
        notes=tuple(book.notes),
        unused=tuple(book.unused),
        questions=tuple(book.questions),
    )


def _find_pupils(sheets: Sequence[Sheet]) -> Iterator[Remark]:
    """Say of which sheets the header is that of a file of children."""
    for sheet in sheets:
        layout = None if sheet.is_hidden else find_layout(sheet)
        if layout is None:
            continue
        of_pupils = {GRADE.field, ROOM.field, NUMBER.field} & layout.places.keys()
        if len(of_pupils) > 1:
            spot = Spot(sheet.name, layout.row)
            yield Remark(spot, "file_of_pupils")


def _find_twice(lines: Sequence[StaffLine]) -> Iterator[Remark]:
    """Say who stands in the file twice: by 管理番号, or by name with nothing to part them."""
    by_number: dict[str, StaffLine] = {}
    by_name: dict[str, list[StaffLine]] = {}
    for line in lines:
        number = line.management_number
        if number and number in by_number:
            yield _say_twice(line, by_number[number], number)
            continue
        if number:
            by_number[number] = line
        namesakes = by_name.setdefault(fold_for_search(line.display_name), [])
        same = next((one for one in namesakes if _may_be_one(one, line)), None)
        if same is not None:
            params: dict[str, str | int] = {"row": same.row, "name": same.display_name}
            yield Remark(line.spot(STAFF_NAME), "staff_twice", params)
        namesakes.append(line)


def _say_twice(line: StaffLine, first: StaffLine, number: str) -> Remark:
    params: dict[str, str | int] = {
        "value": number,
        "row": first.row,
        "name": first.display_name,
    }
    return Remark(line.spot(STAFF_NUMBER), "management_number_twice", params)


def _may_be_one(one: StaffLine, other: StaffLine) -> bool:
    """Return whether neither number, reading nor address parts two of one name."""
    signs = (
        (one.management_number, other.management_number),
        (one.kana, other.kana),
        (one.mail.lower(), other.mail.lower()),
    )
    return not any(mine and theirs and mine != theirs for mine, theirs in signs)
