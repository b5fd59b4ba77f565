"""What only one of a school's people can have: a place in the contract, a seat, a 管理番号 (DIR-1).

Who asks holds the root of the class tree (`store.groups.lock_root`) until the change is written:
two at once would both find it free.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from directory.domain.errors import MemberLimitReached
from directory.domain.places import PupilPlaces, TakenPlaces, number_taken, seat_taken
from directory.domain.words import PRESENT, WITHIN_LIMIT, MemberKind
from directory.store import members as store
from directory.store.models import Member


def check_limit(session: Session, school_id: UUID, status: str, limit: int | None) -> None:
    """Raise Refused where one more person of this status would pass the contract's limit."""
    if limit is None or status not in WITHIN_LIMIT:
        return
    if store.count_within_limit(session, school_id) >= limit:
        raise MemberLimitReached(limit)


def check_places(
    session: Session, member: Member, class_id: UUID | None, status: str | None = None
) -> None:
    """Raise Invalid where somebody else has this pupil's seat in a class or its 管理番号.

    `status`: the one that it is about to have; None: as it stands.
    """
    is_present = (status or member.status) in PRESENT
    if member.kind != MemberKind.PUPIL.value or not is_present:
        return
    if class_id is not None and member.number is not None:
        _check_seat(session, member, class_id, member.number)
    number = member.management_number
    if number and store.find_numbered(session, member.school_id, number, member.id):
        raise number_taken(number)


def _check_seat(session: Session, member: Member, class_id: UUID, number: int) -> None:
    other = store.find_seated(session, member.school_id, class_id, number, member.id)
    if other is not None:
        raise seat_taken(number, other.display_name)


def check_class(
    session: Session, school_id: UUID, class_id: UUID, coming: Collection[UUID]
) -> None:
    """Raise Invalid where one of those who came into a class shares a 出席番号 with another."""
    seated = store.list_places(session, school_id, class_id)
    by_number: dict[int, list[PupilPlaces]] = {}
    for person in seated:
        if person.number is not None:
            by_number.setdefault(person.number, []).append(person)
    for number, people in sorted(by_number.items()):
        new = [person for person in people if person.member_id in coming]
        if new and len(people) > 1:
            there = [person for person in people if person.member_id not in coming]
            raise seat_taken(number, (there or new)[0].name)


def load_taken(session: Session, school_id: UUID, limit: int | None) -> TakenPlaces:
    """Return what is taken at a school; a few statements, however many people it has."""
    heads = 0 if limit is None else store.count_within_limit(session, school_id)
    taken = TakenPlaces(limit, heads)
    taken.add(store.list_places(session, school_id))
    return taken
