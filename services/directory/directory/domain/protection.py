"""Who is protected at a school.

A mark at one child covers its guardian, and with the guardian all of the guardian's children.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Protection:
    """Whose names and addresses (guardians), numbers and family (children) are for few eyes."""

    guardians: frozenset[UUID] = frozenset()
    children: frozenset[UUID] = frozenset()

    def hidden_from(self, *, sees_protected: bool) -> Protection:
        """Return what of it a caller must not be shown: nothing to who sees protected families."""
        return NOBODY if sees_protected else self


NOBODY = Protection()


@dataclass(frozen=True, slots=True)
class Sight:
    """What of families a caller may see: `protected` ones, and the `phones` of the whole school."""

    protected: bool
    phones: bool


def protect(links: Iterable[tuple[UUID, UUID, bool]]) -> Protection:
    """Return who is protected.

    `links`: (child, guardian, marked) of all children of the guardians in question. A sister who
    comes later, by hand or by Excel, has links without the mark: judged by her own link she would
    lead to the family.
    """
    known = list(links)
    guardians = frozenset(guardian_id for _, guardian_id, marked in known if marked)
    children = frozenset(child_id for child_id, guardian_id, _ in known if guardian_id in guardians)
    return Protection(guardians, children)
