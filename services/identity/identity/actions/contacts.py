"""契約管理者 and the second person: sealed under the school's key, open to operators (OPS-9)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from identity.domain.particulars import Contact
from identity.store import schools
from identity.store.models import Contract, ContractContact


def add_contacts(
    session: Session, contract: Contract, contacts: Sequence[Contact], key: SchoolKey
) -> None:
    """Keep whom the operator reaches about a contract, the first first."""
    for position, contact in enumerate(contacts, start=1):
        row = uuid4()
        session.add(
            ContractContact(
                id=row,
                school_id=contract.school_id,
                contract_id=contract.id,
                position=position,
                name=contact.name,
                post=contact.post,
                postal_code=key.encrypt(contact.postal_code, _place("postal_code", row)),
                address=key.encrypt(contact.address, _place("address", row)),
                mail=key.encrypt(contact.mail, _place("mail", row)),
                phone=key.encrypt(contact.phone, _place("phone", row)),
            )
        )
    session.flush()


def open_contacts(session: Session, contract: Contract, key: SchoolKey) -> tuple[Contact, ...]:
    """Return whom the operator reaches about a contract, readable."""
    rows = schools.list_contacts(session, contract.id)
    return tuple(_opened(row, key) for row in rows)


def _opened(row: ContractContact, key: SchoolKey) -> Contact:
    def read(column: str, sealed: bytes | None) -> str:
        return "" if sealed is None else key.decrypt(sealed, _place(column, row.id))

    return Contact(
        name=row.name,
        post=row.post,
        postal_code=read("postal_code", row.postal_code),
        address=read("address", row.address),
        mail=read("mail", row.mail),
        phone=read("phone", row.phone),
    )


def _place(column: str, row: UUID) -> SealedPlace:
    return SealedPlace("contract_contacts", column, row)
