"""Who stands now for the guardians whom a frozen audience names (DIR-15)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from directory.store import joining as store


def guardians_of_now(
    session: Session,
    school_id: UUID,
    asked: Mapping[UUID, Sequence[UUID]],
    links: Collection[tuple[UUID, UUID]],
) -> dict[UUID, list[UUID]]:
    """Return member → those of its guardians who still are; one who was joined is the other one.

    `links`: (member, guardian) of now. Only where somebody is none any more is it asked whether
    they were joined: of all pages of all sends hardly one.
    """
    gone = set()
    for member_id, guardian_ids in asked.items():
        gone |= {each for each in guardian_ids if (member_id, each) not in links}
    joined = store.find_joined(session, school_id, gone) if gone else {}
    now = {}
    for member_id, guardian_ids in asked.items():
        standing = [joined.get(each, each) for each in guardian_ids]
        there = [each for each in standing if (member_id, each) in links]
        now[member_id] = list(dict.fromkeys(there))
    return now
