"""Write a whole roster in few statements: parents before children, then what refers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.domain.errors import RosterConflict
from directory.store.models import (
    Base,
    ContactPoint,
    Group,
    Guardian,
    Guardianship,
    Member,
    Membership,
    PhoneNumber,
    table,
)
from directory.store.numbers import give_numbers

ORDER: dict[str, type[Base]] = {
    "groups": Group,
    "members": Member,
    "guardians": Guardian,
    "guardianships": Guardianship,
    "memberships": Membership,
    "contact_points": ContactPoint,
    "phone_numbers": PhoneNumber,
}


def write_rows(session: Session, rows: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    """Insert rows by table.

    Groups must stand parents first. A pupil without a 管理番号 is given one. Raise Refused when a
    row is there already, in any school.
    """
    give_numbers(session, rows["members"])
    try:
        for name, model in ORDER.items():
            if rows[name]:
                session.execute(insert(table(model)), list(rows[name]))
    except IntegrityError as error:
        raise RosterConflict() from error
