"""Give out the codes of registration sheets, and know a child by them (DIR-7).

A reprint gives the same codes; where the old paper is lost, the next version makes it void.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.typed_codes import tidy
from directory.domain.registration.codes import (
    is_passcode,
    is_to_be_renewed,
    new_login_id,
    passcode_of,
)
from directory.store import registration as store
from directory.store.models import RegistrationSheet


@dataclass(frozen=True, slots=True)
class Codes:
    """What stands on a child's sheet, when it was given out, and until when it is good."""

    login_id: str
    passcode: str = field(repr=False)
    issued_at: datetime
    valid_until: datetime


class Period(NamedTuple):
    """From when until when a new sheet is good."""

    begin: datetime
    end: datetime


def give_codes(
    session: Session,
    key: SchoolKey,
    member_ids: Collection[UUID],
    *,
    anew: bool = False,
    now: datetime,
) -> dict[UUID, Codes]:
    """Return member → the codes of its sheet, made where it has none; good for the school's days.

    A sheet that is good for a third of them more is given again as it was, with its dates; else its
    days begin again, by the same codes. `anew`: what was printed before is void.
    """
    days = store.find_valid_days(session, key.school_id)
    valid_until = now + timedelta(days=days)
    sheets = _hold_or_make(session, key.school_id, member_ids, Period(now, valid_until))
    given = {}
    for member_id in member_ids:
        sheet = sheets[member_id]
        if anew:
            sheet.version += 1
        if anew or is_to_be_renewed(sheet.valid_until, now, days):
            sheet.issued_at = now
            sheet.valid_until = valid_until
        passcode = passcode_of(key, member_id, sheet.version)
        given[member_id] = Codes(sheet.login_id, passcode, sheet.issued_at, sheet.valid_until)
    session.flush()
    return given


def _hold_or_make(
    session: Session, school_id: UUID, member_ids: Collection[UUID], period: Period
) -> dict[UUID, RegistrationSheet]:
    """Return member → its sheet, held; a new ID that is taken already is drawn once more."""
    sheets = store.hold_sheets(session, school_id, member_ids)
    while True:
        missing = [member_id for member_id in member_ids if member_id not in sheets]
        if not missing:
            return sheets
        rows = [
            {
                "member_id": member_id,
                "school_id": school_id,
                "login_id": new_login_id(),
                "version": 1,
                "issued_at": period.begin,
                "valid_until": period.end,
            }
            for member_id in sorted(missing)
        ]
        store.add_sheets(session, rows)
        sheets |= store.hold_sheets(session, school_id, missing)


def find_child(
    session: Session, key: SchoolKey, login_id: str, passcode: str, *, now: datetime
) -> RegistrationSheet | None:
    """Return the sheet that bears these codes; None where they are wrong or no longer good.

    Whoever asks counts the tries: this tells nobody which of the two was wrong.
    """
    sheet = store.find_sheet(session, key.school_id, tidy(login_id))
    if sheet is None:
        return None
    expected = passcode_of(key, sheet.member_id, sheet.version)
    is_good = is_passcode(passcode, expected) and now < sheet.valid_until
    return sheet if is_good else None
