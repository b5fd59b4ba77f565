"""/roster-accounts: for the directory alone, which of the staff sign in as what, and whether a
roster may change that (DIR-2).
"""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from identity.actions.roster_accounts import Giving, check_wanted
from identity.api.door import house
from identity.api.schemas.roster_accounts import (
    RefusedAccounts,
    RosterAccounts,
    WantedAccountsIn,
)
from identity.store import accounts

blueprint = Blueprint(
    "roster_accounts",
    "roster_accounts",
    url_prefix="/roster-accounts",
    description="Accounts as a roster of staff says them",
)


@blueprint.route("")
class AccountsOfRoster(MethodView):
    @allow(service("directory"))
    @blueprint.response(200, RosterAccounts)
    def get(self) -> Any:
        """List the accounts of the school with the address of each, deleted ones left out."""
        here, school_id = house(), auth.school_id()
        with here.database.for_school(school_id, read_only=True) as session:
            found = accounts.list_with_accounts(session, school_id)
        items = []
        for role, account in found:
            mail = here.login.open(account.login_mail, account.id)
            item = {
                "member_id": role.member_id,
                "display_name": role.display_name,
                "role": role.role,
                "mail": mail,
            }
            items.append(item)
        return {"items": items}


@blueprint.route("/checks")
class ChecksOfRoster(MethodView):
    @allow(service("directory"))
    @blueprint.arguments(WantedAccountsIn)
    @blueprint.response(200, RefusedAccounts)
    def post(self, body: dict[str, Any]) -> Any:
        """Tell what would be refused of the accounts that a roster wants, and change nothing."""
        here, school_id = house(), auth.school_id()
        with here.database.for_school(school_id) as session:
            giving = Giving(
                session,
                school_id,
                body["actor_id"],
                here.login,
                clock.now(),
            )
            return {"items": check_wanted(giving, body["items"])}
