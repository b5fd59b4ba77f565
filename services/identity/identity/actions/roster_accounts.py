"""The accounts that a roster of staff asks for, checked before and given after (ID-2, DIR-2).

What is checked is done and undone again: so nothing passes the check that is refused later, but
for what others changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.errors import NotFound, ServiceError
from common.rights import Right
from common.schemas import Envelope
from identity import events
from identity.actions import passwords
from identity.actions.accounts import (
    MailTaken,
    NewAccount,
    change_account,
    change_mail,
    create_account,
    delete_account,
)
from identity.domain.logins import Login, LoginKey
from identity.domain.rights import Term, rights_of
from identity.domain.roster_accounts import (
    AccountDeleted,
    AccountRefusal,
    AccountsNotYours,
    MailNeeded,
    WantedAccount,
)
from identity.domain.words import Actor, ActorKind, Role, RoleStatus, StaffScope
from identity.store import accounts
from identity.store.models import StaffRole

Fetch = Callable[[UUID, UUID], list[WantedAccount]]


@dataclass(frozen=True, slots=True)
class Giving:
    """Accounts of a school are given, in the name of who read the roster in."""

    session: Session
    school_id: UUID
    actor_id: UUID
    login: LoginKey
    now: datetime

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.actor_id)


def check_wanted(giving: Giving, wanted: Iterable[WantedAccount]) -> list[AccountRefusal]:
    """Return what would be refused; nothing is changed."""
    trial = giving.session.begin_nested()
    refused = give_wanted(giving, wanted)
    trial.rollback()
    return refused


def give_wanted(giving: Giving, wanted: Iterable[WantedAccount]) -> list[AccountRefusal]:
    """Make of each member what is wanted, and return what is refused: the others are done.

    What is so already stays as it is, so that a second time changes nothing.
    """
    everybody = sorted(wanted, key=lambda one: one.turn)
    if not _may_manage(giving):
        return [AccountRefusal(one.member_id, AccountsNotYours().code) for one in everybody]
    _lock_in_order(giving, everybody)
    refused = []
    for one in everybody:
        try:
            with giving.session.begin_nested():
                _give(giving, one)
        except ServiceError as error:
            refused.append(AccountRefusal(one.member_id, error.code))
    return refused


def _may_manage(giving: Giving) -> bool:
    """Return whether who asks manages accounts as things stand: rights may have changed since."""
    try:
        role = accounts.get_role(
            giving.session,
            giving.school_id,
            giving.actor_id,
        )
    except NotFound:
        return False
    is_in_term = Term(role.starts_on, role.ends_on).covers(clock.today())
    rights = rights_of(
        Role(role.role),
        StaffScope(role.scope),
        functions_off=role.functions_off,
        functions_on=role.functions_on,
    )
    is_in_use = role.status == RoleStatus.ACTIVE and is_in_term
    return is_in_use and Right.ACCOUNTS_MANAGE in rights.functions


def _lock_in_order(giving: Giving, wanted: Sequence[WantedAccount]) -> None:
    """Lock the accounts that may change before any role of them, as who signs in does."""
    ids = set()
    for one in wanted:
        of_member = _find_account(giving, one.member_id)
        known = accounts.find_account(giving.session, giving.login.index(one.mail or ""))
        ids |= {of_member, known.id if known else None}
    for account_id in sorted(each for each in ids if each is not None):
        accounts.find_locked(giving.session, account_id)


def _give(giving: Giving, wanted: WantedAccount) -> None:
    account_id = _find_account(giving, wanted.member_id)
    if wanted.role is None:
        if account_id is not None:
            _delete(giving, account_id)
        return
    if account_id is None:
        account_id = _take_known(giving, wanted)
    if account_id is None:
        _create(giving, wanted, wanted.role)
    else:
        _change(giving, account_id, wanted)


def _find_account(giving: Giving, member_id: UUID) -> UUID | None:
    return accounts.find_account_of_member(giving.session, giving.school_id, member_id)


def _delete(giving: Giving, account_id: UUID) -> None:
    delete_account(
        giving.session,
        giving.school_id,
        account_id,
        actor=giving.actor,
        now=giving.now,
    )


def _take_known(giving: Giving, wanted: WantedAccount) -> UUID | None:
    """Return who signs in at the school by the wanted address and is nobody of the roster yet.

    Raise MailNeeded without an address, MailTaken where the account is somebody else's,
    AccountDeleted where it was deleted: its password and its rights would come back unseen.
    """
    if not wanted.mail:
        raise MailNeeded()
    known = accounts.find_account(giving.session, giving.login.index(wanted.mail))
    is_here = known is not None and accounts.is_at(giving.session, giving.school_id, known.id)
    if known is None or not is_here:
        return None
    role = accounts.get_role(giving.session, giving.school_id, known.id)
    is_anothers = role.member_id not in (None, wanted.member_id)
    if is_anothers:
        raise MailTaken()
    if role.status == RoleStatus.DELETED:
        raise AccountDeleted()
    return known.id


def _create(giving: Giving, wanted: WantedAccount, role: Role) -> None:
    """Make an account with a temporary password, as by hand; who has a password keeps it."""
    session = giving.session
    new = NewAccount(
        login=giving.login.make_login(wanted.mail or ""),
        display_name=wanted.display_name or "",
        post="",
        role=role,
        password_hash=None,
        member_id=wanted.member_id,
    )
    made = create_account(
        session,
        giving.school_id,
        new,
        actor=giving.actor,
        now=giving.now,
    )
    if passwords.has_none(session, made.account_id):
        passwords.issue_temporary(
            session,
            giving.school_id,
            made.account_id,
            actor=giving.actor,
            now=giving.now,
        )


def _change(giving: Giving, account_id: UUID, wanted: WantedAccount) -> None:
    row = accounts.get_role(giving.session, giving.school_id, account_id)
    changes = _differences(row, wanted)
    if changes:
        change_account(
            giving.session,
            giving.school_id,
            account_id,
            changes,
            actor=giving.actor,
        )
    if wanted.mail:
        _change_mail(giving, account_id, wanted.mail)


def _differences(row: StaffRole, wanted: WantedAccount) -> dict[str, Any]:
    """Return what of an account is not as wanted."""
    named = {
        "role": wanted.role,
        "display_name": wanted.display_name,
        "member_id": wanted.member_id,
    }
    changes = {}
    for name, value in named.items():
        if value is not None and getattr(row, name) != value:
            changes[name] = value
    return changes


def _change_mail(giving: Giving, account_id: UUID, mail: str) -> None:
    index = giving.login.index(mail)
    account = accounts.get_account(giving.session, giving.school_id, account_id)
    if account.login_index == index:
        return
    sealed = giving.login.seal(mail, account_id)
    login = Login(account_id, index, sealed)
    change_mail(
        giving.session,
        giving.school_id,
        account_id,
        login,
        actor=giving.actor,
    )


def find_wanted(fetch: Fetch) -> Callable[[Envelope], list[WantedAccount]]:
    """Return the handler's first half: it asks the directory which accounts an import wants.

    The event tells ids only. An import that is not kept any more wants none.
    """

    def gather(event: Envelope) -> list[WantedAccount]:
        assert event.school_id is not None
        try:
            return fetch(event.school_id, event.payload["import_id"])
        except NotFound as gone:
            if gone.code != "import_plan_not_found":
                raise
            return []

    return gather


def settle_accounts(login: LoginKey) -> Callable[..., None]:
    """Return the handler's second half: it gives what is wanted, and tells what it refuses."""

    def act(
        session: Session, event: Envelope, wanted: list[WantedAccount], *, now: datetime
    ) -> None:
        assert event.school_id is not None
        payload = event.payload
        giving = Giving(
            session,
            event.school_id,
            payload["actor_id"],
            login,
            now,
        )
        refused = give_wanted(giving, wanted)
        events.put_accounts_settled(session, event.school_id, payload["import_id"], refused)

    return act
