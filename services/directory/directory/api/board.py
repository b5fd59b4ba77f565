"""/board: what waits for who looks after the roster."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions.contact_points import list_stopped_points
from directory.actions.reachability import list_unreachable_pupils
from directory.actions.year_plans import note_year
from directory.api import door
from directory.api.schemas.reach import RosterBoard
from directory.store.members import count_within_limit

blueprint = Blueprint("board", "board", url_prefix="/board", description="What waits for staff")


@blueprint.route("")
class BoardOfRoster(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.response(200, RosterBoard)
    def get(self) -> Any:
        """List the contact points that families stopped and nobody resumed (the latest twenty, and
        whether there are more), count the pupils whom an urgent message would not reach, and the
        people whom the contract counts, and say where the change of the year stands.
        """
        actor, sees = door.actor(Right.ROSTER_SEE), door.sees_protected()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            stopped = list_stopped_points(session, actor, sees_protected=sees)
            unreachable = list_unreachable_pupils(session, actor)
            counted = count_within_limit(session, auth.school_id())
            return {
                **stopped,
                "unreachable": len(unreachable),
                "counted": counted,
                "year": note_year(session, auth.school_id(), now=clock.now()),
            }
