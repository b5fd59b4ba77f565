"""/accounts: who of a school's staff may sign in, as what (ID-2, ID-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import Invalid
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from common.web.paging import PageQuery, page_of
from identity.actions.accounts import NewAccount, change_account, create_account, replace_password
from identity.api.door import actor, house
from identity.api.passwords import hashed
from identity.api.schemas import (
    AccountChangesIn,
    AccountIn,
    AccountOut,
    AccountPageOut,
    CreatedAccountOut,
    PasswordIn,
    PasswordOut,
)
from identity.api.shapes import account_of
from identity.store import accounts

blueprint = Blueprint(
    "accounts", "accounts", url_prefix="/accounts", description="Accounts of staff"
)


@blueprint.route("")
class Accounts(MethodView):
    @allow(staff(Right.SETTINGS_EDIT), staff(Right.LOG_SEE), service("operator"))
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, AccountPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the accounts of the school."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            roles = accounts.list_roles(
                session,
                auth.school_id(),
                after=_uuid(query["after"]),
                limit=query["limit"],
            )
        return page_of(
            [account_of(role) for role in roles],
            query["limit"],
            lambda row: str(row["staff_role_id"]),
        )

    @allow(staff(Right.SETTINGS_EDIT), service("operator"))
    @blueprint.arguments(AccountIn)
    @blueprint.response(201, CreatedAccountOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make an account; 409 `mail_taken`. Without a password one is made, given this once."""
        here, school_id = house(), auth.school_id()
        supplied = body.pop("password")
        mail = body.pop("mail")
        password, password_hash = hashed(supplied, mail=mail)
        for name in ("group_ids", "functions_off", "functions_on"):
            body[name] = tuple(body[name])
        login = here.login.make_login(mail)
        new = NewAccount(login, **body, password_hash=password_hash)
        with here.database.for_school(school_id) as session:
            role = create_account(session, school_id, new, actor=actor(), now=clock.now())
        made = {"id": role.account_id, "staff_role_id": role.id}
        return made if supplied else made | {"password": password}


@blueprint.route("/<uuid:account_id>")
class OneAccount(MethodView):
    @allow(staff(Right.SETTINGS_EDIT), service("operator"))
    @blueprint.arguments(AccountChangesIn)
    @blueprint.response(200, AccountOut)
    def patch(self, changes: dict[str, Any], account_id: UUID) -> Any:
        """Change an account; 409 `last_administrator`. A change of role or status ends its
        sessions.
        """
        school_id = auth.school_id()
        with house().database.for_school(school_id) as session:
            return account_of(
                change_account(session, school_id, account_id, changes, actor=actor())
            )


@blueprint.route("/<uuid:account_id>/password")
class PasswordOfAccount(MethodView):
    @allow(staff(Right.SETTINGS_EDIT), service("operator"))
    @blueprint.arguments(PasswordIn)
    @blueprint.response(200, PasswordOut)
    def put(self, body: dict[str, Any], account_id: UUID) -> Any:
        """Give an account another password, which ends its sessions; without one in the request it
        is made, and given this once.

        Who lost the answer asks again: the last password that was given is the one that holds.
        """
        here = house()
        school_id = auth.school_id()
        supplied = body["password"]
        with here.database.for_school(school_id, read_only=True) as session:
            sealed = accounts.get_login_mail(session, school_id, account_id)
            mail = here.login.open(sealed, account_id)
        password, password_hash = hashed(supplied, mail=mail)
        with here.database.for_school(school_id) as session:
            replace_password(session, school_id, account_id, password_hash, actor=actor())
        return {} if supplied else {"password": password}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(
            "invalid", "This is no place in the list.", fields={"after": "not_a_key"}
        ) from None
