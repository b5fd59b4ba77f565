"""What retention says: to itself that a school's days are over, to every house that its rows go, to
itself that all are gone, to the operator's log that it is so.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from common import bus
from common.operations import CERTIFICATE_HANDED_OVER, SCHOOL_ERASED


def put_due(session: Session, school_id: UUID) -> None:
    bus.put(session, "erasure.due", {}, school_id=school_id)


def put_erasing(session: Session, school_id: UUID) -> None:
    bus.put(session, "school.erasing", {}, school_id=school_id)


def put_completed(session: Session, school_id: UUID) -> None:
    bus.put(session, "erasure.completed", {}, school_id=school_id)


def record_handed_over(session: Session, school_id: UUID, operator_id: UUID) -> None:
    """Write the line of the operator's own log that a school was given its certificate."""
    actor, target = ("operator", operator_id), ("school", school_id)
    payload = CERTIFICATE_HANDED_OVER.payload(actor, target, {})
    bus.put(session, "operation.recorded", payload, school_id=None)


def record_erased(session: Session, school_id: UUID, certificate_id: str) -> None:
    """Write the line of the operator's own log: the school's went with the school."""
    details = {"certificate_id": certificate_id}
    payload = SCHOOL_ERASED.payload(("system", None), ("school", school_id), details)
    bus.put(session, "operation.recorded", payload, school_id=None)
