"""Takes the lines of a roster file one by one; each is a child new or known, with its family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN, mail_identity
from directory.domain.names import fold_for_search, look_alike
from directory.domain.phone_numbers import MAX_PHONES, Phone
from directory.domain.roster.cells import SCHOOLS, is_special_room, without_school
from directory.domain.roster.class_tree import class_key_of, class_tree
from directory.domain.roster.columns import (
    GRADE,
    MANAGEMENT_NUMBER,
    NUMBER,
    PUPIL_COLUMNS,
    ROOM,
    Column,
)
from directory.domain.roster.lines import RosterLine, SaidGuardian
from directory.domain.roster.plan import (
    PlannedContactPoint,
    PlannedGuardian,
    PlannedGuardianship,
    PlannedPupil,
    RosterPlan,
)
from directory.domain.roster.remarks import Remark, Spot


@dataclass
class _Guardian:
    """A guardian while rows are still coming; `mails`: identity → (address, where)."""

    key: str
    label: str
    name: str
    spot: Spot
    mails: dict[str, tuple[str, Spot]] = field(default_factory=dict)


@dataclass
class Planner:
    """Gathers what lines say, and where they contradict each other.

    `needs_rooms`: a child without a class in a grade that has some is an error.
    """

    needs_rooms: bool = True
    errors: list[Remark] = field(default_factory=list)
    pupils: dict[str, PlannedPupil] = field(default_factory=dict)
    guardians: dict[str, _Guardian] = field(default_factory=dict)
    by_mail: dict[str, list[_Guardian]] = field(default_factory=dict)
    # child → guardian → 続柄
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    # class → grade and room
    rooms: dict[str, tuple[str, str]] = field(default_factory=dict)
    by_management_number: dict[str, str] = field(default_factory=dict)
    by_name: dict[tuple[str, str], str] = field(default_factory=dict)
    phones: dict[str, dict[int, Phone]] = field(default_factory=dict)

    def take(self, line: RosterLine) -> None:
        """Add what one line says, or note why it cannot be."""
        pupil = self._pupil(line)
        if pupil is None:
            return
        self._take_phones(pupil, line)
        for said in line.guardians:
            self._take_guardian(pupil, said)

    def finish(self) -> list[Remark]:
        """Say what only all lines together show, and return every error."""
        self._drop_only_school()
        if self.needs_rooms:
            self._check_rooms()
        return self.errors

    def plan(self) -> RosterPlan:
        """Return everything taken so far."""
        guardians = [
            PlannedGuardian(
                key=guardian.key,
                label=guardian.label,
                name=guardian.name or None,
                row=guardian.spot.row,
                spot=guardian.spot,
            )
            for guardian in self.guardians.values()
        ]
        return RosterPlan(
            classes=tuple(class_tree(self.rooms)),
            pupils=tuple(self.pupils.values()),
            guardians=tuple(guardians),
            guardianships=tuple(self._plan_links()),
            contact_points=tuple(self._plan_points()),
            phones={key: numbers for key, numbers in self.phones.items() if numbers},
        )

    def _refuse(self, spot: Spot, code: str, **params: str | int) -> None:
        self.errors.append(Remark(spot, code, params))

    def _pupil(self, line: RosterLine) -> PlannedPupil | None:
        """Return the line's child: new, or the one of an earlier line; None if they contradict."""
        new = self._read_pupil(line)
        known = self._find(new)
        if known is None:
            return self._add(new)
        if not look_alike(known.display_name, new.display_name):
            self._refuse_other_name(known, new)
            return None
        column = _find_difference(known, new)
        if column is not None:
            before = str(known.values.get(column.field, ""))
            self._refuse(
                new.spot(column),
                column.differs,
                row=known.row,
                value=before,
            )
            return None
        return self._complete(known, new)

    def _read_pupil(self, line: RosterLine) -> PlannedPupil:
        class_key = class_key_of(line.grade, line.room)
        number = line.pupil.get(NUMBER.field)
        managed = line.pupil.get(MANAGEMENT_NUMBER.field)
        room = class_key.removeprefix("class/")
        seat = ""
        if number and class_key:
            seat = f"{room}-{number}"
        key = seat or managed
        if not key:
            display_name = str(line.pupil["display_name"])
            key = f"{room}-{fold_for_search(display_name)}"
        if class_key:
            self.rooms.setdefault(class_key, (line.grade, line.room))
        return PlannedPupil(
            values=line.pupil,
            key=f"pupil/{key}",
            grade=line.grade,
            class_key=class_key,
            row=line.row,
            line=line,
            status=line.status,
            since=line.since,
            groups=line.groups,
        )

    def _find(self, new: PlannedPupil) -> PlannedPupil | None:
        """Return the child of an earlier line: by seat, by 管理番号, or by name without them."""
        key = self._known_key_of(new)
        return self.pupils[key] if key else None

    def _known_key_of(self, new: PlannedPupil) -> str | None:
        number = new.management_number
        if number and number in self.by_management_number:
            return self.by_management_number[number]
        known = self.pupils.get(new.key)
        if known is not None:
            is_namesake = look_alike(known.display_name, new.display_name)
            return new.key if is_namesake or not _are_two(known, new) else None
        return self._find_namesake(new) if new.number is None else None

    def _find_namesake(self, new: PlannedPupil) -> str | None:
        """Return the key of a child of this name in this class, unless its 管理番号 is another."""
        key = self.by_name.get(_place_and_name(new))
        is_other = key is not None and _are_two(self.pupils[key], new)
        return None if is_other else key

    def _complete(self, known: PlannedPupil, new: PlannedPupil) -> PlannedPupil:
        """Add to a child what only a later line says."""
        both = replace(
            known,
            values={**new.values, **known.values},
            status=known.status or new.status,
            since=known.since or new.since,
            groups=known.groups or new.groups,
        )
        self.pupils[known.key] = both
        if both.management_number:
            self.by_management_number[both.management_number] = known.key
        return both

    def _add(self, new: PlannedPupil) -> PlannedPupil:
        if new.key in self.pupils:
            # Two children sit there, as a roster may have it for a time.
            new = replace(new, key=f"{new.key}/{new.management_number}")
        self.pupils[new.key] = new
        self.links[new.key] = {}
        self.by_name.setdefault(_place_and_name(new), new.key)
        if new.management_number:
            self.by_management_number[new.management_number] = new.key
        return new

    def _refuse_other_name(self, known: PlannedPupil, new: PlannedPupil) -> None:
        is_number = new.management_number and new.management_number == known.management_number
        column = MANAGEMENT_NUMBER if is_number else NUMBER
        code = "management_number_twice" if is_number else "number_twice"
        value = new.management_number if is_number else known.number
        self._refuse(
            new.spot(column), code, value=value or 0, row=known.row, name=known.display_name
        )

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
                self._refuse(line.phone_spot(place), "phones_too_many", limit=MAX_PHONES)
                return
            numbers[free[0]] = phone

    def _take_guardian(self, pupil: PlannedPupil, said: SaidGuardian) -> None:
        guardian = self._guardian(pupil, said)
        if guardian is None:
            return
        identity = mail_identity(said.mail)
        if said.mail and identity not in guardian.mails:
            if len(guardian.mails) == MAX_MAILS_A_GUARDIAN:
                self._refuse(said.mail_spot, "mails_too_many", limit=MAX_MAILS_A_GUARDIAN)
                return
            guardian.mails[identity] = said.mail, said.mail_spot
            self.by_mail.setdefault(identity, []).append(guardian)
        self.links[pupil.key].setdefault(guardian.key, said.label or guardian.label)

    def _guardian(self, pupil: PlannedPupil, said: SaidGuardian) -> _Guardian | None:
        """Return the guardian whom a row means.

        It is known by the address, or within the pupil's by label and name, else it is a new one.
        Father and mother of one family may share a mailbox; an address that stands with two names
        in two families would join strangers' children: it is refused.
        """
        owners = self.by_mail.get(mail_identity(said.mail), []) if said.mail else []
        known = next((each for each in owners if _may_be_one(said, each)), None)
        family = self.links[pupil.key]
        is_in_family = any(each.key in family for each in owners)
        if owners and known is None and not is_in_family:
            first = owners[0]
            self._refuse(
                said.mail_spot,
                "mail_of_another",
                row=first.spot.row,
                name=first.name,
            )
            return None
        if known is None and (said.name or said.label):
            known = self._guardian_in_family(pupil, said)
        if known is None:
            known = self._new_guardian(said)
        known.name = known.name or said.name
        known.label = known.label or said.label
        return known

    def _guardian_in_family(self, pupil: PlannedPupil, said: SaidGuardian) -> _Guardian | None:
        for key in self.links[pupil.key]:
            guardian = self.guardians[key]
            if guardian.label != said.label:
                continue
            if fold_for_search(guardian.name) == fold_for_search(said.name):
                return guardian
        return None

    def _new_guardian(self, said: SaidGuardian) -> _Guardian:
        key = f"guardian/{len(self.guardians) + 1}"
        new = _Guardian(key, said.label, said.name, said.name_spot)
        self.guardians[key] = new
        return new

    def _drop_only_school(self) -> None:
        """Call 小4年 4年 where the file knows no other kind of school."""
        first_characters = {grade[0] for grade, _ in self.rooms.values() if grade}
        if len(first_characters & set(SCHOOLS)) != 1 or any(map(str.isdigit, first_characters)):
            return
        for key, pupil in self.pupils.items():
            grade = without_school(pupil.grade)
            class_key = class_key_of(grade, pupil.line.room)
            self.pupils[key] = replace(pupil, grade=grade, class_key=class_key)
        rooms = list(self.rooms.values())
        self.rooms.clear()
        for grade, room in rooms:
            bare = without_school(grade)
            self.rooms[class_key_of(bare, room)] = bare, room

    def _check_rooms(self) -> None:
        """Refuse a child without a class in a grade that has some."""
        with_rooms = {
            grade for grade, room in self.rooms.values() if room and not is_special_room(room)
        }
        for pupil in self.pupils.values():
            if not pupil.line.room and pupil.grade in with_rooms:
                self._refuse(pupil.spot(ROOM), "room_missing", grade=pupil.grade)

    def _plan_links(self) -> Iterator[PlannedGuardianship]:
        for pupil_key, links in self.links.items():
            for position, (guardian_key, label) in enumerate(links.items(), start=1):
                yield PlannedGuardianship(pupil_key, guardian_key, label, position)

    def _plan_points(self) -> Iterator[PlannedContactPoint]:
        """Yield addresses, a shared mailbox once: its first guardian has it."""
        taken: set[str] = set()
        for guardian in self.guardians.values():
            number = guardian.key.removeprefix("guardian/")
            for position, (identity, (address, spot)) in enumerate(guardian.mails.items(), start=1):
                if identity not in taken:
                    taken.add(identity)
                    key = f"contact/{number}/{position}"
                    yield PlannedContactPoint(key, guardian.key, "mail", address, spot.row, spot)


