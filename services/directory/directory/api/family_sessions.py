"""/family-sessions: browsers by which families are known, and what they change (MY-1, MY-2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from directory.actions import (
    app_renewals,
    apps,
    family_changes,
    family_links,
    family_sessions,
    lost_phones,
)
from directory.api import door
from directory.api.schemas.my_page import (
    FamilyAppIn,
    FamilyOut,
    FamilyTokenIn,
    LanguageIn,
    OwnAppIn,
    OwnAppOut,
    PointEndIn,
)
from directory.api.schemas.registrations import AppRenewalIn

blueprint = Blueprint(
    "family-sessions",
    "family_sessions",
    url_prefix="/family-sessions",
    description="Families at their own page",
)


@blueprint.route("/resolve")
class FamilyResolution(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilyTokenIn)
    @blueprint.response(200, FamilyOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return who holds a token; 401 `family_session_over`."""
        school_id, key, now = auth.school_id(), door.school_key(), clock.now()
        token = body["token"]
        with door.database().for_school(school_id, read_only=True) as session:
            family = family_sessions.get_family(session, school_id, token, now=now)
            shown = family_sessions.show_family(session, family, key)
            is_to_be_noted = family_sessions.is_to_be_noted(family, now)
        if is_to_be_noted:
            with door.database().for_school(school_id) as session:
                family_sessions.note_use(session, school_id, token, now=now)
        return shown


@blueprint.route("/end")
class FamilySessionEnd(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilyTokenIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Forget a browser; again: nothing more."""
        with door.database().for_school(auth.school_id()) as session:
            family_sessions.end_session(session, auth.school_id(), body["token"])


@blueprint.route("/end-others")
class OtherFamilySessionsEnd(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilyTokenIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Forget all other browsers of a family; 401 `family_session_over`."""
        school_id, now = auth.school_id(), clock.now()
        with door.database().for_school(school_id) as session:
            family = family_sessions.get_family(session, school_id, body["token"], now=now)
            lost_phones.end_other_sessions(session, family)


@blueprint.route("/language")
class FamilyLanguage(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(LanguageIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Write to this family in another language from now on; 401 `family_session_over`."""
        school_id, now = auth.school_id(), clock.now()
        with door.database().for_school(school_id) as session:
            family = family_sessions.get_family(session, school_id, body["token"], now=now)
            family_changes.choose_language(session, family, body["language"])


@blueprint.route("/apps")
class FamilyApps(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilyAppIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Make this family's phone a contact point, and send it a test; 422
        `push_service_unknown`, `subscription_refused`, `firebase_token_refused`, 401
        `family_session_over`.
        """
        school_id, key, now = auth.school_id(), door.school_key(), clock.now()
        address = door.app_address_of(body)
        secret, version = door.link_secret(), body["terms_version"]
        given = apps.GivenApp(body["token"], address, secret, version)
        with door.database().for_school(school_id) as session:
            family = family_sessions.get_family(session, school_id, given.token, now=now)
            apps.add_app(session, key, family, given, now=now)


@blueprint.route("/apps/look-up")
class OwnApps(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(OwnAppIn)
    @blueprint.response(200, OwnAppOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return which of this family's own contact points a phone is; 422 as `/apps`, 401
        `family_session_over`.
        """
        school_id, key, now = auth.school_id(), door.school_key(), clock.now()
        address = door.app_address_of(body)
        with door.database().for_school(school_id, read_only=True) as session:
            family = family_sessions.get_family(session, school_id, body["token"], now=now)
            return app_renewals.look_up_app(session, family, key, address)


@blueprint.route("/apps/renewals")
class AppRenewals(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(AppRenewalIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Let contact points follow their phone to its new address; of an address that nobody has
        nothing is said. 422 as `/apps`. It asks for no token: the address before is the proof.
        """
        school_id, key, now = auth.school_id(), door.school_key(), clock.now()
        renewal = app_renewals.Renewal(
            door.app_address_of(body["before"]), door.app_address_of(body["after"])
        )
        with door.database().for_school(school_id) as session:
            app_renewals.renew_app(session, key, renewal, now=now)


@blueprint.route("/contact-points/<uuid:contact_point_id>/tests")
class FamilyPointTests(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FamilyTokenIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], contact_point_id: UUID) -> None:
        """Send a test to one of the family's own contact points; 429 `links_slowed`."""
        school_id, secret, now = auth.school_id(), door.link_secret(), clock.now()
        with door.database().for_school(school_id) as session:
            family = family_sessions.get_family(session, school_id, body["token"], now=now)
            family_links.test_point(session, family, contact_point_id, secret, now=now)


@blueprint.route("/contact-points/<uuid:contact_point_id>/end")
class FamilyPointEnd(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(PointEndIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], contact_point_id: UUID) -> None:
        """Take one of the family's own contact points off the roster; 409 `last_contact_point`."""
        school_id, now = auth.school_id(), clock.now()
        with door.database().for_school(school_id) as session:
            family = family_sessions.get_family(session, school_id, body["token"], now=now)
            family_changes.end_own_point(
                session, family, contact_point_id, even_last=body["even_last"]
            )
