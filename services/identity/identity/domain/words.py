"""The words that identity's rows are kept to, and who acts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class SchoolKind(StrEnum):
    """What a school is: decides the words on screen (DIR-17)."""

    NURSERY = "nursery"
    KINDERGARTEN = "kindergarten"
    ELEMENTARY = "elementary"
    JUNIOR_HIGH = "junior_high"
    COMBINED = "combined"
    HIGH = "high"
    SPECIAL_NEEDS = "special_needs"
    UNIVERSITY = "university"
    CLUB = "club"


class SchoolState(StrEnum):
    """Where a school is on its way: in use, read-only after its contract, being erased, erased."""

    ACTIVE = "active"
    ENDED = "ended"
    ERASING = "erasing"
    ERASED = "erased"


OPEN_STATES = (SchoolState.ACTIVE, SchoolState.ENDED)  # in which somebody may sign in


class ContractState(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"


class Role(StrEnum):
    """管理者 · 限定管理者 · 送信者. Staff without a role (ログインなし) have no row here."""

    ADMINISTRATOR = "administrator"
    LIMITED_ADMINISTRATOR = "limited_administrator"
    SENDER = "sender"


class RoleStatus(StrEnum):
    """In use, stopped until it is resumed, deleted by a person (undone for 30 days)."""

    ACTIVE = "active"
    ENDED = "ended"
    DELETED = "deleted"


class StaffScope(StrEnum):
    """What a person's rights reach: the whole school, or own classes and groups."""

    SCHOOL = "school"
    OWN = "own"


class FactorFor(StrEnum):
    """Of whom a school demands a second factor beside the password (ID-6)."""

    NOBODY = "nobody"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"


class FactorKind(StrEnum):
    """認証アプリ (six digits that change, TOTP) · パスキー (WebAuthn)."""

    TOTP = "totp"
    PASSKEY = "passkey"


class SignInBy(StrEnum):
    """By which way a school lets its people in (ID-14)."""

    ANY = "any"
    PASSWORD = "password"  # noqa: S105  # a way, and nobody's password
    CITY = "city"


class ActorKind(StrEnum):
    STAFF = "staff"
    GUARDIAN = "guardian"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the operation log keeps it. `id`: the account, where there is one."""

    kind: ActorKind
    id: UUID | None = None

    @classmethod
    def of_staff(cls, account_id: UUID) -> Actor:
        return cls(ActorKind.STAFF, account_id)
