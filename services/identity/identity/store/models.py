"""The tables of identity."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common import bus
from common.db import Encrypted, Json, UtcDateTime, words
from common.db.types import new_metadata
from identity.domain.words import (
    ActorKind,
    ContractState,
    FactorFor,
    FactorKind,
    Role,
    RoleStatus,
    SchoolKind,
    SchoolState,
    StaffScope,
)


class Base(DeclarativeBase):
    metadata = new_metadata()


class School(Base):
    """A tenant. `mail_local`: the part before @ of the address its mails come from.

    `temporary_days`: how long a temporary password may be used; `idle_minutes`, `session_hours`:
    how long its staff stay signed in without use, and in all. `own_messages_only`: all but
    administrators see what they sent themselves (ID-7). `alarm_records`: so many personal records
    taken within an hour are told to the administrators (ID-8). `networks`: its own, as
    `198.51.100.0/24`: wrong tries from there don't slow its own accounts.
    """

    __tablename__ = "schools"
    __table_args__ = (
        words("kind", SchoolKind),
        words("state", SchoolState),
        words("factor_for", FactorFor),
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
    password_length: Mapped[int] = mapped_column(server_default=text("12"))
    temporary_days: Mapped[int] = mapped_column(server_default=text("7"))
    idle_minutes: Mapped[int] = mapped_column(server_default=text("60"))
    session_hours: Mapped[int] = mapped_column(server_default=text("12"))
    factor_for: Mapped[str] = mapped_column(String(15), server_default=FactorFor.NOBODY.value)
    own_messages_only: Mapped[bool] = mapped_column(server_default=false())
    alarm_records: Mapped[int] = mapped_column(server_default=text("100"))
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    networks: Mapped[list[str]] = mapped_column(Json, server_default=text("'[]'"))
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


class Account(Base):
    """A person who signs in.

    Not of one school. `login_index`, `login_mail`: under identity's own key. `password_hash`: None
    while only a temporary password was given, which is derived from `password_version` and holds
    until `temporary_until`; both None: nothing was given yet.
    """

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login_index: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    login_mail: Mapped[bytes] = mapped_column(Encrypted)
    password_hash: Mapped[str | None] = mapped_column(String(60))
    password_version: Mapped[int] = mapped_column(server_default=text("0"))
    temporary_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffRole(Base):
    """What an account is at a school. Staff without a row here only receive (ログインなし).

    `scope`: the whole school, or own classes and groups. `starts_on`, `ends_on`: the first and the
    last day in Japan on which it may sign in; None: no such day. `deleted_at`: since when it is
    deleted, which can be undone for 30 days.
    """

    __tablename__ = "staff_roles"
    __table_args__ = (
        UniqueConstraint("school_id", "account_id"),
        words("role", Role),
        words("scope", StaffScope),
        words("status", RoleStatus),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    member_id: Mapped[UUID | None]
    display_name: Mapped[str] = mapped_column(String(100))
    post: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(25))
    functions_off: Mapped[list[str]] = mapped_column(Json)
    functions_on: Mapped[list[str]] = mapped_column(Json)
    group_ids: Mapped[list[str]] = mapped_column(Json)
    scope: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TakenRecords(Base):
    """How many personal records one of the staff took out within an hour of the clock (ID-8)."""

    __tablename__ = "taken_records"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    count: Mapped[int]


class DownloadAlarm(Base):
    """Somebody took out more within an hour than their school lets pass (ID-8).

    `seen_at`: since when an administrator has looked at it; None: it is on the home page.
    """

    __tablename__ = "download_alarms"
    __table_args__ = (Index(None, "school_id", "raised_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    account_id: Mapped[UUID]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int]
    action: Mapped[str] = mapped_column(String(60))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by: Mapped[UUID | None]


class Recovery(Base):
    """Two operators give a school's administrator a way in again, after a call back (ID-12).

    `called`: whom the first of them called back, and by which number, as they wrote it.
    """

    __tablename__ = "recoveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    called: Mapped[str] = mapped_column(String(200))
    agreed_by: Mapped[UUID | None]
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountReview(Base):
    """A look at all accounts of a school, signed by who looked (棚卸し, ID-13).

    `listed`: each account as it stood then, with what was decided; `signature`: identity's own, of
    the review's canonical form.
    """

    __tablename__ = "account_reviews"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[UUID]
    listed: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class SignedInSession(Base):
    """`id`: the SHA-256 of the cookie's opaque id, which itself is nowhere.

    `school_id`, `staff_role_id`: None until who serves at several schools has chosen one.
    `number`: by which its owner names it in the list of sessions. `browser`: in words.
    `factor_at`: when the second factor was proved, `confirmed_at`: when the password was given
    again. `offered_secret`: of an authenticator app that is not registered yet; `challenge`: what a
    passkey is to sign, since `challenged_at`.
    """

    __tablename__ = "sessions"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    number: Mapped[UUID] = mapped_column(unique=True)
    school_id: Mapped[UUID | None]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    staff_role_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_roles.id"))
    browser: Mapped[str] = mapped_column(String(60), server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    factor_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offered_secret: Mapped[bytes | None] = mapped_column(Encrypted)
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    challenged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Base):
    """What an account proves beside its password (ID-6).

    An authenticator app has a `secret`, under identity's own key; a passkey its `credential_id` and
    `public_key`. `counter` grows with each use: the last step of the app, the signatures of the
    passkey. `name`: its owner's.
    """

    __tablename__ = "second_factors"
    __table_args__ = (words("kind", FactorKind),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(40))
    secret: Mapped[bytes | None] = mapped_column(Encrypted)
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    counter: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code that stands in for a factor once, kept as an HMAC; a used one is deleted."""

    __tablename__ = "recovery_codes"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)


