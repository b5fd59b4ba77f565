"""Say, in the moment of sending, what a mail to a family holds and where it goes (ADR 47).

Codes and links are derived in this moment, and kept nowhere. What was proved, pressed or has run
out meanwhile goes nowhere.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from directory.actions.family_links import show_link_mail
from directory.actions.family_tellings import reader_of
from directory.domain.errors import NoSuch
from directory.domain.family_mails import ADDED_LIVES, FamilyMailKind
from directory.domain.registration.confirming import code_of, link_of
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store import registrations as store
from directory.store.models import FamilyTelling, RegistrationMail


def show_mail(
    session: Session, key: SchoolKey, mail_id: UUID, link_secret: bytes, *, now: datetime
) -> dict[str, Any]:
    """Return what a mail says and where it goes, the address sealed.

    Raise NotFound where it need not go any more.
    """
    waiting = store.find_mail(session, key.school_id, mail_id)
    if waiting is not None:
        return _show_confirmation(session, key, waiting, now)
    telling = store.find_telling(session, key.school_id, mail_id)
    if telling is not None:
        return _show_telling(session, telling)
    return show_link_mail(session, key.school_id, mail_id, link_secret, now=now)


def show_notification(
    session: Session, school_id: UUID, notification_id: UUID, link_secret: bytes, *, now: datetime
) -> dict[str, Any]:
    """Return what a notification says and to which app it goes, as `show_mail`."""
    telling = store.find_telling(session, school_id, notification_id)
    if telling is not None:
        return _show_telling(session, telling)
    return show_link_mail(session, school_id, notification_id, link_secret, now=now)


def _show_confirmation(
    session: Session, key: SchoolKey, mail: RegistrationMail, now: datetime
) -> dict[str, Any]:
    is_over = mail.proved_at is not None or mail.expires_at <= now
    if is_over or mail.address is None:
        raise NoSuch("family_mail")
    registration = store.get_registration_of(session, mail)
    sealed = base64.b64encode(mail.address)
    link = link_of(key, mail.id)
    code = code_of(key, mail.id)
    return {
        "kind": FamilyMailKind.CONFIRMATION,
        "contact_point_id": mail.id,
        # There is no guardian yet: this stands for who waits for the mail.
        "guardian_id": registration.id,
        "address": sealed.decode(),
        "language": registration.language,
        "token": link,
        "code": code,
        "expires_at": mail.expires_at,
    }


def _show_telling(session: Session, telling: FamilyTelling) -> dict[str, Any]:
    school_id = telling.school_id
    point = family_store.find_known_point(session, school_id, telling.contact_point_id)
    if point is None or point.state == ContactState.ENDED.value:
        raise NoSuch("family_mail")
    reader = reader_of(session, point, FamilyMailKind(telling.kind))
    return {
        "kind": reader.kind,
        "contact_point_id": point.id,
        "guardian_id": reader.id,
        "address": base64.b64encode(point.address).decode(),
        "language": reader.language,
        "token": None,
        "code": None,
        "expires_at": telling.told_at + ADDED_LIVES,
    }
