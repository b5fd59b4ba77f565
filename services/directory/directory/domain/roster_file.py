"""From an Excel roster to what is to be registered: all of it, or the list of cells to correct (DIR-2, DIR-11, DIR-15).

One row is one guardian's contact: a pupil may stand on several rows, and one mail address on the rows of several children
makes them siblings. Pure: rows in, plan or errors out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from directory.domain.mail_addresses import mail_identity
from directory.domain.names import fold_for_search
from directory.domain.phone_numbers import MAX_PHONES, Phone
from directory.domain.roster_sheet import (
    MANAGEMENT_NUMBER,
    PHONE_COLUMNS,
    CellError,
    Header,
    LineReader,
    RosterLine,
    cell_name,
    find_header,
    is_special_room,
    room_order,
)

MAX_MAILS_A_GUARDIAN = 4
ROOT_KEY = "class/all"


@dataclass(frozen=True)
class PlannedClass:
    """A node of the class tree: 全校, 4年 below it, 2組 below that; ひまわり学級 stands directly below 全校."""

    key: str
    name: str
    parent: str | None
    position: int


@dataclass(frozen=True)
class PlannedPupil:
    """A child as the file names it; `row` is the first row on which it stands. `management_number` is empty where it has none."""

    key: str
    display_name: str
    kana: str
    grade: int
    class_key: str
    number: int
    row: int
    management_number: str = ""


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
    phones: Mapping[str, Mapping[int, Phone]] = field(default_factory=dict)  # pupil key → place → number


def plan_roster(rows: Sequence[Sequence[str]]) -> RosterPlan | list[CellError]:
    """Turn a sheet's rows into a plan, or into every error found, in the order of rows; never into a part of a plan."""
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


def _read_lines(rows: Sequence[Sequence[str]], header: Header) -> tuple[list[RosterLine], list[CellError]]:
    lines, errors = [], []
    for row, cells in enumerate(rows[header.row + 1 :], start=header.row + 2):
        reader = LineReader(header, row, cells)
        if any(reader.text(name) for name in header.columns):
            line = reader.line()
            errors += reader.errors
            if not reader.errors:
                lines.append(line)
    return lines, errors


