"""/contact-points: sealed addresses for those who deliver, and whose an address is when it speaks to us."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.web import auth
from common.web.auth import allow, service
from directory.actions.contact_points import find_owners, look_up_points
from directory.api import door
from directory.api.schemas import Owners, OwnersIn, PointLookUpIn, SealedPoints

blueprint = Blueprint("contact-points", "contact_points", url_prefix="/contact-points", description="Where families are reached")


@blueprint.route("/look-up")
class ContactPointsLookUp(MethodView):
    @allow(service("dispatch-mail", "dispatch-line", "dispatch-push"))
    @blueprint.arguments(PointLookUpIn)
    @blueprint.response(200, SealedPoints)
    def post(self, body: dict[str, Any]) -> Any:
        """Return the contact points of these members' guardians; the addresses stay sealed with the school's key."""
        school_id = auth.school_id()
        members = [(member["member_id"], member["guardian_ids"]) for member in body["members"]]
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": look_up_points(session, school_id, body["kind"].value, body["lane"], members)}


@blueprint.route("/owners")
class ContactPointOwners(MethodView):
    @allow(service("dispatch-line"))
    @blueprint.arguments(OwnersIn)
    @blueprint.response(200, Owners)
    def post(self, body: dict[str, Any]) -> Any:
        """Return whose contact point an address is at this school; none when it is nobody's."""
        school_id, key = auth.school_id(), door.school_key()
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": find_owners(session, school_id, body["kind"], body["address"], key)}
