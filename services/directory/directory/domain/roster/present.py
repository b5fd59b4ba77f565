"""The roster as it stands, as far as a file of it can speak.

What an import is compared with and an export is made of (DIR-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from directory.domain.protection import Protection, protect
from directory.domain.roster.columns import PUPIL_COLUMNS
from directory.domain.roster.pupil import PupilValues
from directory.domain.tenure import Tenure
from directory.domain.tree import Tree
from directory.domain.words import PRESENT, MemberStatus

# An imported file that leaves one of them out says that the child has gone.
IN_FILE = (MemberStatus.ENROLLED.value, MemberStatus.SUSPENDED.value)

# The columns of `members` that a file may change.
KEPT_FIELDS = tuple(column.field for column in PUPIL_COLUMNS)


@dataclass(frozen=True)
class PresentPupil(PupilValues):
    """A pupil with the class in which it is enrolled; `joined` are its other groups.

    `values`: those of KEPT_FIELDS, None where the roster has none. `is_deleted`: by a person, and
    may still be brought back.
    """

    id: UUID
    tenure: Tenure
    class_id: UUID | None
    joined: tuple[UUID, ...] = ()
    is_deleted: bool = False

    @property
    def is_compared(self) -> bool:
        """Return whether the child stands in an exported file.

        Who does not has left, and comes back only by decision.
        """
        return self.tenure.status in PRESENT and not self.is_deleted


@dataclass(frozen=True, slots=True)
class PresentLink:
    """A pupil's guardian."""

    guardian_id: UUID
    label: str
    position: int
    protected: bool


@dataclass(frozen=True, slots=True)
class PresentMail:
    """A mail address that is not ended. `index`: its blind index."""

    id: UUID
    guardian_id: UUID
    index: bytes
    address: bytes


@dataclass(frozen=True, slots=True)
class PresentPhone:
    """A telephone number, sealed."""

    id: UUID
    label: str
    number: bytes


@dataclass(frozen=True)
class PresentRoster:
    """All of it. `version` changes with whatever an import could depend on.

    `guardians`: id → name; `ended`: (guardian, index) → a contact point that is not addressed any
    more; `phones`: pupil → numbers in the order of calling.
    """

    tree: Tree
    version: str
    pupils: tuple[PresentPupil, ...]
    guardians: Mapping[UUID, str | None]
    links: Mapping[UUID, tuple[PresentLink, ...]]
    mails: tuple[PresentMail, ...]
    ended: Mapping[tuple[UUID, bytes], UUID]
    phones: Mapping[UUID, tuple[PresentPhone, ...]]
    _owners: dict[bytes, list[UUID]] = field(init=False, repr=False, compare=False)
    _mails_of: dict[UUID, list[PresentMail]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        owners: dict[bytes, list[UUID]] = {}
        mails_of: dict[UUID, list[PresentMail]] = {}
        for mail in self.mails:
            owners.setdefault(mail.index, []).append(mail.guardian_id)
            mails_of.setdefault(mail.guardian_id, []).append(mail)
        object.__setattr__(self, "_owners", owners)
        object.__setattr__(self, "_mails_of", mails_of)

    def in_order(self) -> list[PresentPupil]:
        """Return the pupils in the order of lists: by class, 出席番号 and reading."""
        ranks = self.tree.ranks()

        def key(pupil: PresentPupil) -> tuple[int, int, str]:
            rank = ranks.get(pupil.class_id, len(ranks)) if pupil.class_id else len(ranks)
            return rank, pupil.number or 0, pupil.kana

        return sorted(self.pupils, key=key)

    def owners_of(self, index: bytes) -> list[UUID]:
        """Return the guardians who have this address."""
        return self._owners.get(index, [])

    def mails_of(self, guardian_id: UUID) -> list[PresentMail]:
        """Return a guardian's addresses in the order of registering."""
        return self._mails_of.get(guardian_id, [])

    def links_of(self, pupil_id: UUID) -> tuple[PresentLink, ...]:
        """Return a pupil's guardians in their order."""
        return self.links.get(pupil_id, ())

    def protection(self) -> Protection:
        """Return who is protected."""
        every = (
            (child, link.guardian_id, link.protected)
            for child, links in self.links.items()
            for link in links
        )
        return protect(every)
