"""/registration-links: the link of a confirmation mail, in whatever browser it opens (DIR-8)."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.crypto import SchoolKey
from common.web.auth import allow, service
from directory.actions.registration_mails import find_link, prove_by_link
from directory.api import door
from directory.api.schemas.registrations import (
    ConfirmationLinkIn,
    ConfirmationLinkOut,
    PressedConfirmation,
)
from directory.domain.registration.confirming import school_of_link
from directory.domain.registration.errors import ConfirmationOver

blueprint = Blueprint(
    "registration-links",
    "registration_links",
    url_prefix="/registration-links",
    description="Links of confirmation mails",
)


def _key_of(link: str) -> SchoolKey:
    """Return the key of the school that a link names; raise ConfirmationOver where none is in use.

    The link is the right itself, so its school is taken from it, and its signature checked.
    """
    school_id = school_of_link(link)
    if school_id is None or not door.schools().is_in_use(school_id):
        raise ConfirmationOver()
    return door.key_of(school_id)


@blueprint.route("/look-up")
class RegistrationLinkLookUp(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(ConfirmationLinkIn)
    @blueprint.response(200, ConfirmationLinkOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Show what a link is for, changing nothing; 409 `confirmation_over`."""
        key = _key_of(body["link"])
        with door.database().for_school(key.school_id) as session:
            found = find_link(session, key, body["link"], now=clock.now())
            return {
                "school_id": key.school_id,
                "is_proved": found.mail.proved_at is not None,
                "is_staff": found.registration.member_id is not None,
                "language": found.registration.language,
            }


@blueprint.route("/proof")
class RegistrationLinkProof(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(ConfirmationLinkIn)
    @blueprint.response(200, PressedConfirmation)
    def post(self, body: dict[str, Any]) -> Any:
        """Prove an address by its link; again changes nothing. 409 `confirmation_over`,
        `sheet_replaced`.
        """
        key = _key_of(body["link"])
        with door.database().for_school(key.school_id) as session:
            pressed = prove_by_link(session, key, body["link"], body["token"], now=clock.now())
        return {
            "school_id": key.school_id,
            "session_token": pressed.proved.token,
            "is_waiting": pressed.is_waiting,
            "is_own_browser": pressed.is_own,
            "is_staff": pressed.is_staff,
        }
