"""/family-messages: what a family was sent, for its own page (MY-1).

The gateway says which guardians they are, as directory has just told it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from messaging.actions import family_messages as actions
from messaging.actions.family_messages import FamilyReaders, FamilySearch, ListPart
from messaging.api import door, schemas

blueprint = Blueprint(
    "family-messages",
    "family_messages",
    url_prefix="/family-messages",
    description="Messages as families see them",
)


def _family(query: dict[str, Any]) -> FamilyReaders:
    guardian_ids = tuple(query["guardian_id"])
    return FamilyReaders(auth.school_id(), guardian_ids, query.get("member_id"))


@blueprint.route("")
class FamilyMessages(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.FamilyMessagesQuery, location="query")
    @blueprint.response(200, schemas.FamilyMessagePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List what these guardians were sent: what waits for a press first, then by time."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return actions.list_family_messages(
                session,
                _family(query),
                ListPart(query["after"], query["limit"]),
                FamilySearch(query["query"], query["category_id"], query["with_categories"]),
                now=clock.now(),
            )


@blueprint.route("/<uuid:message_id>")
class FamilyReading(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.FamilyQuery, location="query")
    @blueprint.response(200, schemas.ReadingOut)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """Show a message to these guardians; 404 `link_unknown`."""
        school_id = auth.school_id()
        with door.database().for_school(school_id, read_only=True) as session:
            reading = actions.read_as_family(session, _family(query), message_id, now=clock.now())
        return {**vars(reading), "school": door.clients().profile(school_id)}


@blueprint.route("/<uuid:message_id>/confirm")
class FamilyConfirm(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.FamilyQuery, location="query")
    @blueprint.response(200, schemas.ConfirmedOut)
    def post(self, query: dict[str, Any], message_id: UUID) -> Any:
        """Confirm for all of these guardians' children in the message; 409 `not_confirmable`."""
        with door.database().for_school(auth.school_id()) as session:
            return actions.confirm_as_family(session, _family(query), message_id, now=clock.now())
