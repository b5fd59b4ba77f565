"""Emergency telephone numbers: for people to call, never a channel (DIR-13, MSG-18)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import Place, SchoolKey
from directory.actions.groups import members_in_scope
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store import phone_numbers as store
from directory.store.models import Guardian, Guardianship, PhoneNumber


def look_up_numbers(
    session: Session,
    actor: Actor,
    key: SchoolKey,
    member_ids: Sequence[UUID],
    message_id: UUID | None,
    *,
    sees_protected: bool,
) -> list[dict[str, Any]]:
    """Return guardians and numbers by child, in the order asked, and note in the operation log that they were looked at.

    A child of another class than the actor's, and a protected family, are listed without numbers (None). Ids that are not this
    school's are left out. `message_id`: the message that did not reach them, for the log.
    """
    there = {seated.member.id for seated in member_store.find_members(session, actor.school_id, member_ids)}
    wanted = [member_id for member_id in dict.fromkeys(member_ids) if member_id in there]
    seen = see_numbers(session, actor, key, wanted, sees_protected=sees_protected)
    families: dict[UUID, list[dict[str, Any]]] = {}
    for member_id, guardian, link in store.list_families(session, actor.school_id, wanted):
        families.setdefault(member_id, []).append(_describe(guardian, link, sees_protected))
    target = ("message", message_id) if message_id else ("roster", None)
    record_operation(session, actor, "phones.viewed", target, pupils=sum(numbers is not None for numbers in seen.values()))
    return [
        {"member_id": member_id, "guardians": families.get(member_id, []), "phone_numbers": seen[member_id]} for member_id in wanted
    ]


def see_numbers(
    session: Session, actor: Actor, key: SchoolKey, member_ids: Collection[UUID], *, sees_protected: bool
) -> dict[UUID, list[dict[str, Any]] | None]:
    """Return member → numbers, None where the actor may not see them: out of scope, or of a protected family.

    A number says whose it is only by 続柄, so one protected guardian hides all of a child's.
    """
    tree = group_store.load_tree(session, actor.school_id)
    hidden = set(member_ids) - members_in_scope(session, actor, tree, member_ids)
    if not sees_protected:
        hidden |= {m for m, _, link in store.list_families(session, actor.school_id, member_ids) if link.protected}
    seen: dict[UUID, list[dict[str, Any]] | None] = {m: None if m in hidden else [] for m in member_ids}
    for number in store.list_numbers(session, actor.school_id, member_ids):
        numbers = seen[number.member_id]
        if numbers is not None:
            numbers.append({"label": number.label, "number": _open(number, key)})
    return seen


def _open(number: PhoneNumber, key: SchoolKey) -> str:
    return key.decrypt(number.number, Place("phone_numbers", "number", number.id))


def _describe(guardian: Guardian, link: Guardianship, sees_protected: bool) -> dict[str, Any]:
    name = guardian.name if sees_protected or not link.protected else None
    return {"label": link.label, "name": name, "protected": link.protected}
