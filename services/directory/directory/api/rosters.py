"""POST /rosters: a whole roster, row by row, into an empty school."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, service
from directory.actions.rosters import load_roster
from directory.api import door
from directory.api.schemas.rosters import RosterCounts, RosterIn
from directory.domain.roster.rows import Roster

blueprint = Blueprint(
    "rosters", "rosters", url_prefix="/rosters", description="A whole roster at once"
)


@blueprint.route("")
class Rosters(MethodView):
    @allow(service("operator"))
    @blueprint.arguments(RosterIn)
    @blueprint.response(201, RosterCounts)
    def post(self, body: dict[str, Any]) -> Any:
        """Load a roster with ids given by the caller, all or nothing."""
        terms, key = door.terms(), door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            actor = door.actor(Right.ROSTER_CHANGE)
            return load_roster(session, actor, Roster(**body), terms, key)
