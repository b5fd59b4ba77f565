"""From an Excel roster to what is to be registered, or to the cells to correct.

One row is one guardian's contact: a pupil may stand on several rows, and one mail address on the
rows of several children makes them siblings. Pure: rows in, all of a plan or errors out (DIR-2,
DIR-11, DIR-15).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN, mail_identity
from directory.domain.names import fold_for_search
from directory.domain.phone_numbers import MAX_PHONES, Phone
from directory.domain.roster.cells import is_special_room, room_order
from directory.domain.roster.columns import (
    GRADE,
    MAIL,
    MANAGEMENT_NUMBER,
    NUMBER,
    PHONES,
    PUPIL_COLUMNS,
    Column,
)
from directory.domain.roster.pupil import PupilValues
from directory.domain.roster.sheet import (
    CellError,
    Header,
    LineReader,
    RosterLine,
    cell_name,
    find_header,
)

ROOT_KEY = "class/all"


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

    `values` are those of the cells that are filled in.
    """

    key: str
    grade: int
    class_key: str
    row: int


@dataclass(frozen=True)
class PlannedGuardian:
    """A family's adult; the name is None where the file gives none."""

    key: str
    label: str
    name: str | None
    row: int


@dataclass(frozen=True)
class PlannedGuardianship:
    """The link from a child to a guardian, in the order of rows."""

    pupil_key: str
    guardian_key: str
    label: str
    position: int


@dataclass(frozen=True)
class PlannedContactPoint:
    """A mail address of a guardian, as typed; `row` is the first row on which it stands."""

    key: str
    guardian_key: str
    kind: str
    address: str
    row: int


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


def plan_roster(rows: Sequence[Sequence[str]]) -> RosterPlan | list[CellError]:
    """Turn a sheet's rows into a plan, or into every error found, in the order of rows.

    Never into a part of a plan.
    """
    header = find_header(rows)
    if not isinstance(header, Header):
        return header
    lines, errors = _read_lines(rows, header)
    if not lines and not errors:
        return [CellError(header.row + 2, "", "", "no_rows")]
    planner = _Planner(header)
    for line in lines:
        planner.take(line)
    errors += planner.errors
    return sorted(errors, key=lambda error: error.row) if errors else planner.plan()


def _read_lines(
    rows: Sequence[Sequence[str]], header: Header
) -> tuple[list[RosterLine], list[CellError]]:
    lines, errors = [], []
    for row, cells in enumerate(rows[header.row + 1 :], start=header.row + 2):
        reader = LineReader(header, row, cells)
        if reader.is_empty():
            continue
        line = reader.line()
        errors += reader.errors
        if not reader.errors:
            lines.append(line)
    return lines, errors


def class_key_of(line: RosterLine) -> str:
    """Return the file-local key of a class: class/4-2, class/ひまわり学級."""
    if is_special_room(line.room):
        return f"class/{line.room}"
    return f"class/{line.grade}-{line.room.removesuffix('組')}"


def _pupil_of(line: RosterLine) -> PlannedPupil:
    """Return a line's child; its key is its seat, for nobody else sits there."""
    class_key = class_key_of(line)
    seat = f"{class_key.removeprefix('class/')}-{line.pupil[NUMBER.field]}"
    return PlannedPupil(
        values=line.pupil,
        key=f"pupil/{seat}",
        grade=line.grade,
        class_key=class_key,
        row=line.row,
    )


@dataclass
class _Guardian:
    """A guardian while rows are still coming."""

    key: str
    label: str
    name: str
    row: int
    mails: dict[str, tuple[str, int]] = field(default_factory=dict)


