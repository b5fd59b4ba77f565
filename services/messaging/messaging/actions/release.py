"""Send: the press of the button, the undo window after it, and what ends it (MSG-1, MSG-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from common.db.listen import wake
from common.operations import MESSAGE_RELEASED, MESSAGE_SENT_NOW, MESSAGE_STOPPED, MESSAGE_WITHDRAWN
from common.words import Lane
from messaging import events
from messaging.actions.drafts import lock_own
from messaging.config import Settings
from messaging.domain.audience import School, Snapshot
from messaging.domain.errors import (
    AlreadyReleased,
    AudienceEmpty,
    ChangedElsewhere,
    KeyReused,
    NotBeingSent,
    NotSendable,
    OutOfScope,
    SchoolEnded,
    SnapshotStale,
    UrgentNotAllowed,
)
from messaging.domain.people import Actor
from messaging.domain.states import MessageState, may_become
from messaging.domain.texts import find_problem
from messaging.store import messages
from messaging.store.models import Message

# Of one transaction, so that none waits long for the others' locks.
DUE_AT_ONCE = 100
# What tells the clock that a message waits for the end of its undo window.
PENDING = "renraku_pending"


@dataclass(frozen=True, slots=True)
class ReleasePress:
    """One press of the send button.

    `version`: the draft that was on screen, None when the caller didn't say.
    """

    message_id: UUID
    idempotency_key: str
    version: int | None


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What other houses said before the transaction began, and the terms that hold here."""

    snapshot: Snapshot
    school: School
    link_lifetime: timedelta
    snapshot_lifetime: timedelta
    channels: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings, snapshot: Snapshot, school: School) -> ReleaseFacts:
        return cls(
            snapshot,
            school,
            link_lifetime=timedelta(days=settings.link_days),
            snapshot_lifetime=timedelta(minutes=settings.snapshot_minutes),
            channels=settings.channels,
        )


@dataclass(frozen=True, slots=True)
class Released:
    """How a message stands after a press. `already`: this press changed nothing."""

    state: str
    release_at: datetime | None
    released_at: datetime | None
    already: bool

    @classmethod
    def of(cls, message: Message, *, already: bool) -> Released:
        return cls(message.state, message.release_at, message.released_at, already)


def release_message(
    session: Session, actor: Actor, press: ReleasePress, facts: ReleaseFacts, *, now: datetime
) -> Released:
    """Send a draft to the audience that was confirmed, after the school's undo window.

    At once where that is zero. A second press changes nothing, whatever its key; neither does a
    late repetition of a press that was withdrawn since. Raises NotSendable, AudienceEmpty,
    SnapshotStale, ChangedElsewhere, UrgentNotAllowed, OutOfScope, SchoolEnded, KeyReused.
    """
    message = lock_own(session, actor, press.message_id)
    is_repeated = message.idempotency_key == press.idempotency_key
    if message.state != MessageState.DRAFT or is_repeated:
        return Released.of(message, already=True)
    if press.version is not None and press.version != message.version:
        raise ChangedElsewhere(message.version)
    if messages.find_by_key(session, actor.school_id, press.idempotency_key) is not None:
        raise KeyReused()
    _check_sendable(message, actor, facts, now)
    message.idempotency_key = press.idempotency_key
    _freeze(session, message, facts)
    window = facts.school.undo_window(message.lane)
    details = {"heads": facts.snapshot.heads, "lane": message.lane, "undo_seconds": window}
    events.record_operation(
        session, message, MESSAGE_RELEASED, actor=("staff", actor.account_id), **details
    )
    message.release_at = now + timedelta(seconds=window)
    message.link_expires_at = message.release_at + facts.link_lifetime
    if window > 0:
        _enter(message, MessageState.PENDING)
        session.flush()
        wake(session, PENDING)
    else:
        let_go(session, message, now=now)
    return Released.of(message, already=False)


