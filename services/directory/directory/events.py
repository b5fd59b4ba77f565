"""What the directory tells the other houses: that somebody changed the roster, who may no longer
read what was sent, and what families are to be told. And itself: what is to be done in the
background.

Ids only, never a name or an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from common import bus
from common.operations import Operation
from directory.domain.scope import Actor


class FamilyTie(Protocol):
    """What events tell of a guardianship."""

    @property
    def school_id(self) -> UUID: ...
    @property
    def guardian_id(self) -> UUID: ...
    @property
    def member_id(self) -> UUID: ...


def record_operation(
    session: Session,
    actor: Actor,
    operation: Operation,
    target: tuple[str, UUID | None],
    **details: Any,
) -> None:
    """Put a line of the operation log into the outbox of this transaction.

    `target`: ("member", its id). Raise WrongDetails for details that the operation does not have.
    """
    payload = operation.payload((actor.kind, actor.id), target, details)
    bus.put(session, "operation.recorded", payload, school_id=actor.school_id)


def put_guardianship_ended(session: Session, link: FamilyTie) -> None:
    """Say that an adult is no longer a child's guardian."""
    payload = _payload_of(link)
    bus.put(session, "guardianship.ended", payload, school_id=link.school_id)


def put_guardianship_protected(session: Session, link: FamilyTie) -> None:
    """Say that a child and its guardian are protected from now on."""
    payload = _payload_of(link)
    bus.put(session, "guardianship.protected", payload, school_id=link.school_id)


def put_guardian_joined(
    session: Session, school_id: UUID, guardian_id: UUID, into_id: UUID
) -> None:
    """Say that a guardian was found to be another one."""
    payload = {"guardian_id": guardian_id, "into_id": into_id}
    bus.put(session, "guardian.joined", payload, school_id=school_id)


def _payload_of(link: FamilyTie) -> dict[str, UUID]:
    return {"guardian_id": link.guardian_id, "member_id": link.member_id}


def put_contact_point_ended(session: Session, school_id: UUID, contact_point_id: UUID) -> None:
    """Say that a contact point is off the roster."""
    payload = {"contact_point_id": contact_point_id}
    bus.put(session, "contact_point.ended", payload, school_id=school_id)


def put_accounts_requested(
    session: Session, school_id: UUID, import_id: UUID, actor_id: UUID
) -> None:
    """Say that an import of staff was applied which changes who signs in; `actor_id`: by whom."""
    payload = {"import_id": import_id, "actor_id": actor_id}
    bus.put(session, "accounts.requested", payload, school_id=school_id)


def put_statuses_due(session: Session, school_id: UUID) -> None:
    """Say that planned statuses of a school are due."""
    bus.put(session, "statuses.due", {}, school_id=school_id)


def put_year_due(session: Session, school_id: UUID) -> None:
    """Say that the moment has come that a school chose for its change of the year."""
    bus.put(session, "year.due", {}, school_id=school_id)


def put_import_requested(session: Session, school_id: UUID, plan_id: UUID) -> None:
    """Ask for the preview of an uploaded file."""
    bus.put(session, "import.requested", {"plan_id": plan_id}, school_id=school_id)


def put_import_confirmed(session: Session, school_id: UUID, plan_id: UUID) -> None:
    """Ask for what a preview said to be written."""
    bus.put(session, "import.confirmed", {"plan_id": plan_id}, school_id=school_id)


def put_family_mail_requested(session: Session, school_id: UUID, mail_id: UUID) -> None:
    """Ask dispatch-mail for a mail to a family, which it asks for by this id."""
    bus.put(session, "family_mail.requested", {"mail_id": mail_id}, school_id=school_id)


def put_family_notification_requested(
    session: Session, school_id: UUID, notification_id: UUID
) -> None:
    """Ask dispatch-push for a notification to a family, which it asks for by this id."""
    payload = {"notification_id": notification_id}
    bus.put(session, "family_notification.requested", payload, school_id=school_id)


def put_week_counted(session: Session, school_id: UUID, counts: Mapping[str, int]) -> None:
    """Say how a school's families are reached this Monday."""
    bus.put(session, "week.counted", dict(counts), school_id=school_id)
