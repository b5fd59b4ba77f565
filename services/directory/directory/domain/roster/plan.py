"""From an Excel roster to what is to be registered, or to the cells to correct.

A pupil may stand on several rows, with guardians beside each other or below, and one mail address
on the rows of several children makes them siblings. Pure: sheets in, all of a plan or errors out
(DIR-2, DIR-11, DIR-15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from directory.domain.phone_numbers import Phone
from directory.domain.roster.book import PUPILS, read_book
from directory.domain.roster.columns import Column
from directory.domain.roster.lines import RosterLine
from directory.domain.roster.pupil import PupilValues
from directory.domain.roster.remarks import Decisions, Question, Remark, Spot, Unused
from directory.domain.workbooks import Sheet


@dataclass(frozen=True)
class PlannedClass:
    """A node of the class tree.

    全校, 4年 below it, 2組 below that; ひまわり学級 stands directly below 全校.
    """

    key: str
    name: str
    parent: str | None
    position: int


@dataclass(frozen=True)
class PlannedPupil(PupilValues):
    """A child as the file names it; `row` is the first row on which it stands.

    `values` are those of the cells that are filled in. `class_key` is empty where the file names no
    class, `status` and `since` where it says nothing of that; `groups`: names of free groups.
    """

    key: str
    grade: str
    class_key: str
    row: int
    line: RosterLine = field(repr=False, compare=False)
    status: str = ""
    since: str = ""
    groups: tuple[str, ...] = ()

    @property
    def file_row(self) -> int | None:
        return self.row

    def spot(self, column: Column) -> Spot:
        """Return the cell of a column on the child's first row."""
        return self.line.spot(column)


@dataclass(frozen=True, slots=True)
class PlannedGuardian:
    """A family's adult; the name is None where the file gives none."""

    key: str
    label: str
    name: str | None
    row: int
    spot: Spot = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PlannedGuardianship:
    """The link from a child to a guardian, in the order of rows."""

    pupil_key: str
    guardian_key: str
    label: str
    position: int


@dataclass(frozen=True, slots=True)
class PlannedContactPoint:
    """A mail address of a guardian, as typed; `row` is the first row on which it stands."""

    key: str
    guardian_key: str
    kind: str
    address: str
    row: int
    spot: Spot = field(repr=False, compare=False)


@dataclass(frozen=True)
class RosterPlan:
    """What one file registers; keys are local to the file and stable from reading to reading."""

    classes: tuple[PlannedClass, ...]
    pupils: tuple[PlannedPupil, ...]
    guardians: tuple[PlannedGuardian, ...]
    guardianships: tuple[PlannedGuardianship, ...]
    contact_points: tuple[PlannedContactPoint, ...]
    # pupil key → place → number
    phones: Mapping[str, Mapping[int, Phone]] = field(default_factory=dict)


@dataclass(frozen=True)
class FileReading:
    """A file understood: `plan` is None while there are errors, never a part of one.

    `sheets`: the names of those that were read; `notes`: what is worth knowing; `unused`: what was
    not read; `questions`: what only the office can decide.
    """

    plan: RosterPlan | None
    sheets: tuple[str, ...]
    errors: tuple[Remark, ...]
    notes: tuple[Remark, ...] = ()
    unused: tuple[Unused, ...] = ()
    questions: tuple[Question, ...] = ()


def read_roster(
    sheets: Sequence[Sheet], decisions: Decisions | None = None, *, needs_rooms: bool = True
) -> FileReading:
    """Turn a workbook's sheets into a plan, or into every error found, in the order of rows.

    `needs_rooms`: a child without a class in a grade that has some is an error.
    """
    # The planner makes the records above.
    from directory.domain.roster.planner import Planner

    book = read_book(sheets, decisions or {}, PUPILS)
    planner = Planner(needs_rooms=needs_rooms)
    for line in book.lines:
        planner.take(line)
    errors = book.errors + planner.finish()
    order = {name: place for place, name in enumerate(book.sheets)}
    errors.sort(key=lambda error: (order.get(error.spot.sheet, 0), error.spot.row))
    return FileReading(
        plan=None if errors else planner.plan(),
        sheets=tuple(book.sheets),
        errors=tuple(errors),
        notes=tuple(book.notes),
        unused=tuple(book.unused),
        questions=tuple(book.questions),
    )
