"""What becomes of two guardians who are found to be one person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from common.words import Channel
from directory.domain.words import ContactState

ENDED = ContactState.ENDED.value


class GuardianBond(Protocol):
    """What is asked of a guardianship."""

    @property
    def member_id(self) -> UUID: ...
    @property
    def guardian_id(self) -> UUID: ...
    @property
    def label(self) -> str: ...
    @property
    def protected(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class JoiningPoint:
    """A contact point of one of the two. `address`: its kind and blind index."""

    id: UUID
    guardian_id: UUID
    address: tuple[str, bytes]
    state: str


@dataclass(frozen=True, slots=True)
class Joining:
    """`dropped`: contact point → the one of the same address that stays; `mails`: how many mail
    addresses there are then; `spreads`: one of the two is protected, and now covers the children of
    both; `version`: of all that was looked at.
    """

    dropped: Mapping[UUID, UUID]
    mails: int
    spreads: bool
    version: str


def plan_joining(
    kept_id: UUID, gone_id: UUID, links: Iterable[GuardianBond], points: Iterable[JoiningPoint]
) -> Joining:
    """Return what becomes of two guardians with these links and contact points."""
    known_links, known_points = list(links), list(points)
    dropped = _find_dropped(kept_id, known_points)
    staying = [point for point in known_points if point.id not in dropped]
    mails = [p for p in staying if p.address[0] == Channel.MAIL.value and p.state != ENDED]
    marked = {link.guardian_id for link in known_links if link.protected}
    version = _digest(kept_id, gone_id, known_links, known_points)
    return Joining(dropped, len(mails), bool(marked), version)


def _find_dropped(kept_id: UUID, points: Iterable[JoiningPoint]) -> dict[UUID, UUID]:
    """Return of each address that both have the one that goes: the ended one, else the other's."""
    first: dict[tuple[str, bytes], JoiningPoint] = {}
    dropped = {}
    for point in points:
        same = first.setdefault(point.address, point)
        if same is point:
            continue
        own, other = (point, same) if point.guardian_id == kept_id else (same, point)
        is_revived = own.state == ENDED and other.state != ENDED
        stays, goes = (other, own) if is_revived else (own, other)
        dropped[goes.id] = stays.id
    return dropped


def _digest(
    kept_id: UUID, gone_id: UUID, links: Iterable[GuardianBond], points: Iterable[JoiningPoint]
) -> str:
    shown = [str(kept_id), str(gone_id)]
    for link in links:
        shown += [str(link.member_id), str(link.guardian_id), link.label, str(link.protected)]
    for point in points:
        shown += [str(point.id), str(point.guardian_id), point.state]
    whole = "\x00".join(shown)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