@dataclass
class _Planner:
    """Takes lines one by one; each is a pupil new or known and a guardian new or known."""

    header: Header
    errors: list[CellError] = field(default_factory=list)
    pupils: dict[str, PlannedPupil] = field(default_factory=dict)
    guardians: list[_Guardian] = field(default_factory=list)
    by_mail: dict[str, _Guardian] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    by_key: dict[str, _Guardian] = field(default_factory=dict)
    by_management_number: dict[str, PlannedPupil] = field(default_factory=dict)
    phones: dict[str, dict[int, Phone]] = field(default_factory=dict)

    def refuse(self, line: RosterLine, column: Column, code: str, **params: str | int) -> None:
        """Note that a line contradicts an earlier one."""
        cell = cell_name(line.row, self.header.columns[column.heading])
        self.errors.append(CellError(line.row, column.heading, cell, code, params))

    def take(self, line: RosterLine) -> None:
        """Add what one line says, or note why it cannot be."""
        pupil = self._pupil(line)
        if pupil is None:
            return
        self._take_phones(pupil, line)
        if not (line.mail or line.guardian or line.label):
            return
        guardian = self._guardian(pupil, line)
        if guardian is None:
            return
        identity = mail_identity(line.mail)
        if line.mail and identity not in guardian.mails:
            if len(guardian.mails) == MAX_MAILS_A_GUARDIAN:
                self.refuse(
                    line,
                    MAIL,
                    "mails_too_many",
                    limit=MAX_MAILS_A_GUARDIAN,
                )
                return
            guardian.mails[identity] = line.mail, line.row
            self.by_mail[identity] = guardian
        self.links[pupil.key].setdefault(guardian.key, line.label or guardian.label)

    def _take_phones(self, pupil: PlannedPupil, line: RosterLine) -> None:
        """Give a child the numbers of one more of its rows.

        Known ones stay, new ones take their place or the next free one.
        """
        numbers = self.phones.setdefault(pupil.key, {})
        for place, phone in line.phones:
            known = _find_place(numbers, phone)
            if known is not None:
                there = numbers[known]
                numbers[known] = Phone(there.number, there.label or phone.label)
                continue
            free = [each for each in (place, *range(MAX_PHONES)) if each not in numbers]
            if not free:
                self.refuse(line, PHONES[place][0], "phones_too_many", limit=MAX_PHONES)
                return
            numbers[free[0]] = phone

    def _pupil(self, line: RosterLine) -> PlannedPupil | None:
        """Return the line's child.

        The same place and the same characters are the same child, nothing else is.
        """
        pupil = _pupil_of(line)
        known = self.pupils.get(pupil.key)
        if known is None:
            return self._new_pupil(line, pupil)
        if known.display_name != pupil.display_name:
            self.refuse(
                line,
                NUMBER,
                "number_twice",
                value=known.number or 0,
                row=known.row,
                name=known.display_name,
            )
            return None
        if known.grade != pupil.grade:
            self.refuse(line, GRADE, GRADE.differs, row=known.row)
            return None
        for column in PUPIL_COLUMNS:
            value = pupil.values.get(column.field)
            before = known.values.get(column.field)
            if value not in (None, before):
                self.refuse(line, column, column.differs, row=known.row, value=before or "")
                return None
        return known

    def _new_pupil(self, line: RosterLine, new: PlannedPupil) -> PlannedPupil | None:
        number = new.management_number
        other = self.by_management_number.get(number) if number else None
        if other:
            self.refuse(
                line,
                MANAGEMENT_NUMBER,
                "management_number_twice",
                value=number or "",
                row=other.row,
                name=other.display_name,
            )
            return None
        self.pupils[new.key] = new
        self.links[new.key] = {}
        self.rooms[new.class_key] = line.room
        if number:
            self.by_management_number[number] = new
        return new

    def _guardian(self, pupil: PlannedPupil, line: RosterLine) -> _Guardian | None:
        """Return the line's guardian.

        It is known by the address, or within the pupil's by label and name, else it is a new one.
        An address that stands with two different guardians' names would join strangers' children:
        it is refused.
        """
        known = self.by_mail.get(mail_identity(line.mail))
        if known and _are_different_names(line.guardian, known.name):
            self.refuse(line, MAIL, "mail_of_another", row=known.row, name=known.name)
            return None
        if known is None and (line.guardian or line.label):
            known = self._guardian_in_family(pupil, line)
        if known is None:
            known = self._new_guardian(line)
        known.name = known.name or line.guardian
        known.label = known.label or line.label
        return known

    def _guardian_in_family(self, pupil: PlannedPupil, line: RosterLine) -> _Guardian | None:
        wanted = (fold_for_search(line.guardian), line.label)
        for key in self.links[pupil.key]:
            guardian = self.by_key[key]
            if (fold_for_search(guardian.name), guardian.label) == wanted:
                return guardian
        return None

    def _new_guardian(self, line: RosterLine) -> _Guardian:
        key = f"guardian/{len(self.guardians) + 1}"
        new = _Guardian(key, line.label, line.guardian, line.row)
        self.guardians.append(new)
        self.by_key[key] = new
        return new

    def plan(self) -> RosterPlan:
        """Return everything taken so far."""
        return RosterPlan(
            classes=tuple(_class_tree(self.pupils.values(), self.rooms)),
            pupils=tuple(self.pupils.values()),
            guardians=tuple(
                PlannedGuardian(g.key, g.label, g.name or None, g.row) for g in self.guardians
            ),
            guardianships=tuple(self._plan_links()),
            contact_points=tuple(self._plan_points()),
            phones={key: numbers for key, numbers in self.phones.items() if numbers},
        )

    def _plan_links(self) -> Iterator[PlannedGuardianship]:
        for pupil_key, links in self.links.items():
            for position, (guardian_key, label) in enumerate(links.items(), start=1):
                yield PlannedGuardianship(pupil_key, guardian_key, label, position)

    def _plan_points(self) -> Iterator[PlannedContactPoint]:
        for guardian in self.guardians:
            number = guardian.key.removeprefix("guardian/")
            for position, (address, row) in enumerate(guardian.mails.values(), start=1):
                key = f"contact/{number}/{position}"
                yield PlannedContactPoint(key, guardian.key, "mail", address, row)


