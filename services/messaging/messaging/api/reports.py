"""How a send stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common.web.auth import allow, staff
from messaging.actions import show
from messaging.api import door, schemas

blueprint = Blueprint("reports", "reports", url_prefix="/messages", description="Progress and recipients of a send")
READS = staff("messages.read")


@blueprint.route("/<uuid:message_id>/progress")
class Progress(MethodView):
    @allow(READS)
    @blueprint.response(200, schemas.ProgressBody)
    def get(self, message_id: UUID) -> Any:
        """Count heads by state and class and contact points by channel."""
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            return show.show_progress(session, door.reader(), message_id)


@blueprint.route("/<uuid:message_id>/recipients")
class Recipients(MethodView):
    @allow(READS)
    @blueprint.arguments(schemas.RecipientsQuery, location="query")
    @blueprint.response(200, schemas.RecipientPage)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """List the children of a message with what each channel answered."""
        limit = query["limit"]
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            rows = show.list_recipients(session, door.reader(), message_id, query["state"], query["after"], limit)
        return {"items": rows[:limit], "next": rows[limit - 1]["member_id"] if len(rows) > limit else None}
