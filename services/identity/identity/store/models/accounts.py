"""Accounts of staff: what they are where, their sessions and second factors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db import Encrypted, Json, UtcDateTime, words
from common.words import Language
from identity.domain.words import (
    FactorKind,
    Role,
    RoleStatus,
    StaffScope,
)
from identity.store.models.base import Base


class Account(Base):
    """A person who signs in.

    Not of one school. `login_index`, `login_mail`: under identity's own key. `password_hash`: None
    while only a temporary password was given, which is derived from `password_version` and holds
    until `temporary_until`; both None: nothing was given yet. `language`: of the product's own
    mails to them.
    """

    __tablename__ = "accounts"
    __table_args__ = (words("language", Language),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login_index: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    login_mail: Mapped[bytes] = mapped_column(Encrypted)
    password_hash: Mapped[str | None] = mapped_column(String(60))
    password_version: Mapped[int] = mapped_column(server_default=text("0"))
    temporary_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(String(2), server_default=Language.JA.value)
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


class AccountReview(Base):
    """A look at all accounts of a school, signed by who looked (棚卸し, ID-13).

    `listed`: each account as it stood then, with what was decided; `signature`: identity's own, of
    the review's canonical form, by the key that `key_id` names.
    """

    __tablename__ = "account_reviews"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[UUID]
    listed: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class SignedInSession(Base):
    """`id`: the SHA-256 of the cookie's opaque id, which itself is nowhere.

    `school_id`, `staff_role_id`: None until who serves at several schools has chosen one.
    `number`: by which its owner names it in the list of sessions. `browser`: in words.
    `federated`: the city's provider said who it is, and no password was asked.
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
    federated: Mapped[bool] = mapped_column(server_default=false())
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


class FederatedSignIn(Base):
    """A sign-in that has gone over to the city's provider, for ten minutes; used once (ID-14).

    `id`, `binding`: the SHA-256 of the state that comes back and of the browser's cookie. `nonce`,
    `verifier`: what the token must say, and what the provider is shown for it.
    """

    __tablename__ = "federated_sign_ins"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    binding: Mapped[bytes] = mapped_column(LargeBinary(32))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
