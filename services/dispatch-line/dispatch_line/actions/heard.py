"""An event of a talk, and what it leads to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from common.errors import ServiceError, Unavailable
from dispatch_line.domain.events import TalkEvent
from dispatch_line.domain.talk_state import TalkState


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of an account, waiting to be dealt with."""

    account_id: UUID
    event: TalkEvent


@dataclass(frozen=True, slots=True)
class HealthChange:
    """What became of a contact point."""

    school_id: UUID
    contact_point_id: UUID
    health: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A contact point of which a tap shows that messages arrive there."""

    school_id: UUID
    contact_point_id: UUID


class Offer(Enum):
    """What stands below the words of an answer."""

    NOTHING = 0
    # A button that asks for a link to our page.
    BUTTON = 1
    # That link, with a token of LINE's for this user.
    LINK = 2
    # Our words on the use of addresses, what agrees to them, and that link.
    TERMS = 3


@dataclass(frozen=True, slots=True)
class StateChange:
    """How far somebody is from now on who registers in the talk; None: it is over."""

    state: TalkState | None


@dataclass(frozen=True, slots=True)
class Dealt:
    """What an event leads to: words for the talk, and what directory has to know."""

    reply: str | None = None
    offer: Offer = Offer.NOTHING
    change: StateChange | None = None
    changes: tuple[HealthChange, ...] = ()
    proofs: tuple[Proof, ...] = ()


def word_of(error: ServiceError) -> str:
    """Return the code by which a house says "no"; of a wrong field, that field's."""
    for problem in error.fields.values():
        if isinstance(problem, dict) and isinstance(problem.get("code"), str):
            return str(problem["code"])
    return error.code


def demand_word(error: ServiceError, codes: Collection[str]) -> None:
    """Raise Unavailable unless a house's "no" has a code that says what is meant: a tap must not be
    closed by chance.
    """
    if word_of(error) not in codes:
        raise Unavailable(
            "not_its_word", f"A house said {word_of(error)}, which answers nothing."
        ) from error
