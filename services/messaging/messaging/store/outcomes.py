"""What dispatchers answered: written and summed in sets, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from common.db.dialect import insert
from messaging.domain.states import OUTCOME_RANK, RECIPIENT_RANK, VERDICT, OutcomeState, RecipientState
from messaging.store.models import Message, Outcome, Recipient, table_of


def rank(column: Any, ranks: Mapping[Any, int]) -> sa.Case[int]:
    """Return a CASE that gives a state's rank. Words and ranks are ours and stand in the statement, so that it is cached once."""
    return sa.case(*((column == sa.literal_column(f"'{word}'"), sa.literal_column(str(n))) for word, n in ranks.items()))


def add_outcomes(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write answers; one that is there already gives way only to a higher word (`OUTCOME_RANK`)."""
    statement = insert(session, table_of(Outcome))
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=list(table_of(Outcome).primary_key),
            set_={name: new[name] for name in ("guardian_id", "state", "reason", "expected", "settled_at")},
            where=rank(new.state, OUTCOME_RANK) > rank(Outcome.state, OUTCOME_RANK),
        ),
        rows,
    )


def end_recipients(session: Session, message: Message, member_ids: Sequence[UUID], now: datetime) -> None:
    """Give these recipients the state that their answers add up to, in one statement.

    A channel has answered for a child when it has nothing there, or as many rows as it said there are contact points. A child has
    ended when every channel of the message has answered: reached by any acceptance, else unreached, else cancelled. States only
    climb, so that answers in any order, twice or late, end the same.
    """
    verdicts = {state: RECIPIENT_RANK[verdict] for state, verdict in VERDICT.items()}
    nothing = sa.case((Outcome.state == sa.literal_column(f"'{OutcomeState.NOTHING}'"), sa.literal_column("1")), else_=0)
    answered = (
        sa.select(Outcome.member_id, sa.func.max(rank(Outcome.state, verdicts)).label("verdict"))
        .where(Outcome.school_id == message.school_id, Outcome.message_id == message.id)
        .where(Outcome.member_id.in_(member_ids), Outcome.channel.in_(message.channels))
        .group_by(Outcome.member_id, Outcome.channel)
        .having(sa.or_(sa.func.max(nothing) == 1, sa.func.count() >= sa.func.max(Outcome.expected)))
        .subquery("answered")
    )
    ended = (
        sa.select(answered.c.member_id, sa.func.max(answered.c.verdict).label("verdict"))
        .group_by(answered.c.member_id)
        .having(sa.func.count() >= len(message.channels))
        .subquery("ended")
    )
    words = sa.case(
        *(
            (ended.c.verdict == sa.literal_column(str(RECIPIENT_RANK[state])), sa.literal_column(f"'{state}'"))
            for state in (RecipientState.REACHED, RecipientState.UNREACHED)
        ),
        else_=sa.literal_column(f"'{RecipientState.CANCELLED}'"),
    )
    session.execute(
        sa.update(Recipient)
        .where(Recipient.school_id == message.school_id, Recipient.message_id == message.id)
        .where(Recipient.member_id == ended.c.member_id, rank(Recipient.state, RECIPIENT_RANK) < ended.c.verdict)
        .values(state=words, completed_at=sa.func.coalesce(Recipient.completed_at, now))
        .execution_options(synchronize_session=False)
    )