def _place_and_name(pupil: PlannedPupil) -> tuple[str, str]:
    return pupil.class_key, fold_for_search(pupil.display_name)


def _are_two(known: PlannedPupil, new: PlannedPupil) -> bool:
    """Return whether two lines say by their 管理番号 that they are of two children."""
    numbers = {known.management_number, new.management_number} - {None}
    return len(numbers) == 2


def _find_difference(known: PlannedPupil, new: PlannedPupil) -> Column | None:
    """Return the first column in which two lines of one child contradict each other."""
    if known.grade != new.grade and new.grade:
        return GRADE
    if known.class_key != new.class_key and new.class_key:
        return ROOM
    for column in PUPIL_COLUMNS:
        value = new.values.get(column.field)
        before = known.values.get(column.field)
        if None not in (value, before) and not look_alike(str(value), str(before)):
            return column
    return None


def _may_be_one(said: SaidGuardian, guardian: _Guardian) -> bool:
    """Return whether a row may mean a guardian with the same address: no two different names."""
    if not said.name or not guardian.name:
        return True
    return fold_for_search(said.name) == fold_for_search(guardian.name)


def _find_place(numbers: Mapping[int, Phone], phone: Phone) -> int | None:
    """Return where a number stands already, however it is written there."""
    for place, there in numbers.items():
        if there.digits == phone.digits:
            return place
    return None
