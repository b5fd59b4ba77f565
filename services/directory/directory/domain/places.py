"""What only one of a school's people can have, of the whole school at once (DIR-1, DIR-12).

On 1 April hundreds of statuses begin in one transaction, which holds up all other changes: to ask
for each child alone would take three statements a child.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from directory.domain.errors import InvalidField, MemberLimitReached
from directory.domain.words import PRESENT, WITHIN_LIMIT, MemberKind

Seat = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class PupilPlaces:
    """A person's seat in a class and 管理番号, with what decides whether they count."""

    member_id: UUID
    kind: str
    status: str
    name: str
    class_id: UUID | None
    number: int | None
    management_number: str | None

    @property
    def seat(self) -> Seat | None:
        """Return the class and the 出席番号; None without one of them."""
        if self.class_id is None or self.number is None:
            return None
        return self.class_id, self.number

    def holds(self, status: str) -> bool:
        """Return whether somebody of such a status keeps others from these places."""
        return self.kind == MemberKind.PUPIL.value and status in PRESENT


@dataclass(slots=True)
class TakenPlaces:
    """What is taken at a school: `heads` of `limit` (None: none), seats and numbers by whom."""

    limit: int | None
    heads: int
    seats: dict[Seat, dict[UUID, str]] = field(default_factory=dict)
    numbers: dict[str, set[UUID]] = field(default_factory=dict)

    def add(self, people: Iterable[PupilPlaces]) -> None:
        """Note the places of people by the status that they have."""
        for person in people:
            if person.holds(person.status):
                self._take(person)

    def turn(self, person: PupilPlaces, status: str) -> None:
        """Note that a person gets another status.

        Raise Refused or Invalid, and note nothing, where the contract is full or somebody else has
        the seat or the 管理番号.
        """
        more = _counts(status) - _counts(person.status)
        if more > 0 and self.limit is not None and self.heads >= self.limit:
            raise MemberLimitReached(self.limit)
        will_hold = person.holds(status)
        if will_hold:
            self._check_seat(person)
            self._check_number(person)
        self.heads += more
        self._leave(person)
        if will_hold:
            self._take(person)

    def _check_seat(self, person: PupilPlaces) -> None:
        if person.seat is None:
            return
        others = self.seats.get(person.seat, {})
        for member_id, name in others.items():
            if member_id != person.member_id:
                raise seat_taken(person.seat[1], name)

    def _check_number(self, person: PupilPlaces) -> None:
        number = person.management_number
        if not number:
            return
        others = self.numbers.get(number, set())
        if others - {person.member_id}:
            raise number_taken(number)

    def _take(self, person: PupilPlaces) -> None:
        if person.seat is not None:
            holders = self.seats.setdefault(person.seat, {})
            holders[person.member_id] = person.name
        if person.management_number:
            numbered = self.numbers.setdefault(person.management_number, set())
            numbered.add(person.member_id)

    def _leave(self, person: PupilPlaces) -> None:
        if person.seat is not None:
            holders = self.seats.get(person.seat, {})
            holders.pop(person.member_id, None)
        if person.management_number:
            numbered = self.numbers.get(person.management_number, set())
            numbered.discard(person.member_id)


def _counts(status: str) -> int:
    return int(status in WITHIN_LIMIT)


def seat_taken(number: int, name: str) -> InvalidField:
    """Return the refusal of a seat that another pupil has."""
    message = "Another pupil of this class has this number."
    return InvalidField("number", "number_taken", message, value=number, name=name)


def number_taken(number: str) -> InvalidField:
    """Return the refusal of a 管理番号 that another pupil has."""
    message = "Another pupil has this number."
    return InvalidField("management_number", "management_number_taken", message, value=number)
