"""What messaging says on the bus: payloads, put in the outbox of the transaction at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from common.operations import MESSAGE_CONFIRMED, Operation
from common.schemas import Envelope
from messaging.domain.audience import Addressed, in_events
from messaging.domain.people import Actor


class ReleasedMessage(Protocol):
    """What events tell of a message."""

    @property
    def id(self) -> UUID: ...
    @property
    def school_id(self) -> UUID: ...
    @property
    def snapshot_id(self) -> UUID | None: ...
    @property
    def lane(self) -> str: ...
    @property
    def channels(self) -> list[str]: ...


class OfSchool(Protocol):
    """What the operation log tells of anything that a school owns."""

    @property
    def id(self) -> UUID: ...
    @property
    def school_id(self) -> UUID: ...


def put_released(session: Session, message: ReleasedMessage) -> None:
    """Say that a message's fan-out may begin."""
    payload = {"message_id": message.id, "snapshot_id": message.snapshot_id, "lane": message.lane}
    outbox.put(session, "message.released", payload, school_id=message.school_id, lane=message.lane)


def put_paged(session: Session, message: ReleasedMessage, after: int | None) -> None:
    """Say from which position the next page of a message is due (None: that was the last)."""
    payload = {"message_id": message.id, "after": after}
    outbox.put(session, "message.paged", payload, school_id=message.school_id, lane=message.lane)


def put_requested(session: Session, message: ReleasedMessage, members: Sequence[Addressed]) -> None:
    """Ask the message's channels to deliver it to these members."""
    for part in in_events(members):
        payload = {
            "message_id": message.id,
            "lane": message.lane,
            "channels": message.channels,
            "members": [
                {"member_id": member.member_id, "guardian_ids": list(member.guardian_ids)}
                for member in part
            ],
        }
        event = Envelope.of("delivery.requested", message.school_id, payload)
        outbox.put_texts(session, [(event, event.dump_plain(), f"{event.type}.{message.lane}")])


def put_stopped(session: Session, message: ReleasedMessage) -> None:
    """Say that what is not yet handed over is to be cancelled."""
    outbox.put(session, "message.stopped", {"message_id": message.id}, school_id=message.school_id)


def put_proved(
    session: Session, school_id: UUID, contact_point_id: UUID, proved_at: datetime
) -> None:
    """Say that what is sent to a contact point arrives: a button that it brought was pressed."""
    payload = {"contact_point_id": contact_point_id, "proved_at": proved_at}
    outbox.put(session, "contact_point.proved", payload, school_id=school_id)


def put_unnamed(session: Session, message: ReleasedMessage, after: UUID | None) -> None:
    """Ask for the names of a message's children behind a member (None: from the first)."""
    payload = {"message_id": message.id, "after": after}
    outbox.put(session, "readers.unnamed", payload, school_id=message.school_id)


def put_confirmed(
    session: Session,
    school_id: UUID,
    message_id: UUID,
    *,
    actor: tuple[str, UUID],
    children: int,
) -> None:
    """Tell the operation log for how many children somebody confirmed a message first."""
    target = ("message", message_id)
    payload = MESSAGE_CONFIRMED.payload(actor, target, {"children": children})
    outbox.put(session, "operation.recorded", payload, school_id=school_id)


def record_category(
    session: Session, category: OfSchool, operation: Operation, actor: Actor, **details: Any
) -> None:
    """Tell the operation log what somebody did with a category."""
    target = ("category", category.id)
    payload = operation.payload(("staff", actor.account_id), target, details)
    outbox.put(session, "operation.recorded", payload, school_id=category.school_id)


def record_operation(
    session: Session,
    message: ReleasedMessage,
    operation: Operation,
    *,
    actor: tuple[str, UUID],
    **details: Any,
) -> None:
    """Tell the operation log what somebody did with a message.

    `actor`: kind ("staff", "guardian") and id. Raise WrongDetails for details that the operation
    does not have.
    """
    payload = operation.payload(actor, ("message", message.id), details)
    outbox.put(session, "operation.recorded", payload, school_id=message.school_id)
