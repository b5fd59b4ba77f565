"""/unreachable: whom an urgent message would not reach now."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions.snapshots import list_unreachable_pupils
from directory.api import door
from directory.api.schemas.reach import UnreachableMembers

blueprint = Blueprint(
    "unreachable", "unreachable", url_prefix="/unreachable", description="Whom no message reaches"
)


@blueprint.route("")
class UnreachablePupils(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.response(200, UnreachableMembers)
    def get(self) -> Any:
        """List the pupils of the caller's scope whom an urgent message would not reach on any
        channel, with the reason.
        """
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": list_unreachable_pupils(session, door.actor(Right.ROSTER_SEE))}
