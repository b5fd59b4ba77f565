"""Queries about those who register in a talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from dispatch_line.store.models import TalkRegistration


def find_open(
    session: Session, account_id: UUID, user_index: bytes, now: datetime
) -> TalkRegistration | None:
    """Return how far somebody is; None where they have not begun, or too long ago."""
    query = select(TalkRegistration).where(
        _of(account_id, user_index), TalkRegistration.expires_at > now
    )
    return session.scalar(query)


def put(session: Session, row: TalkRegistration) -> None:
    """Keep how far somebody is, in place of what was kept before."""
    drop(session, row.account_id, row.user_index)
    session.add(row)


def drop(session: Session, account_id: UUID, user_index: bytes) -> None:
    """Forget how far somebody is."""
    session.execute(delete(TalkRegistration).where(_of(account_id, user_index)))


def purge(session: Session, now: datetime) -> None:
    """Forget all who have not gone on in time."""
    session.execute(delete(TalkRegistration).where(TalkRegistration.expires_at <= now))


def delete_all(session: Session, account_ids: Sequence[UUID]) -> None:
    """Forget all who register in the talks of some accounts."""
    of_accounts = TalkRegistration.account_id.in_(account_ids)
    session.execute(delete(TalkRegistration).where(of_accounts))


def _of(account_id: UUID, user_index: bytes) -> ColumnElement[bool]:
    return and_(
        TalkRegistration.account_id == account_id, TalkRegistration.user_index == user_index
    )