def class_key_of(line: RosterLine) -> str:
    """Return the file-local key of a class: class/4-2, class/ひまわり学級."""
    beside = is_special_room(line.room)
    return f"class/{line.room}" if beside else f"class/{line.grade}-{line.room.removesuffix('組')}"


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
    pupils: dict[tuple[str, int], PlannedPupil] = field(default_factory=dict)
    guardians: list[_Guardian] = field(default_factory=list)
    by_mail: dict[str, _Guardian] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    by_key: dict[str, _Guardian] = field(default_factory=dict)
    by_management_number: dict[str, PlannedPupil] = field(default_factory=dict)
    phones: dict[str, dict[int, Phone]] = field(default_factory=dict)

    def refuse(self, line: RosterLine, column: str, code: str, **params: str | int) -> None:
        """Note that a line contradicts an earlier one."""
        cell = cell_name(line.row, self.header.columns[column])
        self.errors.append(CellError(line.row, column, cell, code, params))

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
        if line.mail and mail_identity(line.mail) not in guardian.mails:
            if len(guardian.mails) == MAX_MAILS_A_GUARDIAN:
                self.refuse(line, "メールアドレス", "mails_too_many", limit=MAX_MAILS_A_GUARDIAN)
                return
            guardian.mails[mail_identity(line.mail)] = line.mail, line.row
            self.by_mail[mail_identity(line.mail)] = guardian
        self.links[pupil.key].setdefault(guardian.key, line.label or guardian.label)

    def _take_phones(self, pupil: PlannedPupil, line: RosterLine) -> None:
        """Give a child the numbers of one more of its rows: known ones stay, new ones take their place or the next free one."""
        numbers = self.phones.setdefault(pupil.key, {})
        for place, phone in line.phones:
            known = next((each for each, there in numbers.items() if there.digits == phone.digits), None)
            if known is not None:
                numbers[known] = Phone(numbers[known].number, numbers[known].label or phone.label)
                continue
            free = [each for each in (place, *range(MAX_PHONES)) if each not in numbers]
            if not free:
                self.refuse(line, PHONE_COLUMNS[place][0], "phones_too_many", limit=MAX_PHONES)
                return
            numbers[free[0]] = phone

    def _pupil(self, line: RosterLine) -> PlannedPupil | None:
        """Return the line's child: the same place and the same characters are the same child, nothing else is."""
        class_key = class_key_of(line)
        known = self.pupils.get((class_key, line.number))
        if known is None:
            return self._new_pupil(line, class_key)
        if known.display_name != line.name:
            self.refuse(line, "出席番号", "number_twice", value=line.number, row=known.row, name=known.display_name)
            return None
        if known.grade != line.grade:
            self.refuse(line, "学年", "grade_differs", row=known.row)
            return None
        if known.kana != line.kana:
            self.refuse(line, "フリガナ", "kana_differs", row=known.row, value=known.kana)
            return None
        if line.management_number not in ("", known.management_number):
            self.refuse(line, MANAGEMENT_NUMBER, "management_number_differs", row=known.row)
            return None
        return known

    def _new_pupil(self, line: RosterLine, class_key: str) -> PlannedPupil | None:
        number = line.management_number
        if number and (other := self.by_management_number.get(number)):
            known_as = other.display_name
            self.refuse(line, MANAGEMENT_NUMBER, "management_number_twice", value=number, row=other.row, name=known_as)
            return None
        key = f"pupil/{class_key.removeprefix('class/')}-{line.number}"
        new = PlannedPupil(key, line.name, line.kana, line.grade, class_key, line.number, line.row, number)
        self.pupils[class_key, line.number] = new
        self.links[key] = {}
        self.rooms[class_key] = line.room
        if number:
            self.by_management_number[number] = new
        return new

    def _guardian(self, pupil: PlannedPupil, line: RosterLine) -> _Guardian | None:
        """Return the line's guardian: known by the address, or within the pupil's by label and name, else a new one.

        An address that stands with two different guardians' names would join strangers' children: refused.
        """
        known = self.by_mail.get(mail_identity(line.mail)) if line.mail else None
        if known and line.guardian and known.name and fold_for_search(line.guardian) != fold_for_search(known.name):
            self.refuse(line, "メールアドレス", "mail_of_another", row=known.row, name=known.name)
            return None
        if known is None and (line.guardian or line.label):
            same = (self.by_key[key] for key in self.links[pupil.key])
            wanted = (fold_for_search(line.guardian), line.label)
            known = next((g for g in same if (fold_for_search(g.name), g.label) == wanted), None)
        if known is None:
            known = _Guardian(f"guardian/{len(self.guardians) + 1}", line.label, line.guardian, line.row)
            self.guardians.append(known)
            self.by_key[known.key] = known
        known.name = known.name or line.guardian
        known.label = known.label or line.label
        return known

    def plan(self) -> RosterPlan:
        """Return everything taken so far."""
        return RosterPlan(
            classes=tuple(_class_tree(self.pupils.values(), self.rooms)),
            pupils=tuple(self.pupils.values()),
            guardians=tuple(PlannedGuardian(g.key, g.label, g.name or None, g.row) for g in self.guardians),
            guardianships=tuple(
                PlannedGuardianship(pupil_key, guardian_key, label, position)
                for pupil_key, links in self.links.items()
                for position, (guardian_key, label) in enumerate(links.items(), start=1)
            ),
            contact_points=tuple(
                PlannedContactPoint(f"contact/{g.key.removeprefix('guardian/')}/{position}", g.key, "mail", address, row)
                for g in self.guardians
                for position, (address, row) in enumerate(g.mails.values(), start=1)
            ),
            phones={key: numbers for key, numbers in self.phones.items() if numbers},
        )


def _class_tree(pupils: Iterable[PlannedPupil], rooms: dict[str, str]) -> Iterator[PlannedClass]:
    """Yield 全校, then each grade with its classes, then the classes that stand beside the grades."""
    yield PlannedClass(ROOT_KEY, "全校", None, 1)
    grades: dict[int, set[str]] = {}
    for pupil in pupils:
        if not is_special_room(rooms[pupil.class_key]):
            grades.setdefault(pupil.grade, set()).add(pupil.class_key)
    for grade in sorted(grades):
        yield PlannedClass(f"class/{grade}", f"{grade}年", ROOT_KEY, grade)
        in_order = sorted(grades[grade], key=lambda key: room_order(rooms[key]))
        for position, key in enumerate(in_order, start=1):
            yield PlannedClass(key, rooms[key], f"class/{grade}", position)
    beside = sorted(key for key, room in rooms.items() if is_special_room(room))
    for position, key in enumerate(beside, start=max(grades, default=0) + 1):
        yield PlannedClass(key, rooms[key], ROOT_KEY, position)
