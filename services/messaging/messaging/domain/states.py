"""The words for states, and which change of state is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from common.words import DeliveryState


class MessageKind(StrEnum):
    NOTICE = "notice"


class MessageState(StrEnum):
    """Where a message stands.

    `pending`: the undo window runs. `complete`: every recipient has ended. `stopped`: the rest was
    cancelled by hand.
    """

    DRAFT = "draft"
    PENDING = "pending"
    RELEASED = "released"
    COMPLETE = "complete"
    STOPPED = "stopped"


class RecipientState(StrEnum):
    """`waiting` until every expected channel has answered for the child."""

    WAITING = "waiting"
    REACHED = "reached"
    UNREACHED = "unreached"
    CANCELLED = "cancelled"


class ToldHow(StrEnum):
    """How the school told a family whom no channel reached, or who did not press."""

    PHONE = "phone"
    PAPER = "paper"


class OutcomeState(StrEnum):
    """The final states of a delivery; `bounced`: it came back after it had been accepted; and
    `nothing`: the child has no contact point on that channel.
    """

    ACCEPTED = DeliveryState.ACCEPTED.value
    REFUSED = DeliveryState.REFUSED.value
    EXPIRED = DeliveryState.EXPIRED.value
    UNKNOWN = DeliveryState.UNKNOWN.value
    CANCELLED = DeliveryState.CANCELLED.value
    BOUNCED = "bounced"
    NOTHING = "nothing"


TRANSITIONS: Mapping[MessageState, frozenset[MessageState]] = {
    MessageState.DRAFT: frozenset({MessageState.PENDING, MessageState.RELEASED}),
    MessageState.PENDING: frozenset({MessageState.DRAFT, MessageState.RELEASED}),
    MessageState.RELEASED: frozenset({MessageState.COMPLETE, MessageState.STOPPED}),
    MessageState.COMPLETE: frozenset(),
    MessageState.STOPPED: frozenset(),
}

SENT = frozenset({MessageState.RELEASED, MessageState.COMPLETE, MessageState.STOPPED})

# A delivery ends once, but an event may come twice, late or out of order, and a worker that lost
# its lease may speak after another has said "unknown". Rows therefore only climb: whichever order
# events come in, the highest word stands at the end. A mail that came back stands above all: that
# may be told before its acceptance is.
OUTCOME_RANK: Mapping[OutcomeState, int] = {
    OutcomeState.NOTHING: 0,
    OutcomeState.CANCELLED: 1,
    OutcomeState.UNKNOWN: 2,
    OutcomeState.EXPIRED: 3,
    OutcomeState.REFUSED: 4,
    OutcomeState.ACCEPTED: 5,
    OutcomeState.BOUNCED: 6,
}
# The word that decides among a child's answers. There a mail that came back is a refusal: what
# another contact point has accepted stands above it.
VERDICT_RANK: Mapping[OutcomeState, int] = {
    **OUTCOME_RANK,
    OutcomeState.BOUNCED: OUTCOME_RANK[OutcomeState.REFUSED],
}

# What one answer says about its child. No contact point is as good as a refusal; an unsure result
# never counts as reached.
VERDICT: Mapping[OutcomeState, RecipientState] = {
    OutcomeState.ACCEPTED: RecipientState.REACHED,
    OutcomeState.REFUSED: RecipientState.UNREACHED,
    OutcomeState.BOUNCED: RecipientState.UNREACHED,
    OutcomeState.EXPIRED: RecipientState.UNREACHED,
    OutcomeState.UNKNOWN: RecipientState.UNREACHED,
    OutcomeState.NOTHING: RecipientState.UNREACHED,
    OutcomeState.CANCELLED: RecipientState.CANCELLED,
}


def may_become(now: MessageState, then: MessageState) -> bool:
    """Return whether a message may go from one state to another."""
    return then in TRANSITIONS[now]
