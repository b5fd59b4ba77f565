"""Queries about which schools let families register in the LINE talk."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from directory.store.models import TalkSetting, table


def list_allowing(session: Session, school_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these schools let families register in the talk."""
    query = select(TalkSetting.school_id).where(
        TalkSetting.school_id.in_(school_ids), TalkSetting.is_allowed
    )
    return set(session.scalars(query))


def hold_setting(session: Session, school_id: UUID) -> TalkSetting:
    """Return a school's setting, held for a change."""
    insert_new(session, table(TalkSetting), [{"school_id": school_id, "is_allowed": False}])
    query = select(TalkSetting).where(TalkSetting.school_id == school_id)
    return session.scalars(query.with_for_update()).one()
