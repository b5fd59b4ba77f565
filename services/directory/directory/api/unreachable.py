"""/unreachable, /reachability: whom an urgent message would not reach now."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions.reachability import count_reach, list_unreachable_pupils
from directory.api import door
from directory.api.schemas.reach import ReachOfClasses, UnreachableMembers, UnreachableQuery

blueprint = Blueprint("unreachable", "unreachable", description="Whom no message reaches")


@blueprint.route("/unreachable")
class UnreachablePupils(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.arguments(UnreachableQuery, location="query")
    @blueprint.response(200, UnreachableMembers)
    def get(self, query: dict[str, Any]) -> Any:
        """List the pupils of the caller's scope whom an urgent message would not reach on any
        channel, with the reason; of one group where it is named.
        """
        actor = door.actor(Right.ROSTER_SEE)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": list_unreachable_pupils(session, actor, query["group_id"])}


@blueprint.route("/reachability")
class ReachabilityOfClasses(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.response(200, ReachOfClasses)
    def get(self) -> Any:
        """Count by class the pupils of the caller's scope, those who are registered, and those whom
        an urgent message would not reach.
        """
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": count_reach(session, door.actor(Right.ROSTER_SEE))}
