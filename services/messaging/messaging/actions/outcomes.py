"""Take in what the dispatchers answered (DLV-1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.db.listen import wake
from common.schemas import Envelope
from messaging.actions.sweep import FINISHED
from messaging.domain.audience import recipient_id
from messaging.domain.states import OUTCOME_RANK, OutcomeState
from messaging.store import messages, outcomes, recipients
from messaging.store.models import NOWHERE

ROWS_AT_ONCE = 500


def record_outcomes(session: Session, event: Envelope, facts: None, *, now: datetime) -> None:
    """Write a batch of answers and end the recipients that have all of theirs.

    Cheap, because every delivery of every send passes here: four statements per 500 rows.
    Recipients are held first and in one order, so that batches of one message neither wait for each
    other in a circle nor overlook each other's answers.
    """
    _record(session, event, _highest_words(_rows(event)), now)


def record_return(session: Session, event: Envelope, facts: None, *, now: datetime) -> None:
    """Write that an accepted delivery came back, and what that makes of its children.

    It may be heard before the acceptance that it takes back. A child that is confirmed stays so:
    what counts it looks at the confirmation first.
    """
    payload = event.payload
    came_back = {
        "contact_point_id": payload["contact_point_id"],
        "guardian_id": payload["guardian_id"],
        "state": OutcomeState.BOUNCED.value,
        "reason": payload["reason"],
        "settled_at": payload["amended_at"],
    }
    rows = [
        {
            **came_back,
            "recipient_id": recipient_id(payload["message_id"], member_id),
            "expected": expected,
        }
        for member_id, expected in payload["members"].items()
    ]
    _record(session, event, rows, now)


def _record(
    session: Session, event: Envelope, rows: Sequence[dict[str, Any]], now: datetime
) -> None:
    assert event.school_id is not None
    message = messages.get_message(session, event.school_id, event.payload["message_id"])
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        ids = _recipients_in_order(part)
        recipients.lock_recipients(session, message.school_id, ids)
        channel = event.payload["channel"]
        is_news = outcomes.add_outcomes(session, message, channel, part)
        if is_news:
            has_ended = outcomes.end_recipients(session, message, ids, now)
            if has_ended:
                wake(session, FINISHED)


def _recipients_in_order(rows: Sequence[dict[str, Any]]) -> list[UUID]:
    recipient_ids = {row["recipient_id"] for row in rows}
    # By their numbers: to compare two UUIDs Python calls a function of theirs, which for 500 rows
    # is most of the sorting.
    return sorted(recipient_ids, key=attrgetter("int"))


def _highest_words(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows in the order of their keys, one a key.

    A statement of PostgreSQL refuses to write a row twice.
    """
    kept: dict[tuple[int, int], dict[str, Any]] = {}
    for row in rows:
        key = (row["recipient_id"].int, row["contact_point_id"].int)
        if key not in kept or OUTCOME_RANK[row["state"]] > OUTCOME_RANK[kept[key]["state"]]:
            kept[key] = row
    return [kept[key] for key in sorted(kept)]


def _rows(event: Envelope) -> Iterator[dict[str, Any]]:
    message_id = event.payload["message_id"]
    for point in event.payload["points"]:
        for member_id, expected in point["members"].items():
            yield {
                "recipient_id": recipient_id(message_id, member_id),
                "contact_point_id": point["contact_point_id"],
                "guardian_id": point["guardian_id"],
                "state": point["state"],
                "reason": point["reason"],
                "expected": expected,
                "settled_at": point["settled_at"],
            }
    for member_id in event.payload["nothing"]:
        yield {
            "recipient_id": recipient_id(message_id, member_id),
            "contact_point_id": NOWHERE,
            "guardian_id": None,
            "state": OutcomeState.NOTHING.value,
            "reason": "no_contact_point",
            "expected": 0,
            "settled_at": event.occurred_at,
        }
