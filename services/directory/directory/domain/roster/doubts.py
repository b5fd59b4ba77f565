"""What only the office can decide of people in a file: whether two are one, whether one is back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from directory.domain.roster.columns import Column
from directory.domain.roster.remarks import Question, Spot
from directory.domain.tenure import Tenure

SAME, ANOTHER = "same", "another"
LEAVE, RESTORE = "leave", "restore"


class Said(Protocol):
    """Somebody of a file."""

    @property
    def display_name(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


class Known(Protocol):
    """Somebody of the roster, deleted or not."""

    @property
    def id(self) -> UUID: ...
    @property
    def values(self) -> Mapping[str, Any]: ...
    @property
    def tenure(self) -> Tenure: ...
    @property
    def is_deleted(self) -> bool: ...


def ask_whether_same(
    *, kind: str, spot: Spot, said: Said, known: Known, column: Column
) -> Question:
    """Ask whether two are one person, though a column speaks against it."""
    return Question(
        key=f"same/{known.id}",
        kind=kind,
        spot=spot,
        choices=(SAME, ANOTHER),
        must=True,
        params={
            "name": said.display_name,
            "what": column.heading,
            "before": str(known.values[column.field]),
            "after": str(said.values[column.field]),
        },
    )


def ask_whether_namesake(*, kind: str, spot: Spot, said: Said, key: str, number: str) -> Question:
    """Ask whether somebody is new whose number nobody has, and whose name several have.

    `key`: theirs in the file.
    """
    return Question(
        key=f"namesake/{key}",
        kind=kind,
        spot=spot,
        choices=(LEAVE, ANOTHER),
        must=True,
        params={"name": said.display_name, "number": number},
    )


def ask_whether_back(*, kind: str, spot: Spot, said: Said, known: Known) -> Question:
    """Ask whether somebody who has left, or was deleted, comes back."""
    status = "deleted" if known.is_deleted else known.tenure.status
    return Question(
        key=f"former/{known.id}",
        kind=kind,
        spot=spot,
        choices=(LEAVE, RESTORE, ANOTHER),
        must=True,
        params={"name": said.display_name, "status": status},
    )
