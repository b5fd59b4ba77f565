"""Templates."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from messaging.actions import catalogue
from messaging.api import door, schemas

blueprint = Blueprint("catalogue", "catalogue", description="What a message can start from")


@blueprint.route("/templates")
class Templates(MethodView):
    @allow(staff(Right.MESSAGES_SEND))
    @blueprint.response(200, schemas.TemplateList)
    def get(self) -> Any:
        """List the supplied templates and the school's own."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": catalogue.list_templates(session, auth.school_id())}


@blueprint.route("/templates/supplied")
class SuppliedTemplates(MethodView):
    @allow(service("operator"))
    @blueprint.arguments(schemas.TemplatesIn)
    @blueprint.response(200, schemas.TemplateList)
    def put(self, body: dict[str, Any]) -> Any:
        """Set the templates that every school is given, in this order."""
        with door.database().for_system() as session:
            return {"items": catalogue.put_supplied_templates(session, body["items"])}
