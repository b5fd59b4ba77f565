"""What only one of a school's people can have: a place in the contract, a seat, a 管理番号 (DIR-1).

Who asks holds the root of the class tree (`store.groups.lock_root`) until the change is written:
two at once would both find it free.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from directory.domain.errors import InvalidField, MemberLimitReached
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
        raise InvalidField(
            "management_number",
            "management_number_taken",
            "Another pupil has this number.",
            value=number,
        )


def _check_seat(session: Session, member: Member, class_id: UUID, number: int) -> None:
    other = store.find_seated(session, member.school_id, class_id, number, member.id)
    if other is not None:
        raise InvalidField(
            "number",
            "number_taken",
            "Another pupil of this class has this number.",
            value=number,
            name=other.display_name,
        )
