"""Show messages and how their sends stand, computed from the rows each time (MSG-8, DLV-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import Session

from common.db.types import as_dict
from messaging.domain.people import Actor, whole_school
from messaging.domain.states import RecipientState
from messaging.store import catalogue, messages, progress, received, recipients
from messaging.store.messages import ListQuery as ListQuery
from messaging.store.models import Category, Message, Outcome, Recipient

FILTERS: Mapping[str, ColumnElement[bool]] = {
    "all": true(),
    "confirmed": progress.CONFIRMED,
    "told": progress.TOLD,
    "unconfirmed": or_(progress.DELIVERED, progress.WAITING),
    "unreached": progress.UNREACHED,
}
# Characters of a body by which a draft without a subject is known again.
OPENING = 60
# For how long a child stands on the first screen as one to be told otherwise.
UNREACHED_FOR = timedelta(days=7)
MOST_UNREACHED = 2000


def show_progress(session: Session, actor: Actor, message_id: UUID) -> dict[str, Any]:
    """Return a message with its category, and how its send stands, in numbers.

    Counts in heads by state and class, contact points by channel, and how soon half and nine tenths
    were reached: all of the children whom this person sees; `whole_heads`: of the whole message.
    `delivering` holds those whom fan-out has not written yet, so that the parts add up while it
    runs.
    """
    message = messages.get_visible_message(session, actor, message_id)
    seen = in_sight(session, actor, message)
    counts = _with_unwritten(progress.count_recipients(session, seen), message, actor)
    heads = counts.pop("heads")
    # Rounded up.
    half = -(-heads // 2)
    nine_tenths = -(-heads * 9 // 10)
    stopped_heads = _count_at_stop(
        session,
        message,
        seen,
        RecipientState.CANCELLED,
    )
    handed_heads = _count_at_stop(
        session,
        message,
        seen,
        RecipientState.REACHED,
    )
    return {
        "message": message,
        "category": _category_of(session, message),
        "state": message.state,
        "heads": heads,
        "whole_heads": message.heads or 0,
        "counts": counts,
        "by_channel": progress.count_by_channel(session, seen, message.channels),
        "by_class": progress.count_by_class(session, seen),
        "release_at": message.release_at,
        "started_at": message.released_at,
        "stopped_at": message.stopped_at,
        "stopped_heads": stopped_heads,
        "handed_heads": handed_heads,
        "completed_at": message.completed_at,
        "half_seconds": _seconds_until(session, message, seen, half),
        "ninety_seconds": _seconds_until(session, message, seen, nine_tenths),
    }


def _category_of(session: Session, message: Message) -> Category | None:
    if message.category_id is None:
        return None
    return catalogue.find_category(session, message.school_id, message.category_id)


def _count_at_stop(
    session: Session, message: Message, seen: ColumnElement[bool], state: RecipientState
) -> int:
    if not message.stopped_at:
        return 0
    return progress.count_ended(session, seen, state)


def _seconds_until(
    session: Session, message: Message, seen: ColumnElement[bool], heads: int
) -> float | None:
    if message.released_at is None or heads == 0:
        return None
    moment = progress.find_moment_reached(session, seen, heads)
    if moment is None:
        return None
    elapsed = moment - message.released_at
    return max(0.0, round(elapsed.total_seconds(), 1))


def in_sight(session: Session, actor: Actor, message: Message) -> ColumnElement[bool]:
    """Return the condition for the children of a message whom this person sees.

    One's own messages are seen whole.
    """
    rows = progress.rows_of(message)
    if not _is_limited(actor, message):
        return rows
    assert actor.only_groups is not None
    classes = messages.list_classes(session, message, actor.only_groups)
    return and_(rows, Recipient.class_id.in_(classes))


def _is_limited(actor: Actor, message: Message) -> bool:
    return actor.only_groups is not None and message.created_by != actor.account_id


@dataclass(frozen=True, slots=True)
class RecipientQuery:
    """Which children of a message are asked for.

    `which`: a name in FILTERS; `class_id`: of one class only; `classless`: of none.
    """

    which: str
    class_id: UUID | None
    classless: bool
    after: UUID | None
    limit: int

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a recipient must fulfil, apart from who asks and where the page begins."""
        found = [FILTERS[self.which]]
        if self.class_id is not None:
            found.append(Recipient.class_id == self.class_id)
        if self.classless:
            found.append(Recipient.class_id.is_(None))
        return found


