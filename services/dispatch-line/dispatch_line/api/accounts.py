"""PUT /accounts and PUT /account-schools: an operator gives LINE accounts and says which school
speaks through which. GET /accounts/current: how families find it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from dispatch_line.actions.accounts import AccountIn, link_school, put_account
from dispatch_line.api import door, schemas

blueprint = Blueprint("accounts", "accounts", url_prefix="/accounts", description="LINE accounts")
links = Blueprint(
    "account-schools",
    "account_schools",
    url_prefix="/account-schools",
    description="Whose account is whose",
)


@blueprint.route("/<uuid:account_id>")
class AccountById(MethodView):
    @allow(service("operator"))
    @blueprint.arguments(schemas.AccountIn)
    @blueprint.response(200, schemas.AccountOut)
    def put(self, body: dict[str, Any], account_id: UUID) -> Any:
        """Make or replace an account; its secrets are kept sealed and never given out."""
        with door.database().for_system() as session:
            account = put_account(
                session, door.own_key(), account_id, AccountIn(**body), now=clock.now()
            )
        door.accounts().drop(account_id)
        return account


@blueprint.route("/current")
class AccountOfFamilies(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, schemas.PublicAccountOut)
    def get(self) -> Any:
        """Return where families of the school that is named add its account as a friend, and where
        LINE links it; 404 `no_line_account`, 503 `line_away`.
        """
        account = door.accounts().public_account_of(auth.school_id())
        settings = door.settings()
        return {
            "name": account.name,
            "friend_url": settings.line_friend_url + quote(account.basic_id),
            "dialog_url": settings.line_dialog_url,
        }


@blueprint.route("/current/menu")
class MenuOfAccount(MethodView):
    @allow(staff(Right.SETTINGS_EDIT))
    @blueprint.response(204)
    def put(self) -> None:
        """Show our menu below the talks of the account of the caller's school; 404
        `no_line_account`, 503 `line_away`.
        """
        base_url = door.settings().base_url.rstrip("/")
        door.accounts().show_menu(auth.school_id(), base_url)


@links.route("/<uuid:school_id>")
class AccountOfSchool(MethodView):
    @allow(service("operator"))
    @links.arguments(schemas.AccountSchoolIn)
    @links.response(200, schemas.AccountSchoolOut)
    def put(self, body: dict[str, Any], school_id: UUID) -> Any:
        """Let a school speak through an account, instead of another it may have had."""
        with door.database().for_school(school_id) as session:
            link_school(session, school_id, body["account_id"])
        return {"school_id": school_id, **body}
