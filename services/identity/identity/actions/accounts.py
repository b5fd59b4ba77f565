"""Accounts of staff: made, changed, stopped and deleted; the last administrator stays (ID-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.errors import NotFound, Refused
from common.operations import ACCOUNT_CHANGED, ACCOUNT_CREATED, ACCOUNT_DELETED, ACCOUNT_RESTORED
from common.rights import Right, known
from identity import events
from identity.actions.homes import let_in, lock_managed
from identity.domain.logins import Login
from identity.domain.rights import (
    Switches,
    Term,
    check_administrator_stays,
    check_scope,
    check_switches,
    check_term,
    switched,
    usual_scope,
)
from identity.domain.words import Actor, Role, RoleStatus, StaffScope
from identity.store import accounts
from identity.store.models import Account, StaffRole


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody who shall sign in.

    `password_hash`: bcrypt, made before the transaction; None: a temporary password is issued.
    `scope`: None for the role's own.
    """

    login: Login
    display_name: str
    post: str
    role: Role
    password_hash: str | None = field(repr=False)
    member_id: UUID | None = None
    scope: StaffScope | None = None
    group_ids: tuple[UUID, ...] = ()
    functions_off: tuple[str, ...] = ()
    functions_on: tuple[str, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None


class MailTaken(Refused):
    """Somebody signs in by this address already."""

    def __init__(self) -> None:
        super().__init__(
            "mail_taken", "Somebody signs in by this address already.", fields={"mail": "taken"}
        )


class MemberTaken(Refused):
    """This member of the roster has an account already."""

    def __init__(self) -> None:
        super().__init__("member_taken", "This person has an account already.")


def create_account(
    session: Session, school_id: UUID, new: NewAccount, *, actor: Actor, now: datetime
) -> StaffRole:
    """Make an account with its role at a school.

    Who signs in at another school already keeps that sign-in, and has a role here beside (兼務,
    ID-11). Raise MailTaken, MemberTaken, PasswordNotChosen or Invalid.
    """
    scope = new.scope or usual_scope(new.role)
    check_scope(new.role, scope)
    check_switches(new.role, functions_off=new.functions_off, functions_on=new.functions_on)
    check_term(Term(new.starts_on, new.ends_on))
    _check_member_free(session, school_id, new.member_id)
    account = _find_or_add_account(session, school_id, new, now)
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
        scope=scope.value,
        status=RoleStatus.ACTIVE.value,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        created_at=now,
    )
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


def _find_or_add_account(
    session: Session, school_id: UUID, new: NewAccount, now: datetime
) -> Account:
    login = new.login
    known = accounts.find_account(session, login.index)
    if known is not None:
        if new.password_hash is not None or accounts.is_at(session, school_id, known.id):
            raise MailTaken()
        let_in(session, school_id, known.id)
        return known
    account = Account(
        id=login.account_id,
        login_index=login.index,
        login_mail=login.sealed_mail,
        password_hash=new.password_hash,
        password_version=0,
        created_at=now,
    )
    session.add(account)
    session.flush()
    return account


def change_account(
    session: Session, school_id: UUID, account_id: UUID, changes: dict[str, Any], *, actor: Actor
) -> StaffRole:
    """Change what an account is at a school.

    `changes`: any of display_name, post, role, scope, status, member_id, group_ids, functions_off,
    functions_on, starts_on, ends_on. A change of role or status ends the person's sessions; one of
    functions holds from the next request on. Raise NotFound, LastAdministrator, MemberTaken,
    PasswordNotChosen or Invalid.
    """
    return begin_changes(session, school_id, actor=actor).change(account_id, changes)


@dataclass(frozen=True, slots=True)
class SharedChange:
    """What is changed of many accounts alike: the scope, one right on or off, or both."""

    scope: StaffScope | None
    function: Right | None
    is_on: bool


def begin_changes(session: Session, school_id: UUID, *, actor: Actor) -> Changing:
    """Return how a school's accounts are changed, one or many.

    The administrators are locked before any account: two who change each other stand in line.
    """
    administrators = accounts.lock_administrators(session, school_id)
    return Changing(session, school_id, administrators, actor)


