"""Let families in by an address and the password that one of them has chosen (MY-1, ADR 53).

The address is looked for at every school where somebody has a password; nobody is told at which it
was found.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.operations import FAMILY_PASSWORD_GUESSED, FAMILY_SIGNED_IN_BY_PASSWORD
from common.words import Channel
from directory.actions.families import index_of
from directory.actions.family_sessions import end_session, get_family, open_session
from directory.domain.errors import FamilySessionOver
from directory.domain.my_page.passwords import MOST_COMPARED
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import own_passwords as store

# A guardian whose password may be the one that was typed.
Candidate = store.KnownPassword


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """At which school a browser was let in, and what it keeps for that."""

    school_id: UUID
    token: str = field(repr=False)


class Fitting(NamedTuple):
    """A guardian whose password it is; `renewed`: its hash anew, where the one kept has another
    cost than today's, and takes another time to be compared.
    """

    candidate: Candidate
    renewed: str | None = None


def list_schools(session: Session) -> Sequence[UUID]:
    """Return at which schools an address is to be looked for."""
    return store.list_schools(session)


def find_candidates(session: Session, keys: Collection[SchoolKey], mail: str) -> list[Candidate]:
    """Return whose password is to be compared, `MOST_COMPARED` at most; no school is told of it."""
    indexes = [index_of(key, Channel.MAIL, mail) for key in keys]
    return store.list_with_address(session, indexes, MOST_COMPARED)


def open_page(session: Session, fitting: Fitting, *, now: datetime) -> OpenedPage | None:
    """Let a browser in as a guardian whose password fitted.

    None where it was changed meanwhile, or the address lets nobody in as them: it has ended, they
    have no child here, or somebody else reads it and they are protected.
    """
    candidate = fitting.candidate
    school_id, guardian_id = candidate.school_id, candidate.guardian_id
    store.hold_guardians(session, school_id, [guardian_id])
    found = store.find(session, school_id, guardian_id)
    if found is None or found.password_hash != candidate.password_hash:
        return None
    if fitting.renewed is not None:
        found.password_hash = fitting.renewed
    point_id = candidate.contact_point_id
    token = open_session(session, school_id, guardian_id, contact_point_id=point_id, now=now)
    try:
        family = get_family(session, school_id, token, now=now)
    except FamilySessionOver:
        end_session(session, school_id, token)
        return None
    children = [str(member_id) for member_id in family.member_ids]
    actor = Actor(school_id, "guardian", guardian_id)
    target = ("contact_point", point_id)
    record_operation(session, actor, FAMILY_SIGNED_IN_BY_PASSWORD, target, member_ids=children)
    return OpenedPage(school_id, token)


def record_guessing(session: Session, candidate: Candidate) -> None:
    """Tell the operation log that somebody guesses at a password, and waits for a while."""
    actor = Actor(candidate.school_id, "system", None)
    target = ("contact_point", candidate.contact_point_id)
    guardian_id = str(candidate.guardian_id)
    record_operation(session, actor, FAMILY_PASSWORD_GUESSED, target, guardian_id=guardian_id)
