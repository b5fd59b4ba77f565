"""/contact-points: sealed addresses for those who deliver, and whose an address is.

The latter is asked when an address speaks to us.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.houses import DISPATCHERS
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions.contact_points import (
    end_contact_point,
    find_owners,
    look_up_points,
    resume_contact_point,
    show_point,
)
from directory.api import door
from directory.api.schemas.reach import (
    Owners,
    OwnersIn,
    PointLookUpIn,
    PointState,
    SealedPoints,
)

blueprint = Blueprint(
    "contact-points",
    "contact_points",
    url_prefix="/contact-points",
    description="Where families are reached",
)


@blueprint.route("/look-up")
class ContactPointsLookUp(MethodView):
    @allow(service(*DISPATCHERS))
    @blueprint.arguments(PointLookUpIn)
    @blueprint.response(200, SealedPoints)
    def post(self, body: dict[str, Any]) -> Any:
        """Return the contact points of these members' guardians; the addresses stay sealed with the
        school's key.
        """
        school_id = auth.school_id()
        members = [(member["member_id"], member["guardian_ids"]) for member in body["members"]]
        with door.database().for_school(school_id, read_only=True) as session:
            kind = body["kind"].value
            return {"items": look_up_points(session, school_id, kind, body["lane"], members)}


@blueprint.route("/owners")
class ContactPointOwners(MethodView):
    @allow(service("dispatch-line", "dispatch-mail"))
    @blueprint.arguments(OwnersIn)
    @blueprint.response(200, Owners)
    def post(self, body: dict[str, Any]) -> Any:
        """Return whose contact point an address is at this school; none when it is nobody's."""
        school_id, key = auth.school_id(), door.school_key()
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": find_owners(session, school_id, body["kind"], body["address"], key)}


@blueprint.route("/<uuid:contact_point_id>")
class ContactPointById(MethodView):
    @allow(service("dispatch-mail"))
    @blueprint.response(200, PointState)
    def get(self, contact_point_id: UUID) -> Any:
        """Return whether a contact point is active, stopped or ended; 404
        `contact_point_not_found`.
        """
        school_id = auth.school_id()
        with door.database().for_school(school_id, read_only=True) as session:
            return show_point(session, school_id, contact_point_id)


@blueprint.route("/<uuid:contact_point_id>/resume")
class ContactPointResumption(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, contact_point_id: UUID) -> None:
        """Let ordinary messages go to a stopped contact point again."""
        actor, sees = door.actor(Right.ROSTER_CHANGE), door.sees_protected()
        with door.database().for_school(auth.school_id()) as session:
            resume_contact_point(
                session, actor, contact_point_id, sees_protected=sees, now=clock.now()
            )


@blueprint.route("/<uuid:contact_point_id>/end")
class ContactPointEnd(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, contact_point_id: UUID) -> None:
        """Take a contact point off the roster; pages that were opened from it name no child."""
        actor, sees = door.actor(Right.ROSTER_CHANGE), door.sees_protected()
        with door.database().for_school(auth.school_id()) as session:
            end_contact_point(session, actor, contact_point_id, sees_protected=sees)
