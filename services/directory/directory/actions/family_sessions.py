"""The browsers by which families come to their page (MY-1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from directory.actions.show import describe_member, describe_point
from directory.domain.errors import FamilySessionOver
from directory.domain.my_page.sessions import (
    IDLE,
    LONGEST,
    NOTED_EVERY,
    digest_of,
    new_token,
)
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store import my_page as store
from directory.store import own_passwords
from directory.store.models import ContactPoint, FamilySession, Guardian, Member


@dataclass(frozen=True, slots=True)
class Family:
    """Who is at My Page: one guardian, and whoever else has the address that let them in.

    `guardian`: whose the browser is. `guardians`: they, and who shares the address, such as a
    mother who was registered twice. `way_in`: that address, as often as they have it.
    `only_way_in`: nothing but that address is shown, for somebody else may read it.
    """

    row: FamilySession
    guardian: Guardian
    guardians: tuple[UUID, ...]
    way_in: Sequence[ContactPoint]
    only_way_in: bool
    children: Sequence[Member]

    @property
    def school_id(self) -> UUID:
        return self.row.school_id

    @property
    def member_ids(self) -> list[UUID]:
        return [child.id for child in self.children]


def open_session(
    session: Session,
    school_id: UUID,
    guardian_id: UUID,
    *,
    contact_point_id: UUID | None = None,
    now: datetime,
) -> str:
    """Let a browser in as a guardian, and return the token that it keeps.

    `contact_point_id`: whose mail proved who it is; the session ends with it.
    """
    token = new_token()
    row = FamilySession(
        token_hash=digest_of(token),
        school_id=school_id,
        guardian_id=guardian_id,
        contact_point_id=contact_point_id,
        created_at=now,
        used_at=now,
    )
    session.add(row)
    session.flush()
    return token


def get_family(session: Session, school_id: UUID, token: str, *, now: datetime) -> Family:
    """Return who holds a token; raise FamilySessionOver where it lets nobody in (any more)."""
    row = store.find_session(session, school_id, digest_of(token))
    if row is None or _is_over(row, now):
        raise FamilySessionOver()
    way_in = _list_way_in(session, row)
    hidden = _hidden_at(session, row, way_in)
    guardian_ids: tuple[UUID, ...] = (row.guardian_id,)
    if not hidden:
        guardian_ids = tuple(sorted(_sharing(row, way_in)))
    guardians = family_store.list_by_ids(session, school_id, guardian_ids)
    own = [guardian for guardian in guardians if guardian.id == row.guardian_id]
    children = family_store.list_children(session, school_id, guardian_ids)
    if not own or not children:
        raise FamilySessionOver()
    return Family(
        row,
        own[0],
        guardian_ids,
        way_in=[point for point in way_in if point.guardian_id in guardian_ids],
        only_way_in=row.guardian_id in hidden,
        children=children,
    )


def _sharing(row: FamilySession, way_in: Sequence[ContactPoint]) -> set[UUID]:
    """Return whose the address is that let a browser in; whose the browser is at least."""
    owners = {point.guardian_id for point in way_in if point.guardian_id}
    return {row.guardian_id, *owners}


def _hidden_at(
    session: Session, row: FamilySession, way_in: Sequence[ContactPoint]
) -> frozenset[UUID]:
    """Return who is protected of those who share the address that let a browser in.

    Raise FamilySessionOver where whoever reads it with a protected guardian would have that one's
    page.
    """
    sharing = _sharing(row, way_in)
    hidden = _hidden_among(session, row.school_id, sharing)
    if row.guardian_id in hidden and hidden < sharing:
        raise FamilySessionOver()
    return hidden


def _is_over(row: FamilySession, now: datetime) -> bool:
    return now - row.created_at > LONGEST or now - row.used_at > IDLE


def _list_way_in(session: Session, row: FamilySession) -> Sequence[ContactPoint]:
    """Return the address that let a browser in, as often as guardians have it.

    Raise FamilySessionOver where it was taken away.
    """
    if row.contact_point_id is None:
        return []
    point = family_store.find_known_point(session, row.school_id, row.contact_point_id)
    if point is None or point.state == ContactState.ENDED.value:
        raise FamilySessionOver()
    same = family_store.list_points_at(session, row.school_id, point.kind, point.address_index)
    return [each for each in same if each.guardian_id is not None]


def _hidden_among(session: Session, school_id: UUID, sharing: Collection[UUID]) -> frozenset[UUID]:
    """Return who is protected of those who share an address; nobody where it is one's own."""
    if len(sharing) == 1:
        return frozenset()
    protected = family_store.load_protection(session, school_id).guardians
    return protected.intersection(sharing)


