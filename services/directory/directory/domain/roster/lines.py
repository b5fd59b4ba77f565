"""From a row of a sheet to what it says of a child, its guardians and the numbers to call."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from directory.domain.phone_numbers import Phone
from directory.domain.roster.cell_reader import CellReader
from directory.domain.roster.cells import is_special_room, part_grade, without_school
from directory.domain.roster.columns import (
    GRADE,
    GROUPS,
    GUARDIANS,
    NAME,
    PHONES,
    PUPIL_COLUMNS,
    ROOM,
    SINCE,
    STATUS,
    Column,
    Value,
)
from directory.domain.roster.layout import Layout
from directory.domain.roster.remarks import Spot

_ONLY_CLASS = frozenset(("単学級", "1学級", "単級"))
_NOWHERE: list[tuple[int | None, str]] = [(None, "")]
_GUARDIAN = GUARDIANS[0]
_CALLING = PHONES[0]


@dataclass(frozen=True, slots=True)
class SaidGuardian:
    """What one row says of one guardian; a spot is its cell, the row where it has none."""

    name: str
    label: str
    mail: str
    name_spot: Spot = field(compare=False)
    mail_spot: Spot = field(compare=False)


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One row understood.

    `grade`: 4年; `room`: 2組 or ひまわり学級; both empty where the row has none. `pupil`: field →
    value, of the columns about the child that are filled in. `phones`: (place from 0, number).
    """

    row: int
    layout: Layout = field(repr=False, compare=False)
    grade: str
    room: str
    pupil: Mapping[str, Value]
    status: str = ""
    since: str = ""
    groups: tuple[str, ...] = ()
    guardians: tuple[SaidGuardian, ...] = ()
    phones: tuple[tuple[int, Phone], ...] = ()

    def spot(self, column: Column) -> Spot:
        """Return the cell of a column that stands once, the row where the file has none."""
        return self.layout.spot(self.row, self.layout.places.get(column.field))

    def phone_spot(self, place: int) -> Spot:
        """Return the cell of a number to call."""
        return self.layout.spot(self.row, self.layout.contacts.phones[place].number)

    def first_phone_spot(self) -> Spot:
        """Return the cell of the first number on the row, or the row."""
        return (
            self.phone_spot(self.phones[0][0]) if self.phones else self.layout.spot(self.row, None)
        )


class LineReader(CellReader):
    """Reads a row about a child."""

    def line(self) -> RosterLine:
        """Read all cells; the result means something only while `errors` is empty."""
        pupil = self._pupil()
        grade, room = self._class()
        groups = self._word(GROUPS)
        return RosterLine(
            row=self.row.number,
            layout=self.layout,
            grade=grade,
            room=room,
            pupil=pupil,
            status=self._word(STATUS),
            since=self._word(SINCE),
            groups=tuple(groups.split("\n")) if groups else (),
            guardians=tuple(self._guardians()),
            phones=tuple(self._phones()),
        )

    def _pupil(self) -> dict[str, Value]:
        values = {}
        for column in PUPIL_COLUMNS:
            value = self._read(column)
            if value is not None:
                values[column.field] = value
        if NAME.field not in values and not self._is_refused(NAME):
            self._refuse(self.layout.places.get(NAME.field), "value_missing")
        return values

    def _class(self) -> tuple[str, str]:
        """Return (grade, class); 4年2組 and 4-2 are understood where one class is asked for."""
        grade = str(self._read(GRADE) or "")
        place = self.layout.places.get(ROOM.field)
        text = self._text(place, ROOM)
        if not text or unicodedata.normalize("NFKC", text) in _ONLY_CLASS:
            return grade, ""
        in_room, rest = part_grade(text)
        disagrees = in_room and grade and without_school(grade) != in_room
        if disagrees:
            self._refuse(place, "class_disagrees", value=text, grade=grade)
            return grade, ""
        room = str(self._understand(place, ROOM, rest) or "")
        grade = grade or in_room
        self._check_grade(grade, room)
        return grade, room

    def _check_grade(self, grade: str, room: str) -> None:
        """Refuse 2組 of no grade; classes beside the grades have none."""
        is_below_grade = room and not is_special_room(room)
        if is_below_grade and not grade and not self._is_refused(GRADE):
            place = self.layout.places.get(GRADE.field)
            self._refuse(place, "grade_missing")

    def _guardians(self) -> Iterator[SaidGuardian]:
        for places in self.layout.contacts.guardians:
            name = str(self._at(places.name, _GUARDIAN.name) or "")
            label = str(self._at(places.label, _GUARDIAN.label) or "")
            mails: list[tuple[int | None, str]] = [
                (at, str(self._at(at, _GUARDIAN.mail) or "")) for at in places.mails
            ]
            written = [(at, mail) for at, mail in mails if mail]
            if not (name or label or written):
                continue
            for at, mail in written or _NOWHERE:
                self._warn_of(at, mail)
                yield SaidGuardian(
                    name=name,
                    label=label or places.says,
                    mail=mail,
                    name_spot=self.layout.spot(self.row.number, places.name),
                    mail_spot=self.layout.spot(self.row.number, at),
                )

    def _phones(self) -> Iterator[tuple[int, Phone]]:
        """Yield the numbers of the row with their places; a 続柄 without a number says nothing."""
        for place, at in self.layout.contacts.phones.items():
            number = self._at(at.number, _CALLING.number)
            if number is not None:
                label = self._at(at.label, _CALLING.label) or at.says
                yield place, Phone(str(number), str(label))
