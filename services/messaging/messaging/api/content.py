"""A message as dispatchers render it."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common.houses import DISPATCHERS
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from common.words import Lane
from messaging.actions import show
from messaging.api import door, schemas
from messaging.domain.errors import OutOfScope
from messaging.domain.links import link_key

blueprint = Blueprint(
    "content", "content", url_prefix="/messages", description="What dispatchers render"
)


@blueprint.route("/<uuid:message_id>/content")
class Content(MethodView):
    @allow(staff(Right.MESSAGES_SEND), service(*DISPATCHERS))
    @blueprint.arguments(schemas.ContentQuery, location="query")
    @blueprint.response(200, schemas.ContentOut)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """Give a message's texts with the school's, for rendering; a draft in the words of the
        snapshot that is being confirmed.
        """
        snapshot_id = query["snapshot_id"]
        snapshot = door.clients().snapshot(auth.school_id(), snapshot_id) if snapshot_id else None
        speaks_for_house = isinstance(auth.caller(), auth.Service)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            if speaks_for_house:
                message = show.show_content(session, auth.school_id(), message_id)
            else:
                message = show.show_message(session, door.actor(), message_id)
                # Its words tell whom a colleague is about to write to.
                if snapshot and not door.actor().may_address(snapshot):
                    raise OutOfScope()
        whom = snapshot or message
        texts = message.texts
        key = (
            base64.b64encode(link_key(door.link_secret(), message.id)).decode()
            if speaks_for_house
            else None
        )
        return {
            "message_id": message.id,
            "school": door.clients().profile(auth.school_id()),
            "kind": message.kind,
            "lane": message.lane,
            "state": message.state,
            "mark": "urgent" if message.lane == Lane.URGENT else None,
            "subject": texts.subject,
            "body": texts.body,
            "short_text": texts.short_text,
            "addressing": whom.family_label,
            "names_people": bool(whom.audience.get("member_ids")),
            "pupil_heads": whom.pupil_heads,
            "staff_heads": whom.staff_heads,
            "link_key": key,
            "confirmable": message.confirmable,
            "released_at": message.released_at,
        }
