"""Register in the LINE talk by the codes of a sheet, where the school allows it (DLV-5, ADR 51).

What comes of it is what comes of a registration in a browser whose LINE user was linked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.operations import TALK_REGISTRATION_ALLOWED, TALK_REGISTRATION_ENDED
from directory.actions.line_links import Linked, link_in_talk
from directory.actions.registrations import begin_registration, get_open
from directory.domain.registration.errors import TalkRegistrationOff
from directory.domain.registration.trying import SheetCodes
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import talk_settings as store


@dataclass(frozen=True, slots=True)
class TypedInTalk:
    """What a LINE user typed from a sheet, and to which words on addresses they agreed before."""

    user_id: str
    login_id: str
    passcode: str = field(repr=False)
    terms_version: str
    agreed_at: datetime


def list_allowing(session: Session, school_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these schools let families register in the talk."""
    return store.list_allowing(session, school_ids)


def check_allowed(session: Session, school_id: UUID) -> None:
    """Raise TalkRegistrationOff where a school does not let families register in the talk."""
    if school_id not in store.list_allowing(session, [school_id]):
        raise TalkRegistrationOff()


def set_allowed(session: Session, actor: Actor, *, is_allowed: bool) -> None:
    """Let families register in the talk, or only by a link."""
    setting = store.hold_setting(session, actor.school_id)
    if setting.is_allowed == is_allowed:
        return
    setting.is_allowed = is_allowed
    operation = TALK_REGISTRATION_ALLOWED if is_allowed else TALK_REGISTRATION_ENDED
    record_operation(session, actor, operation, ("school", actor.school_id))


def register_in_talk(
    session: Session, key: SchoolKey, typed: TypedInTalk, codes: SheetCodes, *, now: datetime
) -> Linked | None:
    """Make a contact point of a LINE user who typed a sheet's codes.

    None where the codes are wrong or no longer good. Raise TalkRegistrationOff, and what settling
    raises.
    """
    check_allowed(session, key.school_id)
    # Before the sheet, as all who settle do.
    group_store.lock_root(session, key.school_id)
    token = begin_registration(session, key, codes, now=now)
    if token is None:
        return None
    registration = get_open(session, key.school_id, token, now)
    registration.terms_version = typed.terms_version
    registration.agreed_at = typed.agreed_at
    return link_in_talk(session, key, registration, typed.user_id, now=now)
