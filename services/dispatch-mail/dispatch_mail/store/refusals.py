"""Queries on refusals because nobody has the address.

Each goes by a partial index (models.py), whatever the table's size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, text, update
from sqlalchemy.orm import Session

from common.words import DeliveryState
from dispatch_mail.domain.dead_addresses import SILENCE
from dispatch_mail.store.models import (
    ACCEPTED,
    ANSWERED,
    BAD,
    BOUNCED,
    DEAD,
    JUDGED,
    TABLES,
    UNJUDGED,
)

_TABLE = TABLES.deliveries
# When its address refused a mail: at once, or by sending it back.
_REFUSED_AT: ColumnElement[datetime] = func.coalesce(_TABLE.c.bounced_at, _TABLE.c.settled_at)


class Refusal(NamedTuple):
    """A mail that was refused, or came back, because nobody has its address."""

    id: UUID
    school_id: UUID
    contact_point_id: UUID
    route: str
    refused_at: datetime
    told_doubt_at: datetime | None


class Recovery(NamedTuple):
    """A contact point that directory holds for dead or doubtful, and that took a mail since.

    `id` is that of the refusal that said so; there may be several.
    """

    id: UUID
    school_id: UUID
    contact_point_id: UUID
    accepted_at: datetime


def take_unjudged(session: Session, until: datetime, limit: int) -> list[Refusal]:
    """Return refusals of before `until` that nobody has judged, oldest first, locked."""
    is_final = or_(_TABLE.c.state == DeliveryState.REFUSED.value, text(BOUNCED))
    waiting = (
        select(
            _TABLE.c.id,
            _TABLE.c.school_id,
            _TABLE.c.contact_point_id,
            _TABLE.c.route,
            _REFUSED_AT,
            _TABLE.c.told_doubt_at,
        )
        .where(text(UNJUDGED), is_final, until > _REFUSED_AT)
        .order_by(_REFUSED_AT, _TABLE.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Refusal(*row) for row in session.execute(waiting)]


def count_answers(session: Session, route: str, first: datetime, end: datetime) -> tuple[int, int]:
    """Return how many mails a domain refused and accepted in [first, end).

    What came back in that time is refused. Accepted ones are counted up to as many as refused.
    """
    came_back = select(_TABLE.c.id).where(
        text(BOUNCED),
        _TABLE.c.route == route,
        _TABLE.c.bounced_at >= first,
        _TABLE.c.bounced_at < end,
    )
    at_once = _answered(route, DeliveryState.REFUSED, first, end)
    refused = _count(session, at_once) + _count(session, came_back)
    kept = _answered(route, DeliveryState.ACCEPTED, first, end).where(_TABLE.c.bounced_at.is_(None))
    return refused, _count(session, kept.limit(refused))


def _answered(
    route: str, state: DeliveryState, first: datetime, end: datetime
) -> Select[tuple[UUID]]:
    of_day = (_TABLE.c.settled_at >= first, _TABLE.c.settled_at < end)
    return select(_TABLE.c.id).where(
        text(ANSWERED), _TABLE.c.route == route, _TABLE.c.state == state.value, *of_day
    )


def _count(session: Session, query: Select[tuple[UUID]]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def list_counted(
    session: Session, contact_point_ids: Collection[UUID]
) -> dict[UUID, list[datetime]]:
    """Return contact point → when it refused, as far as that counts."""
    counted = select(_TABLE.c.contact_point_id, _REFUSED_AT).where(
        text(JUDGED), _TABLE.c.counts.is_(True), _TABLE.c.contact_point_id.in_(contact_point_ids)
    )
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for contact_point_id, refused_at in session.execute(counted):
        found[contact_point_id].append(refused_at)
    return found


def list_accepted(session: Session, contact_point_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return contact point → when it last accepted a mail, where it ever did."""
    accepted = select(_TABLE.c.contact_point_id, func.max(_TABLE.c.settled_at)).where(
        text(ACCEPTED), _TABLE.c.contact_point_id.in_(contact_point_ids)
    )
    return {row[0]: row[1] for row in session.execute(accepted.group_by(_TABLE.c.contact_point_id))}


def list_dead(session: Session, contact_point_ids: Collection[UUID]) -> set[UUID]:
    """Return which contact points directory holds for dead."""
    dead = select(_TABLE.c.contact_point_id).where(
        text(DEAD), _TABLE.c.contact_point_id.in_(contact_point_ids)
    )
    return set(session.scalars(dead))


def note_judged(session: Session, refusals: Sequence[Refusal], counted: Sequence[Refusal]) -> None:
    """Note of refusals whether they speak against their addresses: those that are `counted` do."""
    counts = _TABLE.c.id.in_([refusal.id for refusal in counted])
    session.execute(
        update(_TABLE)
        .where(_TABLE.c.id.in_([refusal.id for refusal in refusals]))
        .values(counts=counts)
    )


def note_told_dead(session: Session, refusals: Sequence[Refusal], now: datetime) -> None:
    session.execute(
        update(_TABLE)
        .where(_TABLE.c.id.in_([refusal.id for refusal in refusals]))
        .values(told_dead_at=now)
    )


def note_told_doubt(session: Session, refusals: Sequence[Refusal], now: datetime) -> None:
    session.execute(
        update(_TABLE)
        .where(_TABLE.c.id.in_([refusal.id for refusal in refusals]))
        .values(told_doubt_at=now)
    )


def take_recovered(session: Session, now: datetime, limit: int) -> list[Recovery]:
    """Mark refusals after which their dead or doubtful addresses took a mail as told well; return
    up to `limit`.

    Of those whose mails came back, an acceptance counts after a day in which nothing did.
    """
    later = _TABLE.alias("later")
    accepted_at = (
        select(func.min(later.c.settled_at))
        .where(
            text("later.state = 'accepted' AND later.bounced_at IS NULL"),
            later.c.contact_point_id == _TABLE.c.contact_point_id,
            later.c.settled_at > _REFUSED_AT,
            or_(_TABLE.c.bounced_at.is_(None), later.c.settled_at < now - SILENCE),
        )
        .scalar_subquery()
    )
    bad = select(
        _TABLE.c.id,
        _TABLE.c.school_id,
        _TABLE.c.contact_point_id,
        accepted_at.label("accepted_at"),
    ).where(text(BAD))
    query = (
        bad.where(accepted_at.is_not(None))
        .limit(limit)
        .with_for_update(skip_locked=True, of=_TABLE)
    )
    found = session.execute(query)
    recovered = [Recovery(*row) for row in found]
    if recovered:
        ids = [recovery.id for recovery in recovered]
        told = update(_TABLE).where(_TABLE.c.id.in_(ids))
        session.execute(told.values(told_well_at=now))
    return recovered
