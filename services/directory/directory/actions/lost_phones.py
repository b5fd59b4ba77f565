"""Put out the browsers of a family, because one of them is in other hands (MY-1)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from common.operations import FAMILY_SESSIONS_ENDED
from directory.actions.family_sessions import Family, end_sessions_of
from directory.actions.guardianships import Tie, get_link
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import my_page as store


def end_other_sessions(session: Session, family: Family) -> None:
    """Forget all browsers of a family but the one that asks."""
    kept = family.row.token_hash
    store.end_sessions_of(session, family.school_id, family.guardians, but=kept)
    guardian_id = family.guardian.id
    actor = Actor(family.school_id, "guardian", guardian_id)
    target = ("member", family.member_ids[0])
    record_operation(session, actor, FAMILY_SESSIONS_ENDED, target, guardian_id=str(guardian_id))


def end_all_sessions(session: Session, actor: Actor, tie: Tie) -> None:
    """Forget all browsers of a guardian, who has told the office that a phone is lost.

    Raise NotFound where there is no such link, or the actor must not see it; NotAllowed for a child
    out of scope.
    """
    link = get_link(session, actor, tie)
    end_sessions_of(session, actor.school_id, link.guardian_id)
    target = ("member", tie.member_id)
    record_operation(
        session, actor, FAMILY_SESSIONS_ENDED, target, guardian_id=str(tie.guardian_id)
    )
