"""The page behind a guardian's link. A GET changes nothing; a press of the button is a POST
(MSG-25).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from messaging.actions import readings
from messaging.api import door, schemas
from messaging.domain.errors import LinkUnknown
from messaging.domain.links import Reader, read_token

blueprint = Blueprint(
    "readings",
    "readings",
    url_prefix="/readings",
    description="Reading and confirming by personal link",
)
confirmations = Blueprint(
    "confirmations", "confirmations", url_prefix="/messages", description="Confirming in a talk"
)


def _identify(token: str) -> tuple[UUID, Reader]:
    """Return the school and the reader that a token names; raise LinkUnknown, LinkGone."""
    reader = read_token(door.link_secret(), token)
    if reader is None:
        raise LinkUnknown()
    with door.database().for_system(read_only=True) as session:
        return readings.find_school(session, reader), reader


@blueprint.route("/<string:token>")
class Reading(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, schemas.ReadingOut)
    def get(self, token: str) -> Any:
        """Show the message to a guardian."""
        school_id, reader = _identify(token)
        with door.database().for_school(school_id, read_only=True) as session:
            reading = readings.read(session, school_id, reader, now=clock.now())
        message = reading.message
        return {
            "message_id": message.id,
            "school_id": school_id,
            "school": door.clients().profile(school_id),
            "subject": message.subject,
            "body": message.body,
            "lane": message.lane,
            "sent_at": message.released_at,
            "label": None if reading.is_staff else message.family_label,
            "children": reading.children,
            "confirmable": message.confirmable,
            "confirmed_at": reading.confirmed_at,
            "is_staff": reading.is_staff,
        }


@blueprint.route("/<string:token>/confirm")
class Confirm(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, schemas.ConfirmedOut)
    def post(self, token: str) -> Any:
        """Confirm for all of the guardian's children in this message; pressed again, the first time
        stays.
        """
        school_id, reader = _identify(token)
        with door.database().for_school(school_id) as session:
            return readings.confirm_reading(session, school_id, reader, now=clock.now())


@confirmations.route("/<uuid:message_id>/confirmations")
class Confirmations(MethodView):
    @allow(service("dispatch-line"))
    @confirmations.arguments(schemas.ConfirmationIn)
    @confirmations.response(200, schemas.ConfirmedOut)
    def post(self, body: dict[str, Any], message_id: UUID) -> Any:
        """Confirm for a guardian whom a provider has identified (a tap in a talk); otherwise as a
        press on the page.
        """
        reader = Reader(message_id, body["guardian_id"], body["contact_point_id"])
        with door.database().for_school(auth.school_id()) as session:
            return readings.confirm_reading(session, auth.school_id(), reader, now=clock.now())
