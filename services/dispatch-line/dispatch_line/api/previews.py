"""GET /previews/<message>: the message as it will stand in a talk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from dispatch_line.actions.preview import preview_talk
from dispatch_line.api import door
from dispatch_line.api.schemas import PreviewOut, PreviewQuery

blueprint = Blueprint(
    "previews",
    "previews",
    url_prefix="/previews",
    description="A message as it will stand in a talk",
)


@blueprint.route("/<uuid:message_id>")
class PreviewOfMessage(MethodView):
    @allow(staff(Right.MESSAGES_SEND))
    @blueprint.arguments(PreviewQuery, location="query")
    @blueprint.response(200, PreviewOut)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """Show a message that the caller may see as LINE will show it; a draft with the words of
        its snapshot.
        """
        return preview_talk(
            door.clients().content_for(auth.token(), message_id, query["snapshot_id"])
        )
