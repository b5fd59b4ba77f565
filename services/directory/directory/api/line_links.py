"""/line-links: a browser goes over to LINE, and LINE tells which user pressed (DLV-5, ADR 49)."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from directory.actions import line_links as actions
from directory.actions.family_sessions import get_family
from directory.api import door
from directory.api.schemas.line_links import (
    LinkedOut,
    NonceOut,
    OwnLineIn,
    SessionTokenOut,
    ToldLinkIn,
)
from directory.api.schemas.registrations import TokenIn
from directory.domain.registration.errors import RegistrationOver

blueprint = Blueprint(
    "line-links", "line_links", url_prefix="/line-links", description="LINE users of families"
)


def _check_in_use() -> None:
    """Raise RegistrationOver where the school's contract has ended."""
    if not door.schools().is_in_use(auth.school_id()):
        raise RegistrationOver()


@blueprint.route("/of-registrations")
class LineLinksOfRegistrations(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(TokenIn)
    @blueprint.response(201, NonceOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Give the browser of a registration a nonce for LINE; 404 `registration_over`, 409
        `terms_not_agreed`, 429 `line_links_too_many`.
        """
        _check_in_use()
        key = door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return {"nonce": actions.ask_for_link(session, key, body["token"], now=clock.now())}


@blueprint.route("/of-families")
class LineLinksOfFamilies(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(OwnLineIn)
    @blueprint.response(201, NonceOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Give a family at its own page a nonce for LINE, by which words on addresses it agreed;
        401 `family_session_over`, 409 `sheet_needed`, 429 `line_links_too_many`.
        """
        _check_in_use()
        key, school_id, now = door.school_key(), auth.school_id(), clock.now()
        with door.database().for_school(school_id) as session:
            family = get_family(session, school_id, body["token"], now=now)
            version = body["terms_version"]
            return {"nonce": actions.ask_for_own_link(session, key, family, version, now=now)}


@blueprint.route("/sessions")
class LineLinkSessions(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(TokenIn)
    @blueprint.response(201, SessionTokenOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Let the browser of a registration in at My Page whose LINE user pressed; 404
        `registration_over` where nobody did.
        """
        _check_in_use()
        key = door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return {"session_token": actions.let_in(session, key, body["token"], now=clock.now())}


@blueprint.route("/told")
class ToldLineLinks(MethodView):
    @allow(service("dispatch-line"))
    @blueprint.arguments(ToldLinkIn)
    @blueprint.response(200, LinkedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Link the LINE user of whom LINE told; again, nothing changes. 409 `line_link_over`,
        `line_link_used`, `sheet_replaced`, `sheet_needed`, 422 `contact_points_too_many`.
        """
        _check_in_use()
        key = door.school_key()
        told = actions.ToldLink(**body)
        with door.database().for_school(auth.school_id()) as session:
            return actions.link_user(session, key, told, now=clock.now())
