"""Categories and templates."""

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


@blueprint.route("/categories")
class Categories(MethodView):
    @allow(staff(Right.MESSAGES_READ))
    @blueprint.response(200, schemas.CategoryList)
    def get(self) -> Any:
        """List the school's categories in order."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": catalogue.list_categories(session, auth.school_id())}

    @allow(service("operator"))
    @blueprint.arguments(schemas.CategoriesIn)
    @blueprint.response(200, schemas.CategoryList)
    def put(self, body: dict[str, Any]) -> Any:
        """Set the school's categories, in this order."""
        with door.database().for_school(auth.school_id()) as session:
            return {"items": catalogue.put_categories(session, auth.school_id(), body["items"])}


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
