"""/registration-sheets: the paper by which families come in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import NotAllowed
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import registration_sheets as sheets
from directory.api import door
from directory.api.schemas.registration import (
    LoginIdIn,
    PrintedSheets,
    SheetChildren,
    SheetOut,
    SheetPeriod,
    SheetQuery,
    SheetsIn,
    SheetTextIn,
    SheetTextOut,
)
from directory.domain.scope import Actor

blueprint = Blueprint(
    "registration-sheets",
    "registration_sheets",
    url_prefix="/registration-sheets",
    description="The paper by which families come in",
)


def _terms() -> sheets.SheetTerms:
    return sheets.SheetTerms(door.school_key(), door.sees_protected(), clock.now())


@blueprint.route("")
class Sheets(MethodView):
    @allow(staff(Right.SHEETS_PRINT))
    @blueprint.arguments(SheetQuery, location="query")
    @blueprint.response(200, SheetChildren)
    def get(self, query: dict[str, Any]) -> Any:
        """List children in the caller's scope with how they are reached and their sheets' dates;
        no codes.
        """
        wanted = sheets.WantedSheets(**query)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            actor = door.actor(Right.SHEETS_PRINT)
            return {"items": sheets.list_sheets(session, actor, wanted)}

    @allow(staff(Right.SHEETS_PRINT))
    @blueprint.arguments(SheetsIn)
    @blueprint.response(200, PrintedSheets)
    def post(self, body: dict[str, Any]) -> Any:
        """Return what is printed on these children's sheets, in the order asked; the operation log
        records it. 403 `sheet_protected` for a family that the caller must not see.
        """
        actor, terms = door.actor(Right.SHEETS_PRINT), _terms()
        with door.database().for_school(auth.school_id()) as session:
            items = sheets.print_sheets(session, actor, body["member_ids"], terms)
            return {"items": items}


@blueprint.route("/<uuid:member_id>")
class SheetOfMember(MethodView):
    @allow(staff(Right.SHEETS_PRINT))
    @blueprint.response(200, SheetOut)
    def get(self, member_id: UUID) -> Any:
        """Show a child's ID and when its sheet was given out; nulls where none was."""
        actor, sees = door.actor(Right.SHEETS_PRINT), door.sees_protected()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return sheets.show_sheet(session, actor, member_id, sees_protected=sees)


@blueprint.route("/<uuid:member_id>/void")
class VoidSheet(MethodView):
    @allow(staff(Right.SHEETS_CHANGE))
    @blueprint.response(204)
    def post(self, member_id: UUID) -> None:
        """Make the printed sheet of a child void; the next print has another passcode."""
        actor, terms = door.actor(Right.SHEETS_CHANGE), _terms()
        with door.database().for_school(auth.school_id()) as session:
            sheets.void_sheet(session, actor, member_id, terms)


@blueprint.route("/<uuid:member_id>/login-id")
class LoginId(MethodView):
    @allow(staff(Right.SHEETS_CHANGE))
    @blueprint.arguments(LoginIdIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any], member_id: UUID) -> None:
        """Give a child another ID, typed or drawn; 409 `login_id_taken`, 422 `login_id_unfit`."""
        actor, sees = door.actor(Right.SHEETS_CHANGE), door.sees_protected()
        typed = body["login_id"].strip()
        with door.database().for_school(auth.school_id()) as session:
            sheets.change_login_id(session, actor, member_id, typed, sees_protected=sees)


def _actor_of_school() -> Actor:
    """Return the caller; raise NotAllowed for one whose right reaches some classes only."""
    actor = door.actor(Right.SHEETS_CHANGE)
    if actor.scope.limit is not None:
        raise NotAllowed("out_of_scope", "This needs the right for the whole school.")
    return actor


@blueprint.route("/text")
class OwnText(MethodView):
    @allow(staff(Right.SHEETS_PRINT))
    @blueprint.response(200, SheetTextOut)
    def get(self) -> Any:
        """Show what the school adds to its sheets."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"text": sheets.show_text(session, auth.school_id())}

    @allow(staff(Right.SHEETS_CHANGE))
    @blueprint.arguments(SheetTextIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Change what the school adds to its sheets; 409 `changed_meanwhile`."""
        actor = _actor_of_school()
        with door.database().for_school(auth.school_id()) as session:
            sheets.change_text(session, actor, body["text"].strip(), former=body["former"])


@blueprint.route("/period")
class OwnPeriod(MethodView):
    @allow(staff(Right.SHEETS_PRINT))
    @blueprint.response(200, SheetPeriod)
    def get(self) -> Any:
        """Show for how many days a sheet that is printed now is good."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"days": sheets.show_period(session, auth.school_id())}

    @allow(staff(Right.SHEETS_CHANGE))
    @blueprint.arguments(SheetPeriod)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Change for how many days the sheets that are printed from now on are good."""
        actor = _actor_of_school()
        with door.database().for_school(auth.school_id()) as session:
            sheets.change_period(session, actor, body["days"])
