"""The staff as they stand: those of the roster, and who of them signs in as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from directory.domain.roster.pupil import PupilValues
from directory.domain.tenure import Tenure
from directory.domain.tree import Tree
from directory.domain.words import MemberStatus


@dataclass(frozen=True)
class PresentStaff(PupilValues):
    """A member of staff. `joined`: groups; `is_deleted`: by a person, and may be brought back."""

    id: UUID
    tenure: Tenure
    joined: tuple[UUID, ...] = ()
    is_deleted: bool = False

    @property
    def is_compared(self) -> bool:
        """Return whether the person stands in an exported file: who works at the school."""
        return self.tenure.status == MemberStatus.ACTIVE and not self.is_deleted


@dataclass(frozen=True, slots=True)
class StaffMail:
    """A mail address of a member of staff, sealed. `index`: its blind index."""

    id: UUID
    index: bytes
    address: bytes


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of the school, as identity tells it. `member_id`: None for nobody of the roster.

    `index`: the blind index of its address, by which it is found here.
    """

    member_id: UUID | None
    display_name: str
    role: str
    mail: str
    index: bytes


@dataclass(frozen=True)
class StaffRoster:
    """All of them. `version` changes with whatever an import could depend on.

    `mails`: person → addresses that are not ended; `ended`: (person, index) → one that is.
    """

    tree: Tree
    version: str
    people: tuple[PresentStaff, ...]
    mails: Mapping[UUID, tuple[StaffMail, ...]]
    ended: Mapping[tuple[UUID, bytes], UUID]

    def in_order(self) -> list[PresentStaff]:
        """Return who works at the school, by reading."""
        compared = [person for person in self.people if person.is_compared]
        return sorted(compared, key=lambda person: (person.kana, str(person.id)))

    def mails_of(self, member_id: UUID) -> tuple[StaffMail, ...]:
        return self.mails.get(member_id, ())


@dataclass(frozen=True)
class KnownAccounts:
    """The accounts of a school."""

    accounts: Sequence[KnownAccount]

    def of_member(self, member_id: UUID) -> KnownAccount | None:
        """Return the account of a member of the roster."""
        for account in self.accounts:
            if account.member_id == member_id:
                return account
        return None

    def find_free(self, index: bytes) -> KnownAccount | None:
        """Return the account by an address that is nobody's of the roster yet."""
        for account in self.accounts:
            if account.member_id is None and account.index == index:
                return account
        return None
