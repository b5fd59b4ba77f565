"""What messaging knows of an audience: the snapshot that was confirmed, and its pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

# Children of one `delivery.requested`: what a dispatcher takes in, and answers for, in one
# transaction.
EVENT_HEADS = 500
# Of groups, and of people one by one: directory freezes no audience that names more.
MAX_IDS = 1000


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class with children in an audience.

    `group_ids`: itself and what is above it (4年, 全校), as the tree was then.
    """

    class_id: UUID
    group_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An audience as it was confirmed on screen; it never changes.

    `label`: its words for staff (4年2組); `family_label`: its words as every family of it may read
    them, None where they would name a child or tell of an exclusion; `audience`: what was chosen;
    `staff_heads`: how many of the heads are staff. `channels`: by which it was counted who is
    reached; none where nobody said.
    """

    id: UUID
    label: str
    heads: int
    created_at: datetime
    created_by: UUID | None
    audience: dict[str, list[str]]
    classes: tuple[ClassLine, ...] = ()
    family_label: str | None = None
    staff_heads: int = 0
    channels: tuple[str, ...] = ()

    @property
    def group_ids(self) -> frozenset[UUID]:
        return frozenset(map(UUID, self.audience["group_ids"]))

    @property
    def pupil_heads(self) -> int:
        return self.heads - self.staff_heads


class Addressed(NamedTuple):
    """One child of an audience and the guardians through whom it is reached (staff: none, the
    member itself).

    `display_name`, `class_name`: of the child as it is now, for the pages of its guardians; None
    where nobody has asked.
    """

    member_id: UUID
    class_id: UUID | None
    household: int
    guardian_ids: tuple[UUID, ...]
    display_name: str | None = None
    class_name: str | None = None

    @property
    def reader_ids(self) -> tuple[UUID, ...]:
        """Return who may read and confirm for this member."""
        return self.guardian_ids or (self.member_id,)

    @property
    def shown_name(self) -> str | None:
        """Return the name that pages of this member's readers show: of staff none."""
        return self.display_name if self.guardian_ids else ""


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """Some members of a snapshot.

    `next`: the position from which the next page begins, None at the end.
    """

    members: tuple[Addressed, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class School:
    """A school's profile, as messages need it."""

    id: UUID
    kind: str
    name: str
    short_name: str
    phone: str
    phone_hours: str | None
    mail_local: str
    state: str
    undo_seconds: int
    urgent_undo_seconds: int

    def undo_window(self, lane: str) -> int:
        """Return the seconds in which a release can still be withdrawn."""
        return self.urgent_undo_seconds if lane == "urgent" else self.undo_seconds


def recipient_id(message_id: UUID, member_id: UUID) -> UUID:
    """Return the id of a child as the recipient of a message: computed, so that an answer about the
    two finds its row by one key.

    A two-column key would do as well, were it not for PostgreSQL's planner: of "this message and
    one of these 100 members" it may look up the message alone and filter, which costs each batch of
    a large send its whole audience.
    """
    return UUID(bytes=hashlib.blake2b(message_id.bytes + member_id.bytes, digest_size=16).digest())


def same_audience(one: dict[str, list[str]], other: dict[str, list[str]]) -> bool:
    """Return whether two audiences name the same groups, members and exclusions, in any order."""
    return all(
        set(one.get(key, ())) == set(other.get(key, ()))
        for key in ("group_ids", "member_ids", "excluded_member_ids")
    )


def in_events(members: Sequence[Addressed]) -> Iterator[Sequence[Addressed]]:
    """Cut members into what one event may carry.

    A household stays together, or its guardians would be met twice.
    """
    part: list[Addressed] = []
    for _, household in groupby(members, key=attrgetter("household")):
        together = list(household)
        if part and len(part) + len(together) > EVENT_HEADS:
            yield part
            part = []
        part += together
        while len(part) > EVENT_HEADS:
            yield part[:EVENT_HEADS]
            part = part[EVENT_HEADS:]
    if part:
        yield part
