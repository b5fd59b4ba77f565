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


def _identify(token: str) -> Reader:
    """Return the reader that a token names; raise LinkUnknown."""
    reader = read_token(door.link_secret(), token)
    if reader is None:
        raise LinkUnknown()
    return reader


@blueprint.route("/<string:token>")
class Reading(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, schemas.ReadingOut)
    def get(self, token: str) -> Any:
        """Show the message to a guardian."""
        reader = _identify(token)
        with door.database().for_system(read_only=True) as session:
            reading = readings.read(session, reader, now=clock.now())
        return {**vars(reading), "school": door.clients().profile(reading.school_id)}


@blueprint.route("/<string:token>/confirm")
class Confirm(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, schemas.ConfirmedOut)
    def post(self, token: str) -> Any:
        """Confirm for all of the guardian's children in this message; pressed again, the first time
        stays.
        """
        reader = _identify(token)
        with door.database().for_system() as session:
            return readings.confirm_reading(session, reader, now=clock.now())


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
        with door.database().for_system() as session:
            return readings.confirm_reading(
                session, reader, now=clock.now(), school_id=auth.school_id()
            )
