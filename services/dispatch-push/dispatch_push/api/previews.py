"""GET /previews/<message>: the notification as it will arrive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from dispatch_push.api import door
from dispatch_push.api.schemas import PreviewOut, PreviewQuery

blueprint = Blueprint(
    "previews", "previews", url_prefix="/previews", description="A notification as it will arrive"
)


@blueprint.route("/<uuid:message_id>")
class PreviewOfMessage(MethodView):
    @allow(staff(Right.MESSAGES_SEND))
    @blueprint.arguments(PreviewQuery, location="query")
    @blueprint.response(200, PreviewOut)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """Give title and body of a message that the caller may see; of a draft with the words of
        its snapshot.
        """
        return door.clients().content_for(auth.token(), message_id, query["snapshot_id"]).notice
