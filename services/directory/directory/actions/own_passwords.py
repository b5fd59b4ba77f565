"""The password that a guardian may choose for their page (MY-1, ADR 53).

It is checked outside any transaction; what was found before and what is done after stand in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.operations import FAMILY_PASSWORD_CHOSEN, FAMILY_PASSWORD_REMOVED, Operation
from common.words import Channel
from directory.actions.family_sessions import Family, get_family
from directory.actions.family_tellings import tell_of_password
from directory.domain.family_mails import FamilyMailKind
from directory.domain.my_page.passwords import (
    FreshSignInNeeded,
    PasswordChangedMeanwhile,
    PasswordNotOffered,
    is_fresh,
)
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import my_page as session_store
from directory.store import own_passwords as store
from directory.store.models import FamilyPassword


@dataclass(frozen=True, slots=True)
class PasswordStand:
    """How it stands with a guardian's own password.

    `mails`: by which addresses they would come in; none: a password is not offered. `is_fresh`: the
    browser was let in just now, and need not show that it knows the password.
    """

    school_id: UUID
    guardian_id: UUID
    password_hash: str | None = field(repr=False)
    chosen_at: datetime | None
    is_fresh: bool
    mails: Sequence[str] = field(repr=False)

    @property
    def is_offered(self) -> bool:
        return bool(self.mails)

    def check_may_choose(self) -> None:
        """Raise PasswordNotOffered; FreshSignInNeeded where nothing shows who is at the browser."""
        if not self.is_offered:
            raise PasswordNotOffered()
        if self.password_hash is None and not self.is_fresh:
            raise FreshSignInNeeded()


def show_stand(session: Session, key: SchoolKey, family: Family, *, now: datetime) -> PasswordStand:
    """Return how it stands with the own password of who is at the browser."""
    guardian_id = family.guardian.id
    found = store.find(session, family.school_id, guardian_id)
    return PasswordStand(
        family.school_id,
        guardian_id,
        password_hash=found.password_hash if found else None,
        chosen_at=found.chosen_at if found else None,
        is_fresh=is_fresh(family.row.created_at, now),
        mails=_mails_of(session, key, family),
    )


def _mails_of(session: Session, key: SchoolKey, family: Family) -> list[str]:
    """Return a guardian's own addresses.

    None where somebody else reads the one that let the browser in: a password would let that one in
    by the others.
    """
    if family.only_way_in:
        return []
    guardian_id = family.guardian.id
    points = family_store.list_points(session, family.school_id, [guardian_id])
    mails = []
    for point in points:
        if point.kind != Channel.MAIL.value:
            continue
        place = SealedPlace("contact_points", "address", point.id)
        mails.append(key.decrypt(point.address, place))
    return mails


def choose_password(
    session: Session, token: str, stand: PasswordStand, password_hash: str, *, now: datetime
) -> None:
    """Keep a guardian's password; other browsers of theirs are put out, and they are told.

    `stand`: as it was when the password was checked. `token`: of the browser that stays.
    Raise FamilySessionOver, PasswordChangedMeanwhile.
    """
    family = _hold(session, token, stand, now)
    found = store.find(session, family.school_id, stand.guardian_id)
    if found is None:
        found = FamilyPassword(
            guardian_id=stand.guardian_id,
            school_id=stand.school_id,
        )
        session.add(found)
    found.password_hash = password_hash
    found.chosen_at = now
    _settle(session, family, FAMILY_PASSWORD_CHOSEN, now)


def remove_password(session: Session, token: str, stand: PasswordStand, *, now: datetime) -> None:
    """Forget a guardian's password, as `choose_password`; without one nothing is done."""
    if stand.password_hash is None:
        return
    family = _hold(session, token, stand, now)
    store.remove(session, family.school_id, [stand.guardian_id])
    _settle(session, family, FAMILY_PASSWORD_REMOVED, now)


def _hold(session: Session, token: str, stand: PasswordStand, now: datetime) -> Family:
    """Return who is at the browser, their password held as it was when it was checked."""
    school_id, guardian_id = stand.school_id, stand.guardian_id
    store.hold_guardians(session, school_id, [guardian_id])
    family = get_family(session, school_id, token, now=now)
    is_same_guardian = family.guardian.id == guardian_id
    found = store.find(session, school_id, guardian_id)
    password_hash = found.password_hash if found else None
    is_same_password = password_hash == stand.password_hash
    if not (is_same_guardian and is_same_password):
        raise PasswordChangedMeanwhile()
    return family


def _settle(session: Session, family: Family, operation: Operation, now: datetime) -> None:
    school_id, guardian_id = family.school_id, family.guardian.id
    kept = family.row.token_hash
    session_store.end_sessions_of(session, school_id, [guardian_id], but=kept)
    is_chosen = operation is FAMILY_PASSWORD_CHOSEN
    kind = FamilyMailKind.OWN_CHOSEN if is_chosen else FamilyMailKind.OWN_REMOVED
    tell_of_password(session, school_id, guardian_id, kind, now=now)
    actor = Actor(school_id, "guardian", guardian_id)
    target = ("member", family.member_ids[0])
    record_operation(session, actor, operation, target, guardian_id=str(guardian_id))
