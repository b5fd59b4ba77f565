"""People who work at several schools: which one manages their sign-in (兼務, ID-11).

Whoever gives somebody a password can sign in as them, at every school at which they work. So a
school replaces no password of who works at another one too, and takes on nobody whose password
another school can look up (docs/adr/0039).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.errors import Refused
from identity.domain.homes import is_known_elsewhere, serves_elsewhere
from identity.store import accounts, homes
from identity.store.models import Account


class ManagedElsewhere(Refused):
    """A person's password and address belong to the school where they were before (兼務).

    Whoever could replace them would get into that school.
    """

    def __init__(self) -> None:
        super().__init__("managed_elsewhere", "Another school manages this person's sign-in.")


class ServesElsewhere(Refused):
    """A person works at another school too: who replaced their password would get into that one."""

    def __init__(self) -> None:
        super().__init__("serves_elsewhere", "This person works at another school, too.")


class PasswordNotChosen(Refused):
    """A person has but the temporary password of another school, which that school can look up."""

    def __init__(self) -> None:
        super().__init__(
            "password_not_chosen", "This person has not chosen a password at the other school yet."
        )


def let_in(session: Session, school_id: UUID, account_id: UUID) -> None:
    """Let a person in at a school, by no temporary password that another school can look up.

    Raise PasswordNotChosen while they work at that one, or NotFound.
    """
    account = accounts.lock_account(session, account_id)
    roles = homes.list_roles_at(session, [account_id], clock.today())[account_id]
    if account.password_hash is not None or not is_known_elsewhere(roles, school_id):
        return
    if serves_elsewhere(roles, school_id):
        raise PasswordNotChosen()
    account.password_version += 1
    account.temporary_until = None


def lock_at_home(session: Session, school_id: UUID, account_id: UUID) -> Account:
    """Return and lock an account whose sign-in belongs to a school.

    Raise NotFound, or ManagedElsewhere.
    """
    account = accounts.lock_account(session, account_id)
    accounts.get_role(session, school_id, account_id)
    if homes.find_home_school(session, account_id, clock.today()) != school_id:
        raise ManagedElsewhere()
    return account


def lock_managed(session: Session, school_id: UUID, account_id: UUID) -> Account:
    """Return and lock an account whose password, address and factors a school may replace.

    Raise NotFound, ManagedElsewhere, or ServesElsewhere: the other school stops the person first,
    and lets them in again when they have chosen a password.
    """
    account = lock_at_home(session, school_id, account_id)
    roles = homes.list_roles_at(session, [account_id], clock.today())[account_id]
    if serves_elsewhere(roles, school_id):
        raise ServesElsewhere()
    return account
