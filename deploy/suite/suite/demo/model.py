"""What the demo school is made of: frozen records with short keys.

Each key has a stable identifier.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from common.rights import Right

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "tsubameno.town.test")

Health = Literal[
    "ok",
    "blocked",  # the LINE user blocked the school's account
    "token_dead",  # the push token is gone, most likely with the old phone
    "user_unknown",  # the mail server said so on two days
    "no_push",  # an iPhone too old for web push; the family was told and uses mail
    "no_buttons",  # an old LINE app that shows the text but no buttons
    "auto_reply",  # a mailbox that answers every mail
]
# 入学予定・在籍・転出・卒業.
PupilStatus = Literal["prospective", "enrolled", "transferred", "graduated"]
NOT_LIVE: frozenset[Health] = frozenset({"blocked", "token_dead", "user_unknown", "no_push"})


def id_of(key: str) -> uuid.UUID:
    """Return the identifier of a key such as `pupil/4-2-14`.

    It is the same on every machine and in every run.
    """
    return uuid.uuid5(NAMESPACE, key)


@dataclass(frozen=True)
class School:
    """The tenant itself; `phone` and `code` are fictional."""

    name: str = "みなも市立つばめ野小学校"
    short_name: str = "つばめ野小"
    kind: str = "elementary"
    code: str = "208114825"
    phone: str = "0000-00-0000"
    mail_local: str = "tsubameno"


@dataclass(frozen=True)
class Group:
    """A node of the class tree, a free group or a staff group."""

    key: str
    name: str
    kind: Literal["class", "free", "staff"]
    parent: str | None
    position: int


@dataclass(frozen=True)
class Pupil:
    """A child, enrolled in `class_key`.

    `joined` are the classes (交流) and free groups it belongs to besides.
    """

    key: str
    display_name: str
    formal_name: str | None
    kana: str
    status: PupilStatus
    status_since: date
    number: int | None
    class_key: str | None
    joined: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContactPoint:
    """One mail address, LINE user or app device.

    `since` is the day of registering, or of the failure in `health`.
    """

    key: str
    kind: Literal["mail", "line", "push"]
    address: str
    health: Health
    since: date


@dataclass(frozen=True)
class Guardian:
    """A family's adult with its contact points and the phones that people call."""

    key: str
    label: str
    name: str | None
    language: str
    contact_points: tuple[ContactPoint, ...]
    phones: tuple[str, ...]


@dataclass(frozen=True)
class Guardianship:
    """The link from a child to one of its guardians; `protection` marks 配慮が必要な家庭."""

    pupil_key: str
    guardian_key: str
    label: str
    position: int
    protection: bool = False


@dataclass(frozen=True)
class StaffMember:
    """A person who works at the school.

    Role None is ログインなし, `schools` counts the schools of a 兼務. `functions_off` is the whole
    list: a right that its role has switched off by default and that is not here is on.
    """

    key: str
    display_name: str
    kana: str
    post: str
    role: Literal["administrator", "limited_administrator", "sender"] | None
    functions_off: tuple[Right, ...]
    class_keys: tuple[str, ...]
    mail: str
    language: str = "ja"
    schools: int = 1


@dataclass(frozen=True)
class Roster:
    """The whole school.

    `staff_memberships` are (group key, staff key), `cases` a word → the keys it is about.
    """

    school: School
    groups: tuple[Group, ...]
    pupils: tuple[Pupil, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    staff: tuple[StaffMember, ...]
    staff_memberships: tuple[tuple[str, str], ...]
    cases: Mapping[str, tuple[str, ...]]

    def enrolled(self) -> tuple[Pupil, ...]:
        """List the children who are at the school today."""
        return tuple(pupil for pupil in self.pupils if pupil.status == "enrolled")

    def families(self) -> tuple[frozenset[str], ...]:
        """List the families as sets of pupil keys: children joined by a common guardian."""
        by_guardian: dict[str, set[str]] = {}
        for link in self.guardianships:
            by_guardian.setdefault(link.guardian_key, set()).add(link.pupil_key)
        return tuple(dict.fromkeys(frozenset(children) for children in by_guardian.values()))
