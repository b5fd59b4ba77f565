"""What an operator keeps of a school and its contract: shown, and changed (OPS-1, OPS-9)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.errors import NotFound
from common.operations import SCHOOL_CHANGED
from identity import events
from identity.actions.contacts import add_contacts, open_contacts
from identity.domain.contracts import SchoolClosed
from identity.domain.particulars import Particulars, SchoolChangedElsewhere, check_first_day
from identity.domain.words import OPEN_STATES, Actor, SchoolState
from identity.store import schools
from identity.store.keyring import Keyring
from identity.store.models import Contract, School


@dataclass(frozen=True, slots=True)
class KnownSchool:
    """A school with its newest contract and its particulars; both None once it is erased."""

    school: School
    contract: Contract | None
    particulars: Particulars | None


@dataclass(frozen=True, slots=True)
class Change:
    """A school as it shall be. `version`: of the school that was read."""

    wanted: Particulars
    version: str


def show_school(session: Session, school_id: UUID, keyring: Keyring) -> KnownSchool:
    """Return what the operator keeps of a school, an erased one too; raise NotFound."""
    school = schools.find_any_school(session, school_id)
    if school is None:
        raise NotFound()
    contract = schools.newest_contracts(session, [school_id]).get(school_id)
    particulars = None
    if contract is not None:
        particulars = _read(session, school, contract, keyring)
    return KnownSchool(school, contract, particulars)


def _read(session: Session, school: School, contract: Contract, keyring: Keyring) -> Particulars:
    return Particulars(
        name=school.name,
        short_name=school.short_name,
        phone=school.phone,
        phone_hours=school.phone_hours,
        member_limit=contract.member_limit,
        first_day=contract.starts_on,
        reseller=contract.reseller,
        individual_agreement=contract.individual_agreement,
        agreement_number=contract.agreement_number,
        contacts=open_contacts(session, contract, keyring.get(school.id)),
    )


def change_school(
    session: Session, school_id: UUID, change: Change, *, keyring: Keyring, actor: Actor
) -> None:
    """Change what the operator keeps of a school; what is so already changes nothing.

    Raise NotFound, Invalid, SchoolClosed in an erasure, or SchoolChangedElsewhere when the school
    is not the one that was read any more.
    """
    school = schools.lock_school(session, school_id)
    contract = schools.newest_contracts(session, [school_id]).get(school_id)
    if school.state not in OPEN_STATES or contract is None:
        raise SchoolClosed(SchoolState(school.state))
    wanted = change.wanted
    check_first_day(wanted.first_day, contract.ends_on)
    before = _read(session, school, contract, keyring)
    changed = wanted.fields_unlike(before)
    if not changed:
        return
    if before.version() != change.version:
        raise SchoolChangedElsewhere()
    _write(school, contract, wanted)
    if "contacts" in changed:
        schools.delete_contacts(session, contract.id)
        add_contacts(session, contract, wanted.contacts, keyring.get(school_id))
    events.record_of_school(
        session,
        SCHOOL_CHANGED,
        actor,
        school_id,
        fields=changed,
    )


def _write(school: School, contract: Contract, wanted: Particulars) -> None:
    school.name = wanted.name
    school.short_name = wanted.short_name
    school.phone = wanted.phone
    school.phone_hours = wanted.phone_hours
    # By it a page of the school's own settings knows that it was opened before.
    school.changed_at = clock.now()
    contract.member_limit = wanted.member_limit
    contract.starts_on = wanted.first_day
    contract.reseller = wanted.reseller
    contract.individual_agreement = wanted.individual_agreement
    contract.agreement_number = wanted.agreement_number