def _check_sendable(message: Message, actor: Actor, facts: ReleaseFacts, now: datetime) -> None:
    if facts.school.state != "active":
        raise SchoolEnded()
    if message.lane == Lane.URGENT and not actor.may_send_urgent:
        raise UrgentNotAllowed()
    problem = find_problem(message.texts, message.brackets)
    if problem is not None:
        raise NotSendable(problem)
    if now - facts.snapshot.created_at > facts.snapshot_lifetime:
        raise SnapshotStale()
    if facts.snapshot.heads == 0:
        raise AudienceEmpty()
    counted_for = set(facts.snapshot.channels)
    goes_by = set(channels_of(message, facts))
    # Whom it reaches was counted, and seen, for other channels.
    if counted_for and counted_for != goes_by:
        raise SnapshotStale()
    if not actor.may_address(facts.snapshot):
        raise OutOfScope()


def _freeze(session: Session, message: Message, facts: ReleaseFacts) -> None:
    """Keep the audience that was confirmed, which need not be the draft's any more.

    Its words are judged by what it holds.
    """
    message.snapshot_id = facts.snapshot.id
    message.audience = facts.snapshot.audience
    message.audience_label = facts.snapshot.label
    message.family_label = facts.snapshot.family_label
    message.heads = facts.snapshot.heads
    message.staff_heads = facts.snapshot.staff_heads
    message.channels = channels_of(message, facts)
    messages.add_classes(session, message, facts.snapshot.classes)


def channels_of(message: Message, facts: ReleaseFacts) -> list[str]:
    """Return the channels that run here without those that the message leaves out.

    All, when none is left any more.
    """
    left = [channel for channel in facts.channels if channel not in message.without_channels]
    return left or list(facts.channels)


def _enter(message: Message, state: MessageState) -> None:
    assert may_become(MessageState(message.state), state), f"{message.state} → {state}"
    message.state = state.value


def let_go(session: Session, message: Message, *, now: datetime) -> None:
    """Hand a message over to fan-out, its blanks filled for good.

    From here on it can only be stopped.
    """
    _enter(message, MessageState.RELEASED)
    message.subject, message.body, message.short_text = message.texts
    message.released_at = now
    session.flush()
    events.put_released(session, message)


def release_due(session: Session, *, now: datetime) -> datetime | None:
    """Let go of every message whose undo window has passed; return when the next window ends."""
    next_release = messages.find_next_release(session)
    if next_release is None or next_release > now:
        return next_release
    for message in messages.lock_due(session, now, DUE_AT_ONCE):
        let_go(session, message, now=now)
    return messages.find_next_release(session)


def send_now(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> Released:
    """End the undo window; a message that is on its way already stays as it is."""
    message = lock_own(session, actor, message_id)
    if message.state == MessageState.DRAFT:
        raise NotBeingSent(message.state)
    if message.state != MessageState.PENDING:
        return Released.of(message, already=True)
    let_go(session, message, now=now)
    events.record_operation(session, message, MESSAGE_SENT_NOW, actor=("staff", actor.account_id))
    return Released.of(message, already=False)


def withdraw(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> Message:
    """Take a message back into the drafts while its undo window runs.

    Raise AlreadyReleased afterwards.
    """
    message = lock_own(session, actor, message_id)
    if message.state == MessageState.DRAFT:
        return message
    if message.state != MessageState.PENDING:
        raise AlreadyReleased(message.state)
    _enter(message, MessageState.DRAFT)
    messages.remove_classes(session, message)
    message.snapshot_id = message.audience_label = message.family_label = message.heads = None
    message.staff_heads = 0
    message.release_at = message.link_expires_at = None
    message.version += 1
    message.updated_at = now
    session.flush()
    events.record_operation(session, message, MESSAGE_WITHDRAWN, actor=("staff", actor.account_id))
    return message


def stop(session: Session, actor: Actor, message_id: UUID, *, now: datetime) -> Released:
    """Cancel what is not handed over yet: dispatchers answer "cancelled" for each.

    Twice is once; raise NotSent before or after.
    """
    message = lock_own(session, actor, message_id)
    if message.state == MessageState.STOPPED:
        return Released.of(message, already=True)
    if message.state != MessageState.RELEASED:
        raise NotBeingSent(message.state)
    _enter(message, MessageState.STOPPED)
    message.stopped_at = now
    session.flush()
    events.put_stopped(session, message)
    events.record_operation(session, message, MESSAGE_STOPPED, actor=("staff", actor.account_id))
    return Released.of(message, already=False)
