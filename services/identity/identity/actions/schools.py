"""A school begins: its row, its key, its contract, its first administrator (OPS-1 begun)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.errors import Refused
from common.operations import SCHOOL_CREATED
from identity import events
from identity.actions.accounts import NewAccount, create_account
from identity.domain.schools import check_school, make_code
from identity.domain.words import Actor, ActorKind, ContractState, SchoolKind, SchoolState
from identity.store import schools
from identity.store.keyring import Keyring
from identity.store.models import Contract, ContractContact, School


@dataclass(frozen=True, slots=True)
class NewContact:
    """契約管理者: whom the operator reaches about the contract."""

    name: str
    post: str = ""
    mail: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A school to be. Without an `id` or a `code` it is given one."""

    kind: SchoolKind
    name: str
    short_name: str
    phone: str
    mail_local: str
    member_limit: int
    starts_on: date
    administrator: NewAccount
    phone_hours: str = ""
    contacts: tuple[NewContact, ...] = ()
    id: UUID = field(default_factory=uuid4)
    code: str = field(default_factory=make_code)


class CodeTaken(Refused):
    """Another school has this code (or this id)."""

    def __init__(self) -> None:
        super().__init__("code_taken", "Another school has this code.", fields={"code": "taken"})


def create_school(session: Session, new: NewSchool, *, keyring: Keyring, now: datetime) -> School:
    """Make a school with its key, contract and first administrator.

    Raise Invalid, CodeTaken or MailTaken.
    """
    check_school(code=new.code, short_name=new.short_name, mail_local=new.mail_local)
    if schools.code_exists(session, new.code) or session.get(School, new.id) is not None:
        raise CodeTaken()
    school = School(
        id=new.id,
        code=new.code,
        kind=new.kind.value,
        name=new.name,
        short_name=new.short_name,
        phone=new.phone,
        phone_hours=new.phone_hours,
        mail_local=new.mail_local,
        state=SchoolState.ACTIVE.value,
        undo_seconds=30,
        urgent_undo_seconds=5,
        created_at=now,
    )
    session.add(school)
    session.flush()
    operator = Actor(ActorKind.OPERATOR)
    create_account(session, new.id, new.administrator, actor=operator, now=now)
    _add_contract(session, new, keyring.create(new.id, now))
    events.record_operation(
        session,
        SCHOOL_CREATED,
        operator,
        school_id=new.id,
        kind=school.kind,
    )
    return school


def _add_contract(session: Session, new: NewSchool, key: SchoolKey) -> None:
    contract = Contract(
        id=uuid4(),
        school_id=new.id,
        starts_on=new.starts_on,
        ends_on=None,
        member_limit=new.member_limit,
        options={},
        state=ContractState.ACTIVE.value,
    )
    session.add(contract)
    session.flush()
    for position, contact in enumerate(new.contacts, start=1):
        row = uuid4()
        session.add(
            ContractContact(
                id=row,
                school_id=new.id,
                contract_id=contract.id,
                position=position,
                name=contact.name,
                post=contact.post,
                mail=key.encrypt(contact.mail, SealedPlace("contract_contacts", "mail", row)),
                phone=key.encrypt(contact.phone, SealedPlace("contract_contacts", "phone", row)),
            )
        )
