"""/moves: who comes and who goes, and what moving in needs to know (DIR-12)."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import moves
from directory.api import door
from directory.api.schemas.moves import Moves, NewChildIn, NextNumbers, PossibleFamilies

blueprint = Blueprint("moves", "moves", url_prefix="/moves", description="Who comes and who goes")


@blueprint.route("")
class AllMoves(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, Moves)
    def get(self) -> Any:
        """List the moves of pupils: planned for the next 30 days, and done in the last 30."""
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return moves.list_moves(session, actor, clock.today())


@blueprint.route("/next-numbers")
class ClassNumbers(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, NextNumbers)
    def get(self) -> Any:
        """List the next 出席番号 of each class that the caller may change."""
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": moves.list_next_numbers(session, actor)}


@blueprint.route("/families")
class Families(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(NewChildIn)
    @blueprint.response(200, PossibleFamilies)
    def post(self, body: dict[str, Any]) -> Any:
        """List guardians who may be a new child's too, by an address or the family name."""
        actor = door.actor(Right.ROSTER_CHANGE)
        key = door.school_key()
        child = moves.NewChild(**body)
        sees = door.sees_protected()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            found = moves.find_families(session, actor, child, key, sees_protected=sees)
            return {"items": found}