def choose_page(session: Session, points: Sequence[ContactPoint]) -> ContactPoint | None:
    """Return as whose an address lets in that these guardians share; None where nobody has it.

    As a protected one's only where all are: else who reads it too would come to that one's page.
    """
    of_guardians = [point for point in points if point.guardian_id is not None]
    if not of_guardians:
        return None
    owners = {point.guardian_id for point in of_guardians if point.guardian_id}
    hidden = _hidden_among(session, of_guardians[0].school_id, owners)
    open_ones = [point for point in of_guardians if point.guardian_id not in hidden]
    return [*open_ones, *of_guardians][0]


def show_family(session: Session, family: Family, key: SchoolKey) -> dict[str, Any]:
    """Return what a family sees of itself: its children, and its own contact points, masked."""
    school_id = family.school_id
    tree = group_store.load_tree(session, school_id)
    rows = member_store.find_members(session, school_id, family.member_ids)
    by_id = {row.member.id: row for row in rows}
    points = list_own_points(session, family)
    return {
        "guardian_id": family.guardian.id,
        "guardian_ids": family.guardians,
        "language": family.guardian.language,
        "children": [
            describe_member(by_id[child.id], tree) for child in family.children if child.id in by_id
        ],
        "contact_points": [describe_point(point, key) for point in points],
    }


def list_own_points(session: Session, family: Family) -> list[ContactPoint]:
    """Return the guardian's own contact points that are not ended, and the address that let it in.

    An address once. Of who shares that address nothing else: they may be two people.
    """
    own = []
    if not family.only_way_in:
        own = family_store.list_points(session, family.school_id, [family.guardian.id])
    once: dict[tuple[str, bytes], ContactPoint] = {}
    for point in [*own, *family.way_in]:
        once.setdefault((point.kind, point.address_index), point)
    return sorted(once.values(), key=lambda point: (point.created_at, point.id))


def note_use(session: Session, school_id: UUID, token: str, *, now: datetime) -> None:
    """Note that a browser is in use; not more often than matters."""
    row = store.find_session(session, school_id, digest_of(token))
    if row is not None:
        row.used_at = max(row.used_at, now)


def is_to_be_noted(family: Family, now: datetime) -> bool:
    """Return whether the last use that was noted is long enough ago."""
    return now - family.row.used_at >= NOTED_EVERY


def end_session(session: Session, school_id: UUID, token: str) -> None:
    """Forget a browser, as its owner wants; again: nothing more."""
    store.end_session(session, school_id, digest_of(token))


def end_sessions_of(session: Session, school_id: UUID, guardian_id: UUID) -> None:
    """Forget all browsers and passwords of a guardian, and of who shares an address: they may be in
    other hands.

    By a mail to a registered address the family comes in again.
    """
    sharing = store.list_sharing(session, school_id, [guardian_id])
    # Whoever comes in, or chooses a password, at this moment is waited for, and put out too.
    own_passwords.hold_guardians(session, school_id, sharing)
    store.end_sessions_of(session, school_id, sharing)
    # A browser keeps a password too: what is in other hands would come in by it again.
    own_passwords.remove(session, school_id, sharing)


def forget_old_sessions(session: Session, *, now: datetime) -> None:
    """Delete the sessions of all schools that let nobody in any more. A job."""
    store.forget_sessions(session, now - LONGEST, now - IDLE)
