"""ANSWER: what became of deliveries, as `delivery.settled`.

It goes into the outbox of the transaction that makes it true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    session: Session,
    channel: str,
    settled: Iterable[Answer],
    nothing: Mapping[Message, Sequence[UUID]] | None = None,
) -> None:
    """Put delivery.settled into the outbox, message by message.

    It tells of settled rows, and of children with nothing on this channel. A row that serves nobody
    of the roster is a notice's: no message waits for its answer.
    """
    points: dict[Message, list[dict[str, Any]]] = defaultdict(list)
    for answer in settled:
        if not answer.members:
            continue
        message = (answer.school_id, answer.message_id, answer.lane)
        points[message].append(_point(answer))
    without: dict[Message, list[UUID]] = {}
    for message, members in (nothing or {}).items():
        if members:
            without[message] = list(members)
    events: list[tuple[Envelope, str, str]] = []
    for message in points.keys() | without.keys():
        events += _events(
            channel,
            message,
            points.get(message, []),
            without.get(message, []),
        )
    if events:
        outbox.put_texts(session, events)


def _events(
    channel: str, message: Message, points: list[dict[str, Any]], nothing: list[UUID]
) -> Iterator[tuple[Envelope, str, str]]:
    """Yield what tells of one message, each event with its text and its routing key.

    The routing key ends in the lane: answers about an urgent message must not wait behind a hundred
    thousand others.
    """
    school_id, message_id, lane = message
    for start in range(0, max(len(points), 1), POINTS_PER_EVENT):
        payload = {
            "message_id": message_id,
            "channel": channel,
            "points": points[start : start + POINTS_PER_EVENT],
            "nothing": nothing if start == 0 else [],
        }
        event = Envelope.of("delivery.settled", school_id, payload)
        yield event, event.dump_plain(), f"{event.type}.{lane}"


def _point(answer: Answer) -> dict[str, Any]:
    return {
        "contact_point_id": answer.contact_point_id,
        "guardian_id": answer.guardian_id,
        "state": answer.state,
        "reason": answer.reason,
        "settled_at": answer.settled_at,
        "members": answer.members,
    }
