"""How much of the roster a caller sees.

The whole school, or own classes and groups with what is below them (ID-3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from directory.domain.tree import Tree


@dataclass(frozen=True, slots=True)
class Scope:
    """`limit`: the caller's own groups as its token names them; None for the whole school."""

    limit: frozenset[UUID] | None = None

    def groups(self, tree: Tree) -> frozenset[UUID] | None:
        """Return every group inside the scope, or None where there is no limit."""
        return None if self.limit is None else tree.spread(self.limit)

    def holds(self, tree: Tree, group_ids: Iterable[UUID]) -> bool:
        """Return whether all these groups are inside."""
        inside = self.groups(tree)
        return inside is None or inside.issuperset(group_ids)


WHOLE_SCHOOL = Scope()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for one school.

    `kind` as the operation log knows it, `id` of the account, `scope` of the doing.
    """

    school_id: UUID
    kind: str
    id: UUID | None
    scope: Scope = WHOLE_SCHOOL
