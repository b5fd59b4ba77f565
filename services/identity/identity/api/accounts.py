"""/accounts: who of a school's staff may sign in, as what (ID-2, ID-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import Invalid, NotAllowed
from common.rights import Right
from common.web import auth
from common.web.auth import allow, looking_operator, service, staff
from common.web.paging import page_of
from common.words import SchoolPart
from identity.actions import passwords
from identity.actions.accounts import (
    NewAccount,
    SharedChange,
    begin_changes,
    change_account,
    change_mail,
    create_account,
    delete_account,
    restore_account,
)
from identity.actions.factors import reset_factors
from identity.api.door import actor, house, naming
from identity.api.passwords import hash_chosen
from identity.api.schemas import (
    AccountChangesIn,
    AccountIn,
    AccountOut,
    AccountPageOut,
    AccountQuery,
    CreatedAccountOut,
    FullAccountOut,
    ManyChangedOut,
    ManyChangesIn,
    NoticeAddressesIn,
    NoticeAddressesOut,
    PasswordIn,
    PasswordOut,
)
from identity.api.shapes import account_of, full_account_of, reader_of
from identity.domain.logins import Login
from identity.store import accounts, factors, homes

blueprint = Blueprint(
    "accounts", "accounts", url_prefix="/accounts", description="Accounts of staff"
)


@blueprint.route("")
class Accounts(MethodView):
    @allow(
        staff(Right.ACCOUNTS_MANAGE),
        staff(Right.LOG_SEE),
        service("operator"),
        looking_operator(SchoolPart.ACCOUNTS, SchoolPart.OPERATION_LOG),
    )
    @blueprint.arguments(AccountQuery, location="query")
    @blueprint.response(200, AccountPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the accounts of the school."""
        school_id = auth.school_id()
        with house().database.for_school(school_id, read_only=True) as session:
            roles = accounts.list_roles(
                session,
                school_id,
                query["status"],
                after=_uuid(query["after"]),
                limit=query["limit"],
            )
            account_ids = [role.account_id for role in roles]
            with_factor = factors.accounts_with_factor(session, account_ids)
        rows = []
        for role in roles:
            has_factor = role.account_id in with_factor
            row = account_of(role) | {"has_factor": has_factor}
            rows.append(row)
        return page_of(
            rows,
            query["limit"],
            lambda row: str(row["staff_role_id"]),
        )

    @allow(staff(Right.ACCOUNTS_MANAGE), service("operator"))
    @blueprint.arguments(AccountIn)
    @blueprint.response(201, CreatedAccountOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make an account with a temporary password; 409 `mail_taken`, `member_taken`,
        `password_not_chosen`. Who signs in at another school keeps that sign-in, and no password is
        given.

        A lasting password is given by the operator's command alone.
        """
        here = house()
        school_id = auth.school_id()
        now = clock.now()
        password = body.pop("password")
        mail = body.pop("mail")
        password_hash = _hash_of_operators(password, mail)
        for name in ("group_ids", "functions_off", "functions_on"):
            body[name] = tuple(body[name])
        login = here.login.make_login(mail)
        new = NewAccount(login, **body, password_hash=password_hash)
        with here.database.for_school(school_id) as session:
            role = create_account(
                session,
                school_id,
                new,
                actor=actor(),
                now=now,
            )
            made: dict[str, Any] = {"id": role.account_id, "staff_role_id": role.id}
            if passwords.has_none(session, role.account_id):
                made |= _issue(session, role.account_id)
        return made


def _hash_of_operators(password: str | None, mail: str) -> str | None:
    """Return the hash of a lasting password; raise NotAllowed to who is not the operator.

    A password that an administrator knows is a temporary one.
    """
    if not password:
        return None
    if not isinstance(auth.caller(), auth.Service):
        raise NotAllowed("password_not_yours", "Only its owner chooses a lasting password.")
    return hash_chosen(password, mail=mail)


def _issue(session: Any, account_id: UUID) -> dict[str, Any]:
    """Issue a temporary password, and return it with its end."""
    account = passwords.issue_temporary(
        session,
        auth.school_id(),
        account_id,
        actor=actor(),
        now=clock.now(),
    )
    password = passwords.temporary_of(account, house().temporary)
    return {"password": password, "password_until": account.temporary_until}


@blueprint.route("/changes")
class ManyAccounts(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.arguments(ManyChangesIn)
    @blueprint.response(200, ManyChangedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Change many accounts in the same way, all or none; 422 for what one of them can't have,
        with the `account` that it is about.
        """
        school_id = auth.school_id()
        wanted = list(dict.fromkeys(body["account_ids"]))
        change = SharedChange(**body["changes"])
        with house().database.for_school(school_id) as session:
            changing = begin_changes(
                session,
                school_id,
                actor=actor(),
            )
            for account_id in wanted:
                with naming(account_id):
                    changing.change_alike(account_id, change)
        return {"changed": len(wanted)}


@blueprint.route("/notice-addresses")
class NoticeAddresses(MethodView):
    @allow(service("dispatch-mail"))
    @blueprint.arguments(NoticeAddressesIn)
    @blueprint.response(200, NoticeAddressesOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return the addresses of those accounts that are in use at the school today, and how
        others are called, for the mails that the product itself writes to staff.
        """
        here, school_id = house(), auth.school_id()
        with here.database.for_school(school_id, read_only=True) as session:
            found = accounts.list_open_accounts(
                session,
                school_id,
                body["account_ids"],
                clock.today(),
            )
            named = accounts.list_roles_of(
                session,
                school_id,
                body["named_account_ids"],
            )
        items = []
        for role, account in found:
            mail = here.login.open(account.login_mail, account.id)
            items.append(reader_of(role, account, mail))
        return {"items": items, "names": named}


@blueprint.route("/<uuid:account_id>")
class OneAccount(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(200, FullAccountOut)
    def get(self, account_id: UUID) -> Any:
        """Return an account with its address and what it may do."""
        here = house()
        school_id = auth.school_id()
        with here.database.for_school(school_id, read_only=True) as session:
            role, account = accounts.get_with_account(session, school_id, account_id)
            count = accounts.count_schools(session, account_id)
            home = homes.find_home_school(session, account_id, clock.today())
            has_factor = factors.has_factor(session, account_id)
        mail = here.login.open(account.login_mail, account_id)
        shown = full_account_of(role, account, mail, now=clock.now())
        shown["schools"] = count
        shown["is_managed_here"] = home == school_id
        shown["has_factor"] = has_factor
        return shown

    @allow(staff(Right.ACCOUNTS_MANAGE), service("operator"))
    @blueprint.arguments(AccountChangesIn)
    @blueprint.response(200, AccountOut)
    def patch(self, changes: dict[str, Any], account_id: UUID) -> Any:
        """Change an account and the address by which it signs in, all or none; 409
        `last_administrator`, `mail_taken`, `member_taken`, `managed_elsewhere`, `serves_elsewhere`,
        `password_not_chosen`. A change of role, status or address ends its sessions.
        """
        school_id = auth.school_id()
        mail = changes.pop("mail", None)
        with house().database.for_school(school_id) as session:
            if mail is not None:
                # Before its role, as who signs in does: each would else wait for the other.
                accounts.lock_account(session, account_id)
            if changes:
                change_account(
                    session,
                    school_id,
                    account_id,
                    changes,
                    actor=actor(),
                )
            if mail is not None:
                login = _login_of(account_id, mail)
                change_mail(session, school_id, account_id, login, actor=actor())
            return account_of(accounts.get_role(session, school_id, account_id))

    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(204)
    def delete(self, account_id: UUID) -> None:
        """Delete an account at this school, for 30 days until it can't be restored any more; 409
        `last_administrator`.
        """
        school_id, now = auth.school_id(), clock.now()
        with house().database.for_school(school_id) as session:
            delete_account(session, school_id, account_id, actor=actor(), now=now)


@blueprint.route("/<uuid:account_id>/restore")
class RestoredAccount(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(200, AccountOut)
    def post(self, account_id: UUID) -> Any:
        """Take a deletion back; 409 `member_taken`, `password_not_chosen`."""
        school_id = auth.school_id()
        with house().database.for_school(school_id) as session:
            return account_of(restore_account(session, school_id, account_id, actor=actor()))


@blueprint.route("/<uuid:account_id>/factors")
class FactorsOfAccount(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE), service("operator"))
    @blueprint.response(204)
    def delete(self, account_id: UUID) -> None:
        """Take the second factors away from who has lost them, which ends their sessions; 403
        `own_factors`, 409 `managed_elsewhere`, `serves_elsewhere`.
        """
        school_id = auth.school_id()
        with house().database.for_school(school_id) as session:
            reset_factors(session, school_id, account_id, actor=actor())


@blueprint.route("/<uuid:account_id>/password")
class PasswordOfAccount(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE), service("operator"))
    @blueprint.arguments(PasswordIn)
    @blueprint.response(200, PasswordOut)
    def put(self, body: dict[str, Any], account_id: UUID) -> Any:
        """Issue a temporary password, which ends the account's sessions; 403 `own_password`, 409
        `managed_elsewhere`, `serves_elsewhere`. A lasting one is given by the operator's command
        alone.

        Who lost the answer asks again: the last password that was given is the one that holds.
        """
        here = house()
        school_id = auth.school_id()
        with here.database.for_school(school_id, read_only=True) as session:
            sealed = accounts.get_account(session, school_id, account_id).login_mail
        mail = here.login.open(sealed, account_id)
        password_hash = _hash_of_operators(body["password"], mail)
        with here.database.for_school(school_id) as session:
            if password_hash is None:
                return _issue(session, account_id)
            passwords.set_password(
                session,
                school_id,
                account_id,
                password_hash,
                actor=actor(),
            )
        return {}


def _login_of(account_id: UUID, mail: str) -> Login:
    key = house().login
    return Login(account_id, key.index(mail), key.seal(mail, account_id))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(
            "invalid", "This is no place in the list.", fields={"after": "not_a_key"}
        ) from None
