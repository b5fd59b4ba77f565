"""Write drafts: made, saved while typing, deleted and brought back (MSG-1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.errors import NotFound
from common.operations import MESSAGE_DRAFT_DELETED, MESSAGE_DRAFT_RESTORED, MESSAGE_DRAFTED
from common.words import Lane
from messaging import events
from messaging.domain.audience import same_audience
from messaging.domain.errors import (
    CategoryUnknown,
    ChangedElsewhere,
    NoChannelLeft,
    NotADraft,
    NotOwn,
    UrgentNotAllowed,
)
from messaging.domain.people import Actor
from messaging.domain.states import MessageState
from messaging.domain.texts import Problem, find_problem
from messaging.store import catalogue, messages
from messaging.store.models import Message

TEXTS = frozenset({"subject", "body", "short_text", "template_id", "blanks", "kept_brackets"})
EDITABLE = TEXTS | {"lane", "category_id", "audience", "confirmable", "open_to_staff"}
CHANGEABLE = EDITABLE | {"without_channels"}
RECENT = timedelta(minutes=30)
KEPT_AFTER_DELETION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, as shown beside the message, and the channels that would carry it today."""

    name: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to be made. `id`: chosen by the form in which it is written, if any."""

    content: dict[str, Any]
    author: Author
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DraftEdit:
    """What was typed into a draft. `version`: of the draft that was read before."""

    content: dict[str, Any]
    version: int


def write_draft(session: Session, actor: Actor, new: NewDraft, *, now: datetime) -> Message:
    """Make a draft. Raise UrgentNotAllowed, CategoryUnknown.

    The same form saved again, because its answer was lost, changes the draft that it has begun.
    Raise ChangedElsewhere when that is somebody else's, or no draft any more.
    """
    content, author = new.content, new.author
    _check(session, actor, content)
    message = Message(
        id=new.id or uuid4(),
        school_id=actor.school_id,
        state=MessageState.DRAFT.value,
        channels=list(author.channels),
        without_channels=[],
        version=1,
        created_by=actor.account_id,
        created_by_name=author.name,
        created_at=now,
        updated_at=now,
        kind=content["kind"],
        **{name: content[name] for name in EDITABLE},
    )
    if not messages.add_new(session, message):
        return _begun_before(session, actor, message.id, content, now)
    events.record_operation(session, message, MESSAGE_DRAFTED, actor=("staff", actor.account_id))
    return message


def _begun_before(
    session: Session, actor: Actor, message_id: UUID, content: dict[str, Any], now: datetime
) -> Message:
    found = messages.find_message(session, actor.school_id, message_id)
    if found is None:
        raise ChangedElsewhere(0)
    is_own = found.created_by == actor.account_id
    if found.state != MessageState.DRAFT or not is_own:
        raise ChangedElsewhere(found.version)
    edit = DraftEdit(content, found.version)
    return change_draft(
        session,
        actor,
        message_id,
        edit,
        now=now,
    )


def change_draft(
    session: Session, actor: Actor, message_id: UUID, edit: DraftEdit, *, now: datetime
) -> Message:
    """Save what was typed.

    Raise ChangedElsewhere when the draft is not the one that was read, NotADraft once it is on its
    way.
    """
    message = lock_own(session, actor, message_id)
    if message.state != MessageState.DRAFT:
        raise NotADraft(message.state)
    content = edit.content
    if message.version != edit.version:
        # A save whose answer was lost is sent again.
        if _says_nothing_new(message, content):
            return message
        raise ChangedElsewhere(message.version)
    _check(
        session,
        actor,
        content,
        former_id=message.category_id,
    )
    for name in CHANGEABLE & content.keys():
        setattr(message, name, content[name])
    message.version += 1
    message.updated_at = now
    session.flush()
    return message


def _says_nothing_new(message: Message, content: dict[str, Any]) -> bool:
    return all(getattr(message, name) == content[name] for name in CHANGEABLE & content.keys())


def channels_without(running: Sequence[str], without: Collection[str]) -> list[str]:
    """Return the channels that run here but for some; raise NoChannelLeft."""
    left = [channel for channel in running if channel not in without]
    if not left:
        raise NoChannelLeft()
    return left


def delete_draft(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> None:
    """Delete a draft, to be brought back for 30 days; raise NotADraft once it is on its way."""
    message = lock_own(session, actor, message_id)
    if message.state != MessageState.DRAFT:
        raise NotADraft(message.state)
    message.deleted_at = now
    session.flush()
    events.record_operation(
        session, message, MESSAGE_DRAFT_DELETED, actor=("staff", actor.account_id)
    )


def restore_draft(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> Message:
    """Bring a deleted draft back; one that was not deleted stays. Raise NotFound after 30 days."""
    message = messages.lock_message(session, actor.school_id, message_id, deleted=True)
    if not actor.owns(message.created_by):
        raise NotOwn()
    if message.deleted_at is None:
        return message
    if message.deleted_at < now - KEPT_AFTER_DELETION:
        raise NotFound("message_unknown", "There is no such message.")
    message.deleted_at = None
    message.updated_at = now
    session.flush()
    events.record_operation(
        session,
        message,
        MESSAGE_DRAFT_RESTORED,
        actor=("staff", actor.account_id),
    )
    return message


def purge_deleted_drafts(session: Session, *, now: datetime) -> int:
    """Erase for good what was deleted more than 30 days ago; return how many."""
    return messages.purge_deleted(session, now - KEPT_AFTER_DELETION)


def lock_own(session: Session, actor: Actor, message_id: UUID) -> Message:
    """Return a message that this person may change, held.

    Who is limited to own classes, or sees own messages only, changes own messages only.
    """
    message = messages.lock_message(session, actor.school_id, message_id)
    if not actor.owns(message.created_by):
        messages.get_visible_message(session, actor, message_id)
        raise NotOwn()
    return message


def _check(
    session: Session, actor: Actor, content: dict[str, Any], *, former_id: UUID | None = None
) -> None:
    """Raise UrgentNotAllowed, CategoryUnknown.

    `former_id`: the draft's category until now. It may stay though it is used no more: otherwise
    nothing that is typed would be saved.
    """
    if content.get("lane") == Lane.URGENT and not actor.may_send_urgent:
        raise UrgentNotAllowed()
    category_id = content.get("category_id")
    if category_id is None or category_id == former_id:
        return
    category = catalogue.find_category(session, actor.school_id, category_id)
    if category is None or category.retired_at is not None:
        raise CategoryUnknown()


@dataclass(frozen=True, slots=True)
class Checks:
    """What the confirm screen says before the button: what stops it, and what to beware of.

    `blanks`: the template's blanks that are still open. `unsure`: brackets of which only the author
    knows whether they stay.
    """

    blanks: list[str]
    unsure: list[str]
    problem: dict[str, Any] | None
    same_recently: dict[str, Any] | None


def check_draft(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> Checks:
    """Look at a draft as the confirm screen does.

    At blanks (MSG-23), problems, and the same message sent minutes ago.
    """
    message = messages.get_visible_message(session, actor, message_id)
    texts = message.texts
    brackets = message.brackets
    return Checks(
        blanks=brackets.open_in(texts),
        unsure=brackets.unsure_in(texts),
        problem=_shown_problem(find_problem(texts, brackets)),
        same_recently=_find_same(session, message, now),
    )


def _shown_problem(problem: Problem | None) -> dict[str, Any] | None:
    if problem is None:
        return None
    return {"code": problem.code, "field": problem.field, "detail": problem.detail}


def _find_same(session: Session, message: Message, now: datetime) -> dict[str, Any] | None:
    texts = message.texts
    since = now - RECENT
    for other in messages.list_sent_since(session, message.school_id, texts.subject, since):
        if other.id == message.id or other.body != texts.body:
            continue
        if same_audience(other.audience, message.audience):
            pressed_at = other.released_at or other.release_at or now
            elapsed = now - pressed_at
            minutes = int(elapsed.total_seconds() // 60)
            return {"message_id": other.id, "minutes": max(0, minutes)}
    return None
