"""/guardians: two who are one person (DIR-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions.doubles import list_doubles
from directory.actions.joining import Pair, join_guardians, preview_joining
from directory.api import door
from directory.api.schemas.guardians import Doubles, DoublesQuery, JoiningIn, JoiningOut

blueprint = Blueprint(
    "guardians", "guardians", url_prefix="/guardians", description="Guardians who are one person"
)


@blueprint.route("/<uuid:guardian_id>/doubles")
class DoublesOfGuardian(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(DoublesQuery, location="query")
    @blueprint.response(200, Doubles)
    def get(self, query: dict[str, Any], guardian_id: UUID) -> Any:
        """List who may be the same person: of the same name or address, or of children found."""
        actor, sees = door.actor(Right.ROSTER_CHANGE), door.sees_protected()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return list_doubles(session, actor, guardian_id, query["query"], sees_protected=sees)


@blueprint.route("/<uuid:guardian_id>/joining/<uuid:other_guardian_id>")
class JoiningOfGuardians(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, JoiningOut)
    def get(self, guardian_id: UUID, other_guardian_id: UUID) -> Any:
        """Show what joining the other one into a guardian would do; nothing changes."""
        actor = door.actor(Right.ROSTER_CHANGE)
        pair = Pair(guardian_id, other_guardian_id, door.sees_protected())
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return preview_joining(session, actor, pair)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(JoiningIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], guardian_id: UUID, other_guardian_id: UUID) -> None:
        """Join the other one into a guardian, for good; 409 `joining_changed` where they are not
        as they were shown.
        """
        actor = door.actor(Right.ROSTER_CHANGE)
        pair = Pair(guardian_id, other_guardian_id, door.sees_protected())
        with door.database().for_school(auth.school_id()) as session:
            join_guardians(session, actor, pair, body["version"], clock.now())
