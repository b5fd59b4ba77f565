"""Mails that tell a family what became of its own registration (ADR 47)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.words import Channel
from directory.domain.family_mails import FamilyMailKind
from directory.events import put_family_mail_requested
from directory.store import families as family_store
from directory.store.models import ContactPoint, FamilyTelling


def tell_of_growth(
    session: Session, school_id: UUID, contact_point_ids: Sequence[UUID], *, now: datetime
) -> None:
    """Tell contact points of a family that its registration has grown."""
    _tell(session, school_id, contact_point_ids, FamilyMailKind.ADDED, now)


def tell_of_stop(session: Session, stopped: ContactPoint, *, now: datetime) -> None:
    """Tell the guardian's other mail addresses that ordinary messages to one of them were stopped.

    Not other guardians of the child: what somebody's own address gets is nobody else's.
    """
    if stopped.guardian_id is None:
        return
    school_id = stopped.school_id
    others = []
    for point in family_store.list_points(session, school_id, [stopped.guardian_id]):
        is_mail = point.kind == Channel.MAIL.value
        if is_mail and point.id != stopped.id:
            others.append(point.id)
    _tell(session, school_id, others, FamilyMailKind.STOPPED, now)


def _tell(
    session: Session,
    school_id: UUID,
    contact_point_ids: Sequence[UUID],
    kind: FamilyMailKind,
    now: datetime,
) -> None:
    for contact_point_id in contact_point_ids:
        telling = FamilyTelling(
            id=uuid4(),
            school_id=school_id,
            contact_point_id=contact_point_id,
            kind=kind.value,
            told_at=now,
        )
        session.add(telling)
        put_family_mail_requested(session, school_id, telling.id)
