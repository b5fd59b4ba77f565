"""Accounts of staff: made, changed, given a new password; the last administrator stays (ID-2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.errors import Refused
from common.operations import ACCOUNT_CHANGED, ACCOUNT_CREATED, ACCOUNT_PASSWORD_REPLACED
from common.rights import known
from identity import events
from identity.domain.logins import Login
from identity.domain.rights import check_administrator_stays, check_switches
from identity.domain.words import Actor, Role, RoleStatus
from identity.store import accounts
from identity.store.models import Account, StaffRole


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody who shall sign in. `password_hash`: bcrypt, made before the transaction."""

    login: Login
    display_name: str
    post: str
    role: Role
    password_hash: str = field(repr=False)
    member_id: UUID | None = None
    group_ids: tuple[UUID, ...] = ()
    functions_off: tuple[str, ...] = ()
    functions_on: tuple[str, ...] = ()


class MailTaken(Refused):
    """Somebody signs in by this address already, at this school or another."""

    def __init__(self) -> None:
        super().__init__(
            "mail_taken", "Somebody signs in by this address already.", fields={"mail": "taken"}
        )


def create_account(
    session: Session, school_id: UUID, new: NewAccount, *, actor: Actor, now: datetime
) -> StaffRole:
    """Make an account with its role at a school; raise MailTaken, or Invalid for its switches."""
    check_switches(new.role, functions_off=new.functions_off, functions_on=new.functions_on)
    login = new.login
    if accounts.find_account(session, login.index) is not None:
        raise MailTaken()
    account = Account(
        id=login.account_id,
        login_index=login.index,
        login_mail=login.sealed_mail,
        password_hash=new.password_hash,
        created_at=now,
    )
    role = StaffRole(
        id=uuid4(),
        school_id=school_id,
        account_id=account.id,
        member_id=new.member_id,
        display_name=new.display_name,
        post=new.post,
        role=new.role.value,
        functions_off=sorted(new.functions_off),
        functions_on=sorted(new.functions_on),
        group_ids=[str(group) for group in new.group_ids],
        status=RoleStatus.ACTIVE.value,
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add(role)
    session.flush()
    events.record_operation(
        session,
        ACCOUNT_CREATED,
        actor,
        school_id=school_id,
        account_id=account.id,
        role=role.role,
    )
    return role


def change_account(
    session: Session, school_id: UUID, account_id: UUID, changes: dict[str, Any], *, actor: Actor
) -> StaffRole:
    """Change what an account is at a school; raise NotFound, LastAdministrator or Invalid.

    `changes`: any of display_name, post, role, status, group_ids, functions_off, functions_on. A
    change of role or status ends the person's sessions; one of functions holds from the next
    request on.
    """
    administrators = accounts.lock_administrators(session, school_id)
    row = accounts.get_role(session, school_id, account_id)
    role = Role(changes.get("role", row.role))
    status = RoleStatus(changes.get("status", row.status))
    check_administrator_stays(administrators, row.id, role, status)
    if role != row.role:
        # Switches belong to a role: another one begins with its defaults.
        changes = {
            "functions_off": [],
            "functions_on": [],
            **changes,
        }
    check_switches(
        role,
        functions_off=changes.get("functions_off", known(row.functions_off)),
        functions_on=changes.get("functions_on", known(row.functions_on)),
    )
    if (role, status) != (row.role, row.status):
        accounts.end_sessions_of(session, account_id)
    for name, value in changes.items():
        kept = [str(one) for one in value] if isinstance(value, list) else value
        setattr(row, name, kept)
    events.record_operation(
        session,
        ACCOUNT_CHANGED,
        actor,
        school_id=school_id,
        account_id=account_id,
        changed=sorted(changes),
    )
    return row


def replace_password(
    session: Session, school_id: UUID, account_id: UUID, password_hash: str, *, actor: Actor
) -> None:
    """Give an account another password, which ends its sessions (ID-5); raise NotFound."""
    accounts.get_role(session, school_id, account_id)
    account = session.get_one(Account, account_id)
    account.password_hash = password_hash
    accounts.end_sessions_of(session, account_id)
    events.record_operation(
        session, ACCOUNT_PASSWORD_REPLACED, actor, school_id=school_id, account_id=account_id
    )