def list_recipients(
    session: Session, actor: Actor, message_id: UUID, query: RecipientQuery
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 children of a message with what each channel answered for them."""
    message = messages.get_visible_message(session, actor, message_id)
    seen = in_sight(session, actor, message)
    wanted = and_(seen, *query.conditions())
    rows = recipients.list_recipients(session, wanted, query.after, query.limit)
    answers = _answers_of(session, actor.school_id, rows)
    return [{**as_dict(row), "reasons": answers[row.id]} for row in rows]


def _answers_of(
    session: Session, school_id: UUID, rows: Sequence[Recipient]
) -> dict[UUID, list[Outcome]]:
    """Return recipient → what each channel answered for it."""
    answers: dict[UUID, list[Outcome]] = {row.id: [] for row in rows}
    for outcome in recipients.list_outcomes(session, school_id, list(answers)):
        answers[outcome.recipient_id].append(outcome)
    return answers


def list_received(
    session: Session,
    actor: Actor,
    member_id: UUID,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 messages that went to a person, with how each stands for them."""
    found = received.list_received(session, actor, member_id, before=before, limit=limit)
    return [_describe_received(message, recipient) for message, recipient in found]


def _describe_received(message: Message, recipient: Recipient) -> dict[str, Any]:
    return {
        "id": message.id,
        "subject": message.texts.subject,
        "lane": message.lane,
        "released_at": message.released_at,
        "state": recipient.state,
        "confirmed_at": recipient.confirmed_at,
        "told_at": recipient.told_at,
        "told_how": recipient.told_how,
    }


def list_unreached(session: Session, actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return children whom messages of the last days did not reach and nobody told otherwise.

    Each stands there once, with its messages.
    """
    found: dict[UUID, dict[str, Any]] = {}
    since = now - UNREACHED_FOR
    unreached = progress.list_unreached(session, actor, since, MOST_UNREACHED)
    for member_id, class_id, message_id in unreached:
        new_child: dict[str, Any] = {
            "member_id": member_id,
            "class_id": class_id,
            "message_ids": [],
        }
        child = found.setdefault(member_id, new_child)
        child["message_ids"].append(message_id)
    return list(found.values())


def summarise_unreached(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any] | None:
    """Return how many children messages of the last days did not reach, each counted once.

    And what those messages were about: the newest one's subject, and how many others there are.
    None where all were reached.
    """
    rows = list_unreached(session, actor, now=now)
    if not rows:
        return None
    named: list[UUID] = []
    for row in rows:
        named += row["message_ids"]
    ids = list(dict.fromkeys(named))
    newest = ids[0]
    visible = messages.list_visible(session, actor, [newest])
    return {
        "heads": len(rows),
        "message_id": newest,
        "subject": visible[0].texts.subject if visible else "",
        "others": len(ids) - 1,
    }


def look_up_messages(
    session: Session, actor: Actor, message_ids: Sequence[UUID]
) -> Sequence[Message]:
    """Return those of these messages that this person may see, for callers who know only ids."""
    return messages.list_visible(session, actor, message_ids)


def show_message(session: Session, actor: Actor, message_id: UUID) -> Message:
    """Return a message that this person may see; raise NotFound."""
    return messages.get_visible_message(session, actor, message_id)


def show_content(session: Session, school_id: UUID, message_id: UUID) -> Message:
    """Return a message of the school for a house that renders it; raise NotFound."""
    return messages.get_message(session, school_id, message_id)


def list_messages(session: Session, actor: Actor, query: ListQuery) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 messages, newest first.

    Each has its counts in heads as this person sees them.
    """
    rows = messages.list_messages(session, actor, query)
    counts = progress.count_for_list(session, actor, [row.id for row in rows])
    none = dict.fromkeys(("heads", *progress.COUNTS), 0)
    listed = []
    for row in rows:
        counted = counts.get(row.id, none)
        listed.append(_listed(row, _with_unwritten(counted, row, actor)))
    return listed


def list_sent(
    session: Session, school_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 messages that were sent, newest first, for who is not of the school.

    Without the subject of those for single children, which may name them.
    """
    query = ListQuery(state="sent", before=before, limit=limit)
    rows = list_messages(session, whole_school(school_id), query)
    for row in rows:
        if row["audience"]["member_ids"]:
            row["subject"] = None
    return rows


def _listed(message: Message, counts: dict[str, int]) -> dict[str, Any]:
    texts = message.texts
    seen = {"seen_heads": counts.pop("heads"), "counts": counts}
    return {**as_dict(message), **seen, "subject": texts.subject, "opening": texts.body[:OPENING]}


def _with_unwritten(counts: dict[str, int], message: Message, actor: Actor) -> dict[str, int]:
    """Return the counts with the children whom fan-out has not written yet among the delivering.

    Who sees some classes only is told of a child when its page is written: which class the others
    are in is not known before.
    """
    if message.released_at is None or _is_limited(actor, message):
        return dict(counts)
    unwritten = max(0, (message.heads or 0) - counts["heads"])
    return {
        **counts,
        "heads": counts["heads"] + unwritten,
        "delivering": counts["delivering"] + unwritten,
    }