class Operator(Base):
    """Who runs the installation, of no school (ID-10).

    `last_step`: the 30 seconds whose code was used last.
    """

    __tablename__ = "operators"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login_index: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    login_mail: Mapped[bytes] = mapped_column(Encrypted)
    display_name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(60))
    totp_secret: Mapped[bytes] = mapped_column(Encrypted)
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OperatorSession(Base):
    """A signed-in operator; `id` as in `sessions`."""

    __tablename__ = "operator_sessions"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OperatorAccess(Base):
    """That an operator may look at a school's data, and why (ID-10).

    `ends_at`: when it ends by itself; `ended_at`: when it ended. `operator_id` is no foreign key:
    the school sees the reason after the operator has left.
    """

    __tablename__ = "operator_accesses"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    reason: Mapped[str] = mapped_column(String(1000))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_OPEN = text("ended_at IS NULL")
Index(
    "ix_operator_accesses_open",
    OperatorAccess.ends_at,
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)


class LoginTries(Base):
    """Wrong tries for a mail address as typed, whether it has an account or not, from one place.

    `login_index`: an HMAC of both, the address and the place. `locked_until`: from when on the next
    one passes.
    """

    __tablename__ = "login_tries"

    login_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failed_count: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SignInAttempt(Base):
    """One try from a network (kept as an HMAC); the right ones are taken out again."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "address_index", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OperationLine(Base):
    """One line of the operation log (ID-9): who did what, ids only; append-only.

    `id`: the event's, so it enters once. `under_id`: the line under which this one is folded; None:
    it is shown. `first_on`: the day in Japan whose first one of its kind this is, so that there is
    no second; None: it is of no kind that folds, or folded. `position`, `hash`: its place in the
    log's chain, from the moment at which it is sealed (docs/adr/0031).
    """

    __tablename__ = "operation_log"
    __table_args__ = (
        Index(None, "school_id", "position", unique=True),
        words("actor_kind", ActorKind),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID | None]
    position: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(60))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[UUID | None]
    target_kind: Mapped[str] = mapped_column(String(40))
    target_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    under_id: Mapped[UUID | None]
    first_on: Mapped[date | None]
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))


_SHOWN = text("under_id IS NULL")
_FOLDED = text("under_id IS NOT NULL")
_WAITING = text("hash IS NULL")
for _name, _columns, _where in (
    ("shown", (OperationLine.school_id, OperationLine.at, OperationLine.id), _SHOWN),
    (
        "shown_actor",
        (OperationLine.school_id, OperationLine.actor_id, OperationLine.at, OperationLine.id),
        _SHOWN,
    ),
    ("folded", (OperationLine.under_id, OperationLine.at), _FOLDED),
    ("waiting", (OperationLine.school_id, OperationLine.position), _WAITING),
):
    Index(f"ix_operation_log_{_name}", *_columns, postgresql_where=_where, sqlite_where=_where)

_FIRST = text("first_on IS NOT NULL")
Index(
    "ix_operation_log_first",
    OperationLine.school_id,
    OperationLine.target_id,
    OperationLine.action,
    OperationLine.actor_kind,
    OperationLine.first_on,
    unique=True,
    postgresql_where=_FIRST,
    sqlite_where=_FIRST,
)


class OperationLogHead(Base):
    """The last position that was given in a school's log.

    Its row lock puts those who seal in line. The nil UUID: the log without a school.
    """

    __tablename__ = "operation_log_heads"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class OperationLogCheckpoint(Base):
    """What identity signed of a school's log (`domain.log_chain.Checkpoint`).

    The nil UUID: the log without a school.
    """

    __tablename__ = "operation_log_checkpoints"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    count: Mapped[int] = mapped_column(BigInteger)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


bus.add_tables(Base.metadata)
METADATA = Base.metadata
