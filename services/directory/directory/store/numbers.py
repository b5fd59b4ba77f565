"""管理番号 that the school is given: the fiscal year and a running number, 2026-0001."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from directory.domain.people import management_number_of
from directory.store.models import Member, NumberCounter, table


def take_number(session: Session, school_id: UUID, fiscal_year: int) -> str:
    """Return a number that nobody of the school has or had.

    The counter is held until the end of the transaction, so that two at once get two numbers; it
    never goes back. A number that somebody typed is passed over.
    """
    first = {"school_id": school_id, "fiscal_year": fiscal_year, "last": 0}
    insert_new(session, table(NumberCounter), [first])
    counter = session.scalars(
        select(NumberCounter)
        .where(NumberCounter.school_id == school_id, NumberCounter.fiscal_year == fiscal_year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    while True:
        counter.last += 1
        number = management_number_of(fiscal_year, counter.last)
        if not _is_typed(session, school_id, number):
            return number


def _is_typed(session: Session, school_id: UUID, number: str) -> bool:
    typed = select(Member.id).where(
        Member.school_id == school_id,
        Member.management_number == number,
    )
    return session.scalar(typed.limit(1)) is not None
