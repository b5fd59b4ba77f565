"""End a guardianship, or mark one as protected (DIR-15)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import (
    GUARDIANSHIP_ENDED,
    GUARDIANSHIP_PROTECTED,
    GUARDIANSHIP_UNPROTECTED,
)
from directory import events
from directory.actions.contact_points import end_points_of
from directory.actions.family_sessions import end_sessions_of
from directory.actions.groups import check_members_in_scope
from directory.domain.errors import NoSuch
from directory.domain.people import check_text
from directory.domain.scope import Actor
from directory.store import families as store
from directory.store import groups as group_store
from directory.store import registrations as registration_store
from directory.store.erasures import list_lonely
from directory.store.models import Guardianship

MAX_REASON_GRAPHEMES = 200


@dataclass(frozen=True, slots=True)
class Tie:
    """The link from a child to a guardian, as an actor wants to change it."""

    member_id: UUID
    guardian_id: UUID
    sees_protected: bool


def end_guardianship(session: Session, actor: Actor, tie: Tie, reason: str) -> None:
    """Take a guardian from a child, for what is sent and for what was sent.

    `reason`: in the office's words, for the operation log. The guardian stays where there are other
    children; after the last one nothing is sent there any more. A registration on its way ends,
    lest it bring the guardian back. Raise Invalid without a reason; NotFound where there is no such
    link, or the actor must not see it; NotAllowed for a child out of scope.
    """
    why = check_text("reason", reason, MAX_REASON_GRAPHEMES)
    link = get_link(session, actor, tie)
    _end_registrations(session, actor.school_id, tie.guardian_id, [tie.member_id])
    session.delete(link)
    session.flush()
    details = {"guardian_id": str(tie.guardian_id), "reason": why}
    target = ("member", tie.member_id)
    events.record_operation(session, actor, GUARDIANSHIP_ENDED, target, **details)
    events.put_guardianship_ended(session, link)
    if list_lonely(session, actor.school_id, {tie.guardian_id}):
        end_points_of(session, actor, tie.guardian_id, tie.member_id)


def protect_guardianship(
    session: Session,
    actor: Actor,
    member_id: UUID,
    guardian_id: UUID,
    *,
    is_protected: bool,
) -> None:
    """Mark a family as protected, or take the mark away; only for who sees protected families.

    The mark also ends what old links tell: they may be in other hands. Taking it away brings
    nothing back. Raise NotFound, NotAllowed as `end_guardianship`.
    """
    link = get_link(session, actor, Tie(member_id, guardian_id, sees_protected=True))
    if link.protected == is_protected:
        return
    link.protected = is_protected
    operation = GUARDIANSHIP_PROTECTED if is_protected else GUARDIANSHIP_UNPROTECTED
    details = {"guardian_id": str(guardian_id)}
    events.record_operation(session, actor, operation, ("member", member_id), **details)
    if is_protected:
        _protect_family(session, actor.school_id, guardian_id)


def _protect_family(session: Session, school_id: UUID, guardian_id: UUID) -> None:
    """Say it of all of the guardian's children: a mark at one covers them (`domain.protection`).

    Browsers that were let in before may be in other hands, too.
    """
    links = store.list_links_of(session, school_id, guardian_id)
    member_ids = [link.member_id for link in links]
    _end_registrations(session, school_id, guardian_id, member_ids)
    for link in links:
        events.put_guardianship_protected(session, link)
    end_sessions_of(session, school_id, guardian_id)


def _end_registrations(
    session: Session, school_id: UUID, guardian_id: UUID, member_ids: Collection[UUID]
) -> None:
    """End what a browser may still hold open; whoever is meant to register begins by the sheet."""
    registration_store.end_of_children(session, school_id, member_ids)
    registration_store.end_of_guardian(session, school_id, guardian_id)


def get_link(session: Session, actor: Actor, tie: Tie) -> Guardianship:
    """Return a link that the actor may change, held for it; raise NotFound, NotAllowed."""
    protection = store.load_protection(session, actor.school_id)
    hidden = protection.hidden_from(sees_protected=tie.sees_protected)
    link = store.find_link(session, actor.school_id, tie.member_id, tie.guardian_id)
    if link is None or tie.guardian_id in hidden.guardians:
        raise NoSuch("guardian")
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {tie.member_id})
    return link
