"""/registrations: a family comes in by its sheet (DIR-8, DIR-16); what the office sees of it.

Tokens and codes travel in bodies, never in addresses, which are logged.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions import recent_registrations as recent
from directory.actions import registration_mails as mails
from directory.actions import registration_tickets as tickets
from directory.actions import registrations as actions
from directory.actions.apps import GivenApp, register_app
from directory.api import door
from directory.api.counting import count_typed, forgive_typed, forgiving, wrong_codes
from directory.api.schemas import registrations as schemas
from directory.domain.registration.errors import MailCodeWrong, RegistrationOver
from directory.domain.registration.trying import SheetCodes, place_of

blueprint = Blueprint(
    "registrations",
    "registrations",
    url_prefix="/registrations",
    description="Families that register",
)


@blueprint.route("")
class Registrations(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.RegistrationIn)
    @blueprint.response(201, schemas.RegistrationBegun)
    def post(self, body: dict[str, Any]) -> Any:
        """Begin a registration by the codes of a sheet; one answer, 422 `registration_codes_wrong`,
        whatever is wrong. 429 `locked`, `slowed` with the seconds to wait.
        """
        codes = SheetCodes(**body)
        counted = count_typed(place_of(door.tries_secret(), codes))
        with forgiving(counted):
            school_id = door.schools().find(codes.school_code)
        if school_id is None:
            raise wrong_codes()
        with forgiving(counted):
            key = door.key_of(school_id)
        with door.database().for_school(school_id) as session:
            token = actions.begin_registration(session, key, codes, now=clock.now())
            if token is None and counted.begins_lock:
                actions.record_guessing(session, school_id, codes)
        if token is None:
            raise wrong_codes()
        forgive_typed(counted)
        return {"school_id": school_id, "token": token}

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, schemas.RecentRegistrations)
    def get(self) -> Any:
        """List what was registered within 14 days, and what waits for the office."""
        actor, sees = door.actor(Right.ROSTER_CHANGE), door.sees_protected()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return recent.list_recent(session, actor, sees_protected=sees, now=clock.now())


def _check_in_use() -> None:
    """Raise RegistrationOver where the school's contract has ended since the registration began."""
    if not door.schools().is_in_use(auth.school_id()):
        raise RegistrationOver()


@blueprint.route("/look-up")
class RegistrationLookUp(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.TokenIn)
    @blueprint.response(200, schemas.RegistrationOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Show how far a registration is, to the browser that holds it; 404 `registration_over`."""
        key = door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return actions.show_registration(session, key, body["token"], now=clock.now())


@blueprint.route("/agreement")
class RegistrationAgreement(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.AgreementIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Note who registers, and to which version of the words on addresses they agreed."""
        _check_in_use()
        token = body.pop("token")
        about = actions.AboutMyself(**body)
        school_id = auth.school_id()
        with door.database().for_school(school_id) as session:
            actions.agree(session, school_id, token, about, now=clock.now())


@blueprint.route("/siblings")
class RegistrationSiblings(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.SiblingIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Add the child of another sheet; refused as `POST /registrations`, 409 `sheet_replaced`,
        404 `registration_over`.
        """
        token = body.pop("token")
        codes = SheetCodes(**body)
        counted = count_typed(place_of(door.tries_secret(), codes))
        school_id = auth.school_id()
        with forgiving(counted):
            key = door.school_key()
            found_id = door.schools().find(codes.school_code)
        if found_id != school_id:
            raise wrong_codes()
        with door.database().for_school(school_id) as session:
            now = clock.now()
            is_right = actions.enter_sibling(session, key, token, codes, now=now)
            if not is_right and counted.begins_lock:
                actions.record_guessing(session, school_id, codes)
        if not is_right:
            raise wrong_codes()
        forgive_typed(counted)


@blueprint.route("/mails")
class RegistrationMails(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.RegistrationMailIn)
    @blueprint.response(201, schemas.RegistrationMailSent)
    def post(self, body: dict[str, Any]) -> Any:
        """Send a confirmation mail; 422 for what is no address, `mail_doubtful` for a likely typo,
        409 `terms_not_agreed`, 429 `confirmations_too_many`, `sheet_mails_too_many`.
        """
        _check_in_use()
        key = door.school_key()
        typed = mails.TypedMail(body["address"], body["is_sure"])
        with door.database().for_school(auth.school_id()) as session:
            mail_id = mails.ask_for_proof(session, key, body["token"], typed, now=clock.now())
        return {"mail_id": mail_id}


@blueprint.route("/mails/proof")
class RegistrationMailProof(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.CodeIn)
    @blueprint.response(200, schemas.ProvedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Prove an address by the six digits of its mail; 422 `mail_code_wrong` with the tries that
        are left, 409 `confirmation_over`, `sheet_replaced`.
        """
        _check_in_use()
        key = door.school_key()
        given = mails.GivenCode(body["mail_id"], body["code"])
        with door.database().for_school(auth.school_id()) as session:
            proved = mails.prove_by_code(session, key, body["token"], given, now=clock.now())
        if isinstance(proved, MailCodeWrong):
            raise proved
        return {"session_token": proved.token}


@blueprint.route("/apps")
class RegistrationApps(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.RegistrationAppIn)
    @blueprint.response(201, schemas.ProvedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make a phone a contact point, and send it a test; 422 `push_service_unknown`,
        `subscription_refused`, `firebase_token_refused`, 409 `terms_not_agreed`, `sheet_replaced`.
        """
        _check_in_use()
        key = door.school_key()
        address = door.app_address_of(body)
        given = GivenApp(body["token"], address, door.link_secret())
        with door.database().for_school(auth.school_id()) as session:
            return {"session_token": register_app(session, key, given, now=clock.now())}


@blueprint.route("/tickets")
class RegistrationTickets(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.TokenIn)
    @blueprint.response(201, schemas.TicketOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return what takes a registration over into an installed page; 404
        `registration_over`.
        """
        school_id = auth.school_id()
        with door.database().for_school(school_id) as session:
            given = tickets.give_ticket(session, school_id, body["token"], now=clock.now())
        return {"ticket": given.text, "expires_at": given.expires_at}


@blueprint.route("/tickets/use")
class RegistrationTicketUse(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(schemas.TicketIn)
    @blueprint.response(200, schemas.TokenOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Take a registration over, once; 404 `registration_over`."""
        school_id = auth.school_id()
        with door.database().for_school(school_id) as session:
            token = tickets.use_ticket(session, school_id, body["ticket"], now=clock.now())
        return {"token": token}


@blueprint.route("/<uuid:registration_id>/accept")
class RegistrationAcceptance(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, registration_id: UUID) -> None:
        """Let a protected family in that waits for the office; 409 `registration_decided`."""
        door.check_sees_protected()
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id()) as session:
            recent.accept_registration(session, actor, registration_id, now=clock.now())


@blueprint.route("/<uuid:registration_id>/refuse")
class RegistrationRefusal(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, registration_id: UUID) -> None:
        """Turn down a protected family that waits for the office; 409 `registration_decided`."""
        door.check_sees_protected()
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id()) as session:
            recent.refuse_registration(session, actor, registration_id, now=clock.now())
