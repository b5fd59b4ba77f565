"""ANSWER: what became of deliveries, as `delivery.settled` in the outbox of the transaction that makes it true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from common.schemas import Envelope

POINTS_PER_EVENT = 500
Message = tuple[UUID, UUID, str]  # school, message, lane


class Answer(NamedTuple):
    """A delivery in its final state; the columns of `rows.answer_columns`, in their order."""

    school_id: UUID
    message_id: UUID
    lane: str
    contact_point_id: UUID
    guardian_id: UUID | None
    members: Mapping[str, int]
    state: str
    reason: str | None
    settled_at: datetime


def say_settled(
    session: Session, channel: str, settled: Iterable[Answer], nothing: Mapping[Message, Sequence[UUID]] | None = None
) -> None:
    """Put delivery.settled into the outbox: settled rows, and children with nothing on this channel, per message.

    The routing key ends in the lane: answers about an urgent message must not wait behind a hundred thousand others.
    """
    points: dict[Message, list[dict[str, Any]]] = defaultdict(list)
    for answer in settled:
        points[answer.school_id, answer.message_id, answer.lane].append(_point(answer))
    without = {message: list(members) for message, members in (nothing or {}).items() if members}
    events = []
    for message in points.keys() | without.keys():
        school_id, message_id, lane = message
        some = points.get(message, [])
        for start in range(0, max(len(some), 1), POINTS_PER_EVENT):
            payload = {
                "message_id": message_id,
                "channel": channel,
                "points": some[start : start + POINTS_PER_EVENT],
                "nothing": without.get(message, []) if start == 0 else [],
            }
            event = Envelope.of("delivery.settled", school_id, payload)
            events.append((event, event.dump_plain(), f"{event.type}.{lane}"))
    if events:
        outbox.put_texts(session, events)


def _point(answer: Answer) -> dict[str, Any]:
    return {
        "contact_point_id": answer.contact_point_id,
        "guardian_id": answer.guardian_id,
        "state": answer.state,
        "reason": answer.reason,
        "settled_at": answer.settled_at,
        "members": answer.members,
    }
