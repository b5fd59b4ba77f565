"""Which school a person's sign-in belongs to, of those at which they have a role (兼務, ID-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RoleAt:
    """A role of a person at a school.

    `stands`: they may sign in by it, today or from a later day on. `is_gone`: it is deleted, or the
    school's data is.
    """

    school_id: UUID
    stands: bool
    is_gone: bool


def home_of(roles: Sequence[RoleAt]) -> UUID | None:
    """Return the school that manages a person's sign-in, of their roles from the first on.

    A school that they have left would else keep the keys to the one where they work now. Only
    where they work nowhere does the first one that knows them still manage it.
    """
    for role in roles:
        if role.stands:
            return role.school_id
    for role in roles:
        if not role.is_gone:
            return role.school_id
    return None


def serves_elsewhere(roles: Sequence[RoleAt], school_id: UUID) -> bool:
    """Return whether a person may sign in at another school, now or later."""
    return any(role.stands and role.school_id != school_id for role in roles)


def is_managed_by(roles: Sequence[RoleAt], school_id: UUID) -> bool:
    """Return whether a school may look up and replace a person's password."""
    return home_of(roles) == school_id and not serves_elsewhere(roles, school_id)


def is_known_elsewhere(roles: Sequence[RoleAt], school_id: UUID) -> bool:
    """Return whether another school has, or had, this person."""
    return any(role.school_id != school_id for role in roles)
