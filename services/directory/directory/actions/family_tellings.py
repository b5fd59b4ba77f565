"""Mails and notifications that tell a family what became of its own registration (ADR 47)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.words import Channel, Language
from directory.domain.family_mails import OF_STAFF, FamilyMailKind
from directory.events import put_family_mail_requested, put_family_notification_requested
from directory.store import families as family_store
from directory.store.models import ContactPoint, FamilyTelling

# By what families hear from the product itself.
TOLD = (Channel.MAIL.value, Channel.PUSH.value)


def tell_of_growth(session: Session, points: Sequence[ContactPoint], *, now: datetime) -> None:
    """Tell contact points of a family, mails and apps, that its registration has grown."""
    _tell(session, points, FamilyMailKind.ADDED, now)


def tell_of_stop(session: Session, stopped: ContactPoint, *, now: datetime) -> None:
    """Tell the owner's other mails and apps that ordinary messages to a mail were stopped.

    Not other guardians of the child: what somebody's own address gets is nobody else's.
    """
    owner_id = stopped.guardian_id or stopped.member_id
    assert owner_id is not None
    points = family_store.list_points(session, stopped.school_id, [owner_id])
    others = [point for point in points if point.kind in TOLD and point.id != stopped.id]
    _tell(session, others, FamilyMailKind.STOPPED, now)


def tell_of_password(
    session: Session, school_id: UUID, guardian_id: UUID, kind: FamilyMailKind, *, now: datetime
) -> None:
    """Tell a guardian's mails and apps, all of them, what became of their own password."""
    points = family_store.list_points(session, school_id, [guardian_id])
    _tell(session, [point for point in points if point.kind in TOLD], kind, now)


def _tell(
    session: Session, points: Sequence[ContactPoint], kind: FamilyMailKind, now: datetime
) -> None:
    for point in points:
        telling = FamilyTelling(
            id=uuid4(),
            school_id=point.school_id,
            contact_point_id=point.id,
            kind=kind.value,
            told_at=now,
        )
        session.add(telling)
        ask_for(session, point, telling.id)


class PointReader(NamedTuple):
    """Who reads what goes to a contact point: a guardian, or one of the staff.

    `kind`: in whose words it is said.
    """

    id: UUID
    language: str
    kind: FamilyMailKind


def reader_of(session: Session, point: ContactPoint, kind: FamilyMailKind) -> PointReader:
    """Return who reads at a contact point; staff in Japanese, as their pages are."""
    if point.guardian_id is None:
        assert point.member_id is not None
        return PointReader(point.member_id, Language.JA.value, OF_STAFF[kind])
    [guardian] = family_store.list_by_ids(session, point.school_id, [point.guardian_id])
    return PointReader(guardian.id, guardian.language, kind)


def ask_for(session: Session, point: ContactPoint, told_id: UUID) -> None:
    """Ask the house of a contact point's channel for what goes there under this id."""
    if point.kind == Channel.PUSH.value:
        put_family_notification_requested(session, point.school_id, told_id)
    else:
        put_family_mail_requested(session, point.school_id, told_id)
