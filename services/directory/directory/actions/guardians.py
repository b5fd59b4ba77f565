"""Guardians registered and changed by hand, one at a time (DIR-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.errors import NotAllowed
from common.operations import (
    CONTACT_POINT_CREATED,
    GUARDIANSHIP_CHANGED,
    GUARDIANSHIP_CREATED,
)
from common.words import Channel
from directory.actions.families import (
    add_mails,
    check_room,
    index_of,
    mail_of_another,
    register_guardians,
)
from directory.actions.groups import check_members_in_scope
from directory.actions.guardianships import Tie, get_link
from directory.domain.errors import InvalidField, NoSuch
from directory.domain.people import MAX_LABEL_GRAPHEMES, GuardianDraft, check_mails, check_text
from directory.domain.protection import Protection
from directory.domain.scope import Actor
from directory.domain.words import ContactState, MemberKind
from directory.events import record_operation
from directory.store import families as store
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store.models import ContactPoint, Guardian


@dataclass(frozen=True, slots=True)
class AddressSeal:
    """With what a new address is sealed, and when it came."""

    key: SchoolKey
    now: datetime


@dataclass(frozen=True, slots=True)
class GuardianToAdd:
    """A guardian that an actor wants to give to a child."""

    member_id: UUID
    draft: GuardianDraft
    sees_protected: bool


def add_guardian(session: Session, actor: Actor, new: GuardianToAdd, seal: AddressSeal) -> UUID:
    """Give a pupil one more guardian, and return who it is.

    One whose mail address the school knows is that guardian. Raise NotFound for who is no pupil of
    the school; NotAllowed out of scope, or for a child of a family that the actor must not see;
    Invalid for what is no address, or another guardian's.
    """
    member_id = new.member_id
    group_store.lock_root(session, actor.school_id)
    member = member_store.get_member(session, actor.school_id, member_id).member
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {member_id})
    if member.kind != MemberKind.PUPIL.value:
        raise NoSuch("member")
    hidden = _hidden_from(session, actor, sees_protected=new.sees_protected)
    if member_id in hidden.children:
        raise NotAllowed()
    indexes = [index_of(seal.key, Channel.MAIL, mail) for mail in check_mails(new.draft.mails)]
    family = store.list_guardians(session, actor.school_id, member_id)
    present = {guardian.id for guardian, _ in family}
    for _, owner in store.find_guardian_by_index(session, actor.school_id, indexes):
        if owner.id in present:
            raise InvalidField("mails", "guardian_already", "This guardian is registered already.")
        if owner.id in hidden.guardians:
            raise _of_another(owner, hidden)
    [guardian_id] = register_guardians(session, member, [new.draft], seal.key, seal.now)
    details = {"guardian_id": str(guardian_id)}
    record_operation(session, actor, GUARDIANSHIP_CREATED, ("member", member_id), **details)
    return guardian_id


def change_guardian(
    session: Session, actor: Actor, tie: Tie, wanted: Mapping[str, str | None]
) -> None:
    """Change a guardian's name, for all of its children, or what it is to this child.

    Raise Invalid, and NotFound and NotAllowed as `get_link`.
    """
    link = get_link(session, actor, tie)
    guardian = session.get_one(Guardian, tie.guardian_id)
    fields = []
    if "name" in wanted:
        typed = wanted["name"]
        name = check_text("name", typed) if typed and typed.strip() else None
        if name != guardian.name:
            guardian.name = name
            fields.append("name")
    if "label" in wanted:
        label = check_text("label", wanted["label"] or "", MAX_LABEL_GRAPHEMES)
        if label != link.label:
            link.label = label
            fields.append("label")
    if fields:
        details = {"guardian_id": str(tie.guardian_id), "fields": fields}
        record_operation(session, actor, GUARDIANSHIP_CHANGED, ("member", tie.member_id), **details)


@dataclass(frozen=True, slots=True)
class MailToAdd:
    """An address as typed; `again`: one that had ended is to be used again, as was answered."""

    typed: str
    again: bool = False


def add_mail(
    session: Session, actor: Actor, tie: Tie, mail_to_add: MailToAdd, seal: AddressSeal
) -> None:
    """Register one more mail address of a guardian.

    Raise Invalid `mail_ended` for one that had ended, unless it was said that it is used again.
    Raise Invalid for what is no address, is somebody's, or is one too many; NotFound and NotAllowed
    as `get_link`.
    """
    group_store.lock_root(session, actor.school_id)
    get_link(session, actor, tie)
    guardian = session.get_one(Guardian, tie.guardian_id)
    [mail] = check_mails([mail_to_add.typed])
    index = index_of(seal.key, Channel.MAIL, mail)
    hidden = _hidden_from(session, actor, sees_protected=tie.sees_protected)
    owners = [owner for _, owner in store.find_guardian_by_index(session, actor.school_id, [index])]
    if guardian in owners:
        raise InvalidField("mails", "mail_already", "This address is registered already.")
    if owners:
        raise _of_another(owners[0], hidden)
    check_room(session, guardian, 1)
    point = store.find_point_of(session, guardian, Channel.MAIL, index)
    if point is None:
        add_mails(session, guardian, [mail], seal.key, seal.now)
        point = store.find_point_of(session, guardian, Channel.MAIL, index)
    elif mail_to_add.again:
        _use_again(point)
    else:
        # Ended means never written to again: who stopped it may have had a reason.
        raise InvalidField("mails", "mail_ended", "This address was ended.", value=mail)
    assert point is not None
    children = store.list_children_of(session, actor.school_id, [guardian.id])[guardian.id]
    member_ids = [str(child) for child in children]
    target = ("contact_point", point.id)
    record_operation(session, actor, CONTACT_POINT_CREATED, target, member_ids=member_ids)


def _use_again(point: ContactPoint) -> None:
    """Address a contact point that had ended, as if it were new."""
    point.state = ContactState.ACTIVE.value
    point.health = point.stopped_at = None
    point.proved_at = point.last_proved_at = None


def _hidden_from(session: Session, actor: Actor, *, sees_protected: bool) -> Protection:
    protection = store.load_protection(session, actor.school_id)
    return protection.hidden_from(sees_protected=sees_protected)


def _of_another(owner: Guardian, hidden: Protection) -> InvalidField:
    return mail_of_another(None if owner.id in hidden.guardians else owner.name)
