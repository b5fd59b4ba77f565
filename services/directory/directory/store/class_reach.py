"""How many pupils of each class are registered and reached, in one statement (DIR-9)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.store.groups import is_seat
from directory.store.models import Member, Membership
from directory.store.reach import standings
from directory.store.snapshots import are_pupils_of


class ClassReach(NamedTuple):
    """How a class is reached; `class_id`: None for pupils without one."""

    class_id: UUID | None
    heads: int
    registered: int
    reached: int


def count_by_class(session: Session, school_id: UUID, groups: Collection[UUID]) -> list[ClassReach]:
    """Return the classes of these groups' pupils, in no order."""
    known = standings(school_id)
    counted = (
        select(
            Membership.group_id,
            func.count(),
            func.count(known.c.member_id),
            func.coalesce(func.sum(known.c.is_live), 0),
        )
        .select_from(Member)
        .outerjoin(Membership, is_seat(school_id))
        .outerjoin(known, known.c.member_id == Member.id)
        .where(*are_pupils_of(school_id, groups))
        .group_by(Membership.group_id)
    )
    return [ClassReach(*row) for row in session.execute(counted)]
