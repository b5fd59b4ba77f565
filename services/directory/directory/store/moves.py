"""Queries on who comes and who goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from directory.domain.words import PRESENT, MemberKind
from directory.store.members import EnrolledMember, is_in, seated
from directory.store.models import Member


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both within, and how many moves of them are wanted at most.

    `scope`: of children in any of these groups; None: of all.
    """

    since: date
    until: date
    most: int
    scope: Collection[UUID] | None


def list_planned(session: Session, school_id: UUID, span: Span) -> list[EnrolledMember]:
    """Return pupils whose planned status begins by the end of a span, the earliest first.

    What was due before the span and was refused is among them.
    """
    statement = seated(school_id).where(
        Member.planned_since <= span.until,
        *_pupils(school_id, span.scope),
    )
    in_order = statement.order_by(Member.planned_since, Member.kana, Member.id)
    rows = session.execute(in_order.limit(span.most))
    return [EnrolledMember(row[0], row[1]) for row in rows]


def list_changed(session: Session, school_id: UUID, span: Span) -> list[EnrolledMember]:
    """Return pupils whose status began within a span, the latest first."""
    statement = seated(school_id).where(
        Member.status_since >= span.since,
        Member.status_since <= span.until,
        *_pupils(school_id, span.scope),
    )
    in_order = statement.order_by(Member.status_since.desc(), Member.kana, Member.id)
    rows = session.execute(in_order.limit(span.most))
    return [EnrolledMember(row[0], row[1]) for row in rows]


def list_like(session: Session, school_id: UUID, folded: str) -> list[tuple[UUID, str]]:
    """Return (id, name) of the pupils at the school whose folded name begins so."""
    rows = session.execute(
        select(Member.id, Member.display_name)
        .where(
            Member.search_key.startswith(folded, autoescape=True),
            Member.status.in_(PRESENT),
            Member.deleted_at.is_(None),
            *_pupils(school_id, None),
        )
        .order_by(Member.kana, Member.id)
    )
    return [(row.id, row.display_name) for row in rows]


def _pupils(school_id: UUID, scope: Collection[UUID] | None) -> tuple[ColumnElement[bool], ...]:
    mine = (Member.school_id == school_id, Member.kind == MemberKind.PUPIL.value)
    return mine if scope is None else (*mine, is_in(school_id, scope))
