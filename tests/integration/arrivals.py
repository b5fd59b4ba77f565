"""What arrived in the town: copies of a message in mailboxes, in talks and on phones.

Every message of these tests has a subject of its own, and every contact point of the demo school an
address of its own. So what lies at an address under a subject is the copy of one delivery.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from suite.demo.roster import demo_roster
from suite.loading import roster_body

DISPATCHERS = ("dispatch-mail", "dispatch-line", "dispatch-push")


class Delivery(Protocol):
    """A row of a dispatcher."""

    @property
    def contact_point_id(self) -> UUID: ...

    @property
    def state(self) -> str: ...


@dataclass(frozen=True)
class Message:
    """What tells one message's copies from all others.

    The subject, and on a phone the tag that holds its id.
    """

    id: UUID
    subject: str


@dataclass(frozen=True)
class Delivered:
    """What a channel says of one message beside what the town holds of it.

    `lost`: addresses where it counts as accepted and nothing arrived. `astray`: addresses where it
    arrived and to which nothing was due. `doubled`: how many copies arrived beyond the first of
    each address.
    """

    rows: int
    accepted: int
    copies: int
    doubled: int
    lost: frozenset[str]
    astray: frozenset[str]


def delivered(town: Path, service: str, message: Message, rows: Sequence[Delivery]) -> Delivered:
    """Compare a dispatcher's rows of a message with what arrived.

    `town`: the file of the town's mailboxes.
    """
    copies = _COPIES[service](town, message)
    addresses = addresses_by_contact_point()
    due = {addresses[row.contact_point_id] for row in rows}
    accepted = {addresses[row.contact_point_id] for row in rows if row.state == "accepted"}
    arrived = set(copies)
    return Delivered(
        rows=len(rows),
        accepted=len(accepted),
        copies=copies.total(),
        doubled=copies.total() - len(arrived),
        lost=frozenset(accepted - arrived),
        astray=frozenset(arrived - due),
    )


@cache
def addresses_by_contact_point() -> dict[UUID, str]:
    """Return the mail address, LINE user or app token of each contact point of the demo school."""
    points = roster_body(demo_roster())["contact_points"]
    return {UUID(point["id"]): point["address"] for point in points}


def _mails(town: Path, message: Message) -> Counter[str]:
    found = "SELECT recipient FROM mails WHERE instr(subject, ?)"
    return _count(town, found, message.subject)


def _talks(town: Path, message: Message) -> Counter[str]:
    found = "SELECT user_id FROM messages WHERE kind IN ('push', 'multicast') AND instr(body, ?)"
    return _count(town.with_stem(f"{town.stem}-line"), found, message.subject)


def _notifications(town: Path, message: Message) -> Counter[str]:
    found = "SELECT token FROM notifications WHERE tag = ?"
    return _count(town.with_stem(f"{town.stem}-phones"), found, message.id.hex)


_COPIES = {"dispatch-mail": _mails, "dispatch-line": _talks, "dispatch-push": _notifications}


def _count(path: Path, statement: str, value: str) -> Counter[str]:
    """Return address → how many copies arrived there."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return Counter(row[0] for row in connection.execute(statement, (value,)))
