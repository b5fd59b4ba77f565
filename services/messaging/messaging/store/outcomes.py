"""What dispatchers answered: written and summed in sets, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from common.db import among
from common.db.bulk import insert_new
from messaging.domain.states import OUTCOME_RANK, RECIPIENT_RANK, VERDICT, OutcomeState, RecipientState
from messaging.store.models import Message, Outcome, Recipient, table_of


def rank(column: Any, ranks: Mapping[Any, int]) -> sa.Case[int]:
    """Return a CASE that gives a state's rank. Words and ranks are ours and stand in the statement, so that it is cached once."""
    return sa.case(*((column == sa.literal_column(f"'{word}'"), sa.literal_column(str(n))) for word, n in ranks.items()))


def _give_way_to_higher(statement: Any) -> Any:
    """Return an INSERT of outcomes by which one that is there already gives way only to a higher word."""
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(table_of(Outcome).primary_key),
        set_={name: new[name] for name in ("guardian_id", "state", "reason", "expected", "settled_at")},
        where=rank(new.state, OUTCOME_RANK) > rank(Outcome.state, OUTCOME_RANK),
    )


def _verdicts() -> Any:
    """Return the query for (recipient, rank of its highest answer) of those for whom every channel has answered."""
    nothing = sa.case((Outcome.state == sa.literal_column(f"'{OutcomeState.NOTHING}'"), sa.literal_column("1")), else_=0)
    answered = (
        sa.select(Outcome.recipient_id, sa.func.max(rank(Outcome.state, OUTCOME_RANK)).label("highest"))
        .where(
            among(Outcome.recipient_id, sa.bindparam("ids")),
            Outcome.school_id == sa.bindparam("school_id"),
        )
        .where(Outcome.channel.in_(sa.bindparam("channels", expanding=True)))
        .group_by(Outcome.recipient_id, Outcome.channel)
        .having(sa.or_(sa.func.max(nothing) == 1, sa.func.count() >= sa.func.max(Outcome.expected)))
        .subquery("answered")
    )
    return (
        sa.select(answered.c.recipient_id, sa.func.max(answered.c.highest))
        .group_by(answered.c.recipient_id)
        .having(sa.func.count() >= sa.bindparam("channel_count"))
    )


_VERDICTS = _verdicts()
_VERDICT_OF_RANK = {outcome_rank: VERDICT[state] for state, outcome_rank in OUTCOME_RANK.items()}


def add_outcomes(session: Session, message: Message, channel: str, rows: Sequence[dict[str, Any]]) -> bool:
    """Write what a channel answered, and return whether any was news: what is there gives way to a higher word only."""
    owner = {"school_id": message.school_id, "channel": channel}
    return insert_new(session, table_of(Outcome), rows, owner, instead=_give_way_to_higher) > 0


def end_recipients(session: Session, message: Message, recipient_ids: Sequence[UUID], now: datetime) -> None:
    """Give these recipients the state that their answers add up to.

    A channel has answered for a child when it has nothing there, or as many rows as it said there are contact points. A child has
    ended when every channel of the message has answered, and ends as the highest answer says: one that was stopped and has nothing
    on the other channels was stopped. States only climb, so that answers in any order, twice or late, end the same.

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
            sa.update(Recipient)
            .where(among(Recipient.id, ids), Recipient.school_id == message.school_id)
            .where(rank(Recipient.state, RECIPIENT_RANK) < RECIPIENT_RANK[state])
            .values(state=state.value, completed_at=sa.func.coalesce(Recipient.completed_at, now))
            .execution_options(synchronize_session=False)
        )
