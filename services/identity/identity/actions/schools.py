"""A school begins: its row, its key, its contract, its first administrator (OPS-1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.errors import Refused
from common.operations import SCHOOL_CREATED
from identity import events
from identity.actions.accounts import NewAccount, create_account
from identity.actions.contacts import add_contacts
from identity.actions.letters import find_noted_letter
from identity.actions.passwords import issue_temporary
from identity.domain.particulars import Particulars
from identity.domain.schools import check_school, make_code
from identity.domain.words import Actor, ContractState, SchoolKind, SchoolState
from identity.store import accounts, schools
from identity.store.keyring import Keyring
from identity.store.models import Contract, School


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A school to be. Without an `id` or a `code` it is given one."""

    kind: SchoolKind
    mail_local: str
    particulars: Particulars
    administrator: NewAccount
    id: UUID = field(default_factory=uuid4)
    code: str = field(default_factory=make_code)


class CodeTaken(Refused):
    """Another school has this code (or this id)."""

    def __init__(self) -> None:
        super().__init__("code_taken", "Another school has this code.", fields={"code": "taken"})


def create_school(
    session: Session, new: NewSchool, *, keyring: Keyring, actor: Actor, now: datetime
) -> School:
    """Make a school with its key, contract and first administrator; the same again: the same one.

    An administrator without a password is given a temporary one, which `letters` tells. Raise
    Invalid, CodeTaken or MailTaken.
    """
    particulars = new.particulars
    check_school(
        code=new.code,
        short_name=particulars.short_name,
        mail_local=new.mail_local,
    )
    school = School(
        id=new.id,
        code=new.code,
        kind=new.kind.value,
        name=particulars.name,
        short_name=particulars.short_name,
        phone=particulars.phone,
        phone_hours=particulars.phone_hours,
        mail_local=new.mail_local,
        state=SchoolState.ACTIVE.value,
        undo_seconds=30,
        urgent_undo_seconds=5,
        created_at=now,
    )
    if not schools.add_new(session, school):
        made_before = _made_before(session, new)
        # Whoever knows the id gets the password that the letter tells.
        find_noted_letter(session, new.id, actor=actor, now=now)
        return made_before
    _add_administrator(session, new, actor, now)
    contract = _add_contract(session, new)
    key = keyring.create(new.id, now)
    add_contacts(session, contract, particulars.contacts, key)
    events.record_of_school(
        session,
        SCHOOL_CREATED,
        actor,
        new.id,
        kind=school.kind,
    )
    return school


def _add_administrator(session: Session, new: NewSchool, actor: Actor, now: datetime) -> None:
    first = new.administrator
    role = create_account(session, new.id, first, actor=actor, now=now)
    is_new = role.account_id == first.login.account_id
    if is_new and first.password_hash is None:
        issue_temporary(session, new.id, role.account_id, actor=actor, now=now)


def _add_contract(session: Session, new: NewSchool) -> Contract:
    particulars = new.particulars
    contract = Contract(
        id=uuid4(),
        school_id=new.id,
        starts_on=particulars.first_day,
        ends_on=None,
        member_limit=particulars.member_limit,
        options={},
        reseller=particulars.reseller,
        individual_agreement=particulars.individual_agreement,
        agreement_number=particulars.agreement_number,
        state=ContractState.ACTIVE.value,
    )
    session.add(contract)
    session.flush()
    return contract


def _made_before(session: Session, new: NewSchool) -> School:
    """Return the school that the same request made before; raise CodeTaken for any other."""
    school = session.get(School, new.id)
    account = accounts.find_account(session, new.administrator.login.index)
    if school is None or account is None:
        raise CodeTaken()
    if not accounts.is_at(session, school.id, account.id):
        raise CodeTaken()
    return school
