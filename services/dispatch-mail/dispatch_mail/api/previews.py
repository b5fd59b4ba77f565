"""GET /previews/<message>: the mail as it will arrive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from dispatch_mail.actions.preview import preview_mail
from dispatch_mail.api import door
from dispatch_mail.api.schemas import PreviewOut, PreviewQuery

blueprint = Blueprint(
    "previews", "previews", url_prefix="/previews", description="A mail as it will arrive"
)


@blueprint.route("/<uuid:message_id>")
class PreviewOfMessage(MethodView):
    @allow(staff(Right.MESSAGES_SEND))
    @blueprint.arguments(PreviewQuery, location="query")
    @blueprint.response(200, PreviewOut)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """Render a message that the caller may see as a mail; a draft with the words of its
        snapshot.
        """
        content = door.clients().content_for(auth.token(), message_id, query["snapshot_id"])
        return preview_mail(content, door.sender(), clock.now())