@dataclass(frozen=True, slots=True)
class Changing:
    """Accounts of a school are changed, by somebody; `administrators`: locked, as they were."""

    session: Session
    school_id: UUID
    administrators: Sequence[StaffRole]
    actor: Actor

    def change(self, account_id: UUID, changes: dict[str, Any]) -> StaffRole:
        """Change one account, as `change_account`."""
        row = self._lock_kept(account_id)
        self._change(row, changes)
        return row

    def change_alike(self, account_id: UUID, change: SharedChange) -> None:
        """Change one of many; raise NotFound, or Invalid for what it can't have."""
        row = self._lock_kept(account_id)
        changes: dict[str, Any] = {}
        if change.scope is not None:
            changes["scope"] = change.scope
        if change.function is not None:
            before = Switches(
                known(row.functions_off),
                known(row.functions_on),
            )
            after = switched(
                Role(row.role),
                before,
                change.function,
                is_on=change.is_on,
            )
            changes["functions_off"] = sorted(after.off)
            changes["functions_on"] = sorted(after.on)
        self._change(row, changes)

    def _lock_kept(self, account_id: UUID) -> StaffRole:
        """Return and lock what an account is at the school; raise NotFound for a deleted one.

        Changed by a page from before, it would be in use again, and still be purged.
        """
        row = accounts.get_role(self.session, self.school_id, account_id)
        if row.status == RoleStatus.DELETED:
            raise NotFound()
        return row

    def _change(self, row: StaffRole, changes: dict[str, Any]) -> None:
        session = self.session
        before = (row.role, row.status)
        stood = _stands(row)
        _check_member_free(
            session,
            self.school_id,
            changes.get("member_id"),
            owner=row.account_id,
        )
        _apply(row, _with_defaults_of_role(row, changes))
        if "starts_on" in changes or "ends_on" in changes:
            check_term(Term(row.starts_on, row.ends_on))
        _check_administrator_stays(self.administrators, row)
        if not stood and _stands(row):
            let_in(session, self.school_id, row.account_id)
        if (row.role, row.status) != before:
            accounts.end_sessions_at(session, self.school_id, row.account_id)
        events.record_operation(
            session,
            ACCOUNT_CHANGED,
            self.actor,
            school_id=self.school_id,
            account_id=row.account_id,
            changed=sorted(changes),
        )


def _stands(row: StaffRole) -> bool:
    """Return whether an account may sign in by a role, today or from a later day on."""
    in_term = row.ends_on is None or row.ends_on >= clock.today()
    return row.status == RoleStatus.ACTIVE and in_term


def _with_defaults_of_role(row: StaffRole, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with what another role begins with; raise Invalid for what it can't have.

    Switches and scope belong to a role.
    """
    role = Role(changes.get("role", row.role))
    if role != row.role:
        changes = {
            "functions_off": [],
            "functions_on": [],
            "scope": usual_scope(role),
            **changes,
        }
    check_scope(role, StaffScope(changes.get("scope", row.scope)))
    check_switches(
        role,
        functions_off=changes.get("functions_off", known(row.functions_off)),
        functions_on=changes.get("functions_on", known(row.functions_on)),
    )
    return changes


def _apply(row: StaffRole, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        kept = [str(one) for one in value] if isinstance(value, list) else value
        setattr(row, name, kept)


def _check_member_free(
    session: Session, school_id: UUID, member_id: UUID | None, *, owner: UUID | None = None
) -> None:
    """Raise MemberTaken where another account is this member of the roster."""
    if member_id is None:
        return
    taken = accounts.find_account_of_member(session, school_id, member_id)
    if taken not in (None, owner):
        raise MemberTaken()


def _check_administrator_stays(administrators: Sequence[StaffRole], row: StaffRole) -> None:
    """Raise LastAdministrator where a changed role was an administrator's, and no other stays."""
    if row not in administrators:
        return
    stay = [one for one in administrators if _administers(one)]
    terms = [Term(one.starts_on, one.ends_on) for one in stay]
    check_administrator_stays(terms, clock.today())


def _administers(row: StaffRole) -> bool:
    return row.role == Role.ADMINISTRATOR and row.status == RoleStatus.ACTIVE


def change_mail(
    session: Session, school_id: UUID, account_id: UUID, login: Login, *, actor: Actor
) -> None:
    """Let a person sign in by another address; raise MailTaken, or as `lock_managed`.

    The sessions end: it may be somebody else's now.
    """
    account = lock_managed(session, school_id, account_id)
    other = accounts.find_account(session, login.index)
    if other is not None and other.id != account_id:
        raise MailTaken()
    account.login_index = login.index
    account.login_mail = login.sealed_mail
    accounts.end_sessions_of(session, account_id)
    events.record_operation(
        session,
        ACCOUNT_CHANGED,
        actor,
        school_id=school_id,
        account_id=account_id,
        changed=["mail"],
    )


def delete_account(
    session: Session, school_id: UUID, account_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """Delete what an account is at a school, for 30 days until `restore_account`.

    Raise NotFound or LastAdministrator. Deleting what is deleted changes nothing.
    """
    administrators = accounts.lock_administrators(session, school_id)
    row = accounts.get_role(session, school_id, account_id)
    if row.status == RoleStatus.DELETED:
        return
    row.status = RoleStatus.DELETED.value
    row.deleted_at = now
    _check_administrator_stays(administrators, row)
    accounts.end_sessions_at(session, school_id, account_id)
    events.record_operation(
        session,
        ACCOUNT_DELETED,
        actor,
        school_id=school_id,
        account_id=account_id,
    )


def restore_account(
    session: Session, school_id: UUID, account_id: UUID, *, actor: Actor
) -> StaffRole:
    """Take a deletion back.

    Raise NotFound, MemberTaken where the person has another by now, or PasswordNotChosen.
    """
    row = accounts.get_role(session, school_id, account_id)
    if row.status != RoleStatus.DELETED:
        return row
    _check_member_free(session, school_id, row.member_id, owner=account_id)
    let_in(session, school_id, account_id)
    row.status = RoleStatus.ACTIVE.value
    row.deleted_at = None
    events.record_operation(
        session,
        ACCOUNT_RESTORED,
        actor,
        school_id=school_id,
        account_id=account_id,
    )
    return row
