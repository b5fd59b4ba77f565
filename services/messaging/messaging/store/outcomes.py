"""What dispatchers answered: written and summed in sets, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Case, bindparam, case, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from common.db import among
from common.db.bulk import insert_new
from messaging.domain.states import (
    OUTCOME_RANK,
    VERDICT,
    VERDICT_RANK,
    OutcomeState,
    RecipientState,
)
from messaging.store.models import Message, Outcome, Recipient, table_of


def rank(column: Any, ranks: Mapping[Any, int]) -> Case[int]:
    """Return a CASE that gives a state's rank.

    Words and ranks are ours and stand in the statement, so that it is cached once.
    """
    cases: list[tuple[Any, Any]] = []
    for word, number in ranks.items():
        is_word = column == literal_column(f"'{word}'")
        cases.append((is_word, literal_column(str(number))))
    return case(*cases)


def _give_way_to_higher(statement: Any) -> Any:
    """Return an INSERT of outcomes by which one already there gives way only to a higher word."""
    new = statement.excluded
    answered = ("guardian_id", "state", "reason", "expected", "settled_at")
    return statement.on_conflict_do_update(
        index_elements=list(table_of(Outcome).primary_key),
        set_={name: new[name] for name in answered},
        where=rank(new.state, OUTCOME_RANK) > rank(Outcome.state, OUTCOME_RANK),
    )


def _verdicts() -> Any:
    """Return the query for (recipient, rank of its highest answer), where all channels answered."""
    is_nothing = Outcome.state == literal_column(f"'{OutcomeState.NOTHING}'")
    nothing = case((is_nothing, literal_column("1")), else_=0)
    highest = func.max(rank(Outcome.state, VERDICT_RANK))
    has_nothing = func.max(nothing) == 1
    has_every_row = func.count() >= func.max(Outcome.expected)
    answered = (
        select(Outcome.recipient_id, highest.label("highest"))
        .where(
            among(Outcome.recipient_id, bindparam("ids")),
            Outcome.school_id == bindparam("school_id"),
        )
        .where(Outcome.channel.in_(bindparam("channels", expanding=True)))
        .group_by(Outcome.recipient_id, Outcome.channel)
        .having(or_(has_nothing, has_every_row))
        .subquery("answered")
    )
    return (
        select(answered.c.recipient_id, func.max(answered.c.highest))
        .group_by(answered.c.recipient_id)
        .having(func.count() >= bindparam("channel_count"))
    )


_VERDICTS = _verdicts()
_VERDICT_OF_RANK = {place: VERDICT[state] for state, place in VERDICT_RANK.items()}


def add_outcomes(
    session: Session, message: Message, channel: str, rows: Sequence[dict[str, Any]]
) -> bool:
    """Write what a channel answered, and return whether any was news.

    What is there gives way to a higher word only.
    """
    owner = {"school_id": message.school_id, "channel": channel}
    written = insert_new(session, table_of(Outcome), rows, owner, instead=_give_way_to_higher)
    return written > 0


def end_recipients(
    session: Session, message: Message, recipient_ids: Sequence[UUID], now: datetime
) -> bool:
    """Give these recipients the state that their answers add up to; return whether any has ended.

    A channel has answered for a child when it has nothing there, or as many rows as it said there
    are contact points. A child has ended when every channel of the message has answered, and ends
    as the highest answer says: one that was stopped and has nothing on the other channels was
    stopped. The answers only climb, so that in any order, twice or late, they add up to the same.

    Sum first, then one UPDATE for each state that occurs. PostgreSQL has no statistics yet of a
    message that began a second ago: a single statement that joined both went through all recipients
    of the message for each row (docs/measured.md).
    """
    terms = {
        "ids": recipient_ids,
        "school_id": message.school_id,
        "channels": message.channels,
        "channel_count": len(message.channels),
    }
    ended: dict[RecipientState, list[UUID]] = {}
    for recipient_id, highest in session.execute(_VERDICTS, terms):
        ended.setdefault(_VERDICT_OF_RANK[highest], []).append(recipient_id)
    for state, ids in ended.items():
        session.execute(
            update(Recipient)
            .where(among(Recipient.id, ids), Recipient.school_id == message.school_id)
            .where(Recipient.state != state.value)
            .values(state=state.value, completed_at=func.coalesce(Recipient.completed_at, now))
            .execution_options(synchronize_session=False)
        )
    return bool(ended)
