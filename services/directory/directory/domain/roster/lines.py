"""From a row of a sheet to what it says of a child, its guardians and the numbers to call."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from directory.domain.mail_addresses import guess_domain, has_invisible
from directory.domain.names import replace_radicals, tidy_name
from directory.domain.phone_numbers import Phone
from directory.domain.roster.cells import (
    Unreadable,
    is_special_room,
    part_grade,
    without_school,
)
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
from directory.domain.roster.remarks import Remark, Spot
from directory.domain.workbooks import Mark, MarkKind, SheetRow

# Words and dashes with which offices fill a cell that says nothing.
_FILLERS = frozenset(
    ("-", "ー", "―", "−", "–", "なし", "無し", "無", "該当なし", "特になし", "n/a")
)
_ONLY_CLASS = frozenset(("単学級", "1学級", "単級"))
_DITTO = frozenset(("〃", "同上", "々", "仝", '"', "''", "″", "〻"))
_LONGEST_SIGN = max(map(len, _FILLERS | _DITTO))
_BRACKETS = " \u3000(（※【["
_EXAMPLES = ("記入例", "例)", "例）", "例:", "例：", "見本")
_FAULTS = {MarkKind.ERROR: "cell_error", MarkKind.UNCALCULATED: "cell_uncalculated"}
_NOWHERE: list[tuple[int | None, str]] = [(None, "")]
_GUARDIAN = GUARDIANS[0]
_CALLING = PHONES[0]


@dataclass(frozen=True)
class SaidGuardian:
    """What one row says of one guardian; a spot is its cell, the row where it has none."""

    name: str
    label: str
    mail: str
    name_spot: Spot = field(compare=False)
    mail_spot: Spot = field(compare=False)


@dataclass(frozen=True)
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


@dataclass
class LineReader:
    """Reads one row cell by cell and gathers what is to be said of it.

    `filled`: column → the text of the cell that is merged over this row from above.
    """

    layout: Layout
    row: SheetRow
    filled: Mapping[int, str] = field(default_factory=dict)
    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Return whether the row says nothing in any known column."""
        return not any(
            tidy_name(self._raw(place)) or self._mark(place) for place in self.layout.used()
        )

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

    def _warn_of(self, place: int | None, mail: str) -> None:
        """Say of an address what was taken out of it, and which one it may mean."""
        if place is not None and has_invisible(self._raw(place)):
            self._note(place, "mail_invisible", value=mail)
        meant = guess_domain(mail) if mail else None
        if meant:
            self._note(place, "mail_typo", value=mail, meant=meant)

    def _phones(self) -> Iterator[tuple[int, Phone]]:
        """Yield the numbers of the row with their places; a 続柄 without a number says nothing."""
        for place, at in self.layout.contacts.phones.items():
            number = self._at(at.number, _CALLING.number)
            if number is not None:
                label = self._at(at.label, _CALLING.label) or at.says
                yield place, Phone(str(number), str(label))

    def _word(self, column: Column) -> str:
        return str(self._read(column) or "")

    def _read(self, column: Column) -> Value | None:
        return self._at(self.layout.places.get(column.field), column)

    def _at(self, place: int | None, column: Column) -> Value | None:
        """Return what a cell says; None where it is empty, absent or refused."""
        text = self._text(place, column)
        return self._understand(place, column, text) if text else None

    def _understand(self, place: int | None, column: Column, text: str) -> Value | None:
        try:
            return column.read(text)
        except Unreadable as unreadable:
            self._refuse(place, unreadable.code, **unreadable.params)
            return None

    def _text(self, place: int | None, column: Column) -> str:
        """Return a cell's text as it was meant; empty where it says nothing, or is refused."""
        if place is None or self._refuses_mark(place, column):
            return ""
        typed = tidy_name(self._raw(place))
        text = replace_radicals(typed)
        if text != typed:
            self._note(place, "radical_read", value=typed, meant=text)
        if len(text) > _LONGEST_SIGN:
            return text
        plain = unicodedata.normalize("NFKC", text).casefold()
        if text in _DITTO or plain in _DITTO:
            self._refuse(place, "cell_ditto", value=text)
            return ""
        if plain == "0":
            self._note(place, "zero_blank")
            return ""
        says_nothing = plain in _FILLERS or text in _FILLERS
        return "" if says_nothing and column is not NAME else text

    def _refuses_mark(self, place: int, column: Column) -> bool:
        """Refuse an error of Excel, a formula without a value, and a date where none is meant."""
        mark = self._mark(place)
        if mark is None:
            return False
        if mark.kind is not MarkKind.DATE:
            self._refuse(place, _FAULTS[mark.kind], value=mark.text)
            return True
        if column.takes_date:
            return False
        self._refuse(place, "cell_date", value=mark.text)
        return True

    def _raw(self, place: int) -> str:
        here = self.row.texts[place] if place < len(self.row.texts) else ""
        return here or self.filled.get(place, "")

    def _mark(self, place: int) -> Mark | None:
        return self.row.marks.get(place)

    def _is_refused(self, column: Column) -> bool:
        place = self.layout.places.get(column.field)
        return any(error.spot.column == place for error in self.errors)

    def _refuse(self, place: int | None, code: str, **params: str | int) -> None:
        self.errors.append(Remark(self.layout.spot(self.row.number, place), code, params))

    def _note(self, place: int | None, code: str, **params: str | int) -> None:
        self.notes.append(Remark(self.layout.spot(self.row.number, place), code, params))


def is_example(row: SheetRow) -> bool:
    """Return whether a row only shows how to fill one in."""
    return any(text.lstrip(_BRACKETS).startswith(_EXAMPLES) for text in row.texts if text)
