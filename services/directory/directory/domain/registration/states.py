"""How far a child is in a registration."""

from __future__ import annotations

from enum import StrEnum


class ChildState(StrEnum):
    """What became of a child whose sheet was entered.

    entered → linked, once an address was proved; entered → held, where the office has to accept a
    registration of a protected family; held → linked or refused, as the office decides.
    """

    ENTERED = "entered"
    LINKED = "linked"
    HELD = "held"
    REFUSED = "refused"


# In which the office sees a registration.
SETTLED = (ChildState.LINKED, ChildState.HELD, ChildState.REFUSED)
