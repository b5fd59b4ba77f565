"""案内: the letter to a school's first administrator, while its password holds (OPS-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.clock import to_jst
from common.errors import Refused
from common.operations import SCHOOL_LETTER_PRINTED
from identity import events
from identity.domain.temporary import FIRST_VERSION, PasswordState, state_of
from identity.domain.words import Actor
from identity.store import accounts, homes, schools
from identity.store.models import Account, StaffRole


@dataclass(frozen=True, slots=True)
class AdministratorLetter:
    """To whom a letter is."""

    role: StaffRole
    account: Account


class LetterGone(Refused):
    """The temporary password of the first administrator was used, or its days are over."""

    def __init__(self) -> None:
        super().__init__("letter_gone", "The first administrator's password holds no longer.")


def find_letter(session: Session, school_id: UUID, *, now: datetime) -> AdministratorLetter | None:
    """Return the letter that can be printed for a school.

    Only the password that was issued with the school is the operator's to hand over: one that the
    school itself issued later is not.
    """
    found = accounts.find_first_administrator(session, school_id)
    if found is None:
        return None
    role, account = found
    # A person who came from another school signs in there already: that is no business of ours.
    is_of_this_school = homes.find_home_school(session, account.id, to_jst(now).date()) == school_id
    state = state_of(account.password_hash, account.temporary_until, now)
    is_first = is_of_this_school and account.password_version == FIRST_VERSION
    if not is_first or state is not PasswordState.VALID:
        return None
    return AdministratorLetter(role, account)


def note_letter(
    session: Session, school_id: UUID, *, actor: Actor, now: datetime
) -> AdministratorLetter:
    """Write down that the letter to the first administrator is printed, and return it.

    Raise NotFound or LetterGone.
    """
    schools.get_school(session, school_id)
    letter = find_noted_letter(session, school_id, actor=actor, now=now)
    if letter is None:
        raise LetterGone()
    return letter


def find_noted_letter(
    session: Session, school_id: UUID, *, actor: Actor, now: datetime
) -> AdministratorLetter | None:
    """Return the letter that can be given out for a school, and write down that it is."""
    letter = find_letter(session, school_id, now=now)
    if letter is not None:
        events.record_of_school(session, SCHOOL_LETTER_PRINTED, actor, school_id)
    return letter