def _find_place(numbers: Mapping[int, Phone], phone: Phone) -> int | None:
    """Return where a number stands already, however it is written there."""
    for place, there in numbers.items():
        if there.digits == phone.digits:
            return place
    return None


def _are_different_names(one: str, other: str) -> bool:
    """Return whether both are names, and not the same one."""
    if not one or not other:
        return False
    return fold_for_search(one) != fold_for_search(other)


def _class_tree(pupils: Iterable[PlannedPupil], rooms: dict[str, str]) -> Iterator[PlannedClass]:
    """Yield 全校, then each grade with its classes, then the classes beside the grades."""
    yield PlannedClass(ROOT_KEY, "全校", None, 1)
    grades = _group_by_grade(pupils, rooms)
    for grade in sorted(grades):
        yield from _grade_tree(grade, grades[grade], rooms)
    beside = sorted(key for key, room in rooms.items() if is_special_room(room))
    behind_grades = max(grades, default=0) + 1
    yield from _line_up(beside, rooms, ROOT_KEY, first=behind_grades)


def _grade_tree(grade: int, keys: set[str], rooms: Mapping[str, str]) -> Iterator[PlannedClass]:
    grade_key = f"class/{grade}"
    yield PlannedClass(grade_key, f"{grade}年", ROOT_KEY, grade)
    in_order = sorted(keys, key=lambda key: room_order(rooms[key]))
    yield from _line_up(in_order, rooms, grade_key, first=1)


def _line_up(
    keys: Iterable[str], rooms: Mapping[str, str], parent: str, *, first: int
) -> Iterator[PlannedClass]:
    for position, key in enumerate(keys, start=first):
        yield PlannedClass(key, rooms[key], parent, position)


def _group_by_grade(
    pupils: Iterable[PlannedPupil], rooms: Mapping[str, str]
) -> dict[int, set[str]]:
    """Return the keys of each grade's classes, without those that stand beside the grades."""
    grades: dict[int, set[str]] = {}
    for pupil in pupils:
        if not is_special_room(rooms[pupil.class_key]):
            grades.setdefault(pupil.grade, set()).add(pupil.class_key)
    return grades
