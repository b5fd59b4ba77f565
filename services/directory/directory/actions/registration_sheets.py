"""Registration sheets: whose there are, what is printed on them, and what makes them void.

A sheet opens the way into a child's family, so who prints one is in the operation log, and a
protected family's is printed only by who may see such families (DIR-6, DIR-7, DIR-14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.errors import NotAllowed
from common.operations import (
    SHEET_ID_CHANGED,
    SHEET_PERIOD_CHANGED,
    SHEET_TEXT_CHANGED,
    SHEET_VOIDED,
    SHEETS_PRINTED,
)
from directory.actions.groups import check_members_in_scope
from directory.actions.registration_codes import give_codes
from directory.actions.show import channels_of, describe_member
from directory.domain.errors import LoginIdTaken, NoSuch, SheetTextChangedMeanwhile
from directory.domain.registration.codes import check_login_id, in_parts, new_login_id
from directory.domain.scope import Actor
from directory.domain.tree import Tree
from directory.domain.words import PRESENT, WITHIN_LIMIT, MemberKind, MemberStatus, Reachability
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import member_lists
from directory.store import members as member_store
from directory.store import registration as store
from directory.store import registrations as registration_store
from directory.store.member_lists import MemberFilter, Stretch
from directory.store.members import EnrolledMember
from directory.store.models import RegistrationSheet

# A list is not paged: what is printed is chosen from all of it. No school has as many children.
MOST_CHILDREN = 20_000


@dataclass(frozen=True, slots=True)
class WantedSheets:
    """Whose sheets a list holds: of a group and what is below it, None for the whole school.

    `prospective`: who comes next year in place of who is here; `unreached`: only those whom nothing
    reaches.
    """

    group_id: UUID | None
    prospective: bool
    unreached: bool


@dataclass(frozen=True, slots=True)
class SheetTerms:
    """What giving out codes needs beside who asks: the school's key, their sight, the moment."""

    key: SchoolKey
    sees_protected: bool
    now: datetime


def list_sheets(session: Session, actor: Actor, wanted: WantedSheets) -> list[dict[str, Any]]:
    """Return the children of the actor's scope in the order of lists, without any codes.

    Each with how its family is reached and when its sheet was given out; raise NotFound for a
    group that is not the school's.
    """
    tree = group_store.load_tree(session, actor.school_id)
    if wanted.group_id is not None and wanted.group_id not in tree.nodes:
        raise NoSuch("group")
    statuses = (MemberStatus.PROSPECTIVE.value,) if wanted.prospective else _here()
    children = member_lists.list_members(
        session,
        actor.school_id,
        tree,
        MemberFilter(
            groups=tree.spread([wanted.group_id]) if wanted.group_id else None,
            scope=actor.scope.groups(tree),
            kind=MemberKind.PUPIL.value,
            statuses=statuses,
            reach=Reachability.UNREACHED if wanted.unreached else None,
        ),
        Stretch(MOST_CHILDREN),
    )
    return _describe(session, actor.school_id, children, tree)


def _here() -> tuple[str, ...]:
    """Return the statuses of children who are at the school now."""
    return tuple(status for status in PRESENT if status in WITHIN_LIMIT)


def _describe(
    session: Session, school_id: UUID, children: Sequence[EnrolledMember], tree: Tree
) -> list[dict[str, Any]]:
    ids = [child.member.id for child in children]
    channels = channels_of(session, school_id, ids)
    sheets = store.map_sheets(session, school_id, ids)
    protected = family_store.load_protection(session, school_id).children
    return [
        {
            **describe_member(child, tree),
            **channels[child.member.id],
            **_describe_paper(sheets.get(child.member.id)),
            "protected": child.member.id in protected,
        }
        for child in children
    ]


def _describe_paper(sheet: RegistrationSheet | None) -> dict[str, Any]:
    """Return when a sheet was given out, and until when it is good; None where there is none."""
    if sheet is None:
        return {"issued_at": None, "valid_until": None}
    return {"issued_at": sheet.issued_at, "valid_until": sheet.valid_until}


def print_sheets(
    session: Session, actor: Actor, member_ids: Sequence[UUID], terms: SheetTerms
) -> list[dict[str, Any]]:
    """Return what is printed on these children's sheets, in the order asked; it is in the log.

    A reprint is identical (`registration_codes.give_codes`). Who has left, is no pupil or not of
    this school is left out. Raise NotAllowed for a child out of scope, or of a protected family
    that the actor must not see: then nobody's is given.
    """
    found = _find_children(session, actor, member_ids)
    _check_may_print(session, actor, found, sees_protected=terms.sees_protected)
    tree = group_store.load_tree(session, actor.school_id)
    protected = family_store.load_protection(session, actor.school_id).children
    codes = give_codes(session, terms.key, list(found), now=terms.now)
    printed = [str(member_id) for member_id in found]
    if printed:
        is_one = len(found) == 1
        record_operation(
            session,
            actor,
            SHEETS_PRINTED,
            ("member", next(iter(found))) if is_one else ("roster", None),
            pupils=len(printed),
            pupil_ids=printed,
        )
    items = []
    for member_id, child in found.items():
        given = codes[member_id]
        items.append(
            {
                **describe_member(child, tree),
                "login_id": given.login_id,
                "login_id_in_parts": in_parts(given.login_id),
                "passcode_in_parts": in_parts(given.passcode),
                "issued_at": given.issued_at,
                "valid_until": given.valid_until,
                "protected": member_id in protected,
            }
        )
    return items


