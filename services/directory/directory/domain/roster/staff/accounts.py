"""What a file of staff says of who signs in: compared with identity's accounts, and asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from directory.domain.roster.changes import Detail, detail
from directory.domain.roster.remarks import Remark, Spot
from directory.domain.roster.staff.columns import MAIL, NO_LOGIN, ROLE
from directory.domain.roster.staff.lines import StaffLine
from directory.domain.roster.staff.present import KnownAccount, PresentStaff

# Of who does not stand in the file.
NOWHERE = Spot("", 0)
# What identity may refuse of one person, for which there are words.
REFUSALS = frozenset(
    (
        "accounts_not_yours",
        "last_administrator",
        "mail_needed",
        "mail_taken",
        "managed_elsewhere",
        "member_taken",
        "password_not_chosen",
        "serves_elsewhere",
    )
)


# Those that another address mends.
ABOUT_MAIL = frozenset(
    ("mail_taken", "managed_elsewhere", "serves_elsewhere", "password_not_chosen")
)


@dataclass(frozen=True, slots=True)
class AccountStep:
    """What identity is asked for. `role`: None for nobody who signs in.

    `display_name`, `mail`: None where these stay. `spot`, `mail_spot`: where role and address
    stand in the file; `name`: whose it is.
    """

    member_id: UUID
    role: str | None
    display_name: str | None
    mail: str | None
    spot: Spot
    mail_spot: Spot
    name: str

    def wanted(self) -> dict[str, Any]:
        """Return what goes to identity."""
        return {
            "member_id": str(self.member_id),
            "role": self.role,
            "display_name": self.display_name,
            "mail": self.mail,
        }

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of it."""
        about_role = Remark(self.spot, "account_refused", {"name": self.name})
        about_mail = Remark(self.mail_spot, "account_refused", {"name": self.name})
        return {
            **self.wanted(),
            "remark": about_role.as_json(),
            "mail_remark": about_mail.as_json(),
        }


def refusal_of(step: AccountStep, code: str) -> Remark:
    """Return what is to be said of a step that identity refuses."""
    spot = step.mail_spot if code in ABOUT_MAIL else step.spot
    return Remark(spot, word_of(code), {"name": step.name})


def word_of(code: str) -> str:
    """Return the code for which there is a sentence."""
    return f"account_{code}" if code in REFUSALS else "account_refused"


@dataclass(frozen=True, slots=True)
class LoginBefore:
    """How somebody stands before the file: as which account, by which address.

    `is_free`: the account is nobody's of the roster yet, and becomes this person's.
    """

    account: KnownAccount | None
    is_free: bool
    mail: str
    keeps_mail: bool

    @property
    def role(self) -> str:
        return self.account.role if self.account else NO_LOGIN


def plan_account(
    line: StaffLine, member_id: UUID, known: PresentStaff | None, standing: LoginBefore
) -> AccountStep | None:
    """Return what is asked of identity for one person, None where all stays as it is."""
    role = line.role or standing.role
    had_none = standing.account is None
    if role == NO_LOGIN:
        if had_none or standing.is_free:
            return None
        return _step(line, member_id, None)
    if had_none:
        mail = line.mail or standing.mail
        return _step(line, member_id, role, line.display_name, mail)
    new_name = _renamed(line, known, standing)
    new_mail = line.mail if line.mail and not standing.keeps_mail else None
    is_same = role == standing.role and not standing.is_free
    if is_same and new_name is None and new_mail is None:
        return None
    # By its address identity finds an account that is nobody's of the roster.
    asked_mail = line.mail if standing.is_free else new_mail
    return _step(line, member_id, role, new_name, asked_mail)


def _step(
    line: StaffLine,
    member_id: UUID,
    role: str | None,
    display_name: str | None = None,
    mail: str | None = None,
) -> AccountStep:
    return AccountStep(
        member_id=member_id,
        role=role,
        display_name=display_name,
        mail=mail or None,
        spot=line.spot(ROLE),
        mail_spot=line.spot(MAIL),
        name=line.display_name,
    )


def _renamed(line: StaffLine, known: PresentStaff | None, standing: LoginBefore) -> str | None:
    """Return the new name of an account that was called as its person."""
    if known is None or standing.account is None:
        return None
    is_called_so = standing.account.display_name == known.display_name
    is_renamed = line.display_name != known.display_name
    return line.display_name if is_called_so and is_renamed else None


def account_details(line: StaffLine, standing: LoginBefore, *, is_new: bool) -> Iterator[Detail]:
    """Say what changes of who signs in, and by which address."""
    role = line.role or standing.role
    takes_account = standing.is_free and role != NO_LOGIN
    # An account that is nobody's stays as it is where the file says that this person has none.
    before = NO_LOGIN if standing.is_free and not takes_account else standing.role
    if takes_account:
        yield detail("account", None, standing.mail)
    if role != before or is_new:
        yield detail("role", None if is_new else before, role)
    if line.mail and not standing.keeps_mail:
        yield detail("staff_mail", standing.mail or None, line.mail)


def drop_account(person: PresentStaff, account: KnownAccount | None) -> AccountStep | None:
    """Return what is asked of identity for somebody who is deleted."""
    if account is None:
        return None
    return AccountStep(
        member_id=person.id,
        role=None,
        display_name=None,
        mail=None,
        spot=NOWHERE,
        mail_spot=NOWHERE,
        name=person.display_name,
    )
