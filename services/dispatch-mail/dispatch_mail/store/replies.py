"""Queries on answers of families that nobody reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from dispatch_mail.store.models import METADATA, TABLES, ReplyAnswer, ReplyDay

_DAYS = METADATA.tables["reply_days"]
_ANSWERS = METADATA.tables["reply_answers"]
_DELIVERIES = TABLES.deliveries


def count_one(session: Session, school_id: UUID, day: date) -> None:
    """Count one more answer of a day; two at once both count."""
    row = {"school_id": school_id, "day": day, "replies": 1}
    if insert_new(session, _DAYS, [row]):
        return
    of_day = (ReplyDay.school_id == school_id, ReplyDay.day == day)
    session.execute(update(ReplyDay).where(*of_day).values(replies=ReplyDay.replies + 1))


def sum_since(session: Session, school_id: UUID, first: date) -> int:
    """Return how many answers came from a day on."""
    replies = func.coalesce(func.sum(ReplyDay.replies), 0)
    query = select(replies).where(ReplyDay.school_id == school_id, ReplyDay.day >= first)
    return session.scalar(query) or 0


def note_answer(session: Session, school_id: UUID, point_id: UUID, day: date) -> UUID | None:
    """Note that an address is answered today; return the answer's id, None if it was already."""
    answer_id = uuid4()
    row = {"id": answer_id, "school_id": school_id, "contact_point_id": point_id, "day": day}
    return answer_id if insert_new(session, _ANSWERS, [row]) else None


def add_delivery(session: Session, row: Mapping[str, Any]) -> None:
    """Insert an answer's delivery; a refusal of it speaks against no contact point."""
    insert_new(session, _DELIVERIES, [dict(row)], {"counts": False})


def find_school_of(
    session: Session, delivery_ids: Collection[UUID], school_ids: Collection[UUID]
) -> UUID | None:
    """Return of which of these schools one of these mails was, None of none."""
    query = select(_DELIVERIES.c.school_id).where(
        _DELIVERIES.c.id.in_(delivery_ids), _DELIVERIES.c.school_id.in_(school_ids)
    )
    return session.scalar(query.limit(1))


def forget(session: Session, before: date) -> None:
    """Delete what came before a day."""
    session.execute(delete(ReplyDay).where(ReplyDay.day < before))
    session.execute(delete(ReplyAnswer).where(ReplyAnswer.day < before))