def _find_children(
    session: Session, actor: Actor, member_ids: Sequence[UUID]
) -> dict[UUID, EnrolledMember]:
    """Return the pupils among these who are here or come, in the order asked."""
    there: dict[UUID, EnrolledMember] = {}
    for seated in member_store.find_members(session, actor.school_id, member_ids):
        is_pupil = seated.member.kind == MemberKind.PUPIL.value
        if is_pupil and seated.member.status in PRESENT:
            there[seated.member.id] = seated
    asked = dict.fromkeys(member_ids)
    return {member_id: there[member_id] for member_id in asked if member_id in there}


def _check_may_print(
    session: Session,
    actor: Actor,
    children: Mapping[UUID, EnrolledMember],
    *,
    sees_protected: bool,
) -> None:
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, children.keys())
    protection = family_store.load_protection(session, actor.school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected).children
    if hidden & children.keys():
        raise NotAllowed("sheet_protected", "This family's sheet is handed over by others.")


def show_sheet(
    session: Session, actor: Actor, member_id: UUID, *, sees_protected: bool
) -> dict[str, Any]:
    """Return a child's ID and when its sheet was given out, never the passcode.

    None where there is no sheet yet. Raise NotFound, NotAllowed.
    """
    _get_child(session, actor, member_id, sees_protected=sees_protected)
    sheet = store.map_sheets(session, actor.school_id, [member_id]).get(member_id)
    login_id = in_parts(sheet.login_id) if sheet else None
    return {"login_id": login_id, **_describe_paper(sheet)}


def void_sheet(session: Session, actor: Actor, member_id: UUID, terms: SheetTerms) -> None:
    """Make a child's printed sheet void: the next one has another passcode, good from now.

    What was begun by it ends. Raise NotFound where none was given out, NotAllowed.
    """
    _end_registrations(session, actor, member_id, sees_protected=terms.sees_protected)
    _hold_sheet(session, actor, member_id, sees_protected=terms.sees_protected)
    give_codes(session, terms.key, [member_id], anew=True, now=terms.now)
    record_operation(session, actor, SHEET_VOIDED, ("member", member_id))


def change_login_id(
    session: Session,
    actor: Actor,
    member_id: UUID,
    typed: str,
    *,
    sees_protected: bool,
) -> None:
    """Give a child another ID, the typed one or where nothing was typed one that is drawn.

    Paper with the old ID is void by that, and what was begun by it ends. Raise Invalid for an ID
    that can't be read well, Refused `login_id_taken`, NotFound where no sheet was given out,
    NotAllowed.
    """
    _end_registrations(session, actor, member_id, sees_protected=sees_protected)
    sheet = _hold_sheet(session, actor, member_id, sees_protected=sees_protected)
    wanted = new_login_id()
    if typed:
        wanted = check_login_id(typed)
    if wanted == sheet.login_id:
        return
    try:
        with session.begin_nested():
            sheet.login_id = wanted
    except IntegrityError as error:
        raise LoginIdTaken() from error
    child = "member", member_id
    record_operation(session, actor, SHEET_ID_CHANGED, child)


def _end_registrations(
    session: Session, actor: Actor, member_id: UUID, *, sees_protected: bool
) -> None:
    """End what was begun by a child's sheet; before the sheet is held, as all who register do."""
    _get_child(session, actor, member_id, sees_protected=sees_protected)
    registration_store.end_of_children(session, actor.school_id, [member_id])


def _hold_sheet(
    session: Session, actor: Actor, member_id: UUID, *, sees_protected: bool
) -> RegistrationSheet:
    _get_child(session, actor, member_id, sees_protected=sees_protected)
    sheet = store.hold_sheets(session, actor.school_id, [member_id]).get(member_id)
    if sheet is None:
        raise NoSuch("sheet")
    return sheet


def _get_child(
    session: Session, actor: Actor, member_id: UUID, *, sees_protected: bool
) -> EnrolledMember:
    found = _find_children(session, actor, [member_id])
    if member_id not in found:
        raise NoSuch("member")
    _check_may_print(session, actor, found, sees_protected=sees_protected)
    return found[member_id]


def show_text(session: Session, school_id: UUID) -> str:
    """Return what the school adds to its sheets; nothing where it adds nothing."""
    return store.find_text(session, school_id)


def change_text(session: Session, actor: Actor, wanted: str, *, former: str) -> None:
    """Let the school's sheets say something of its own; raise Refused `changed_meanwhile`.

    `former`: what it said where somebody began to write.
    """
    text = store.hold_text(session, actor.school_id)
    if text.content != former:
        raise SheetTextChangedMeanwhile()
    if wanted == former:
        return
    text.content = wanted
    record_operation(session, actor, SHEET_TEXT_CHANGED, ("school", actor.school_id))


def show_period(session: Session, school_id: UUID) -> int:
    """Return for how many days a sheet that is printed now is good."""
    return store.find_valid_days(session, school_id)


def change_period(session: Session, actor: Actor, days: int) -> None:
    """Let sheets that are printed from now on be good for so many days; others keep theirs."""
    text = store.hold_text(session, actor.school_id)
    if text.valid_days == days:
        return
    text.valid_days = days
    school = "school", actor.school_id
    record_operation(session, actor, SHEET_PERIOD_CHANGED, school, days=days)
