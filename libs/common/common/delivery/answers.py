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

POINTS_PER_EVENT = 200


class Answer(NamedTuple):
    """A delivery in its final state; the columns of `rows.answer_columns`, in their order."""

    school_id: UUID
    message_id: UUID
    contact_point_id: UUID
    guardian_id: UUID | None
    members: Mapping[str, int]
    state: str
    reason: str | None
    settled_at: datetime


def say_settled(
    session: Session, channel: str, settled: Iterable[Answer], nothing: Mapping[tuple[UUID, UUID], Sequence[UUID]] | None = None
) -> None:
    """Put delivery.settled into the outbox: settled rows, and children with nothing on this channel, per (school, message)."""
    points: dict[tuple[UUID, UUID], list[dict[str, Any]]] = defaultdict(list)
    for answer in settled:
        points[answer.school_id, answer.message_id].append(_point(answer))
    without = {key: list(members) for key, members in (nothing or {}).items() if members}
    for school_id, message_id in points.keys() | without.keys():
        key = (school_id, message_id)
        some = points.get(key, [])
        for start in range(0, max(len(some), 1), POINTS_PER_EVENT):
            payload = {
                "message_id": message_id,
                "channel": channel,
                "points": some[start : start + POINTS_PER_EVENT],
                "nothing": without.get(key, []) if start == 0 else [],
            }
            event = Envelope.of("delivery.settled", school_id, payload)
            outbox.put_text(session, event, event.dump_plain(), event.type)


def _point(answer: Answer) -> dict[str, Any]:
    return {
        "contact_point_id": answer.contact_point_id,
        "guardian_id": answer.guardian_id,
        "state": answer.state,
        "reason": answer.reason,
        "settled_at": answer.settled_at,
        "members": answer.members,
    }
