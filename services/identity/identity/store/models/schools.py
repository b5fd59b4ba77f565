"""Schools, their contracts, and whom the operator reaches."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db import Encrypted, Json, UtcDateTime, words
from common.words import GuardianNames
from identity.domain.words import (
    ContractState,
    FactorFor,
    SchoolKind,
    SchoolState,
    SignInBy,
)
from identity.store.models.base import Base


class School(Base):
    """A tenant. `mail_local`: the part before @ of the address its mails come from.
    `guardian_names`: how its lists call guardians.

    `temporary_days`: how long a temporary password may be used; `idle_minutes`, `session_hours`:
    how long its staff stay signed in without use, and in all. `own_messages_only`: all but
    administrators see what they sent themselves (ID-7). `alarm_records`: so many personal records
    taken within an hour are told to the administrators (ID-8); `weekly_summary`: so is every Monday
    how its families are reached. `networks`: its own, as
    `198.51.100.0/24`: wrong tries from there don't slow its own accounts. `sign_in_by`,
    `networks_only`: by which way its people come in, and whether passwords are taken from its
    networks alone (ID-14).
    """

    __tablename__ = "schools"
    __table_args__ = (
        words("kind", SchoolKind),
        words("state", SchoolState),
        words("factor_for", FactorFor),
        words("sign_in_by", SignInBy),
        words("guardian_names", GuardianNames),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(9), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    phone_hours: Mapped[str] = mapped_column(String(100))
    mail_local: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(10))
    undo_seconds: Mapped[int] = mapped_column(default=30)
    urgent_undo_seconds: Mapped[int] = mapped_column(default=5)
    pupil_word: Mapped[str] = mapped_column(String(10), server_default="")
    guardian_names: Mapped[str] = mapped_column(
        String(15), server_default=GuardianNames.NAME_AND_LABEL.value
    )
    password_length: Mapped[int] = mapped_column(server_default=text("12"))
    temporary_days: Mapped[int] = mapped_column(server_default=text("7"))
    idle_minutes: Mapped[int] = mapped_column(server_default=text("60"))
    session_hours: Mapped[int] = mapped_column(server_default=text("12"))
    factor_for: Mapped[str] = mapped_column(String(15), server_default=FactorFor.NOBODY.value)
    own_messages_only: Mapped[bool] = mapped_column(server_default=false())
    alarm_records: Mapped[int] = mapped_column(server_default=text("100"))
    weekly_summary: Mapped[bool] = mapped_column(server_default=true())
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    networks: Mapped[list[str]] = mapped_column(Json, server_default=text("'[]'"))
    sign_in_by: Mapped[str] = mapped_column(String(10), server_default=SignInBy.ANY.value)
    networks_only: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Contract(Base):
    """`grace_days`: for how many days after `ends_on` data is kept; None while no end is set.

    `reseller`: through whom the school came. `individual_agreement`: whether more is agreed than
    the terms of use say; `agreement_number`: by which number.
    """

    __tablename__ = "contracts"
    __table_args__ = (words("state", ContractState),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    grace_days: Mapped[int | None]
    member_limit: Mapped[int]
    options: Mapped[dict[str, Any]] = mapped_column(Json)
    reseller: Mapped[str] = mapped_column(String(100), server_default="")
    individual_agreement: Mapped[bool] = mapped_column(server_default=false())
    agreement_number: Mapped[str] = mapped_column(String(50), server_default="")
    state: Mapped[str] = mapped_column(String(10))


class ContractContact(Base):
    """契約管理者, then the second person: whom the operator reaches.

    Address, mail and phone under the school's data key; None: rows of before have no address.
    """

    __tablename__ = "contract_contacts"
    __table_args__ = (UniqueConstraint("contract_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    post: Mapped[str] = mapped_column(String(100))
    postal_code: Mapped[bytes | None] = mapped_column(Encrypted)
    address: Mapped[bytes | None] = mapped_column(Encrypted)
    mail: Mapped[bytes] = mapped_column(Encrypted)
    phone: Mapped[bytes] = mapped_column(Encrypted)
