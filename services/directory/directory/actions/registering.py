"""What proved addresses of a registration become: a guardian's contact points (DIR-8, DIR-14).

Whose address it is says who registers: the guardian to whom the school, or an earlier registration,
gave that address; else a new one. So nobody has to be shown who is registered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.operations import FAMILY_REGISTERED, REGISTRATION_HELD
from directory.actions.arrived import attach_ready
from directory.actions.family_tellings import TOLD, tell_of_growth
from directory.actions.registering_owners import Ready, children_of, find_known, owner_of
from directory.actions.registering_staff import settle_member
from directory.domain.protection import Protection
from directory.domain.registration.errors import RegistrationOver, SheetNeeded, SheetReplaced
from directory.domain.registration.states import ChildState
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import line_links as line_store
from directory.store import registrations as store
from directory.store.models import (
    Guardian,
    Guardianship,
    LineLink,
    Registration,
    RegistrationChild,
)


@dataclass(frozen=True, slots=True)
class _Party:
    """Somebody of a registration: its browser, or who read a mail that it asked for elsewhere.

    `owner`: whom the school knows as them; None for a guardian to come.
    """

    owner: Guardian | None
    rows: Sequence[Ready]
    is_own: bool


@dataclass(frozen=True, slots=True)
class _Case:
    """What is to be settled, who is protected at that moment, and when it is."""

    registration: Registration
    children: Sequence[RegistrationChild]
    protection: Protection
    is_accepted: bool
    now: datetime

    def list_in(self, state: ChildState) -> list[RegistrationChild]:
        return [child for child in self.children if child.state == state.value]


@dataclass(frozen=True, slots=True)
class _Change:
    """What a family has more than before, of which it is told.

    `terms_version`, `agreed_at`: to which words on the use of addresses it agreed, and when.
    """

    guardian: Guardian
    terms_version: str | None
    agreed_at: datetime | None
    children: Sequence[UUID]
    new_points: Sequence[UUID]
    registered: int


def settle(
    session: Session, registration: Registration, *, is_accepted: bool = False, now: datetime
) -> UUID | None:
    """Make contact points of the addresses that are proved, of the guardians whose they are, or of
    the member of staff who registers.

    Return who the registration's own browser is; None where the office has to accept it, or where
    it has proved nothing itself. A protected family waits for the office, unless it `is_accepted`.
    Raise SheetReplaced where nothing is left that the sheets open; Invalid where a guardian would
    have too many.
    """
    group_store.lock_root(session, registration.school_id)
    if registration.member_id is not None:
        settle_member(session, registration, registration.member_id, now=now)
        return None
    children = store.list_children(session, registration)
    protection = family_store.load_protection(session, registration.school_id)
    case = _Case(registration, children, protection, is_accepted, now)
    parties = _list_parties(session, case)
    accepted = _list_accepted(session, case) if is_accepted else []
    if not is_accepted:
        _check_sheets(session, case)
    _hold(session, case, parties)
    waits = case.list_in(ChildState.HELD)
    fresh = accepted or case.list_in(ChildState.ENTERED)
    # Before anything is linked: what one party gets now is not what another one had.
    standing = [_list_standing(session, case, party) for party in parties]
    own_id = None
    for party, before in zip(parties, standing, strict=True):
        taken = [*before, *fresh]
        if taken:
            guardian_id = _settle_party(session, case, party, taken)
            own_id = guardian_id if party.is_own else own_id
        elif not waits:
            raise SheetReplaced()
    registration.guardian_id = own_id or registration.guardian_id
    return own_id


def _settle_party(
    session: Session, case: _Case, party: _Party, taken: Sequence[RegistrationChild]
) -> UUID:
    """Make a party the guardian of children, reached at its addresses; return who it is."""
    registration, now = case.registration, case.now
    guardian = party.owner or _new_guardian(session, registration)
    linked = _link(session, registration, guardian, taken, now)
    waiting = [row for row in party.rows if row.contact_point_id is None]
    points = [attach_ready(session, guardian, row, now) for row in waiting]
    session.flush()
    new_points = [point.point_id for point in points if point.is_new]
    member_ids = [child.member_id for child in taken]
    change = _Change(
        guardian,
        registration.terms_version,
        registration.agreed_at,
        children=linked or member_ids,
        new_points=new_points,
        registered=len(points),
    )
    if linked or points:
        _record(session, change, member_ids)
    if linked or new_points:
        _tell_family(session, change, now)
    return guardian.id


def settle_own(
    session: Session, school_id: UUID, guardian_id: UUID, ready: LineLink, *, now: datetime
) -> Sequence[UUID]:
    """Make a contact point of an address that a family proved from its own page.

    Return its children. Raise RegistrationOver for who is no guardian any more; SheetNeeded in a
    protected family; Invalid where a guardian would have too many.
    """
    group_store.lock_root(session, school_id)
    guardian = find_known(session, school_id, guardian_id)
    children = sorted(children_of(session, guardian))
    if guardian is None or not children:
        raise RegistrationOver()
    protection = family_store.load_protection(session, school_id)
    if guardian.id in protection.guardians:
        raise SheetNeeded()
    attached = attach_ready(session, guardian, ready, now)
    session.flush()
    new_points = [attached.point_id] if attached.is_new else []
    change = _Change(
        guardian,
        ready.terms_version,
        ready.asked_at,
        children=children,
        new_points=new_points,
        registered=1,
    )
    _record(session, change, children)
    if new_points:
        _tell_family(session, change, now)
    return children


def _list_parties(session: Session, case: _Case) -> list[_Party]:
    """Return who has something to be settled: the registration's own browser first.

    Whoever typed somebody's address, and made them press, must neither become them nor have their
    own addresses become theirs. So each mail that was proved elsewhere is somebody of its own. Of
    those the ones who are settled come again only with what the office has accepted.
    """
    registration = case.registration
    mails = [mail for mail in store.list_mails(session, registration) if mail.proved_at is not None]
    lines = line_store.list_links(session, registration)
    own: list[Ready] = [mail for mail in mails if mail.proved_here]
    # LINE's nonce went to this browser alone, and so did a phone's subscription.
    own += [line for line in lines if line.proved_at is not None]
    own += store.list_apps(session, registration)
    parties = []
    if own or registration.guardian_id is not None:
        owner = _find_owner(session, registration, own)
        parties.append(_Party(owner, own, is_own=True))
    for mail in mails:
        is_waiting = mail.contact_point_id is None
        if not mail.proved_here and (is_waiting or case.is_accepted):
            parties.append(_Party(owner_of(session, mail), [mail], is_own=False))
    return parties


def _check_sheets(session: Session, case: _Case) -> None:
    entered = case.list_in(ChildState.ENTERED)
    if entered and len(store.list_good_sheets(session, entered, case.now)) < len(entered):
        raise SheetReplaced()


def _list_accepted(session: Session, case: _Case) -> list[RegistrationChild]:
    """Return the children for whom the office lets a registration count; SheetReplaced for none.

    Only those that it has seen: who was entered since waits in turn, and who left is left out.
    """
    held = case.list_in(ChildState.HELD)
    present = store.list_present(session, held)
    accepted = [child for child in held if child.member_id in present]
    if not accepted:
        raise SheetReplaced()
    return accepted


def _list_standing(session: Session, case: _Case, party: _Party) -> list[RegistrationChild]:
    """Return the children of before for whom a registration counts still.

    Of whom a party is the guardian, that they are. Where the browser has become a guardian, what
    the office took from that one is not brought back. Somebody who comes new needs a sheet that is
    good still, as anybody does, and no protected family.
    """
    linked = case.list_in(ChildState.LINKED)
    if not linked:
        return []
    registration, protection = case.registration, case.protection
    mine = children_of(session, party.owner)
    is_known = party.is_own and registration.guardian_id is not None
    if is_known or case.is_accepted:
        return [child for child in linked if child.member_id in mine]
    if registration.guardian_id is not None:
        browser = find_known(session, registration.school_id, registration.guardian_id)
        of_browser = children_of(session, browser)
        linked = [child for child in linked if child.member_id in of_browser | mine]
    good = store.list_good_sheets(session, linked, case.now) - protection.children
    if party.owner is not None and party.owner.id in protection.guardians:
        good = set()
    return [child for child in linked if child.member_id in good | mine]


def _find_owner(
    session: Session, registration: Registration, rows: Sequence[Ready]
) -> Guardian | None:
    """Return who registers: who this browser is already, or whose the address is; else None."""
    school_id = registration.school_id
    if registration.guardian_id is not None:
        known = find_known(session, school_id, registration.guardian_id)
        if known is not None:
            return known
    for row in rows:
        owner = owner_of(session, row)
        if owner is not None:
            return owner
    return None


def _hold(session: Session, case: _Case, parties: Iterable[_Party]) -> None:
    """Let the office decide on children of protected families (DIR-14)."""
    owners = {party.owner.id for party in parties if party.owner is not None}
    is_owner_protected = not owners.isdisjoint(case.protection.guardians)
    for child in case.list_in(ChildState.ENTERED):
        if not is_owner_protected and child.member_id not in case.protection.children:
            continue
        child.state = ChildState.HELD.value
        child.settled_at = case.now
        actor = Actor(child.school_id, "system", None)
        pupils = [str(child.member_id)]
        target = ("member", child.member_id)
        record_operation(session, actor, REGISTRATION_HELD, target, pupil_ids=pupils)


def _new_guardian(session: Session, registration: Registration) -> Guardian:
    guardian = Guardian(
        id=uuid4(),
        school_id=registration.school_id,
        name=None,
        language=registration.language,
    )
    session.add(guardian)
    session.flush()
    return guardian


def _link(
    session: Session,
    registration: Registration,
    guardian: Guardian,
    children: Iterable[RegistrationChild],
    now: datetime,
) -> list[UUID]:
    """Make somebody the guardian of children; return those of whom they were none before."""
    linked = []
    for child in children:
        is_waiting = child.state != ChildState.LINKED.value
        if is_waiting:
            child.state = ChildState.LINKED.value
            child.settled_at = now
        present = family_store.list_guardians(session, registration.school_id, child.member_id)
        if any(known.id == guardian.id for known, _ in present):
            continue
        last = max((link.position for _, link in present), default=0)
        session.add(
            Guardianship(
                member_id=child.member_id,
                guardian_id=guardian.id,
                school_id=registration.school_id,
                label=registration.label,
                position=last + 1,
                protected=False,
            )
        )
        linked.append(child.member_id)
    session.flush()
    return linked


def _record(session: Session, change: _Change, member_ids: Sequence[UUID]) -> None:
    guardian = change.guardian
    record_operation(
        session,
        Actor(guardian.school_id, "guardian", guardian.id),
        FAMILY_REGISTERED,
        ("member", member_ids[0]),
        guardian_id=str(guardian.id),
        pupil_ids=[str(member_id) for member_id in member_ids],
        contact_points=change.registered,
        **_consent(change),
    )


def _consent(change: _Change) -> dict[str, str]:
    """Return what the log keeps of an agreement to the use of addresses (DIR-16)."""
    if change.terms_version is None or change.agreed_at is None:
        return {}
    agreed_at = change.agreed_at.isoformat()
    return {"terms_version": change.terms_version, "agreed_at": agreed_at}


def _tell_family(session: Session, change: _Change, now: datetime) -> None:
    tell_family(session, change.guardian, change.children, change.new_points, now=now)


def tell_family(
    session: Session,
    guardian: Guardian,
    children: Sequence[UUID],
    new_points: Collection[UUID],
    *,
    now: datetime,
) -> None:
    """Tell a family's other contact points that there is one more; never who, and never where.

    In a protected family only the guardian's own ones hear it: the others must not learn anything.
    """
    school_id = guardian.school_id
    guardian_ids = {guardian.id}
    protection = family_store.load_protection(session, school_id)
    if protection.children.isdisjoint(children):
        family = family_store.list_guardians_of(session, school_id, children)
        guardian_ids |= {each.id for each in family}
    points = family_store.list_points(session, school_id, guardian_ids)
    readers = [point for point in points if point.kind in TOLD and point.id not in new_points]
    tell_of_growth(session, readers, now=now)
