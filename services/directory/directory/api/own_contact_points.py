"""/own-contact-points: where who of the staff is signed in is reached (DIR-8, ADR 54).

Each answers 409 `not_on_roster` to who stands on no roster.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import NotAllowed
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import staff_points as actions
from directory.actions import staff_registrations as registering
from directory.actions.apps import GivenApp
from directory.actions.registration_mails import GivenCode, TypedMail
from directory.api import door
from directory.api.schemas.line_links import NonceOut
from directory.api.schemas.own_contact_points import (
    OwnCodeIn,
    OwnContactPoints,
    OwnMailIn,
    OwnPointEndIn,
    OwnTermsIn,
    StaffAppIn,
)
from directory.api.schemas.registrations import RegistrationMailSent

blueprint = Blueprint(
    "own-contact-points",
    "own_contact_points",
    url_prefix="/own-contact-points",
    description="Where who is signed in is reached",
)


def _check_in_use() -> None:
    """Raise NotAllowed where the school's contract has ended: nothing is changed there."""
    if not door.schools().is_in_use(auth.school_id()):
        raise NotAllowed()


@blueprint.route("")
class AllOwnContactPoints(MethodView):
    @allow(staff())
    @blueprint.response(200, OwnContactPoints)
    def get(self) -> Any:
        """Return how one's own contact points stand."""
        who, key, now = auth.current_staff(), door.school_key(), clock.now()
        with door.database().for_school(who.school_id, read_only=True) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            return actions.show_own(session, member, key, now=now)


@blueprint.route("/mails")
class OwnMails(MethodView):
    @allow(staff())
    @blueprint.arguments(OwnMailIn)
    @blueprint.response(201, RegistrationMailSent)
    def post(self, body: dict[str, Any]) -> Any:
        """Send a confirmation mail to an address; 422 for what is no address or a likely typo, 429
        `confirmations_too_many`.
        """
        _check_in_use()
        key, now = door.school_key(), clock.now()
        typed = TypedMail(body["address"], body["is_sure"])
        who = auth.current_staff()
        with door.database().for_school(who.school_id) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            agreed = registering.Agreed(member, body["terms_version"])
            mail_id = registering.ask_for_own_proof(session, key, agreed, typed, now=now)
        return {"mail_id": mail_id}


@blueprint.route("/mails/<uuid:mail_id>/proof")
class OwnMailProof(MethodView):
    @allow(staff())
    @blueprint.arguments(OwnCodeIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], mail_id: UUID) -> None:
        """Prove an address by six digits; 422 `mail_code_wrong`, 409 `confirmation_over`."""
        _check_in_use()
        key, now = door.school_key(), clock.now()
        given = GivenCode(mail_id, body["code"])
        who = auth.current_staff()
        with door.database().for_school(who.school_id) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            refusal = registering.prove_own(session, key, member, given, now=now)
        if refusal is not None:
            raise refusal


@blueprint.route("/line-links")
class OwnLineLinks(MethodView):
    @allow(staff())
    @blueprint.arguments(OwnTermsIn)
    @blueprint.response(201, NonceOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Give a nonce for LINE; 429 `line_links_too_many`, 422 `contact_points_too_many`."""
        _check_in_use()
        key, now = door.school_key(), clock.now()
        who = auth.current_staff()
        with door.database().for_school(who.school_id) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            agreed = registering.Agreed(member, body["terms_version"])
            return {"nonce": registering.ask_for_own_line(session, key, agreed, now=now)}


@blueprint.route("/apps")
class OwnApps(MethodView):
    @allow(staff())
    @blueprint.arguments(StaffAppIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Make this phone a contact point, and send it a test; 422 `push_service_unknown`,
        `subscription_refused`, `firebase_token_refused`, `contact_points_too_many`.
        """
        _check_in_use()
        key, secret, now = door.school_key(), door.link_secret(), clock.now()
        address = door.app_address_of(body)
        given = GivenApp("", address, secret, body["terms_version"])
        who = auth.current_staff()
        with door.database().for_school(who.school_id) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            registering.add_own_app(session, key, member, given, now=now)


@blueprint.route("/<uuid:contact_point_id>/tests")
class OwnPointTests(MethodView):
    @allow(staff())
    @blueprint.response(204)
    def post(self, contact_point_id: UUID) -> None:
        """Send a test to one of one's own contact points; 429 `links_slowed`."""
        _check_in_use()
        secret, now = door.link_secret(), clock.now()
        who = auth.current_staff()
        with door.database().for_school(who.school_id) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            actions.test_own(session, member, contact_point_id, secret, now=now)


@blueprint.route("/<uuid:contact_point_id>/end")
class OwnPointEnd(MethodView):
    @allow(staff())
    @blueprint.arguments(OwnPointEndIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], contact_point_id: UUID) -> None:
        """Take one of one's own contact points off the roster; 409 `last_contact_point`."""
        _check_in_use()
        who = auth.current_staff()
        with door.database().for_school(who.school_id) as session:
            member = actions.get_own(session, who.school_id, who.member_id)
            actions.end_own(session, member, contact_point_id, even_last=body["even_last"])
