"""Conditions of how a person is reached: through guardians, or staff through points of their own.

As `domain.audience.why_unreachable` says for one, with every way open: an urgent message.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
    union_all,
)

from directory.domain.health import DEAD
from directory.domain.words import ContactState, Reachability, states_for
from directory.store.models import ContactPoint, Guardianship, Member

_CODE = func.coalesce(ContactPoint.health["code"].as_string(), "")
_IS_THERE = ContactPoint.state != ContactState.ENDED.value
_IS_LIVE = and_(
    ContactPoint.state.in_([state.value for state in states_for("urgent")]),
    _CODE.not_in(DEAD),
)
_WANTS_A_LOOK = and_(
    _IS_THERE,
    or_(_CODE != "", ContactPoint.state == ContactState.STOPPED.value),
)


def is_reached_as(school_id: UUID, wanted: Reachability) -> ColumnElement[bool]:
    """Return the condition of being reached so."""
    live = _has(school_id, _IS_LIVE)
    if wanted == Reachability.UNREGISTERED:
        return ~_has(school_id, _IS_THERE)
    if wanted == Reachability.UNREACHED:
        return ~live
    doubtful = _has(school_id, _WANTS_A_LOOK)
    return and_(live, doubtful if wanted == Reachability.DOUBTFUL else ~doubtful)


def standings(school_id: UUID) -> Subquery:
    """Select who has any contact point (`member_id`), and whether one works (`is_live`: 1 or 0).

    The whole school at once, where `is_reached_as` asks of each member.
    """
    is_live = case((_IS_LIVE, 1), else_=0)
    points = _owners(school_id, _IS_THERE, is_live).subquery()
    live = func.max(points.c[1]).label("is_live")
    return select(points.c.member_id, live).group_by(points.c.member_id).subquery()


def _has(school_id: UUID, of_point: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that one of a member's contact points is of this kind."""
    owners = _owners(school_id, of_point).subquery()
    return select(owners.c.member_id).where(owners.c.member_id == Member.id).exists()


def _owners(
    school_id: UUID, of_point: ColumnElement[bool], *columns: ColumnElement[Any]
) -> CompoundSelect[*tuple[Any, ...]]:
    """Select whom such a point reaches: a guardian's children, or who has no guardian itself.

    `columns`: what else to tell of the point.
    """
    here = ContactPoint.school_id == school_id
    through_guardians = (
        select(Guardianship.member_id, *columns)
        .join(ContactPoint, ContactPoint.guardian_id == Guardianship.guardian_id)
        .where(here, of_point)
    )
    has_guardian = (
        select(Guardianship.guardian_id)
        .where(Guardianship.member_id == ContactPoint.member_id)
        .exists()
    )
    own = select(ContactPoint.member_id, *columns).where(
        here,
        of_point,
        ContactPoint.member_id.is_not(None),
        ~has_guardian,
    )
    return union_all(through_guardians, own)
