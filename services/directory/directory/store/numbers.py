"""管理番号 that the school is given: the fiscal year and a running number, 2026-0001."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common import clock
from common.db.bulk import insert_new
from directory.domain.people import management_number_of
from directory.domain.words import MemberKind
from directory.store.models import Member, NumberCounter, table


def take_number(session: Session, school_id: UUID, fiscal_year: int) -> str:
    """Return a number that nobody of the school has or had.

    The counter is held until the end of the transaction, so that two at once get two numbers; it
    never goes back.
    """
    return _take_numbers(session, school_id, fiscal_year, 1, ())[0]


def give_numbers(session: Session, members: Iterable[dict[str, Any]]) -> None:
    """Put a number of its year into the row of each new pupil of a school that has none."""
    rows = list(members)
    typed = {row.get("management_number") for row in rows}
    without: dict[tuple[UUID, int], list[dict[str, Any]]] = {}
    for row in rows:
        if row["kind"] == MemberKind.PUPIL.value and not row.get("management_number"):
            year = clock.fiscal_year(clock.to_jst(row["created_at"]).date())
            without.setdefault((row["school_id"], year), []).append(row)
    for (school_id, year), some in without.items():
        numbers = _take_numbers(session, school_id, year, len(some), typed)
        for row, number in zip(some, numbers, strict=True):
            row["management_number"] = number


def _take_numbers(
    session: Session, school_id: UUID, fiscal_year: int, count: int, besides: Collection[Any]
) -> list[str]:
    """Return so many numbers; typed ones, and those of `besides`, are passed over."""
    counter = _hold_counter(session, school_id, fiscal_year)
    typed = _list_typed(session, school_id, fiscal_year) | set(besides)
    numbers: list[str] = []
    while len(numbers) < count:
        counter.last += 1
        number = management_number_of(fiscal_year, counter.last)
        if number not in typed:
            numbers.append(number)
    return numbers


def _hold_counter(session: Session, school_id: UUID, fiscal_year: int) -> NumberCounter:
    first = {"school_id": school_id, "fiscal_year": fiscal_year, "last": 0}
    insert_new(session, table(NumberCounter), [first])
    return session.scalars(
        select(NumberCounter)
        .where(NumberCounter.school_id == school_id, NumberCounter.fiscal_year == fiscal_year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _list_typed(session: Session, school_id: UUID, fiscal_year: int) -> set[Any]:
    """Return the numbers of a school that look like those of a year, of deleted people too."""
    alike = Member.management_number.startswith(f"{fiscal_year}-")
    typed = select(Member.management_number).where(Member.school_id == school_id, alike)
    return set(session.scalars(typed))
