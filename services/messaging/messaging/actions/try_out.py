"""Send a message to oneself before it goes to families."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.operations import MESSAGE_TEST_SENT
from common.words import Lane
from messaging import events
from messaging.actions.release import ReleaseFacts, channels_of, let_go
from messaging.domain.errors import NotSendable, SchoolEnded
from messaging.domain.people import Actor
from messaging.domain.states import MessageState
from messaging.domain.texts import TEST_PREFIX, find_problem
from messaging.store import messages
from messaging.store.models import Message

OPEN_BRACKETS = ("blanks_left", "brackets_unsure")


def send_test(
    session: Session, actor: Actor, message_id: UUID, facts: ReleaseFacts, *, now: datetime
) -> Message:
    """Send a copy of a message to the person who asks, at once; `facts.snapshot` holds them alone.

    It goes the way the message will, in the normal lane, with （テスト） before its subject.
    Brackets may still be open, and it stands in no list. Raises NotSendable, SchoolEnded.
    """
    original = messages.get_visible_message(session, actor, message_id)
    if facts.school.state != "active":
        raise SchoolEnded()
    texts = original.texts
    problem = find_problem(texts, original.brackets)
    if problem is not None and problem.code not in OPEN_BRACKETS:
        raise NotSendable(problem)
    copy = Message(
        id=uuid4(),
        school_id=original.school_id,
        kind=original.kind,
        state=MessageState.DRAFT.value,
        lane=Lane.NORMAL.value,
        subject=TEST_PREFIX + texts.subject,
        body=texts.body,
        short_text=texts.short_text,
        blanks=[],
        kept_brackets=[],
        category_id=original.category_id,
        audience={"group_ids": [], "member_ids": [str(actor.member_id)], "excluded_member_ids": []},
        channels=channels_of(original, facts),
        without_channels=original.without_channels,
        confirmable=original.confirmable,
        open_to_staff=False,
        test_of=original.id,
        version=1,
        created_by=actor.account_id,
        created_by_name=original.created_by_name,
        created_at=now,
        updated_at=now,
        snapshot_id=facts.snapshot.id,
        audience_label=facts.snapshot.label,
        family_label=facts.snapshot.family_label,
        heads=facts.snapshot.heads,
        staff_heads=facts.snapshot.staff_heads,
        release_at=now,
        link_expires_at=now + facts.link_lifetime,
    )
    session.add(copy)
    let_go(session, copy, now=now)
    events.record_operation(session, original, MESSAGE_TEST_SENT, actor=("staff", actor.account_id))
    return copy
