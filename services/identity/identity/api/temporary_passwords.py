"""/temporary-passwords: who of the staff has one, given out and looked up until used (ID-4)."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from identity.actions import passwords
from identity.api.door import actor, house, naming
from identity.api.schemas import (
    ChosenAccountsIn,
    IssuedOut,
    PasswordListOut,
    TemporaryPasswordsOut,
)

blueprint = Blueprint(
    "temporary_passwords",
    "temporary_passwords",
    url_prefix="/temporary-passwords",
    description="Temporary passwords of staff",
)


@blueprint.route("")
class TemporaryPasswords(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(200, PasswordListOut)
    def get(self) -> Any:
        """Tell how it stands with everybody's password, and no password."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            found = passwords.list_passwords(session, auth.school_id(), now=clock.now())
        return {"items": [_shown(row) for row in found]}

    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.arguments(ChosenAccountsIn)
    @blueprint.response(200, IssuedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Issue a new temporary password to each of some accounts, all or none; 403 `own_password`,
        404, 409 `managed_elsewhere`, with the `account` that it is about.
        """
        school_id = auth.school_id()
        wanted = list(dict.fromkeys(body["account_ids"]))
        with house().database.for_school(school_id) as session:
            for account_id in wanted:
                with naming(account_id):
                    passwords.issue_temporary(
                        session,
                        school_id,
                        account_id,
                        actor=actor(),
                        now=clock.now(),
                    )
        return {"issued": len(wanted)}


@blueprint.route("/exports")
class Exports(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.arguments(ChosenAccountsIn)
    @blueprint.response(200, TemporaryPasswordsOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return those of some accounts' temporary passwords that hold; the log keeps how many."""
        here, school_id = house(), auth.school_id()
        with here.database.for_school(school_id) as session:
            found = passwords.export_temporary(
                session,
                school_id,
                body["account_ids"],
                actor=actor(),
                now=clock.now(),
            )
        items = []
        for row in found:
            account = row.account
            mail = here.login.open(account.login_mail, account.id)
            password = passwords.temporary_of(account, here.temporary)
            items.append({**_shown(row), "mail": mail, "password": password})
        return {"items": items}


def _shown(row: passwords.PasswordRow) -> dict[str, Any]:
    return {
        "id": row.account.id,
        "display_name": row.role.display_name,
        "post": row.role.post,
        "role": row.role.role,
        "status": row.role.status,
        "state": row.state,
        "temporary_until": row.account.temporary_until,
    }
