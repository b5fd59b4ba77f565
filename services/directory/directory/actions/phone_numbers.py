"""Emergency telephone numbers: for people to call, never a channel (DIR-13, MSG-18)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.errors import NotAllowed
from common.operations import PHONES_CHANGED, PHONES_VIEWED
from directory.actions.groups import check_members_in_scope, members_in_scope
from directory.domain.errors import InvalidField
from directory.domain.people import check_phones
from directory.domain.phone_numbers import Phone
from directory.domain.scope import Actor
from directory.domain.words import MemberKind
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store import phone_numbers as store


@dataclass(frozen=True, slots=True)
class PhoneLookUp:
    """Whom somebody is about to call, in this order.

    `message_id`: the message that did not reach them, for the log.
    """

    member_ids: Sequence[UUID]
    message_id: UUID | None


def look_up_numbers(
    session: Session, actor: Actor, key: SchoolKey, asked: PhoneLookUp, *, sees_protected: bool
) -> list[dict[str, Any]]:
    """Return guardians and numbers by child, in the order asked; the operation log notes the look.

    A child of another class than the actor's is listed without its guardians, and like a protected
    family without numbers (None). Ids that are not this school's are left out.
    """
    there = {
        seated.member.id
        for seated in member_store.find_members(session, actor.school_id, asked.member_ids)
    }
    wanted = [member_id for member_id in dict.fromkeys(asked.member_ids) if member_id in there]
    seen = see_numbers(session, actor, key, wanted, sees_protected=sees_protected)
    families = _name_families(session, actor, wanted, sees_protected=sees_protected)
    target = ("message", asked.message_id) if asked.message_id else ("roster", None)
    shown = [str(member_id) for member_id, numbers in seen.items() if numbers is not None]
    record_operation(
        session,
        actor,
        PHONES_VIEWED,
        target,
        pupils=len(shown),
        pupil_ids=shown,
    )
    return [
        {
            "member_id": member_id,
            "guardians": families.get(member_id, []),
            "phone_numbers": seen[member_id],
        }
        for member_id in wanted
    ]


def _name_families(
    session: Session, actor: Actor, member_ids: Collection[UUID], *, sees_protected: bool
) -> dict[UUID, list[dict[str, Any]]]:
    """Return child → its guardians, of the children whom the actor may see."""
    school_id = actor.school_id
    tree = group_store.load_tree(session, school_id)
    inside = members_in_scope(session, actor, tree, member_ids)
    protection = family_store.load_protection(session, school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    families: dict[UUID, list[dict[str, Any]]] = {}
    for member_id, guardian, link in store.list_families(session, school_id, inside):
        name = guardian.name
        if guardian.id in hidden.guardians:
            name = None
        is_protected = guardian.id in protection.guardians
        described = {
            "label": link.label,
            "name": name,
            "protected": is_protected,
        }
        families.setdefault(member_id, []).append(described)
    return families


def see_numbers(
    session: Session,
    actor: Actor,
    key: SchoolKey,
    member_ids: Collection[UUID],
    *,
    sees_protected: bool,
) -> dict[UUID, list[dict[str, Any]] | None]:
    """Return member → numbers, None where the actor may not see them.

    That is out of scope, or of a protected family. A number says whose it is only by 続柄, so one
    protected guardian hides all of a child's.
    """
    hidden = _find_hidden(session, actor, member_ids, sees_protected=sees_protected)
    seen: dict[UUID, list[dict[str, Any]] | None] = {}
    for member_id in member_ids:
        seen[member_id] = None if member_id in hidden else []
    for number in store.list_numbers(session, actor.school_id, member_ids):
        numbers = seen[number.member_id]
        if numbers is not None:
            opened = open_number(key, number.id, number.number)
            described = {
                "label": number.label,
                "number": opened,
            }
            numbers.append(described)
    return seen


def check_sees_numbers(
    session: Session, actor: Actor, member_id: UUID, *, sees_protected: bool
) -> None:
    """Raise NotAllowed unless the actor sees a child's numbers.

    Who does not would write over what they can't see.
    """
    if member_id in _find_hidden(session, actor, [member_id], sees_protected=sees_protected):
        raise NotAllowed()


def _find_hidden(
    session: Session, actor: Actor, member_ids: Collection[UUID], *, sees_protected: bool
) -> set[UUID]:
    tree = group_store.load_tree(session, actor.school_id)
    protection = family_store.load_protection(session, actor.school_id)
    outside = set(member_ids) - members_in_scope(session, actor, tree, member_ids)
    return outside | protection.hidden_from(sees_protected=sees_protected).children


def replace_numbers(
    session: Session, actor: Actor, key: SchoolKey, member_id: UUID, wanted: Sequence[Phone]
) -> None:
    """Make these a child's numbers to call, in this order, in place of those it had.

    The operation log says whose, never which. Raise Invalid for what is no telephone number or
    stands twice.
    """
    tree = group_store.load_tree(session, actor.school_id)
    member = member_store.get_member(session, actor.school_id, member_id).member
    check_members_in_scope(session, actor, tree, {member_id})
    if member.kind != MemberKind.PUPIL.value:
        raise InvalidField(
            "phone_numbers", "phones_of_pupils_only", "Only pupils have numbers to call."
        )
    phones = check_phones(wanted)
    rows = [
        {
            "id": uuid4(),
            "member_id": member_id,
            "position": position,
            "label": phone.label,
            "number": phone.number,
        }
        for position, phone in enumerate(phones, start=1)
    ]
    store.hold_members(session, actor.school_id, [member_id])
    store.remove_numbers(session, actor.school_id, [member_id])
    sealed = [{**phone_row(row, key), "school_id": actor.school_id} for row in rows]
    store.add_numbers(session, sealed)
    record_operation(
        session,
        actor,
        PHONES_CHANGED,
        ("member", member_id),
        count=len(phones),
    )


def phone_row(row: dict[str, Any], key: SchoolKey) -> dict[str, Any]:
    """Return a number's row, the number sealed."""
    return {**row, "number": key.encrypt(row["number"], _place(row["id"]))}


def open_number(key: SchoolKey, phone_id: UUID, sealed: bytes) -> str:
    """Return a number that was sealed for its row."""
    return key.decrypt(sealed, _place(phone_id))


def _place(phone_id: UUID) -> SealedPlace:
    return SealedPlace("phone_numbers", "number", phone_id)
