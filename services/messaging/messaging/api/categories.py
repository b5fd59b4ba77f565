"""A school's own categories, and the one of a sent message."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from messaging.actions import categories
from messaging.api import door, schemas
from messaging.domain.people import Actor

blueprint = Blueprint("categories", "categories", description="A school's labels on messages")
EDITS = staff(Right.CATALOGUE_EDIT)


def _editor() -> Actor:
    return door.caller_of(Right.CATALOGUE_EDIT)


@blueprint.route("/categories")
class Categories(MethodView):
    @allow(staff(Right.MESSAGES_READ), EDITS)
    @blueprint.response(200, schemas.CategoryList)
    def get(self) -> Any:
        """List the school's categories in order, those that are used no more among them."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": categories.list_categories(session, auth.school_id())}

    @allow(EDITS)
    @blueprint.arguments(schemas.CategoryIn)
    @blueprint.response(201, schemas.CategoryOut)
    def post(self, content: dict[str, Any]) -> Any:
        """Add a category at the end; 409 `category_taken`, `category_retired`,
        `categories_too_many`.
        """
        with door.database().for_school(_editor().school_id) as session:
            return categories.add_category(session, _editor(), content)

    @allow(service("operator"))
    @blueprint.arguments(schemas.CategoriesIn)
    @blueprint.response(200, schemas.CategoryList)
    def put(self, body: dict[str, Any]) -> Any:
        """Set the school's categories, in this order; one that is not among them is retired."""
        items, school_id = body["items"], auth.school_id()
        with door.database().for_school(school_id) as session:
            listed = categories.put_categories(session, school_id, items, now=clock.now())
            return {"items": listed}


@blueprint.route("/categories/<uuid:category_id>")
class OneCategory(MethodView):
    @allow(EDITS)
    @blueprint.arguments(schemas.CategoryChange)
    @blueprint.response(200, schemas.CategoryOut)
    def patch(self, content: dict[str, Any], category_id: UUID) -> Any:
        """Change name, mark and colour; 409 `changed_meanwhile` when it is not what was read."""
        edit = categories.CategoryEdit(content, content.pop("version"))
        with door.database().for_school(_editor().school_id) as session:
            return categories.change_category(session, _editor(), category_id, edit)


@blueprint.route("/categories/<uuid:category_id>/move")
class Move(MethodView):
    @allow(EDITS)
    @blueprint.arguments(schemas.CategoryMove)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], category_id: UUID) -> None:
        """Let it change places with its neighbour, as they stand now."""
        with door.database().for_school(_editor().school_id) as session:
            categories.move_category(session, _editor(), category_id, up=body["up"])


@blueprint.route("/categories/<uuid:category_id>/retire")
class Retire(MethodView):
    @allow(EDITS)
    @blueprint.response(200, schemas.CategoryOut)
    def post(self, category_id: UUID) -> Any:
        """Let nobody choose it any more; messages keep it."""
        with door.database().for_school(_editor().school_id) as session:
            return categories.retire_category(session, _editor(), category_id, now=clock.now())


@blueprint.route("/categories/<uuid:category_id>/restore")
class Restore(MethodView):
    @allow(EDITS)
    @blueprint.response(200, schemas.CategoryOut)
    def post(self, category_id: UUID) -> Any:
        """Let it be chosen again, at the end of the list."""
        with door.database().for_school(_editor().school_id) as session:
            return categories.restore_category(session, _editor(), category_id)


@blueprint.route("/messages/<uuid:message_id>/category")
class CategoryOfMessage(MethodView):
    @allow(staff(Right.MESSAGES_SEND))
    @blueprint.arguments(schemas.Filing)
    @blueprint.response(200, schemas.MessageOut)
    def put(self, body: dict[str, Any], message_id: UUID) -> Any:
        """File a sent message under another category; 409 `changed_meanwhile` when it has another
        than the one that was seen.
        """
        with door.database().for_school(door.actor().school_id) as session:
            return categories.file_message(session, door.actor(), message_id, **body)
