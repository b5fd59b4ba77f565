"""GET /guardians/<id>/members: whose parent this is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common.web import auth
from common.web.auth import allow, service
from directory.actions.show import list_guardian_members
from directory.api import door
from directory.api.schemas import NamedMembers

blueprint = Blueprint(
    "guardians", "guardians", url_prefix="/guardians", description="Families' adults"
)


@blueprint.route("/<uuid:guardian_id>/members")
class MembersOfGuardian(MethodView):
    @allow(service("messaging", "gateway"))
    @blueprint.response(200, NamedMembers)
    def get(self, guardian_id: UUID) -> Any:
        """List a guardian's children."""
        school_id = auth.school_id()
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": list_guardian_members(session, school_id, guardian_id)}
